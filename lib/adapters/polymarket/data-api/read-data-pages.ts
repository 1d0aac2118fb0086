import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { PageSchema, RefusalSchema } from './data-api-schemas.ts';

export type DataApiDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Base URL, without `/v2`. */
  readonly dataHost: string;
};

export type DataRead = {
  /** Below `/v2`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly what: string;
  readonly deadlineAtMs: number;
};

/** 50,000 rows: more than the wallet of a small trader has in years. */
const PAGE_COUNT_MAX = 100;
const CODE_LENGTH_MAX = 60;

/**
 * All rows of a list. The cursor binds the sort order only, so that each page is asked for with all filters again
 * (venue §10.1). An incomplete list is an error.
 * @throws UnexpectedReplyError, UpstreamUnavailableError
 */
export async function readDataPages(
  deps: DataApiDeps,
  { path, query, what, deadlineAtMs }: DataRead,
): Promise<unknown[]> {
  const rows: unknown[] = [];
  const seen = new Set<string>();
  let cursor: string | null = null;
  for (;;) {
    const url = joinUrl(deps.dataHost, `/v2${path}`, { ...query, ...(cursor !== null && { cursor }) });
    const { status, body } = await getJson(deps, { url, what, deadlineAtMs });
    if (status >= 400) throw refused(what, status, body);
    const { data, pagination } = parseReply(PageSchema, body, what);
    rows.push(...(data ?? []));
    const next = pagination?.next_cursor ?? '';
    if (next === '' && pagination?.has_more === true) throw endless(what);
    if (next === '') return rows;
    if (seen.has(next) || seen.size >= PAGE_COUNT_MAX) throw endless(what);
    seen.add(next);
    cursor = next;
  }
}

function refused(what: string, status: number, body: unknown): UnexpectedReplyError {
  const code = RefusalSchema.safeParse(body).data?.code ?? '';
  return new UnexpectedReplyError(`The venue refused to return ${what}`, {
    status,
    code: code.slice(0, CODE_LENGTH_MAX).toWellFormed(),
  });
}

function endless(what: string): UnexpectedReplyError {
  return new UnexpectedReplyError(`The pages of ${what} do not end`);
}
