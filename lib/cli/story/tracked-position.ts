import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import { type ReplayedStep, replayTimeline } from '#lib/lifecycle/read/replay-timeline.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { whatOf } from '#lib/words/position-words.ts';

/** A position of the story, as last seen. */
export type TrackedPosition = {
  /** `1 BTC UP` */
  readonly label: string;
  /** Left open by an earlier run that was killed. */
  readonly isPickedUp: boolean;
  /** Unix milliseconds. Earlier steps belong to an earlier run and are not shown. */
  readonly fromMs: number;
  readonly position: Position;
  readonly steps: readonly ReplayedStep[];
};

export type PositionTracker = {
  /** Begins to follow a position. */
  follow(position: Position, options: { readonly isPickedUp: boolean; readonly fromMs: number }): TrackedPosition;
  /** Reads every position that is not closed, and calls back for each new step. */
  refresh(onStep: (tracked: TrackedPosition, step: ReplayedStep) => void): Promise<void>;
  list(): readonly TrackedPosition[];
};

/** Follows positions by reading the table, from outside the suite. */
export function createPositionTracker(store: Pick<PositionStore, 'find' | 'listTimeline'>): PositionTracker {
  const tracked = new Map<string, TrackedPosition & { readonly shownCount: number }>();
  return {
    follow: (position, { isPickedUp, fromMs }) => {
      const label = `${tracked.size + 1} ${whatOf(describePosition(position))}`;
      const entry = { label, isPickedUp, position, steps: [], fromMs, shownCount: 0 };
      tracked.set(position.positionId, entry);
      return entry;
    },
    refresh: async (onStep) => {
      const open = [...tracked.values()].filter((each) => each.steps.length === 0 || !isClosed(each.position));
      await Promise.all(
        open.map(async (known) => {
          const next = await readPosition(store, known);
          if (next === null) return;
          tracked.set(next.position.positionId, { ...known, ...next, shownCount: next.steps.length });
          for (const step of next.steps.slice(known.shownCount)) {
            if (step.entry.event.atMs >= known.fromMs) onStep({ ...known, ...next }, step);
          }
        }),
      );
    },
    list: () => [...tracked.values()],
  };
}

type Reading = Pick<TrackedPosition, 'position' | 'steps'>;

/** Null when nothing is new, or when the table did not answer. */
async function readPosition(
  store: Pick<PositionStore, 'find' | 'listTimeline'>,
  known: TrackedPosition,
): Promise<Reading | null> {
  try {
    const position = await store.find(known.position.positionId);
    const isOld = known.steps.length > 0 && position?.version === known.position.version;
    if (position === undefined || isOld) return null;
    const timeline = await store.listTimeline(position.positionId);
    return { position, steps: replayTimeline(position, timeline) };
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  }
}
