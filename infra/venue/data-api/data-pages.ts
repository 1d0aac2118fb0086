import { hex256 } from '#lib/venue/random.ts';

export type DataQuery = Readonly<Record<string, string | undefined>>;

/** A refusal in the words of the Data API. */
export class DataRefusal extends Error {
  override readonly name = 'DataRefusal';
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, error: string) {
    super(error);
    this.status = status;
    this.body = { error, code, retryable: status === 429 || status >= 500, trace_id: hex256(error).slice(0, 32) };
  }
}

export const badRequest = (error: string): DataRefusal => new DataRefusal(400, 'BAD_REQUEST', error);

type Limits = { readonly usual: number; readonly max: number };
type Cursor = { readonly status: string; readonly offset: number; readonly limit: number };

/**
 * One page with the envelope. The cursor knows the sort order, the status and the size of the page, and none of the
 * other filters: a later request without those gets other rows.
 */
export function toPage<Row>(query: DataQuery, rows: readonly Row[], limits: Limits) {
  if (query.offset !== undefined) throw badRequest('offset is not supported, use cursor');
  const cursor = query.cursor === undefined ? null : parseCursor(query.cursor);
  if (cursor !== null && query.status !== undefined && query.status !== cursor.status) {
    throw badRequest('status contradicts the cursor');
  }
  const limit = cursor?.limit ?? parseLimit(query.limit, limits);
  const offset = cursor?.offset ?? 0;
  const end = offset + limit;
  const hasMore = end < rows.length;
  const next: Cursor = { status: cursor?.status ?? query.status ?? '', offset: end, limit };
  return {
    data: rows.slice(offset, end),
    pagination: {
      ...{ limit, offset, has_more: hasMore },
      next_cursor: hasMore ? Buffer.from(JSON.stringify(next)).toString('base64url') : null,
    },
  };
}

/** The status that a cursor was made for, where the request names none. */
export function statusOf(query: DataQuery, usual: string): string {
  return query.status ?? (query.cursor === undefined ? usual : parseCursor(query.cursor).status || usual);
}

function parseLimit(text: string | undefined, { usual, max }: Limits): number {
  if (text === undefined) return usual;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw badRequest('limit must be a positive integer');
  return Math.min(limit, max);
}

function parseCursor(text: string): Cursor {
  try {
    const { status, offset, limit } = JSON.parse(Buffer.from(text, 'base64url').toString());
    return { status: String(status), offset: Number(offset), limit: Number(limit) };
  } catch {
    throw badRequest('malformed cursor');
  }
}

const CONDITIONS_MAX = 20;

/** Ids of 32 bytes, in lower case; undefined without the filter. With 31 bytes a condition is not known. */
export function conditionsOf(query: DataQuery): readonly string[] | undefined {
  const given = query.condition ?? query.condition_id ?? query.conditionId;
  if (given === undefined) return undefined;
  const ids = given.split(',');
  if (ids.length > CONDITIONS_MAX) throw badRequest(`at most ${CONDITIONS_MAX} condition ids`);
  const bad = ids.find((id) => !/^0x[0-9a-f]{64}$/i.test(id));
  if (bad !== undefined) throw badRequest(`malformed condition id ${bad}`);
  return ids.map((id) => id.toLowerCase());
}

/** @throws DataRefusal */
export function walletOf(query: DataQuery): string | undefined {
  if (query.user === undefined) return undefined;
  if (!/^0x[0-9a-f]{40}$/i.test(query.user)) throw badRequest('user must be an address');
  return query.user.toLowerCase();
}
