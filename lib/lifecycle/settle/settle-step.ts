import { isContradiction } from '#lib/domain/market/payout.ts';
import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import {
  ORDERS_FINAL_AFTER_MS,
  planSettlement,
  type SettlementStep,
  toBlockRead,
} from '#lib/domain/plan/plan-settlement.ts';
import { canMerge, SETTLEMENT_LAG_MS } from '#lib/domain/plan/plan-wake-up.ts';
import { isLost, isSettled } from '#lib/domain/position/fill-totals.ts';
import type { AwaitingResolutionPosition, Position } from '#lib/domain/position/position.ts';
import type { ConditionReading, Payout } from '#lib/domain/position/settlement-progress.ts';
import {
  ConfigError,
  RateLimitedError,
  RejectedByUpstreamError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import { takeInShares } from '#lib/lifecycle/guard/take-in-shares.ts';
import { lookUpOrders } from '#lib/lifecycle/hold/look-up-orders.ts';
import { type Evidence, recordEvent, recordResult } from '#lib/lifecycle/record-event.ts';
import { getAccount } from '#lib/lifecycle/trading-account.ts';
import type { Settlement } from '#lib/ports/wallet/settlement.ts';
import { redeemShares } from './redeem-shares.ts';
import { type SettleDeps, wait } from './settle-deps.ts';

const READ_DEADLINE_MS = 4_000;
/** What others say of the result is only compared: it is not waited for. */
const RESULT_DEADLINE_MS = 1_000;

/**
 * One step of a position whose market is over. Fills of earlier orders come first, because they change what is held;
 * then the chain at one finalised block, then the payouts, and the redemption last. Every outcome is written to the
 * row, with the next wake-up.
 */
export async function settleStep(deps: SettleDeps, position: AwaitingResolutionPosition): Promise<Position> {
  const looked = await takeInLate(deps, await lookUpOpenOrders(deps, position));
  if (looked.state !== 'awaiting-resolution') return looked;
  const startsAtMs = looked.marketEndsAtMs + (isSettled(looked) ? SETTLEMENT_LAG_MS : ORDERS_FINAL_AFTER_MS);
  const mayMerge = isSettled(looked) && canMerge(looked);
  if (deps.clock.nowMs() < startsAtMs && !mayMerge) {
    return looked === position ? wait(deps, looked, 'unresolved', null) : looked;
  }
  const settlement = deps.settlements[looked.mode];
  if (settlement === undefined) return wait(deps, looked, 'not-configured', null);
  try {
    return await settleByChain(deps, settlement, looked);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return wait(deps, looked, 'unreadable', null, error.message);
  }
}

async function lookUpOpenOrders(deps: SettleDeps, position: AwaitingResolutionPosition): Promise<Position> {
  const next = planNextStep(position, deps.clock.nowMs());
  if (next.step !== 'look-up') return position;
  const account = getAccount(deps.accounts, position.mode);
  return lookUpOrders({ ...deps, account }, position, next.orderHashes);
}

/** Shares of a guarded position may arrive until its market is resolved; without any there is nothing to settle. */
async function takeInLate(deps: SettleDeps, position: Position): Promise<Position> {
  const isOpen = position.state === 'awaiting-resolution' && position.settlement.payout === null;
  return isOpen ? takeIn(deps, position) : position;
}

/** Failures of node, relayer or key. They end no step: the row says why it waits, and the next wake-up tries again. */
function isUnreadable(error: unknown): error is Error {
  return (
    error instanceof UpstreamUnavailableError ||
    error instanceof UnexpectedReplyError ||
    error instanceof RateLimitedError ||
    error instanceof RejectedByUpstreamError ||
    error instanceof ConfigError
  );
}

/** The payouts are looked for, a merge and the result are recorded, and one more step follows. */
const PLANS_MAX = 5;

async function settleByChain(
  deps: SettleDeps,
  settlement: Settlement,
  before: AwaitingResolutionPosition,
): Promise<Position> {
  const { clock } = deps;
  const reading = await settlement.readCondition(before, clock.nowMs() + READ_DEADLINE_MS);
  let position: Position = reading.payout === null ? await takeIn(deps, before, reading) : before;
  let payouts: readonly Payout[] | null = null;
  for (let count = 0; count < PLANS_MAX && position.state === 'awaiting-resolution'; count += 1) {
    const step = planSettlement(position, reading, payouts, clock.nowMs());
    if (step.step === 'find-payouts') {
      const untilMs = clock.nowMs() + READ_DEADLINE_MS;
      payouts = await settlement.listPayouts(position, step.afterBlock, untilMs, reading.blockNumber, step.sinceMs);
    } else if (step.step === 'redeem' || step.step === 'merge') {
      return redeemShares({ ...deps, settlement }, position, reading, step);
    } else {
      const after = await explainOrRecord(deps, position, reading, step, payouts ?? []);
      if (after.state !== 'awaiting-resolution' || step.step === 'wait') return after;
      // A loss is read again at a later block.
      const { payout } = after.settlement;
      if (payout !== null && isLost(after, payout)) return after;
      position = after;
    }
  }
  return position;
}

/** Shares that are gone without a payout: others may have sold them in the last seconds. */
async function explainOrRecord(
  deps: SettleDeps,
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  step: RecordedStep,
  payouts: readonly Payout[],
): Promise<Position> {
  const isMissing = step.step === 'wait' && step.reason === 'payout-not-seen';
  const explained = isMissing ? await takeIn(deps, position, reading) : position;
  return explained === position ? record(deps, position, reading, step, payouts) : explained;
}

/** With `reading`: what others took of a guarded position as well, while nothing was redeemed. */
async function takeIn(
  deps: SettleDeps,
  position: AwaitingResolutionPosition,
  reading?: ConditionReading,
): Promise<Position> {
  const account = deps.accounts[position.mode];
  if (account === undefined) return position;
  const untilMs = deps.clock.nowMs() + READ_DEADLINE_MS;
  const given = reading && ({ ...reading, isUnredeemed: true } as const);
  return takeInShares({ ...deps, account }, position, untilMs, given);
}

type RecordedStep = Exclude<SettlementStep, { step: 'find-payouts' | 'redeem' | 'merge' }>;

async function record(
  deps: SettleDeps,
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  step: RecordedStep,
  payouts: readonly Payout[],
): Promise<Position> {
  const read = toBlockRead(position, reading);
  const evidence = toEvidence(reading, payouts);
  const atMs = deps.clock.nowMs();
  switch (step.step) {
    case 'wait':
      return wait(deps, position, step.reason, step.reason === 'node-behind' ? null : read, null, evidence);
    case 'record-result': {
      const winners = await listWinners(deps, position, atMs + RESULT_DEADLINE_MS);
      const venueWinner =
        winners.find((winner) => isContradiction(position, step.payout, winner)) ?? winners[0] ?? null;
      const event = { type: 'market-resolved', atMs, payout: step.payout, read, venueWinner } as const;
      return recordEvent(deps, position, event, evidence);
    }
    case 'confirm-loss':
      return recordEvent(deps, position, { type: 'loss-confirmed', atMs, read }, evidence);
    case 'confirm-nothing':
      return recordEvent(deps, position, { type: 'nothing-found', atMs, blockNumber: reading.blockNumber }, evidence);
    case 'confirm-payout': {
      const { step: _, ...payout } = step;
      return recordResult(deps, position, { type: 'redemption-confirmed', atMs, ...payout }, evidence);
    }
    case 'confirm-merge': {
      const { step: _, ...merge } = step;
      return recordResult(deps, position, { type: 'merge-confirmed', atMs, ...merge, read }, evidence);
    }
    case 'contradict':
      return recordEvent(
        deps,
        position,
        { type: 'record-contradicted', atMs, contradiction: step.contradiction },
        evidence,
      );
  }
}

/** What the sources say that have an answer in time. */
async function listWinners(deps: SettleDeps, position: AwaitingResolutionPosition, deadlineAtMs: number) {
  const asked = deps.results.map((source) => source.findWinner(position, deadlineAtMs).catch(() => null));
  return (await Promise.all(asked)).filter((winner) => winner !== null);
}

function toEvidence(reading: ConditionReading, payouts: readonly Payout[]): Evidence {
  const { blockNumber, blockAtMs, payout, sharesMicros, otherSharesMicros } = reading;
  return {
    blockNumber: blockNumber.toString(),
    blockAtMs,
    payout: payout === null ? null : `${payout.own}:${payout.other} of ${payout.total}`,
    chainSharesMicros: sharesMicros.toString(),
    chainOtherSharesMicros: otherSharesMicros.toString(),
    ...(payouts.length > 0 && {
      payouts: payouts.map(({ transactionHash, cashMicros }) => `${cashMicros} in ${transactionHash}`).join(', '),
    }),
  };
}
