import { isClosed, type Mode, type Position, type PositionState } from '#lib/domain/position/position.ts';
import { type PositionTotals, totalsOf } from '#lib/domain/position/position-totals.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { PositionStore, PositionsRead } from '#lib/ports/store/position-store.ts';

export type ListDeps = { readonly store: Pick<PositionStore, 'listDue' | 'listClosed' | 'findMany'> };

type ClosedDeps = { readonly store: Pick<PositionStore, 'listClosed' | 'findMany'> };
type RowDeps = { readonly store: Pick<PositionStore, 'findMany'> };

export type ListFilter = {
  readonly mode?: Mode | undefined;
  readonly state?: PositionState | undefined;
  readonly withCanaries?: boolean | undefined;
  /** An address in any case. */
  readonly wallet?: string | undefined;
};

export type PageRequest = { readonly limit: number; readonly pageToken?: string | undefined };

/**
 * Newest first. A page may hold fewer than its limit, or none, and still not be the last: only the last has no token.
 */
export type PositionPage = PositionsRead & { readonly nextPageToken?: string };

const DAY_MS = 86_400_000;
/** A list that begins earlier reads as many empty days. */
const DAY_COUNT_MAX = 366;

/**
 * Open positions. Reads the index of due positions, which may lag a moment behind an opening.
 * @throws StoreUnavailableError
 */
export async function listOpen(
  { store }: ListDeps,
  { limit, pageToken, ...filter }: ListFilter & PageRequest,
): Promise<PositionPage> {
  // Ids sort by the time of opening. A page ends at an id, so that positions that end meanwhile shift nothing.
  const ids = [...(await store.listDue(Number.MAX_SAFE_INTEGER))]
    .sort()
    .reverse()
    .filter((id) => pageToken === undefined || id < pageToken);
  const page = ids.slice(0, limit);
  const last = ids.length > limit ? page.at(-1) : undefined;
  const { positions, corruptIds } = await readRows({ store }, page, filter);
  // One that ended a moment ago may still be in the index.
  const open = positions.filter((position) => !isClosed(position));
  return { positions: open, corruptIds, ...(last !== undefined && { nextPageToken: last }) };
}

/**
 * Positions that ended from `sinceMs` to `nowMs`, read by their days.
 * @throws InvalidInputError when `sinceMs` is more than a year ago, or `pageToken` is not of such a list
 * @throws StoreUnavailableError
 */
export async function listClosed(
  { store }: ClosedDeps,
  { sinceMs, nowMs, limit, pageToken, ...filter }: ListFilter & PageRequest & ClosedSpan,
): Promise<PositionPage> {
  const days = listDays({ sinceMs, nowMs }).toReversed();
  const from = parseToken(pageToken);
  const [positions, corruptIds]: [Position[], string[]] = [[], []];
  let left = limit;
  for (const day of days.filter((each) => from === undefined || each <= from.day)) {
    if (left === 0) return { positions, corruptIds, nextPageToken: `${day}.` };
    const dayToken = from?.day === day ? from.token : undefined;
    const page = await store.listClosed(day, { pageToken: dayToken, limit: left, newestFirst: true });
    const rows = await store.findMany(page.positionIds);
    const ended = rows.positions.filter(isClosed);
    positions.push(...ended.filter((each) => each.closedAtMs >= sinceMs && isAsked(each, filter)));
    corruptIds.push(...rows.corruptIds);
    if (ended.some(({ closedAtMs }) => closedAtMs < sinceMs)) return { positions, corruptIds };
    if (page.nextPageToken !== undefined) {
      return { positions, corruptIds, nextPageToken: `${day}.${page.nextPageToken}` };
    }
    left -= page.positionIds.length;
  }
  return { positions, corruptIds };
}

/** All open positions: guarded ones have no limit. @throws StoreUnavailableError */
export function readOpen(deps: ListDeps, filter: ListFilter): Promise<PositionsRead> {
  return listOpen(deps, { ...filter, limit: Number.MAX_SAFE_INTEGER });
}

/** All positions that ended in a span. @throws InvalidInputError, StoreUnavailableError */
export function readClosed(deps: ClosedDeps, span: ListFilter & ClosedSpan): Promise<PositionsRead> {
  return readPages((pageToken) => listClosed(deps, { ...span, limit: PAGE_SIZE, pageToken }));
}

const PAGE_SIZE = 100;

async function readPages(read: (pageToken: string | undefined) => Promise<PositionPage>): Promise<PositionsRead> {
  const [positions, corruptIds]: [Position[], string[]] = [[], []];
  let pageToken: string | undefined;
  do {
    const page = await read(pageToken);
    positions.push(...page.positions);
    corruptIds.push(...page.corruptIds);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return { positions, corruptIds };
}

export type ClosedSpan = { readonly sinceMs: number; readonly nowMs: number };

/** The UTC days of a span, oldest first. @throws InvalidInputError when there are too many */
export function listDays({ sinceMs, nowMs }: ClosedSpan): readonly string[] {
  const firstMs = Math.floor(sinceMs / DAY_MS) * DAY_MS;
  const count = Math.max(Math.floor((nowMs - firstMs) / DAY_MS) + 1, 0);
  if (count > DAY_COUNT_MAX) throw new InvalidInputError('since: must be a time within the last year');
  return Array.from({ length: count }, (_, index) => utcDay(firstMs + index * DAY_MS));
}

function parseToken(pageToken: string | undefined): { readonly day: string; readonly token?: string } | undefined {
  if (pageToken === undefined) return undefined;
  const [, day, token = ''] = /^(\d{4}-\d{2}-\d{2})\.(.*)$/.exec(pageToken) ?? [];
  if (day === undefined) throw new InvalidInputError('pageToken: must be the nextPageToken of the page before');
  return { day, ...(token !== '' && { token }) };
}

export type DayTotals = {
  readonly day: string;
  readonly totals: readonly PositionTotals[];
  readonly corruptIds: readonly string[];
};

/** Sums up the positions that ended on a UTC day. Reads each of them. @throws StoreUnavailableError */
export async function sumDay({ store }: ClosedDeps, day: string, filter: ListFilter = {}): Promise<DayTotals> {
  const { positions, corruptIds } = await readPages(async (pageToken) => {
    const { positionIds, ...next } = await store.listClosed(day, { pageToken });
    return { ...(await readRows({ store }, positionIds, filter)), ...next };
  });
  return { day, totals: totalsOf(positions), corruptIds };
}

async function readRows({ store }: RowDeps, ids: readonly string[], filter: ListFilter): Promise<PositionsRead> {
  const { positions, corruptIds } = await store.findMany(ids);
  return { positions: positions.filter((position) => isAsked(position, filter)), corruptIds };
}

function isAsked(position: Position, { mode, state, withCanaries = false, wallet }: ListFilter): boolean {
  return (
    (mode === undefined || position.mode === mode) &&
    (state === undefined || position.state === state) &&
    (withCanaries || position.origin !== 'canary') &&
    (wallet === undefined || position.wallet.toLowerCase() === wallet.toLowerCase())
  );
}
