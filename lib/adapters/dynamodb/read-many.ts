import { setTimeout as pause } from 'node:timers/promises';
import { BatchGetCommand, type BatchGetCommandInput, type BatchGetCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { Position } from '#lib/domain/position/position.ts';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { PositionsRead } from '#lib/ports/store/position-store.ts';
import { parseOrUndefined } from './positions/read-positions.ts';
import type { RawRow } from './row-codec.ts';
import { orUnavailable, type TableDeps } from './table-access.ts';
import { PARTITION_KEY, positionIdOf, stateKey } from './table-schema.ts';

type RequestItems = BatchGetCommandInput['RequestItems'];

/** The most rows of one BatchGetItem. Their sum stays far below its 16 MB. */
const BATCH_SIZE = 100;
/** The table may leave some rows of a batch for the next call. */
const BATCH_TRY_COUNT_MAX = 5;
const FIRST_BATCH_PAUSE_MS = 50;

export async function findMany(deps: TableDeps, positionIds: readonly string[]): Promise<PositionsRead> {
  const rows = new Map<string, RawRow>();
  for (let start = 0; start < positionIds.length; start += BATCH_SIZE) {
    for (const row of await getBatch(deps, positionIds.slice(start, start + BATCH_SIZE))) {
      rows.set(positionIdOf(String(row[PARTITION_KEY])), row);
    }
  }
  const [positions, corruptIds]: [Position[], string[]] = [[], []];
  for (const positionId of positionIds) {
    const row = rows.get(positionId);
    if (row === undefined) continue;
    const position = parseOrUndefined(row);
    if (position === undefined) corruptIds.push(positionId);
    else positions.push(position);
  }
  return { positions, corruptIds };
}

async function getBatch(deps: TableDeps, positionIds: readonly string[]): Promise<readonly RawRow[]> {
  const rows: RawRow[] = [];
  // A batch that names a key twice is refused.
  const Keys = [...new Set(positionIds)].map((positionId) => ({ ...stateKey(positionId) }));
  let left: RequestItems = { [deps.tableName]: { Keys, ConsistentRead: true } };
  for (let tryNumber = 1; tryNumber <= BATCH_TRY_COUNT_MAX; tryNumber += 1) {
    const answer: BatchGetCommandOutput = await orUnavailable(
      deps.client.send(new BatchGetCommand({ RequestItems: left })),
    );
    rows.push(...(answer.Responses?.[deps.tableName] ?? []));
    left = answer.UnprocessedKeys;
    if (left === undefined || Object.keys(left).length === 0) return rows;
    await pause(FIRST_BATCH_PAUSE_MS * 2 ** (tryNumber - 1));
  }
  throw new StoreUnavailableError('The table left rows of a batch unread');
}
