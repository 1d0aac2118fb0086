/**
 * Every wake-up of a position, whoever sent it: timer, delayed message, retry, sweep or a person.
 *   1. load the row; drop the message when the position is closed or the row names another wake-up;
 *   2. decide the next step from the row and the time (`planNextStep`);
 *   3. take it, each effect between two writes;
 *   4. send the message for the wake-up that the last write named.
 * Dying anywhere leaves a row whose wake-up is overdue: the message comes back, or the sweep finds the row.
 */

import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import { timerStartsExitAtMs } from '#lib/domain/plan/plan-timer.ts';
import { EXIT_WAKE_UP_ID, isHonoured } from '#lib/domain/plan/plan-wake-up.ts';
import { assertNever } from '#lib/domain/position/broken-law.ts';
import { isUnanswered } from '#lib/domain/position/order-attempt.ts';
import {
  isClosed,
  type OpenPosition,
  type Position,
  type PositionState,
  type WakeUp,
} from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import { cancelRestingSell, lookUpOrders } from '#lib/lifecycle/hold/look-up-orders.ts';
import { getPosition, recordEvent, recordResult } from '#lib/lifecycle/record-event.ts';
import { type AttemptSellDeps, attemptSell, repostSell } from '#lib/lifecycle/sell/attempt-sell.ts';
import { sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import { getAccount, type TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';

export type WakePositionDeps = Omit<AttemptSellDeps, 'account'> & { readonly accounts: TradingAccounts };

export type WakeOutcome =
  /** A step was taken; `state` is where the position stands now. */
  | { readonly outcome: 'stepped'; readonly state: PositionState }
  /** The message was early and has been sent on. */
  | { readonly outcome: 'sent-on' }
  /** No order could be made: the key or the venue's credentials were not to be had. The same step is taken again soon. */
  | { readonly outcome: 'put-off'; readonly reason: string }
  /** Nothing to do for this message. */
  | {
      readonly outcome: 'dropped';
      readonly reason: 'closed' | 'not-the-row' | 'nothing-due' | 'lease-held' | 'overtaken';
    };

/**
 * @throws PositionNotFoundError, StoreUnavailableError, CorruptRowError, UpstreamUnavailableError (a wake-up could not be
 *   sent): the message has to come back
 */
export async function wakePosition(deps: WakePositionDeps, message: WakeMessage): Promise<WakeOutcome> {
  const position = await getPosition(deps, message.positionId);
  if (isClosed(position)) return { outcome: 'dropped', reason: 'closed' };
  try {
    return await wakeOpenPosition(deps, position, message);
  } catch (error) {
    // Another invocation took the step; the next wake-up is its to send.
    if (error instanceof VersionConflictError) return { outcome: 'dropped', reason: 'overtaken' };
    throw error;
  }
}

async function wakeOpenPosition(
  deps: WakePositionDeps,
  loaded: OpenPosition,
  message: WakeMessage,
): Promise<WakeOutcome> {
  const position = message.source === 'by-hand' ? await requestExit(deps, loaded) : loaded;
  if (isClosed(position) || position.wakeUp === null) return { outcome: 'dropped', reason: 'nothing-due' };
  const { wakeUp } = position;
  const isMeant = message.source === 'by-hand' || isHonoured(position, message.wakeUpId, deps.clock.nowMs());
  if (!isMeant) return keepForExit(deps, position, message);
  const isExit = position.state === 'holding' && wakeUp.id === EXIT_WAKE_UP_ID;
  const takeAtMs = isExit ? exitTurnAtMs(position, message) : wakeUp.atMs - position.policy.prepareLeadMs;
  if (deps.clock.nowMs() < takeAtMs) {
    // By hand, the position is in a state that has its own wake-up under way: that one goes on.
    if (message.source !== 'by-hand') await deps.queue.send({ ...message, wakeUpId: wakeUp.id }, takeAtMs);
    return { outcome: 'sent-on' };
  }
  return takeSteps(deps, position, wakeUp);
}

/** The timer's message stands behind the delayed one: by its time that one has begun the exit, or never will. */
function exitTurnAtMs(position: OpenPosition, message: WakeMessage): number {
  const takeAtMs = position.exitDueAtMs - position.policy.prepareLeadMs;
  return message.source === 'timer' ? Math.max(takeAtMs, timerStartsExitAtMs(position)) : takeAtMs;
}

/**
 * The exit's own message may come while a look-up is the row's wake-up (the timer is early by a minute or two): it is kept for
 * its time, because nobody else sends it again.
 */
async function keepForExit(deps: WakePositionDeps, position: OpenPosition, message: WakeMessage): Promise<WakeOutcome> {
  const takeAtMs = exitTurnAtMs(position, message);
  const isBeforeExit = position.state === 'buying' || position.state === 'holding';
  if (!isBeforeExit || message.wakeUpId !== EXIT_WAKE_UP_ID || deps.clock.nowMs() >= takeAtMs) {
    return { outcome: 'dropped', reason: 'not-the-row' };
  }
  await deps.queue.send(message, takeAtMs);
  return { outcome: 'sent-on' };
}

/** Somebody asked, whatever the row says by now: another invocation's step must not make the wish disappear. */
async function requestExit(deps: WakePositionDeps, position: OpenPosition): Promise<Position> {
  return recordResult(deps, position, { type: 'exit-requested', atMs: deps.clock.nowMs() });
}

async function takeSteps(deps: WakePositionDeps, position: OpenPosition, wakeUp: WakeUp): Promise<WakeOutcome> {
  // An exit is prepared before its time; everything else waits for it here, a few seconds at most.
  const isExit = planNextStep(position, deps.clock.nowMs()).step === 'sell';
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
    // Only an order that cannot be made says so: whatever else fails of a step is written down, or the table's.
    if (!(error instanceof UpstreamUnavailableError)) throw error;
    return putOff(deps, position.positionId, error.message);
  }
  await sendWakeUp(deps, after);
  return { outcome: 'stepped', state: after.state };
}

/** How soon the key is asked for again: the queue's own redelivery would take twenty seconds of the two minutes there are. */
const UNPREPARED_PAUSE_MS = 1_000;

async function putOff(deps: WakePositionDeps, positionId: string, reason: string): Promise<WakeOutcome> {
  const position = await getPosition(deps, positionId);
  if (isClosed(position) || position.wakeUp === null) return { outcome: 'dropped', reason: 'nothing-due' };
  const { id: wakeUpId, atMs } = position.wakeUp;
  const againAtMs = Math.max(atMs, deps.clock.nowMs() + UNPREPARED_PAUSE_MS);
  await deps.queue.send({ positionId, wakeUpId, source: 'retry' }, againAtMs);
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
    default:
      return takeOrderStep({ ...deps, account: getAccount(deps.accounts, position.mode) }, position, step);
  }
}

/** The steps that need the exchange. @throws ConfigError when the position's mode is not configured */
async function takeOrderStep(
  deps: AttemptSellDeps,
  position: OpenPosition,
  step: Exclude<DueStep, { step: 'abandon-buy' | 'write-deadline' }>,
): Promise<Position> {
  switch (step.step) {
    case 'look-up':
      return goOnSelling(deps, await lookUpOrders(deps, position, step.orderHashes));
    case 'cancel':
      return goOnSelling(deps, await cancelRestingSell(deps, position, step));
    case 'sell':
      return position.state === 'holding' || position.state === 'exiting'
        ? attemptSell(deps, position, step)
        : position;
    default:
      return assertNever(step);
  }
}

/** A look-up that leaves something to sell is followed by the sell at once: seconds count. */
async function goOnSelling(deps: AttemptSellDeps, position: Position): Promise<Position> {
  if (position.state !== 'exiting' && position.state !== 'holding') return position;
  // Whether the look-up answered "not known" or failed: posting the same order again cannot sell twice.
  const unknown = position.attempts.find((attempt) => attempt.intent.side === 'SELL' && isUnanswered(attempt));
  if (unknown !== undefined && position.state === 'exiting') return repostSell(deps, position, unknown);
  const nowMs = deps.clock.nowMs();
  const next = planNextStep(position, nowMs);
  if (next.step !== 'sell') return position;
  return attemptSell(deps, position, position.state === 'exiting' ? { ...next, postAtMs: nowMs } : next);
}
