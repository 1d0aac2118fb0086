import { planNextStep, type SellPlan } from '#lib/domain/plan/plan-next-step.ts';
import { isBalanceInDoubt, laterSharesLooksAtMs } from '#lib/domain/plan/plan-take-in.ts';
import { activeRequest } from '#lib/domain/position/exit-request.ts';
import type { ExitingPosition, HoldingPosition, OpenPosition, Position } from '#lib/domain/position/position.ts';
import { type AttemptSellDeps, attemptSell } from '#lib/lifecycle/sell/attempt-sell.ts';
import { sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import { getAccount } from '#lib/lifecycle/trading-account.ts';
import type { WakeOutcome, WakePositionDeps } from '#lib/lifecycle/wake-position.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { type TakeInDeps, takeInShares } from './take-in-shares.ts';

/** A look must not hold up the exit, which is prepared some seconds early and looks itself. */
const LOOK_BEFORE_EXIT_MS = 10_000;
const LOOK_DEADLINE_MS = 4_000;
const SHARES_DEADLINE_MS = 1_000;

/**
 * A look between the wake-ups of the row: shares may have come, or left. It writes nothing where nothing changed. Lost
 * looks are sent again by the next sweep.
 */
export async function lookForShares(
  deps: WakePositionDeps,
  position: OpenPosition,
  message: WakeMessage,
): Promise<WakeOutcome> {
  const nowMs = deps.clock.nowMs();
  if (position.state !== 'holding' || nowMs >= position.exitDueAtMs - LOOK_BEFORE_EXIT_MS) {
    return { outcome: 'dropped', reason: 'nothing-due' };
  }
  const account = getAccount(deps.accounts, position.mode);
  const after = await takeInShares({ ...deps, account }, position, nowMs + LOOK_DEADLINE_MS);
  if (after !== position) await sendWakeUp(deps, after);
  // Only the sweep's look plans more, so that copies of a message do not multiply.
  const times = message.source === 'sweep' ? laterSharesLooksAtMs(after, deps.clock.nowMs()) : [];
  await Promise.all(times.map((atMs) => deps.queue.send({ ...message, source: 'retry' }, atMs)));
  return after === position
    ? { outcome: 'dropped', reason: 'nothing-due' }
    : { outcome: 'stepped', state: after.state };
}

/** A step of the row: it waits for its first shares. */
export function takeInAwaited(deps: TakeInDeps, position: OpenPosition): Promise<Position> {
  return takeInShares(deps, position, deps.clock.nowMs() + LOOK_DEADLINE_MS);
}

/**
 * What came to a guarded position, or left it, counts before it is sold: the chain is read while the order waits for
 * its time, and not waited for much longer. It is read again once a refusal says that shares are missing, and while
 * there is no buyer, which leaves time. Any other position is sold at once.
 */
export async function sellWhatIsHeld(
  deps: AttemptSellDeps,
  position: HoldingPosition | ExitingPosition,
  plan: SellPlan,
): Promise<Position> {
  const after = await takeInBeforeSell(deps, position, plan);
  if (after === position) return attemptSell(deps, position, plan);
  if (after.state !== 'holding' && after.state !== 'exiting') return after;
  const next = planNextStep(after, deps.clock.nowMs());
  return next.step === 'sell' ? attemptSell(deps, after, next) : after;
}

async function takeInBeforeSell(
  deps: AttemptSellDeps,
  position: HoldingPosition | ExitingPosition,
  { postAtMs }: SellPlan,
): Promise<Position> {
  // What waited for a price on request begins its exit by the clock as one that was held does.
  const isBegun = position.state === 'exiting' && position.firstExitAttemptAtMs !== null;
  const isOfRequest = activeRequest(position, postAtMs) !== undefined;
  if (position.state === 'exiting' && (isBegun || isOfRequest) && !isBalanceInDoubt(position)) return position;
  const untilMs = Math.max(postAtMs - position.policy.bookLeadMs, deps.clock.nowMs() + SHARES_DEADLINE_MS);
  return takeInShares(deps, position, untilMs);
}
