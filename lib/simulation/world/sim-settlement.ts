import type { Outcome } from '#lib/domain/market/market.ts';
import { OTHER_OUTCOME } from '#lib/domain/market/market.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { RedemptionAnswer, RedemptionIntent, Settlement } from '#lib/ports/settlement.ts';
import type { ConditionChain } from '#lib/venue/engine/condition-chain.ts';
import type { CrashSite } from '../crash-points.ts';
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

const RELAYER_DEADLINE_MS = 120_000;

/** The settlement port of the live account: one wallet behind the venue's relayer, over the model of the chain. */
export function createSimSettlement(world: World, deps: SimSettlementDeps): Settlement {
  const { time, dice, draw } = world;
  const { chain, outcome, clock, call } = deps;
  const read = <Value>(site: CrashSite, deadlineAtMs: number, look: () => Value): Promise<Value> => {
    const patienceMs = Math.max(deadlineAtMs - clock.nowMs(), 0);
    const neededMs = 40 + draw(120) + (dice.roll('settlement-slow') ? dice.between('settlement-slow', 300, 6_000) : 0);
    return call(
      site,
      () => Math.min(neededMs, patienceMs),
      () => {
        if (neededMs > patienceMs || dice.roll('settlement-unreadable'))
          throw new UpstreamUnavailableError('The chain did not answer');
        return look();
      },
    );
  };
  /** A node that lies shows a finalised block of some minutes ago. */
  const head = () =>
    chain.headAt(time.nowMs() - (dice.roll('node-behind') ? 1_000 * dice.between('node-behind', 5, 600) : 0));
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
    listPayouts: (position, afterBlock, deadlineAtMs) =>
      read('settlement.listPayouts', deadlineAtMs, () => {
        const { blockAtMs } = head();
        return chain.payouts.flatMap(({ transactionHash, wallet, atMs, cashMicros }) => {
          const cash = cashMicros.UP + cashMicros.DOWN;
          const blockNumber = chain.blockOf(atMs);
          const isShown = wallet === position.wallet && atMs <= blockAtMs && blockNumber > (afterBlock ?? 0n);
          return isShown && cash > 0n ? [{ transactionHash, cashMicros: cash, blockNumber, gasWei: null }] : [];
        });
      }),
    prepareRedemption: (positions, deadlineAtMs) =>
      read('settlement.prepareRedemption', deadlineAtMs, () => ({
        outcome: 'prepared',
        intent: {
          route: 'relayer',
          nonce: chain.nextNonce(),
          deadlineAtMs: time.nowMs() + RELAYER_DEADLINE_MS,
          calls: [],
          conditionIds: positions.map(({ conditionId }) => conditionId),
          preparedAtBlock: chain.headAt(time.nowMs()).blockNumber,
        },
      })),
    sendRedemption: (intent, deadlineAtMs) => sendRedemption(world, deps, intent, deadlineAtMs),
    findRedemption: (intent, _reference, deadlineAtMs) =>
      read('settlement.findRedemption', deadlineAtMs, () => {
        const { blockAtMs } = head();
        const action = chain.actions.find(
          ({ nonce, deadlineAtMs: validUntilMs }) => nonce === intent.nonce && validUntilMs === intent.deadlineAtMs,
        );
        const isFinal = action !== undefined && action.state !== 'pending' && action.executesAtMs <= blockAtMs;
        if (isFinal && action.state === 'done') {
          return { state: 'done', blockNumber: chain.blockOf(action.executesAtMs) } as const;
        }
        if (isFinal) return { state: 'reverted', text: 'the batch reverted' } as const;
        if (action === undefined && blockAtMs > (intent.deadlineAtMs ?? 0)) {
          return { state: 'void', text: 'the deadline of the batch has passed' } as const;
        }
        return { state: 'pending' } as const;
      }),
  };
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
      deadlineAtMs: validUntilMs,
      executesAtMs: nowMs + 1_000 + draw(5_000),
    });
    const isReverted = dice.roll('redemption-reverts');
    time.at(action.executesAtMs, () => chain.execute(action, outcome, isReverted));
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
