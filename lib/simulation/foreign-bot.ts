import { type Market, OTHER_OUTCOME, OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { floorTo, minMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import type { ConditionChain } from '#lib/venue/engine/condition-chain.ts';
import { FILLED_LATE_MS_MAX, type VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import { hex256 } from '#lib/venue/random.ts';
import type { World } from './world/world.ts';

/** What a program of the owner's does in the suite's wallet. The suite hears of it from venue and chain alone. */
export type BotAction = { readonly atMs: number; readonly outcome: Outcome } & (
  | { readonly kind: 'buy'; readonly cashMicros: bigint }
  /** This much of what the wallet holds at that time. */
  | { readonly kind: 'sell' | 'merge'; readonly percent: number }
);

export type ForeignBotDeps = {
  readonly engine: VenueEngine;
  readonly chain: ConditionChain;
  readonly market: Market;
  readonly wallet: string;
};

const HIGHEST_MICROS = 990_000n;
const LOWEST_MICROS = 10_000n;

/** Plans the bot's actions. It takes refusals as they come, as a program does that is about to crash. */
export function startForeignBot(world: World, deps: ForeignBotDeps, actions: readonly BotAction[]): void {
  const { time } = world;
  for (const [index, action] of actions.entries()) {
    time.atInBackground(action.atMs, () => act(world, deps, action, `bot-${index + 1}`));
  }
}

function act(world: World, deps: ForeignBotDeps, action: BotAction, name: string): void {
  const { engine, chain, wallet } = deps;
  const nowMs = world.time.nowMs();
  engine.advanceTo(nowMs);
  const part = (sharesMicros: bigint, percent: number): bigint =>
    floorTo((sharesMicros * BigInt(percent)) / 100n, SHARES_STEP_MICROS);
  switch (action.kind) {
    case 'buy':
      submit(world, deps, name, buyTerms(action));
      return;
    case 'sell': {
      const { outcome, percent } = action;
      const sharesMicros = part(chain.sharesAt(wallet, outcome, nowMs), percent);
      submit(world, deps, name, {
        ...{ side: 'SELL', orderType: 'FAK', outcome, sharesMicros, limitPriceMicros: LOWEST_MICROS },
      });
      return;
    }
    case 'merge': {
      const held = OUTCOMES.map((outcome) => chain.sharesAt(wallet, outcome, nowMs));
      const pairsMicros = part(held.reduce(minMicros), action.percent);
      const isMerged = chain.mergeByHand(wallet, pairsMicros, nowMs);
      world.note('bot', () => `merges ${pairsMicros} pairs: ${isMerged ? 'done' : 'reverted'}`);
    }
  }
}

type BotOrder = {
  readonly side: 'BUY' | 'SELL';
  readonly orderType: 'FAK';
  readonly outcome: Outcome;
  readonly sharesMicros: bigint;
  readonly limitPriceMicros: bigint;
  readonly cashMicros?: bigint;
};

/** A market order: its dollars buy what they pay for. */
function buyTerms({ outcome, cashMicros }: BotAction & { readonly kind: 'buy' }): BotOrder {
  const sharesMicros = floorTo(mulDivFloor(cashMicros, ONE_MICROS, HIGHEST_MICROS), SHARES_STEP_MICROS);
  return { side: 'BUY', orderType: 'FAK', outcome, sharesMicros, limitPriceMicros: HIGHEST_MICROS, cashMicros };
}

function submit(world: World, { engine, market, wallet }: ForeignBotDeps, name: string, order: BotOrder): void {
  const { time } = world;
  if (order.sharesMicros <= 0n) return;
  const { outcome, ...terms } = order;
  const orderHash = `0x${hex256(name)}`;
  const submission = engine.submit(
    // Its client has checked amounts and accuracy.
    { ...terms, orderHash, wallet, tokenId: market.tokenIds[outcome], postOnly: false, sizeStepMicros: 1n },
    time.nowMs(),
  );
  const isTaken = 'matchAtMs' in submission;
  world.note('bot', () => `${order.side} ${order.sharesMicros} ${outcome}: ${isTaken ? 'taken' : submission.text}`);
  if (!isTaken) return;
  // No function asks the venue for this order, so that it must be moved on: also where it matches late.
  for (let afterMs = 0; afterMs <= FILLED_LATE_MS_MAX; afterMs += 1_000) {
    time.atInBackground(submission.matchAtMs + afterMs, () => engine.advanceTo(time.nowMs()));
  }
}

export type BotTimes = {
  readonly startsAtMs: number;
  readonly guardedAtMs: number;
  readonly exitDueAtMs: number;
  readonly endsAtMs: number;
};

type Draw = (endExclusive: number) => number;

/** Buys before the guard, and then whatever a bot does beside it, until it dies. */
export function drawBotActions(draw: Draw, outcome: Outcome, times: BotTimes): readonly BotAction[] {
  const { startsAtMs, guardedAtMs, exitDueAtMs, endsAtMs } = times;
  const later = (): number => guardedAtMs + draw(Math.max(endsAtMs - guardedAtMs, 1));
  /** Beside the suite's own sells. */
  const atExit = (): number => exitDueAtMs - 2_000 + draw(12_000);
  const cash = (): bigint => BigInt(2 + draw(60)) * 1_000_000n;
  const buy = (atMs: number, of: Outcome): BotAction => ({ kind: 'buy', atMs, outcome: of, cashMicros: cash() });
  const actions: BotAction[] = draw(12) === 0 ? [] : [buy(startsAtMs, outcome)];
  if (draw(5) === 0) actions.push(buy(startsAtMs + draw(3_000), outcome));
  if (draw(5) === 0) actions.push(buy(startsAtMs + draw(5_000), OTHER_OUTCOME[outcome]));
  if (draw(4) === 0) actions.push(buy(later(), outcome));
  if (draw(10) === 0) actions.push(buy(later(), OTHER_OUTCOME[outcome]));
  if (draw(5) === 0) actions.push({ kind: 'sell', atMs: later(), outcome, percent: 10 + draw(91) });
  if (draw(5) === 0) actions.push({ kind: 'sell', atMs: atExit(), outcome, percent: 10 + draw(91) });
  if (draw(10) === 0) actions.push({ kind: 'sell', atMs: later(), outcome, percent: 100 });
  if (draw(10) === 0) actions.push({ kind: 'merge', atMs: later(), outcome, percent: 20 + draw(81) });
  const diesAtMs = draw(2) === 0 ? Number.POSITIVE_INFINITY : guardedAtMs + draw(120_000);
  return actions.filter(({ atMs }) => atMs < diesAtMs);
}
