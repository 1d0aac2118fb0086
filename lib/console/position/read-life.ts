import type { Span } from '#lib/domain/market/up-down-markets.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { TminusError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import type { PriceHistory } from '#lib/ports/venue/price-history.ts';
import { describeLife, type LifePrices } from './describe-life.ts';
import type { PositionMessage } from './position-message.ts';

export type LifeSources = {
  readonly store: Pick<PositionStore, 'find' | 'listTimeline'>;
  readonly results: MarketResults;
  readonly prices: PriceHistory;
};

const DEADLINE_MS = 5_000;
/** The chart begins and ends this long before and after the life. */
const AROUND_MS = 60_000;

/** Undefined for an id without a row. @throws CorruptRowError, StoreUnavailableError */
export async function readLife(
  sources: LifeSources,
  positionId: string,
  nowMs: number,
): Promise<PositionMessage | undefined> {
  const { store } = sources;
  const [position, timeline] = await Promise.all([store.find(positionId), store.listTimeline(positionId)]);
  if (position === undefined) return undefined;
  return describeLife(position, timeline, await readPrices(sources, position, nowMs), nowMs);
}

/** What cannot be read is left out, with a note: the row is what counts. */
async function readPrices({ results, prices }: LifeSources, position: Position, nowMs: number): Promise<LifePrices> {
  const notes: string[] = [];
  const deadlineAtMs = nowMs + DEADLINE_MS;
  const optional = async <Read>(read: Promise<Read>, otherwise: Read): Promise<Read> => {
    try {
      return await read;
    } catch (error) {
      if (!(error instanceof TminusError)) throw error;
      notes.push(`${error.message}.`);
      return otherwise;
    }
  };
  const span = spanOf(position, nowMs);
  const hasEnded = nowMs >= position.marketEndsAtMs;
  const [winner, token, underlying] = await Promise.all([
    hasEnded ? optional(results.findWinner(position, deadlineAtMs), null) : null,
    optional(prices.listToken(position.tokenId, span, deadlineAtMs), []),
    position.asset === null ? [] : optional(prices.listUnderlying(position.asset, span, deadlineAtMs), []),
  ]);
  return { winner, token, underlying, notes };
}

/** A market of weeks is shown around the position's own life. */
function spanOf(position: Position, nowMs: number): Span {
  const { openedAtMs, exitDueAtMs, marketEndsAtMs } = position;
  const ownEndMs = isClosed(position) ? Math.max(position.closedAtMs, exitDueAtMs) : nowMs;
  const endsAtMs = marketEndsAtMs - openedAtMs <= LONG_MS ? Math.max(ownEndMs, marketEndsAtMs) : ownEndMs;
  return { startsAtMs: openedAtMs - AROUND_MS, endsAtMs: Math.min(endsAtMs + AROUND_MS, nowMs) };
}

const LONG_MS = 26 * 3_600_000;
