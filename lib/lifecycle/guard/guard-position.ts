/**
 * Guards shares that another program bought, in an order in which none can be lost:
 *   1. refuse, with a code, what could not be exited or is not there;
 *   2. write row, request id, market lock and account counters in one transaction;
 *   3. set the wake-ups: timer, delayed message, and the next look for shares.
 * A crash after 2 leaves a row whose exit is due: the sweep looks after guarded rows each minute, and a repeated
 * request sets the wake-ups again. Limits and halts stop openings alone: shares that are there are at risk already.
 */

import { createGuarded } from '#lib/domain/evolve/create-position.ts';
import { isSameName } from '#lib/domain/market/market.ts';
import { type GuardInput, type GuardPlan, type GuardRefusal, planGuard } from '#lib/domain/plan/plan-guard.ts';
import { type OwnTerms, withOwnTerms, withPreset } from '#lib/domain/plan/plan-opening.ts';
import { type AskedRules, planRules, type RuleRefusal } from '#lib/domain/plan/plan-rules.ts';
import { SHARES_WAKE_UP_ID } from '#lib/domain/plan/plan-take-in.ts';
import { wholePriceMicros } from '#lib/domain/plan/sell-back.ts';
import type { ExitRules, RefusedPreset } from '#lib/domain/position/exit-policy.ts';
import type { FoundShares } from '#lib/domain/position/guarded-shares.ts';
import type { Mode, OpenPosition, Origin, Position, PositionTerms } from '#lib/domain/position/position.ts';
import { averagePriceMicros } from '#lib/domain/position/position-view.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import { hasTerms, type OpenPositionDeps } from '#lib/lifecycle/buy/open-position.ts';
import { startLooking } from '#lib/lifecycle/hold/look-at-price.ts';
import { marketTermsOf } from '#lib/lifecycle/market-terms.ts';
import { getPosition } from '#lib/lifecycle/record-event.ts';
import { sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import { setWakeUps } from '#lib/lifecycle/set-wake-ups.ts';
import type { WatchedAccount } from '#lib/lifecycle/trading-account.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { joinShares } from './join-shares.ts';
import { findCountsFromMs } from './recently-ended.ts';
import { refusalOfNothing, seeShares } from './see-shares.ts';

export type GuardPositionDeps = Pick<
  OpenPositionDeps,
  'clock' | 'ids' | 'marketData' | 'queue' | 'timer' | 'settings'
> & {
  readonly accounts: Readonly<Partial<Record<Mode, WatchedAccount>>>;
  readonly store: Pick<
    PositionStore,
    'create' | 'find' | 'findIdByMarket' | 'findIdByRequest' | 'findMany' | 'getAccount' | 'listClosed' | 'save'
  >;
};

export type GuardPositionCommand = {
  readonly requestId: string;
  readonly origin: Extract<Origin, 'guard' | 'watch'>;
  readonly mode: Mode;
  readonly marketSlug: string;
  /** The outcome's name, in upper or lower case. */
  readonly outcome: string;
  /** An order was just placed: without shares the position waits for them. */
  readonly expectShares: boolean;
  /** The most that is managed. On paper: the shares that the paper wallet receives. */
  readonly sharesMicrosMax?: bigint;
  /** On paper: what they cost. */
  readonly costMicros?: bigint;
  /** When the exit is due. Default: T − exit lead, in an up/down market. */
  readonly exitAtMs?: number;
  /** Instead of the stage's settings. */
  readonly terms?: OwnTerms;
};

export type GuardPositionOutcome =
  | {
      /** `already-requested`: the same request guarded this position before. */
      readonly outcome: 'guarded' | 'already-requested';
      readonly position: Position;
      /** Openings of the mode are halted; a guarded position is managed all the same. */
      readonly halt: Halt | null;
      /** Shares of the market's other outcome in the wallet, which this position does not manage. Null: not read. */
      readonly otherSharesMicros: bigint | null;
      /** False: the exit is started by the sweep, up to a minute late. Repeating the request tries again. */
      readonly areWakeUpsSet: boolean;
    }
  | {
      readonly outcome: 'refused';
      readonly refusal: GuardRefusal;
      /** The position that manages this market already. */
      readonly position?: Position;
    };

/** @throws UpstreamUnavailableError, UnexpectedReplyError, StoreUnavailableError: repeat with the same request id */
export async function guardPosition(
  deps: GuardPositionDeps,
  command: GuardPositionCommand,
): Promise<GuardPositionOutcome> {
  const known = await deps.store.findIdByRequest(command.requestId);
  if (known !== undefined) return answerOfEarlier(deps, command, await getPosition(deps, known));
  const account = deps.accounts[command.mode];
  if (account?.readings === undefined) return refused(MODE_UNAVAILABLE);
  const chosen = withPreset(deps.settings, command.terms ?? {});
  if ('code' in chosen) return refused(chosen);
  const { exitPolicy: policy } = withOwnTerms(deps.settings, chosen);
  const market = await deps.marketData.findMarket(command.marketSlug);
  const manager = await findManager(deps, command, { market, wallet: account.address });
  const nowMs = deps.clock.nowMs();
  // What a position takes in leaves with it, in a market whose end we do not know, too.
  const ownExitAtMs = (manager?.givenExitAtMs ?? 0) > nowMs ? manager?.givenExitAtMs : undefined;
  const exitAtMs = command.exitAtMs ?? ownExitAtMs;
  const plan = planGuard({ ...command, market, nowMs, exitPolicy: policy, exitAtMs });
  if ('code' in plan) return refused(plan);
  const ids = { positionId: deps.ids.nextId(), wallet: account.address };
  const asked = { ...termsOf(command, plan), ...ids, policy };
  if (manager !== undefined) return joinManager({ ...deps, account }, command, asked, manager);
  const countsFromMs = await findCountsFromMs(deps, asked);
  const terms = { ...asked, ...(countsFromMs !== undefined && { countsFromMs }) };
  const [seen, halt] = await Promise.all([
    seeShares({ ...deps, account }, terms, command),
    readHalt(deps, command.mode),
  ]);
  const nothing = command.expectShares ? null : refusalOfNothing(plan, seen);
  if (nothing !== null) return refused(nothing);
  const { found, budgetMicros, lastBid, look } = seen;
  const sellBackMicros = wholePriceMicros(look, found?.sharesMicros ?? 0n, terms);
  const rules = planRulesOf(command, chosen.rules, { terms, found, sellBackMicros });
  if ('code' in rules) return refused(rules);
  const ruled = { ...terms, ...rules.terms, policy: { ...policy, ...rules.policy } };
  const opened = { ...ruled, budgetMicros, openedAtMs: deps.clock.nowMs() };
  const position = createGuarded(opened, found, lastBid, sellBackMicros);
  const created = await deps.store.create(position, null);
  if (created.outcome === 'already-requested') {
    return answerOfEarlier(deps, command, await getPosition(deps, created.positionId));
  }
  if (created.outcome === 'refused') return findOccupied(deps, terms);
  const areWakeUpsSet = await wake(deps, position);
  const { otherSharesMicros } = seen;
  return { outcome: 'guarded', position, halt, otherSharesMicros, areWakeUpsSet };
}

type PlannedRules = {
  readonly policy?: { readonly rules: ExitRules };
  readonly terms?: { readonly refusedPreset: RefusedPreset };
};
type RuledTerms = Pick<PositionTerms, 'policy' | 'tickMicros' | 'marketEndsAtMs'>;

/**
 * The rules asked for, or those of the stage's default preset. Where the request did not ask for them, shares whose
 * rules are refused are guarded without, and the row says so: their cost may not be known, or their price beyond a
 * level already.
 */
function planRulesOf(
  { origin, terms: own }: GuardPositionCommand,
  asked: AskedRules | undefined,
  { terms, found, sellBackMicros }: { terms: RuledTerms; found: FoundShares | null; sellBackMicros: bigint | null },
): PlannedRules | RuleRefusal {
  if (asked === undefined) return {};
  const { sharesMicros, costMicros } = found ?? { sharesMicros: 0n, costMicros: null };
  const entryPriceMicros = costMicros === null ? null : averagePriceMicros({ sharesMicros, valueMicros: costMicros });
  const { tickMicros, policy } = terms;
  const rules = planRules(asked, {
    ...{ entryPriceMicros, sellBackMicros, tickMicros },
    minPriceMicros: policy.minPriceMicros,
  });
  if (rules === undefined) return {};
  if (!('code' in rules)) return { policy: { rules } };
  const isAsked = origin === 'guard' && own?.rules !== undefined;
  if (isAsked) return rules;
  const { code, message } = rules;
  const { preset } = asked;
  return preset === undefined ? {} : { terms: { refusedPreset: { preset, code, message } } };
}

const refused = (refusal: GuardRefusal): GuardPositionOutcome => ({ outcome: 'refused', refusal });

const MODE_UNAVAILABLE: GuardRefusal = {
  code: 'mode-unavailable',
  message:
    'This stack has no wallet of that mode. A stage that trades live guards live shares; others have mode paper.',
};

function termsOf(command: GuardPositionCommand, { market, outcome }: GuardPlan) {
  const { requestId, origin, mode, exitAtMs, sharesMicrosMax } = command;
  return {
    ...{ requestId, origin, mode },
    ...marketTermsOf(market, outcome),
    ...(exitAtMs !== undefined && { givenExitAtMs: exitAtMs }),
    ...(sharesMicrosMax !== undefined && { guardedSharesMicros: sharesMicrosMax }),
    // The shares were bought at another time, or not at all.
    underlyingAtEntryMicros: null,
  };
}

async function readHalt({ store, clock }: GuardPositionDeps, mode: Mode): Promise<Halt | null> {
  return (await store.getAccount(mode, clock.nowMs())).halt;
}

/**
 * A repeated request gets the position it guarded, and sets its wake-ups again: the first one may have died before it
 * did. Other terms under a used id are refused.
 */
async function answerOfEarlier(
  deps: GuardPositionDeps,
  command: GuardPositionCommand,
  position: Position,
): Promise<GuardPositionOutcome> {
  const { outcome, outcomeName = outcome, policy } = position;
  const isSame =
    position.origin === command.origin &&
    position.mode === command.mode &&
    position.marketSlug === command.marketSlug &&
    isSameName(outcomeName, command.outcome) &&
    position.givenExitAtMs === command.exitAtMs &&
    position.guardedSharesMicros === command.sharesMicrosMax &&
    hasTerms(policy, command.terms ?? {});
  if (!isSame) return refused(REQUEST_ID_REUSED);
  const areWakeUpsSet = position.state !== 'holding' || (await wake(deps, position));
  const halt = await readHalt(deps, command.mode);
  return { outcome: 'already-requested', position, halt, otherSharesMicros: null, areWakeUpsSet };
}

const REQUEST_ID_REUSED: GuardRefusal = {
  code: 'request-id-reused',
  message: 'This requestId belongs to a request with other terms. Nothing was guarded; use a new requestId.',
};

async function findManager(
  deps: GuardPositionDeps,
  { mode }: GuardPositionCommand,
  { market, wallet }: { readonly market: GuardInput['market']; readonly wallet: string },
): Promise<Position | undefined> {
  if (market === undefined || !isTradable(market)) return undefined;
  const positionId = await deps.store.findIdByMarket({ mode, wallet, conditionId: market.conditionId });
  return positionId === undefined ? undefined : getPosition(deps, positionId);
}

/** A position that bought shares of this side takes the others in, where the request asks for no terms of its own. */
async function joinManager(
  deps: GuardPositionDeps & { readonly account: WatchedAccount },
  { mode, exitAtMs, sharesMicrosMax, terms }: GuardPositionCommand,
  { tokenId }: Pick<PositionTerms, 'tokenId'>,
  manager: Position,
): Promise<GuardPositionOutcome> {
  const isSame = manager.origin === 'request' && manager.tokenId === tokenId;
  const isPlain =
    (exitAtMs === undefined || exitAtMs === manager.givenExitAtMs) &&
    sharesMicrosMax === undefined &&
    Object.keys(terms ?? {}).length === 0;
  if (manager.state !== 'holding' || !isSame || !isPlain || mode !== 'live') return occupied(manager);
  const joined = await joinShares(deps, manager);
  if (joined.outcome === 'refused') return { ...joined, position: manager };
  const { position } = joined;
  const outcome = joined.outcome === 'joined' ? 'guarded' : 'already-requested';
  // The row has changed: its held exit waits for another message, or an exit that was just beginning was overtaken.
  const [sent] = await Promise.allSettled([sendWakeUp(deps, position)]);
  const halt = await readHalt(deps, mode);
  return { outcome, position, halt, otherSharesMicros: null, areWakeUpsSet: sent.status === 'fulfilled' };
}

/** Two requests at the same time: one of them has the market. */
async function findOccupied(
  deps: GuardPositionDeps,
  terms: Parameters<PositionStore['findIdByMarket']>[0],
): Promise<GuardPositionOutcome> {
  const manager = await deps.store.findIdByMarket(terms);
  return manager === undefined ? refused(OCCUPIED) : occupied(await getPosition(deps, manager));
}

const OCCUPIED: GuardRefusal = {
  code: 'market-occupied',
  message: 'Another position managed this market of the wallet until now. Repeat the request with a new requestId.',
};

function occupied(position: Position): GuardPositionOutcome {
  const { positionId, state, outcome, outcomeName = outcome } = position;
  const message = `Position ${positionId} manages this market of the wallet already: ${outcomeName}, ${state}. A wallet has one position in a market. \`tminus show ${positionId}\` shows it, \`tminus exit ${positionId}\` sells it now.`;
  return { outcome: 'refused', refusal: { code: 'market-occupied', message }, position };
}

/** When the index may know what shares of a recent buy cost. */
const FIRST_LOOK_MS = 10_000;

/** False when a wake-up may be missing. The row is written, and the sweep finds it. */
async function wake(deps: GuardPositionDeps, position: OpenPosition): Promise<boolean> {
  const { positionId, found } = position;
  const atMs = deps.clock.nowMs() + FIRST_LOOK_MS;
  const isCostOpen = found !== undefined && found.costMicros === null;
  const sent = await Promise.allSettled([
    setWakeUps(deps, position),
    sendWakeUp(deps, position),
    startLooking(deps, position, 'delay'),
    isCostOpen ? deps.queue.send({ positionId, wakeUpId: SHARES_WAKE_UP_ID, source: 'delay' }, atMs) : undefined,
  ]);
  return sent.every(({ status }) => status === 'fulfilled');
}
