/**
 * Every wake-up of a position, from timer, delayed message, retry, sweep or operator:
 *   1. load the row; drop the message when the position is closed or the row names another wake-up;
 *   2. decide the next step from the row and the time (`planNextStep`);
 *   3. take it, with a write before and after each effect;
 *   4. send the message for the wake-up that the last write named.
 * A crash at any point leaves a row with an overdue wake-up: the message is delivered again, or the sweep finds the
 * row.
 */

import { LOOK_WAKE_UP_ID } from '#lib/domain/plan/plan-look.ts';
import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import { SHARES_WAKE_UP_ID } from '#lib/domain/plan/plan-take-in.ts';
import { timerStartsExitAtMs } from '#lib/domain/plan/plan-timer.ts';
import { EXIT_WAKE_UP_ID, isHonoured, lastCancelAtMs } from '#lib/domain/plan/plan-wake-up.ts';
import { assertNever } from '#lib/domain/position/broken-law.ts';
import { isOnRequest, sellDueAtMs } from '#lib/domain/position/exit-request.ts';
import { openOrderHashes } from '#lib/domain/position/fill-totals.ts';
import { isUnanswered, mayRest } from '#lib/domain/position/order-attempt.ts';
import {
  type ExitingPosition,
  type HoldingPosition,
  isClosed,
  type OpenPosition,
  type Position,
  type PositionState,
  type WakeUp,
} from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import { lookForShares, sellWhatIsHeld, takeInAwaited } from '#lib/lifecycle/guard/look-for-shares.ts';
import { type LookOutcome, lookAtPrice, startLooking } from '#lib/lifecycle/hold/look-at-price.ts';
import { cancelRestingSell, lookUpOrders } from '#lib/lifecycle/hold/look-up-orders.ts';
import { getPosition, recordEvent, recordResult } from '#lib/lifecycle/record-event.ts';
import { attemptHedge } from '#lib/lifecycle/sell/attempt-hedge.ts';
import { type AttemptSellDeps, attemptSell, repostSell } from '#lib/lifecycle/sell/attempt-sell.ts';
import { recordExitPart } from '#lib/lifecycle/sell/request-exit.ts';
import { queueOf, sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import { getAccount, type TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';

export type WakePositionDeps = Omit<AttemptSellDeps, 'account'> & { readonly accounts: TradingAccounts };

export type WakeOutcome =
  /** A step was taken; `state` is the position's state after it. */
  | { readonly outcome: 'stepped'; readonly state: PositionState }
  /** A look at the price, which is no step. */
  | LookOutcome
  /** The message was early and was sent again with a delay. */
  | { readonly outcome: 'sent-on' }
  /**
   * No order could be prepared: the key or the venue's credentials were unavailable. The step is retried after a
   * second.
   */
  | { readonly outcome: 'put-off'; readonly reason: string }
  | {
      readonly outcome: 'dropped';
      readonly reason: 'closed' | 'not-the-row' | 'nothing-due' | 'lease-held' | 'overtaken';
    };

/**
 * @throws PositionNotFoundError, StoreUnavailableError, CorruptRowError, UpstreamUnavailableError (a wake-up could not
 *   be sent): the message has to be delivered again
 */
export async function wakePosition(deps: WakePositionDeps, message: WakeMessage): Promise<WakeOutcome> {
  const position = await getPosition(deps, message.positionId);
  if (isClosed(position)) return { outcome: 'dropped', reason: 'closed' };
  if (message.wakeUpId === LOOK_WAKE_UP_ID) return lookAtPrice(deps, position, message);
  try {
    return await wakeOpenPosition(deps, position, message);
  } catch (error) {
    // Another invocation took the step and sends the next wake-up.
    if (error instanceof VersionConflictError) return { outcome: 'dropped', reason: 'overtaken' };
    throw error;
  }
}

async function wakeOpenPosition(
  deps: WakePositionDeps,
  loaded: OpenPosition,
  message: WakeMessage,
): Promise<WakeOutcome> {
  if (loaded.state === 'awaiting-resolution') return passToSettlement(deps, message);
  if (message.wakeUpId === SHARES_WAKE_UP_ID) return lookForShares(deps, loaded, message);
  const position = message.source === 'by-hand' ? await requestExit(deps, loaded, message) : loaded;
  if (isClosed(position)) return { outcome: 'dropped', reason: 'closed' };
  const { wakeUp } = position;
  const isMeant = message.source === 'by-hand' || isHonoured(position, message.wakeUpId, deps.clock.nowMs());
  if (!isMeant) return keepForExit(deps, position, message);
  const isExit = position.state === 'holding' && wakeUp.id === EXIT_WAKE_UP_ID;
  const takeAtMs = isExit ? exitTurnAtMs(position, message) : wakeUp.atMs - position.policy.prepareLeadMs;
  if (deps.clock.nowMs() < takeAtMs) {
    // After a manual request the row's own wake-up is already on its way.
    if (message.source !== 'by-hand') await deps.queue.send({ ...message, wakeUpId: wakeUp.id }, takeAtMs);
    return { outcome: 'sent-on' };
  }
  return takeSteps(deps, position, wakeUp);
}

/** Its market is over, and `settle` has a queue of its own. Messages sent before the deadline arrive here. */
async function passToSettlement(deps: WakePositionDeps, message: WakeMessage): Promise<WakeOutcome> {
  const { positionId, wakeUpId, source } = message;
  await deps.queue.send({ positionId, wakeUpId, source, to: 'settle' }, deps.clock.nowMs());
  return { outcome: 'sent-on' };
}

/** The timer's message is the fallback for the delayed one, and starts the exit a little after it. */
function exitTurnAtMs(position: OpenPosition, message: WakeMessage): number {
  const { exitDueAtMs, policy } = position;
  if (message.source === 'timer') return Math.max(exitDueAtMs - policy.prepareLeadMs, timerStartsExitAtMs(position));
  return (position.state === 'exiting' ? exitDueAtMs : sellDueAtMs(position)) - policy.prepareLeadMs;
}

/**
 * The exit's message may arrive while the row waits for a look-up, because the timer fires a minute or two early. It is
 * sent again for the exit's time: no other message starts the exit.
 */
async function keepForExit(deps: WakePositionDeps, position: OpenPosition, message: WakeMessage): Promise<WakeOutcome> {
  const takeAtMs = exitTurnAtMs(position, message);
  const nowMs = deps.clock.nowMs();
  const isBeforeExit = position.state === 'buying' || position.state === 'holding' || isOnRequest(position, nowMs);
  if (!isBeforeExit || message.wakeUpId !== EXIT_WAKE_UP_ID || nowMs >= takeAtMs) {
    return { outcome: 'dropped', reason: 'not-the-row' };
  }
  await deps.queue.send(message, takeAtMs);
  return { outcome: 'sent-on' };
}

/** Saved as a result, so that a step of another invocation cannot drop the operator's request. */
async function requestExit(
  deps: WakePositionDeps,
  position: OpenPosition,
  { exit }: Pick<WakeMessage, 'exit'>,
): Promise<Position> {
  // A request that is refused changes nothing: the position goes on as it was.
  if (exit !== undefined) return (await recordExitPart(deps, position, exit)).position;
  return recordResult(deps, position, { type: 'exit-requested', atMs: deps.clock.nowMs() });
}

async function takeSteps(deps: WakePositionDeps, position: OpenPosition, wakeUp: WakeUp): Promise<WakeOutcome> {
  // A sell is prepared before its time. Every other step waits for its time here, a few seconds at most.
  const planned = planNextStep(position, deps.clock.nowMs()).step;
  const isExit = planned === 'sell' || planned === 'hedge';
  if (!isExit) await deps.clock.sleepUntil(wakeUp.atMs);
  const step = planNextStep(position, deps.clock.nowMs());
  if (step.step === 'nothing-due') return { outcome: 'dropped', reason: 'nothing-due' };
  if (step.step === 'wait-for-deadline') {
    await deps.queue.send({ positionId: position.positionId, wakeUpId: wakeUp.id, source: 'retry' }, step.untilMs);
    return { outcome: 'sent-on' };
  }
  if (step.step === 'wait-for-lease') return { outcome: 'dropped', reason: 'lease-held' };
  let after: Position;
  try {
    after = await takeStep(deps, position, step);
  } catch (error) {
    // Only `prepareOrder` throws this. Other failures of the venue are written to the row.
    if (!(error instanceof UpstreamUnavailableError)) throw error;
    return putOff(deps, position.positionId, error.message);
  }
  await sendWakeUp(deps, after, position);
  if (position.state === 'buying') await startLooking(deps, after, 'retry');
  return { outcome: 'stepped', state: after.state };
}

/** The queue's redelivery would take 20 s of the two minutes before the market's end. */
const UNPREPARED_PAUSE_MS = 1_000;

async function putOff(deps: WakePositionDeps, positionId: string, reason: string): Promise<WakeOutcome> {
  const position = await getPosition(deps, positionId);
  if (isClosed(position)) return { outcome: 'dropped', reason: 'nothing-due' };
  const { id: wakeUpId, atMs } = position.wakeUp;
  const againAtMs = Math.max(atMs, deps.clock.nowMs() + UNPREPARED_PAUSE_MS);
  await deps.queue.send({ positionId, wakeUpId, source: 'retry', ...queueOf(position) }, againAtMs);
  return { outcome: 'put-off', reason };
}

type DueStep = Exclude<
  ReturnType<typeof planNextStep>,
  { step: 'nothing-due' | 'wait-for-deadline' | 'wait-for-lease' }
>;

async function takeStep(deps: WakePositionDeps, position: OpenPosition, step: DueStep): Promise<Position> {
  const atMs = deps.clock.nowMs();
  switch (step.step) {
    case 'abandon-buy':
      return recordEvent(deps, position, { type: 'buy-abandoned', atMs, reason: 'abandoned' });
    case 'write-deadline':
      return recordEvent(deps, position, { type: 'deadline-reached', atMs });
    case 'take-in':
      return takeInAwaited({ ...deps, account: getAccount(deps.accounts, position.mode) }, position);
    default:
      return takeOrderStep({ ...deps, account: getAccount(deps.accounts, position.mode) }, position, step);
  }
}

/** The steps that need the exchange. @throws ConfigError when the position's mode is not configured */
async function takeOrderStep(
  deps: AttemptSellDeps,
  position: OpenPosition,
  step: Exclude<DueStep, { step: 'abandon-buy' | 'write-deadline' | 'take-in' }>,
): Promise<Position> {
  switch (step.step) {
    case 'look-up':
      return goOnSelling(deps, await lookUpOrders(deps, position, step.orderHashes));
    case 'cancel':
      return goOnSelling(deps, await cancelRestingSell(deps, position, step));
    case 'sell':
      if (position.state !== 'holding' && position.state !== 'exiting') return position;
      // What an earlier sell filled was not known: the venue may answer again.
      return position.attempts.some(({ phase }) => phase === 'ended')
        ? goOnSelling(deps, await lookUpOrders(deps, position, openOrderHashes(position)))
        : sellWhatIsHeld(deps, position, step);
    case 'hedge':
      return position.state === 'exiting' ? attemptHedge(deps, position, step.sell) : position;
    default:
      return assertNever(step);
  }
}

/** Sells at once what a look-up leaves, without waiting for the next wake-up. */
async function goOnSelling(deps: AttemptSellDeps, position: Position): Promise<Position> {
  if (position.state !== 'exiting' && position.state !== 'holding') return position;
  // The look-up failed, or the venue does not know the order: posting it again unchanged cannot sell twice.
  const unknown = position.attempts.find((attempt) => attempt.intent.side === 'SELL' && isUnanswered(attempt));
  const nowMs = deps.clock.nowMs();
  if (unknown !== undefined && position.state === 'exiting') {
    const reposted = await repostSell(deps, position, unknown);
    if (reposted !== position || !mayRest(unknown, nowMs) || nowMs > lastCancelAtMs(position)) return reposted;
    // Its price is below today's floor. It may rest, or be filled just now.
    const { orderHash } = unknown.intent;
    return cancelRestingSell(deps, position, { orderHash, orderHashes: openOrderHashes(position) });
  }
  const next = planNextStep(dueNow(position, nowMs), nowMs);
  if (next.step === 'hedge' && position.state === 'exiting') {
    return attemptHedge(deps, position, { ...next.sell, postAtMs: nowMs });
  }
  if (next.step !== 'sell') return position;
  return attemptSell(deps, position, position.state === 'exiting' ? { ...next, postAtMs: nowMs } : next);
}

/** What a request leaves for the exit is not sold before that is due. */
function dueNow(position: HoldingPosition | ExitingPosition, nowMs: number): HoldingPosition | ExitingPosition {
  return isOnRequest(position, nowMs) ? { ...position, wakeUp: { ...position.wakeUp, atMs: nowMs } } : position;
}
