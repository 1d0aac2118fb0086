import type { Position } from '#lib/domain/position/position.ts';
import type { PositionStore, TimelineEntry } from '#lib/ports/store/position-store.ts';

export type BenchExit = {
  /**
   * When `Exchange.postOrder` was called for the first sell, sold or refused, from the timeline. On paper the order
   * arrives in that moment; live, signing and the request come on top. Null when no first sell was posted.
   */
  readonly arrivedAtMs: number | null;
  /** When the exchange's answer to it arrived. */
  readonly answeredAtMs: number | null;
  /** Everything was sold and every trade is final. */
  readonly isFinished: boolean;
  /** Refused and unanswered orders, and a position that is still open: one name per event. */
  readonly setbacks: readonly string[];
};

export async function readExit(
  store: Pick<PositionStore, 'find' | 'listTimeline'>,
  positionId: string,
): Promise<BenchExit> {
  const [position, timeline] = await Promise.all([store.find(positionId), store.listTimeline(positionId)]);
  return { ...firstSellOf(timeline), isFinished: isFinished(position), setbacks: setbacksOf(timeline, position) };
}

function isFinished(position: Position | undefined): boolean {
  return position?.state === 'exited';
}

/** The first entry with `postedAtMs` after `sell-intended` is the first sell's result. */
export function firstSellOf(timeline: readonly TimelineEntry[]): Pick<BenchExit, 'arrivedAtMs' | 'answeredAtMs'> {
  const intendedAt = timeline.findIndex(({ event }) => event.type === 'sell-intended');
  const result = timeline.find(({ evidence }, index) => index > intendedAt && typeof evidence.postedAtMs === 'number');
  const { postedAtMs, tookMs } = result?.evidence ?? {};
  if (intendedAt === -1 || typeof postedAtMs !== 'number') return { arrivedAtMs: null, answeredAtMs: null };
  return { arrivedAtMs: postedAtMs, answeredAtMs: typeof tookMs === 'number' ? postedAtMs + tookMs : null };
}

function setbacksOf(timeline: readonly TimelineEntry[], position: Position | undefined): readonly string[] {
  const setbacks = timeline.flatMap(({ event }) => {
    switch (event.type) {
      case 'order-refused':
        return [`position: ${event.type}: ${event.cause}`];
      case 'order-not-sent':
      case 'order-unknown':
      case 'look-up-failed':
        return [`position: ${event.type}: ${event.text}`];
      default:
        return [];
    }
  });
  return isFinished(position) ? setbacks : [...setbacks, `position: still ${position?.state ?? 'unknown'}`];
}
