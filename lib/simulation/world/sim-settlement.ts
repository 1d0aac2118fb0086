import { OTHER_OUTCOME, OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { minMicros } from '#lib/domain/market/money.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { Payout } from '#lib/domain/position/settlement-progress.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { RedemptionAnswer, RedemptionIntent, RedemptionState, Settlement } from '#lib/ports/wallet/settlement.ts';
import type { ConditionChain, WalletAction } from '#lib/venue/engine/condition-chain.ts';
import type { CrashSite } from '../crash-points.ts';
import type { FaultKind } from '../fault-kinds.ts';
import type { ServiceCall } from './function-instance.ts';
import type { World } from './world.ts';

export type SimSettlementDeps = {
  readonly chain: ConditionChain;
  readonly outcome: Outcome;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly call: ServiceCall;
  /** Returns what to call once the relayer has answered. */
  readonly onRedemption: (intent: RedemptionIntent) => () => void;
};

/** Each life has one live wallet. */
export const SIM_LIVE_WALLET = `0x${'1f'.repeat(20)}`;

/** Where a merge of the model goes; its data are the pairs. */
const MERGER = 'merger';

type Minted = { readonly transactionHash: string; readonly wallet: string; readonly atMs: number };

/** A node that lies shows a finalised block of some minutes ago. */
export function shownHead({ time, dice }: World, chain: ConditionChain) {
  return chain.headAt(time.nowMs() - (dice.roll('node-behind') ? 1_000 * dice.between('node-behind', 5, 600) : 0));
}

type ChainFaults = { readonly slow: FaultKind; readonly slowMsMax: number; readonly down: FaultKind };

type ChainRead = <Value>(site: CrashSite, deadlineAtMs: number, look: () => Value) => Promise<Value>;

/** A read of the model's chain is slow, or fails, as these faults say. */
export function createChainReads(
  { dice, draw }: World,
  { clock, call }: Pick<SimSettlementDeps, 'clock' | 'call'>,
  { slow, slowMsMax, down }: ChainFaults,
): ChainRead {
  return (site, deadlineAtMs, look) => {
    const patienceMs = Math.max(deadlineAtMs - clock.nowMs(), 0);
    const neededMs = 40 + draw(120) + (dice.roll(slow) ? dice.between(slow, 300, slowMsMax) : 0);
    return call(
      site,
      () => Math.min(neededMs, patienceMs),
      () => {
        if (neededMs > patienceMs || dice.roll(down)) throw new UpstreamUnavailableError('The chain did not answer');
        return look();
      },
    );
  };
}

/** The pairs that a merge of the model takes. */
export function mergeMicrosOf({ isMerge, calls }: RedemptionIntent): bigint | undefined {
  return isMerge ? BigInt(calls[0]?.data ?? 0) : undefined;
}

/** One batch redeems every outcome that pays and is held (version 2 takes each by a call of its own). */
function paidOutcomes({ resolution }: ConditionChain, own: Outcome): readonly Outcome[] {
  const paid = OUTCOMES.filter((outcome) => (resolution?.pays[outcome] ?? 0n) > 0n);
  return paid.length === 0 ? [own] : paid;
}

const RELAYER_DEADLINE_MS = 120_000;

/** The settlement port of the live account: one wallet behind the venue's relayer, over the model of the chain. */
export function createSimSettlement(world: World, deps: SimSettlementDeps): Settlement {
  const { time } = world;
  const { chain, outcome } = deps;
  const read = createChainReads(world, deps, {
    slow: 'settlement-slow',
    slowMsMax: 6_000,
    down: 'settlement-unreadable',
  });
  const toIntent = (positions: readonly Pick<PositionTerms, 'conditionId'>[]): RedemptionIntent => ({
    route: 'relayer',
    nonce: chain.nextNonce(),
    deadlineAtMs: time.nowMs() + RELAYER_DEADLINE_MS,
    calls: [],
    conditionIds: positions.map(({ conditionId }) => conditionId),
    preparedAtBlock: chain.headAt(time.nowMs()).blockNumber,
  });
  const head = () => shownHead(world, chain);
  return {
    readCondition: (position, deadlineAtMs) =>
      read('settlement.readCondition', deadlineAtMs, () => {
        const { blockNumber, blockAtMs } = head();
        const { resolution } = chain;
        const isResolved = resolution !== null && chain.isResolvedAt(blockAtMs);
        return {
          blockNumber,
          blockAtMs,
          payout: isResolved
            ? {
                own: resolution.pays[outcome],
                other: resolution.pays[OTHER_OUTCOME[outcome]],
                total: resolution.total,
              }
            : null,
          sharesMicros: chain.sharesAt(position.wallet, outcome, blockAtMs),
          otherSharesMicros: chain.sharesAt(position.wallet, OTHER_OUTCOME[outcome], blockAtMs),
        };
      }),
    listPayouts: (position, afterBlock, deadlineAtMs, seenBlock = 0n, sinceMs = position.marketEndsAtMs) =>
      read('settlement.listPayouts', deadlineAtMs, () => {
        const { blockNumber: newestBlock, blockAtMs } = head();
        if (newestBlock < seenBlock) throw new UpstreamUnavailableError('The node is behind');
        const after = afterBlock ?? chain.blockOf(sinceMs) - 1n;
        const show = (payout: Payout, { wallet, atMs }: Minted): readonly Payout[] => {
          const isShown = wallet === position.wallet && atMs <= blockAtMs && payout.blockNumber > after;
          return isShown && payout.cashMicros > 0n ? [payout] : [];
        };
        return mintsOf(chain).flatMap(({ kind, cashMicros, minted }) => {
          const { transactionHash, atMs } = minted;
          const known = 'takenMicros' in minted ? { takenMicros: takenOf(minted.takenMicros, outcome) } : {};
          const mint = { kind, cashMicros, transactionHash, blockNumber: chain.blockOf(atMs), gasWei: null };
          return show({ ...mint, ...known }, minted);
        });
      }),
    prepareRedemption: (positions, deadlineAtMs) =>
      read('settlement.prepareRedemption', deadlineAtMs, () => ({ outcome: 'prepared', intent: toIntent(positions) })),
    prepareMerge: (position, sharesMicros, deadlineAtMs) =>
      read('settlement.prepareRedemption', deadlineAtMs, () => {
        const held = OUTCOMES.map((each) => chain.sharesAt(position.wallet, each, time.nowMs()));
        const pairsMicros = held.reduce(minMicros, sharesMicros);
        if (pairsMicros === 0n) return { outcome: 'refused', text: 'no pairs are held', isFinal: false };
        const calls = [{ target: MERGER, data: pairsMicros.toString() }];
        return { outcome: 'prepared', intent: { ...toIntent([position]), calls, isMerge: true } };
      }),
    sendRedemption: (intent, deadlineAtMs) => sendRedemption(world, deps, intent, deadlineAtMs),
    findRedemption: (intent, _reference, deadlineAtMs) =>
      read('settlement.findRedemption', deadlineAtMs, () => {
        const { blockAtMs } = head();
        const action = chain.actions.find(
          ({ nonce, deadlineAtMs: validUntilMs }) => nonce === intent.nonce && validUntilMs === intent.deadlineAtMs,
        );
        return stateOf(chain, action, intent, blockAtMs);
      }),
  };
}

function takenOf(takenMicros: Readonly<Record<Outcome, bigint>>, outcome: Outcome) {
  return { own: takenMicros[outcome], other: takenMicros[OTHER_OUTCOME[outcome]] };
}

function mintsOf(chain: ConditionChain) {
  return [
    ...chain.merges.map((minted) => ({ kind: 'merge', cashMicros: minted.pairsMicros, minted }) as const),
    ...chain.payouts.map((minted) => {
      const { UP, DOWN } = minted.cashMicros;
      return { kind: 'redemption', cashMicros: UP + DOWN, minted } as const;
    }),
  ];
}

function stateOf(
  chain: ConditionChain,
  action: WalletAction | undefined,
  intent: RedemptionIntent,
  blockAtMs: number,
): RedemptionState {
  const isFinal = action !== undefined && action.state !== 'pending' && action.executesAtMs <= blockAtMs;
  if (isFinal && action.state === 'done') return { state: 'done', blockNumber: chain.blockOf(action.executesAtMs) };
  if (isFinal) return { state: 'reverted', text: 'the batch reverted' };
  if (action === undefined && blockAtMs > (intent.deadlineAtMs ?? 0)) {
    return { state: 'void', text: 'the deadline of the batch has passed' };
  }
  return { state: 'pending' };
}

/**
 * The request may be refused, arrive late, or lose its answer; once it has arrived it does not depend on the process.
 */
function sendRedemption(
  world: World,
  { chain, outcome, clock, call, onRedemption }: SimSettlementDeps,
  intent: RedemptionIntent,
  deadlineAtMs: number,
): Promise<RedemptionAnswer> {
  const { time, dice, draw } = world;
  const patienceMs = Math.max(deadlineAtMs - clock.nowMs(), 0);
  const arrive = (): RedemptionAnswer => {
    const nowMs = time.nowMs();
    const validUntilMs = intent.deadlineAtMs ?? 0;
    if (dice.roll('redemption-refused'))
      return { outcome: 'refused', text: 'call blocked: call[0] blocked', isFinal: true };
    if (dice.roll('relayer-busy') || chain.isBusy()) {
      return { outcome: 'not-sent', text: 'wallet busy: active action exists', retryAfterMs: null };
    }
    if (nowMs > validUntilMs || intent.nonce !== chain.nextNonce()) {
      return { outcome: 'refused', text: 'batch nonce does not match on-chain nonce', isFinal: false };
    }
    const action = chain.submit({
      wallet: SIM_LIVE_WALLET,
      nonce: intent.nonce,
      mergeMicros: mergeMicrosOf(intent),
      deadlineAtMs: validUntilMs,
      executesAtMs: nowMs + 1_000 + draw(5_000),
    });
    const isReverted = dice.roll('redemption-reverts');
    time.at(action.executesAtMs, () => chain.execute(action, paidOutcomes(chain, outcome), isReverted));
    return { outcome: 'accepted', reference: `relayer-${chain.actions.length}` };
  };
  const answered = onRedemption(intent);
  if (dice.roll('redemption-answer-lost')) {
    // It arrives while the caller waits, after it gave up, or never.
    const fate = draw(3);
    const arrivesInMs = fate === 0 ? 100 : patienceMs + draw(60_000);
    if (fate < 2) time.at(time.nowMs() + arrivesInMs, arrive);
    return call(
      'settlement.sendRedemption',
      () => patienceMs,
      () => ({ outcome: 'unknown', text: 'no answer within the deadline' }) as const,
    );
  }
  return call(
    'settlement.sendRedemption',
    () => 100 + draw(400),
    () => {
      const answer = arrive();
      answered();
      return answer;
    },
  );
}
