import { stalledAlert } from '#lib/domain/news/alert-after.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';

/**
 * Pages for exits that take no step, without the table's stream: what would save an alert is what does not run. Each
 * sweep tells it again until a step is taken; the receiver delivers it once for each version of the row. Returns
 * whether all are published. A bus that does not answer must not stop the sweep.
 */
export async function tellStalled(
  { bus, clock }: { readonly bus: EventBus; readonly clock: Pick<Clock, 'nowMs'> },
  stalled: readonly OpenPosition[],
): Promise<boolean> {
  if (stalled.length === 0) return true;
  const atMs = clock.nowMs();
  try {
    await bus.publish(
      stalled.map((position) => {
        const { positionId, version } = position;
        return { type: 'position-alert', positionId, version, alert: stalledAlert(position, atMs) } as const;
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof UpstreamUnavailableError) return false;
    throw error;
  }
}
