import { isClosed, type OpenPosition } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { sendSharesLook } from '#lib/lifecycle/guard/send-shares-look.ts';
import { startLooking } from '#lib/lifecycle/hold/look-at-price.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

/** Open positions that one survey takes in; the limits of a stage allow a fraction of that. */
export const SURVEY_COUNT_MAX = 2_000;

/**
 * Every open position, read once for all that a sweep does with it. Rows that cannot be read are left out: the sweep
 * reports them.
 * @throws StoreUnavailableError
 */
export async function surveyOpen(deps: {
  readonly store: Pick<PositionStore, 'listDue' | 'findMany'>;
}): Promise<readonly OpenPosition[]> {
  const ids = await deps.store.listDue(Number.MAX_SAFE_INTEGER, SURVEY_COUNT_MAX);
  const { positions } = await deps.store.findMany(ids);
  return positions.filter((position) => !isClosed(position));
}

export type LooksReport = {
  readonly lookCount: number;
  /** No message could be sent; the next run sends one. */
  readonly failedIds: readonly string[];
};

/** Sends a look at the price for each position with exit rules, and one at the wallet for each that is guarded. */
export async function sendLooks(
  deps: { readonly clock: Clock; readonly queue: Pick<ExitQueue, 'send'> },
  positions: readonly OpenPosition[],
): Promise<LooksReport> {
  const failedIds: string[] = [];
  const sent = await Promise.all(
    positions.map(async (position) => {
      try {
        const looks = await Promise.all([startLooking(deps, position, 'sweep'), sendSharesLook(deps, position)]);
        return looks.some(Boolean);
      } catch (error) {
        if (!(error instanceof UpstreamUnavailableError)) throw error;
        failedIds.push(position.positionId);
        return false;
      }
    }),
  );
  return { lookCount: sent.filter(Boolean).length, failedIds };
}

/** Age of the oldest order of unknown outcome; 0 when there is none. */
export function oldestUnknownOrderAgeMs(positions: readonly OpenPosition[], nowMs: number): number {
  const unknown = positions.flatMap(({ attempts }) => attempts.filter(({ phase }) => phase === 'unknown'));
  // Since the intent: posting the same order again does not make it younger.
  return Math.max(0, ...unknown.map(({ intent }) => nowMs - intent.timestampMs));
}
