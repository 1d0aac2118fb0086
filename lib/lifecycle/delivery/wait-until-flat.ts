import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { readOpen } from '#lib/lifecycle/read/list-positions.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { pollFor } from './smoke-step.ts';

export type FlatDeps = {
  readonly clock: Clock;
  readonly isInterrupted: () => boolean;
  readonly store: Pick<PositionStore, 'listDue' | 'listClosed' | 'findMany'>;
  readonly say: (text: string) => void;
};

export type FlatOutcome =
  | { readonly outcome: 'flat' }
  /** `positions` could not be waited for: their exit is due too late, or they are still there at the end. */
  | { readonly outcome: 'open'; readonly positions: readonly Position[]; readonly corruptIds: readonly string[] };

const POLL_MS = 5_000;
/** From the due time to the deadline of a market's end, and its last retry. */
const AFTER_DUE_MS = 120_000;
/** The index of open positions may lag behind an opening that was under way when the halt was written. */
const SETTLE_MS = 5_000;

/**
 * Waits until no position has shares to sell. What awaits the market's result is not waited for: nothing of it is sold,
 * and its settlement goes on with any release. Gives up at once for a position whose exit is due after `untilMs`.
 * @throws SmokeInterrupted, StoreUnavailableError
 */
export async function waitUntilFlat(deps: FlatDeps, untilMs: number): Promise<FlatOutcome> {
  const { clock, say } = deps;
  const quietFromMs = clock.nowMs() + SETTLE_MS;
  let told = '';
  let last: FlatOutcome = { outcome: 'flat' };
  const ended = await pollFor<FlatOutcome>(
    deps,
    untilMs,
    async () => {
      const { positions, corruptIds } = await readOpen(deps, {});
      const unsold = positions.filter(isUnsold);
      last =
        unsold.length + corruptIds.length === 0
          ? { outcome: 'flat' }
          : { outcome: 'open', positions: unsold, corruptIds };
      if (last.outcome === 'flat') return clock.nowMs() >= quietFromMs ? last : undefined;
      if (corruptIds.length > 0) return last;
      const late = unsold.filter((position) => position.exitDueAtMs > untilMs);
      if (late.length > 0) return { ...last, positions: late };
      const text = `Waiting for ${unsold.map(describe).join(', ')}.`;
      if (text !== told) say(text);
      told = text;
      return undefined;
    },
    POLL_MS,
  );
  return ended ?? last;
}

/** Long enough for a position whose exit is due by then to be sold, or to reach its deadline. */
export const flatDeadlineMs = (nowMs: number, waitMs: number): number => nowMs + waitMs + AFTER_DUE_MS;

function isUnsold(position: Position): position is OpenPosition {
  return position.state === 'buying' || position.state === 'holding' || position.state === 'exiting';
}

export function describe({ positionId, mode, state, exitDueAtMs }: Position): string {
  return `${positionId} (${mode}, ${state}, exit at ${new Date(exitDueAtMs).toISOString().slice(0, 19).replace('T', ' ')} UTC)`;
}
