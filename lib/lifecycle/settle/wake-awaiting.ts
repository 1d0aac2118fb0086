import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import { isHonoured } from '#lib/domain/plan/plan-wake-up.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { VersionConflictError } from '#lib/errors/errors.ts';
import { getPosition } from '#lib/lifecycle/record-event.ts';
import { sendWakeUp } from '#lib/lifecycle/send-wake-up.ts';
import type { WakeOutcome } from '#lib/lifecycle/wake-position.ts';
import type { ExitQueue, WakeMessage } from '#lib/ports/exit-queue.ts';
import type { SettleDeps } from './settle-deps.ts';
import { settleStep } from './settle-step.ts';

export type WakeAwaitingDeps = SettleDeps & { readonly queue: Pick<ExitQueue, 'send'> };

/** Up to this long a message that comes early waits here. */
const EARLY_MS_MAX = 1_000;

/**
 * Every wake-up of a position whose market is over, by the rules of `wakePosition`: the row names the one that counts.
 * A message for another state goes back to the exit queue.
 * @throws as `wakePosition`: the message has to be delivered again
 */
export async function wakeAwaiting(deps: WakeAwaitingDeps, message: WakeMessage): Promise<WakeOutcome> {
  const { clock, queue } = deps;
  const position = await getPosition(deps, message.positionId);
  if (isClosed(position)) return { outcome: 'dropped', reason: 'closed' };
  const { to: _, ...rest } = message;
  if (position.state !== 'awaiting-resolution') {
    await queue.send(rest, clock.nowMs());
    return { outcome: 'sent-on' };
  }
  const { wakeUp } = position;
  const isByHand = message.source === 'by-hand';
  if (!isByHand && !isHonoured(position, message.wakeUpId, clock.nowMs())) {
    return { outcome: 'dropped', reason: 'not-the-row' };
  }
  if (!isByHand && clock.nowMs() < wakeUp.atMs - EARLY_MS_MAX) {
    await queue.send({ ...rest, wakeUpId: wakeUp.id, to: 'settle' }, wakeUp.atMs);
    return { outcome: 'sent-on' };
  }
  if (planNextStep(position, clock.nowMs()).step === 'wait-for-lease') {
    return { outcome: 'dropped', reason: 'lease-held' };
  }
  if (!isByHand) await clock.sleepUntil(wakeUp.atMs, 'rough');
  try {
    const after = await settleStep(deps, position);
    await sendWakeUp(deps, after);
    return { outcome: 'stepped', state: after.state };
  } catch (error) {
    if (error instanceof VersionConflictError) return { outcome: 'dropped', reason: 'overtaken' };
    throw error;
  }
}
