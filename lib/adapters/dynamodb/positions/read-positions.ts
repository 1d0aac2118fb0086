import { paginateQuery, paginateScan, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { decodeRow, type RawRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { findRow, orUnavailable, type TableDeps } from '#lib/adapters/dynamodb/table-access.ts';
import {
  ATTEMPT_PREFIX,
  closedPartition,
  DUE_INDEX,
  EVENT_PREFIX,
  marketKey,
  PARTITION_KEY,
  partitionOf,
  positionIdOf,
  requestKey,
  SORT_KEY,
  STATE_SORT_KEY,
  stateKey,
} from '#lib/adapters/dynamodb/table-schema.ts';
import { allAttempts } from '#lib/domain/position/attempt-records.ts';
import type { EndedAttempt, OrderAttempt } from '#lib/domain/position/order-attempt.ts';
import { minuteOf, type Position, type PositionState } from '#lib/domain/position/position.ts';
import { CorruptRowError } from '#lib/errors/errors.ts';
import type { ClosedPage, ClosedPageRequest, MarketOfWallet, TimelineEntry } from '#lib/ports/store/position-store.ts';
import { parseAttemptRow } from './attempt-row.ts';
import { parsePositionRow } from './position-row.ts';
import { parseTimelineRow } from './timeline-row.ts';

const ClosedRowSchema = z.strictObject({ positionId: z.string() });
const RequestRowSchema = z.strictObject({ positionId: z.string() });
/** Far below the limit of 1 MB: a position has some dozens of rows of about 1 kB. */
const PAGE_SIZE = 200;

export async function findPosition(deps: TableDeps, positionId: string): Promise<Position | undefined> {
  const row = await findRow(deps, stateKey(positionId));
  return row === undefined ? undefined : parsePositionRow(row);
}

export async function findIdByRequest(deps: TableDeps, requestId: string): Promise<string | undefined> {
  const row = await findRow(deps, requestKey(requestId));
  return row === undefined ? undefined : decodeRow(RequestRowSchema, row).positionId;
}

/** The market's lock is of the same form as a request's row. */
export async function findIdByMarket(deps: TableDeps, terms: MarketOfWallet): Promise<string | undefined> {
  const row = await findRow(deps, marketKey(terms));
  return row === undefined ? undefined : decodeRow(RequestRowSchema, row).positionId;
}

/** An entry of the index has about 100 bytes; a page of DynamoDB has 1 MB at most. */
const DUE_PAGE_SIZE = 1_000;

export async function listDue(deps: TableDeps, atMs: number, limit = Infinity): Promise<readonly string[]> {
  const ids: string[] = [];
  if (limit <= 0) return ids;
  const due = queryRows(deps, Math.min(limit, DUE_PAGE_SIZE), {
    IndexName: DUE_INDEX.name,
    KeyConditionExpression: '#queue = :open AND #due <= :at',
    ExpressionAttributeNames: { '#queue': DUE_INDEX.partitionAttribute, '#due': DUE_INDEX.sortAttribute },
    ExpressionAttributeValues: { ':open': DUE_INDEX.partitionValue, ':at': minuteOf(atMs) },
  });
  for await (const row of due) {
    ids.push(positionIdOf(String(row[PARTITION_KEY])));
    if (ids.length === limit) break;
  }
  return ids;
}

export async function listPositions(deps: TableDeps, state?: PositionState): Promise<readonly Position[]> {
  const positions: Position[] = [];
  for await (const row of scanStateRows(deps, state)) {
    const position = parseOrUndefined(row);
    if (position !== undefined) positions.push(position);
  }
  return positions.sort((a, b) => b.openedAtMs - a.openedAtMs);
}

export async function listCorrupt(deps: TableDeps): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const row of scanStateRows(deps)) {
    if (parseOrUndefined(row) === undefined) ids.push(positionIdOf(String(row[PARTITION_KEY])));
  }
  return ids;
}

export function parseOrUndefined(row: RawRow): Position | undefined {
  try {
    return parsePositionRow(row);
  } catch (error) {
    if (error instanceof CorruptRowError) return undefined;
    throw error;
  }
}

function scanStateRows(deps: TableDeps, state?: PositionState): AsyncGenerator<RawRow> {
  const byState = state === undefined ? undefined : { names: { '#state': 'state' }, values: { ':state': state } };
  const pages = paginateScan(
    { client: deps.client },
    {
      TableName: deps.tableName,
      ConsistentRead: true,
      FilterExpression: byState === undefined ? 'sk = :sk' : 'sk = :sk AND #state = :state',
      ExpressionAttributeNames: byState?.names,
      ExpressionAttributeValues: { ':sk': STATE_SORT_KEY, ...byState?.values },
    },
  );
  return rowsOf(pages);
}

export async function listAttempts(deps: TableDeps, positionId: string): Promise<readonly OrderAttempt[]> {
  // The row first: an attempt that ends between the reads is then in both results, otherwise it could be in neither.
  const position = await findPosition(deps, positionId);
  const ended: EndedAttempt[] = [];
  for await (const row of queryPartition(deps, positionId, ATTEMPT_PREFIX)) ended.push(parseAttemptRow(row));
  return allAttempts(position, ended);
}

export async function listTimeline(deps: TableDeps, positionId: string): Promise<readonly TimelineEntry[]> {
  const entries: TimelineEntry[] = [];
  for await (const row of queryPartition(deps, positionId, EVENT_PREFIX)) entries.push(parseTimelineRow(row));
  return entries;
}

/** Far below the query limit of 1 MB: an entry has about 100 bytes. */
const CLOSED_PAGE_SIZE = 100;

export async function listClosed(
  deps: TableDeps,
  day: string,
  { pageToken, limit = CLOSED_PAGE_SIZE, newestFirst = false }: ClosedPageRequest = {},
): Promise<ClosedPage> {
  const pk = closedPartition(day);
  const answer = await orUnavailable(
    deps.client.send(
      new QueryCommand({
        TableName: deps.tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        Limit: Math.min(Math.max(limit, 1), CLOSED_PAGE_SIZE),
        ScanIndexForward: !newestFirst,
        ...(pageToken !== undefined && { ExclusiveStartKey: { pk, sk: pageToken } }),
      }),
    ),
  );
  const positionIds = (answer.Items ?? []).map((row) => decodeRow(ClosedRowSchema, row).positionId);
  const last: unknown = answer.LastEvaluatedKey?.[SORT_KEY];
  return { positionIds, ...(typeof last === 'string' && { nextPageToken: last }) };
}

function queryPartition(deps: TableDeps, positionId: string, prefix: string): AsyncGenerator<RawRow> {
  return queryRows(deps, PAGE_SIZE, {
    ConsistentRead: true,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
    ExpressionAttributeValues: { ':pk': partitionOf(positionId), ':prefix': prefix },
  });
}

function queryRows(
  deps: TableDeps,
  pageSize: number,
  query: Omit<QueryCommandInput, 'TableName'>,
): AsyncGenerator<RawRow> {
  return rowsOf(paginateQuery({ client: deps.client, pageSize }, { TableName: deps.tableName, ...query }));
}

/** @throws StoreUnavailableError when a page cannot be read */
async function* rowsOf(
  pages: AsyncIterable<{ readonly Items?: readonly RawRow[] | undefined }>,
): AsyncGenerator<RawRow> {
  const iterator = pages[Symbol.asyncIterator]();
  for (;;) {
    const page = await orUnavailable(iterator.next());
    if (page.done === true) return;
    yield* page.value.Items ?? [];
  }
}
