import { getJson, joinUrl, waitOf } from '#lib/adapters/http/request-json.ts';
import { PageSchema, RefusalSchema } from '#lib/adapters/polymarket/data-api/data-api-schemas.ts';
import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';

export type HistoryDeps = {
  readonly clock: Pick<Clock, 'nowMs' | 'sleepUntil'>;
  /** Base URL, without `/v2`. */
  readonly dataHost: string;
};

/** The rows as they were served, newest first. */
export type ServedHistory = {
  readonly path: string;
  readonly rows: readonly unknown[];
  /** True: the server has older rows that it does not give, or that were too many to read. */
  readonly isCut: boolean;
  /** Without redemptions, merges and splits. */
  readonly isTradesOnly: boolean;
};

type Route = {
  readonly path: string;
  readonly paging: 'cursor' | 'offset';
  readonly isTradesOnly: boolean;
  readonly query: Readonly<Record<string, string>>;
};

/**
 * In the order in which they are tried (venue §10.5). Version 1 was announced to end on 2026-10-24 and is for servers
 * that have no other. Without `taker_only=false` the lists of trades leave out what a resting order bought.
 */
const ROUTES: readonly Route[] = [
  { path: '/v2/activity', paging: 'cursor', isTradesOnly: false, query: { limit: '1000' } },
  { path: '/v2/trades', paging: 'cursor', isTradesOnly: true, query: { limit: '1000', taker_only: 'false' } },
  {
    path: '/activity',
    paging: 'offset',
    isTradesOnly: false,
    query: { limit: '500', sortBy: 'TIMESTAMP', sortDirection: 'DESC' },
  },
  { path: '/trades', paging: 'offset', isTradesOnly: true, query: { limit: '500', takerOnly: 'false' } },
];

const WHAT = "the wallet's history";
const REQUEST_DEADLINE_MS = 15_000;
/** 100,000 rows: some minutes of reading. */
const PAGE_COUNT_MAX = 100;
const TRY_COUNT_MAX = 4;
const WAIT_MS_MAX = 30_000;

export type HistoryQuery = {
  readonly wallet: string;
  /** Unix milliseconds; null for all that there is. */
  readonly sinceMs: number | null;
};

/** @throws UpstreamUnavailableError, UnexpectedReplyError when a page cannot be read: a part would miscount money */
export async function readWalletHistory(
  deps: HistoryDeps,
  query: HistoryQuery,
  onRows: (count: number) => void = () => undefined,
): Promise<ServedHistory> {
  for (const route of ROUTES) {
    const read = await readRoute(deps, route, query, onRows);
    if (read !== null) return { path: route.path, isTradesOnly: route.isTradesOnly, ...read };
  }
  const tried = ROUTES.map(({ path }) => path).join(', ');
  throw new UnexpectedReplyError(`The Data API has none of the lists known for ${WHAT} (${tried})`);
}

type Read = Pick<ServedHistory, 'rows' | 'isCut'>;

/** Null where the server does not have this list. */
async function readRoute(
  deps: HistoryDeps,
  route: Route,
  { wallet, sinceMs }: HistoryQuery,
  onRows: (count: number) => void,
): Promise<Read | null> {
  // Without a start, version 2 gives three years; `0` means the same, `1` everything.
  const start = String(Math.max(Math.floor((sinceMs ?? 0) / 1_000), 1));
  const query = { user: wallet.toLowerCase(), start, ...route.query };
  const rows: unknown[] = [];
  let place: Readonly<Record<string, string>> | null = {};
  for (let count = 0; place !== null; count += 1) {
    if (count === PAGE_COUNT_MAX) return { rows, isCut: true };
    const { status, body } = await getPage(deps, joinUrl(deps.dataHost, route.path, { ...query, ...place }));
    if (status === 404 && count === 0) return null;
    // Version 1 ends with "max historical activity offset of 3000 exceeded".
    if (status === 400 && count > 0 && route.paging === 'offset') return { rows, isCut: true };
    if (status >= 400) throw refused(status, body);
    const page: Page = route.paging === 'cursor' ? cursorPage(body, place) : offsetPage(body, rows);
    rows.push(...page.rows);
    onRows(rows.length);
    place = page.next;
  }
  return { rows, isCut: false };
}

type Page = { readonly rows: readonly unknown[]; readonly next: Readonly<Record<string, string>> | null };

function cursorPage(body: unknown, { cursor: before }: Readonly<Record<string, string>>): Page {
  const { data, pagination } = parseReply(PageSchema, body, WHAT);
  const cursor = pagination?.next_cursor ?? '';
  const isEndless = cursor === '' ? pagination?.has_more === true : cursor === before;
  if (isEndless) throw new UnexpectedReplyError(`The pages of ${WHAT} do not end`);
  return { rows: data ?? [], next: cursor === '' ? null : { cursor } };
}

/**
 * What was traded in the meantime moves the rows on, so that a page may begin with the last ones of the page before.
 */
function offsetPage(body: unknown, before: readonly unknown[]): Page {
  if (!Array.isArray(body)) throw new UnexpectedReplyError(`The answer for ${WHAT} is not a list`);
  const page: readonly unknown[] = body;
  const tail = before.slice(-page.length).map((row) => JSON.stringify(row));
  const head = page.map((row) => JSON.stringify(row));
  let again = Math.min(tail.length, head.length);
  while (again > 0 && tail.slice(-again).join('\n') !== head.slice(0, again).join('\n')) again -= 1;
  const rows = page.slice(again);
  return { rows, next: rows.length === 0 ? null : { offset: String(before.length + rows.length) } };
}

async function getPage(deps: HistoryDeps, url: string) {
  for (let tries = 1; ; tries += 1) {
    try {
      const deadlineAtMs = deps.clock.nowMs() + REQUEST_DEADLINE_MS;
      return await getJson(deps, { url, what: WHAT, deadlineAtMs });
    } catch (error) {
      if (!(error instanceof UpstreamUnavailableError) || tries === TRY_COUNT_MAX) throw error;
      const waitMs = Math.min(waitOf(error) ?? 500 * tries, WAIT_MS_MAX);
      await deps.clock.sleepUntil(deps.clock.nowMs() + waitMs, 'rough');
    }
  }
}

const REASON_LENGTH_MAX = 100;

function refused(status: number, body: unknown): UnexpectedReplyError {
  const { error, code } = RefusalSchema.safeParse(body).data ?? {};
  const reason = (error || code || '').slice(0, REASON_LENGTH_MAX).toWellFormed();
  const why = reason === '' ? '' : `: ${reason}`;
  return new UnexpectedReplyError(`The Data API refused to return ${WHAT} (status ${status})${why}`, { status });
}
