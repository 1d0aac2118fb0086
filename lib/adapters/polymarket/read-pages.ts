import * as z from 'zod/mini';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { ClobAccess, ClobRequest } from './clob-access.ts';
import { parseReply } from './parse-reply.ts';

const FIRST_CURSOR = 'MA==';
const LAST_CURSOR = 'LTE=';
/** Far more than one account can have in a market of some minutes. */
const PAGE_COUNT_MAX = 100;

const PageSchema = z.looseObject({ data: z.nullable(z.array(z.unknown())), next_cursor: z.nullish(z.string()) });

export type PagedRead = Pick<ClobRequest, 'path' | 'deadlineAtMs'> & {
  readonly query: Readonly<Record<string, string>>;
  readonly what: string;
  /** Decides whether an invalid row may be left out. Otherwise one such row fails the whole list. */
  readonly maySkip?: (row: unknown) => boolean;
};

/** All rows of a paged list (venue §2.8). @throws UnexpectedReplyError, UpstreamUnavailableError */
export async function readPages<Row extends z.ZodMiniType>(
  access: ClobAccess,
  schema: Row,
  { query, what, maySkip, ...read }: PagedRead,
): Promise<readonly z.output<Row>[]> {
  const rows: z.output<Row>[] = [];
  const seen = new Set<string>();
  let cursor = FIRST_CURSOR;
  while (cursor !== LAST_CURSOR && cursor !== '') {
    if (seen.has(cursor) || seen.size >= PAGE_COUNT_MAX)
      throw new UnexpectedReplyError(`The pages of ${what} do not end`);
    seen.add(cursor);
    const reply = await access.ask({ ...read, what, method: 'GET', query: { ...query, next_cursor: cursor } });
    if (reply.status >= 400)
      throw new UnexpectedReplyError(`The venue refused to return ${what}`, { status: reply.status });
    const { data, next_cursor: next } = parseReply(PageSchema, withData(reply.body), what);
    for (const row of data ?? []) {
      const read = schema.safeParse(row);
      if (read.success) rows.push(read.data);
      else if (maySkip?.(row) !== true) rows.push(parseReply(schema, row, what));
    }
    cursor = next ?? LAST_CURSOR;
  }
  return rows;
}

/** Some servers leave an empty list out; the cursor then still identifies a page. */
function withData(body: unknown): unknown {
  const isPage = typeof body === 'object' && body !== null && 'next_cursor' in body;
  return isPage && !('data' in body) && !('error' in body) ? { ...body, data: null } : body;
}
