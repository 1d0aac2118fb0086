import type { Position } from '#lib/domain/position/position.ts';
import type { PositionStore, TimelineEntry } from '#lib/ports/position-store.ts';

/** What became of one position's exit. */
export type BenchExit = {
  /**
   * When the first sell arrived at the exchange, sold or refused: the moment `Exchange.postOrder` was called, as the timeline
   * has it. On paper the exchange is in this process and takes the order up in that same moment: it has read its ledger while the
   * order was prepared, and waits for nobody. Live, signing and the way to the venue come on top. Null when no first sell is known to have been posted.
   */
  readonly arrivedAtMs: number | null;
  /** When the exchange's answer to it was there; null as above. */
  readonly answeredAtMs: number | null;
  /** Everything was sold and every trade is final. */
  readonly isFinished: boolean;
  /** What did not go as it should from the first sell on, one name per event. */
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

/** The first line after a sell was intended that says when an order was posted is that sell's result. */
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
