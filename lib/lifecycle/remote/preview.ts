import { saleProceedsMicros } from '#lib/domain/market/fees.ts';
import { floorTo } from '#lib/domain/market/money.ts';
import { sellBackOf } from '#lib/domain/plan/sell-back.ts';
import { holdsAtAnyPrice } from '#lib/domain/position/exit-policy.ts';
import { isOnRequest } from '#lib/domain/position/exit-request.ts';
import { DUST_SHARES_MICROS, unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { refusalOfHold } from '#lib/lifecycle/hold/request-hold.ts';
import type { ExitsAhead } from '#lib/lifecycle/sell/request-exits.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PointlessCode, Preview, PreviewLine, Quote } from '#lib/ports/remote-outcome.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';

export type PreviewDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly marketData: Pick<MarketData, 'findBook'>;
};

export async function previewExit(deps: PreviewDeps, position: Position): Promise<Preview | PointlessCode> {
  const over = findOver(position);
  if (over !== null) return over;
  // A part, or a floor, that still waits is not the exit of everything.
  if (position.state === 'exiting' && !isOnRequest(position, deps.clock.nowMs())) return 'exiting-already';
  return { kind: 'exit', ...(await quoteLine(deps, position)) };
}

export async function previewHold(deps: PreviewDeps, position: Position): Promise<Preview | PointlessCode> {
  const refused = refusalOfHold(position, deps.clock.nowMs());
  if (refused !== null) return refused;
  if (holdsAtAnyPrice(position.policy)) return 'held-before';
  return { kind: 'hold', ...(await quoteLine(deps, position)) };
}

function findOver(position: Position): PointlessCode | null {
  if (isClosed(position)) return 'already-closed';
  return position.state === 'awaiting-resolution' ? 'past-deadline' : null;
}

/** As many as one message shows. */
const QUOTED_MAX = 10;

export async function previewAll(deps: PreviewDeps, ahead: ExitsAhead): Promise<Preview> {
  const { positions, awaiting, corruptIds, unseenCount } = ahead;
  const lines = await Promise.all(positions.slice(0, QUOTED_MAX).map((position) => quoteLine(deps, position)));
  const moreCount = positions.length - lines.length + unseenCount;
  return { kind: 'exit-all', lines, moreCount, awaitingCount: awaiting.length, corruptIds };
}

async function quoteLine(deps: PreviewDeps, position: Position): Promise<PreviewLine> {
  const sharesMicros = unhedgedSharesMicros(position);
  return { position, sharesMicros, quote: await quoteOf(deps, position, sharesMicros) };
}

/** Without an answer the preview says so: an exit needs no book. */
const BOOK_DEADLINE_MS = 3_000;

async function quoteOf({ clock, marketData }: PreviewDeps, position: Position, sharesMicros: bigint): Promise<Quote> {
  const book =
    (await marketData.findBook(position.tokenId, clock.nowMs() + BOOK_DEADLINE_MS).catch(() => undefined)) ?? null;
  const floored = floorTo(sharesMicros, DUST_SHARES_MICROS);
  const sellBack = sellBackOf({ book, atMs: clock.nowMs() }, floored, position);
  const bidMicros = book?.bids[0]?.priceMicros ?? null;
  if (sellBack === null) return { bidMicros, priceMicros: null, proceedsMicros: null };
  const { priceMicros, isWhole } = sellBack;
  const fill = { sharesMicros: floored, priceMicros, feeRateMicros: position.feeRateMicros };
  return { bidMicros, priceMicros, proceedsMicros: isWhole ? saleProceedsMicros(fill) : null };
}
