import type { TableDeps, WriteItem } from '#lib/adapters/dynamodb/table-access.ts';
import { accountKey, dayKey, expiryOf, marketKey, requestKey } from '#lib/adapters/dynamodb/table-schema.ts';
import {
  type CancellationCodes,
  CONDITION_FAILED,
  writeTransaction,
} from '#lib/adapters/dynamodb/write-transaction.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { countsTowardsLimits, findLimitReached, type RiskLimits, utcDay } from '#lib/domain/position/risk-limits.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { OpeningOutcome } from '#lib/ports/store/position-store.ts';
import { getAccount } from './account.ts';
import { toPositionRow } from './position-row.ts';
import { findIdByRequest } from './read-positions.ts';
import { toTimelineRow } from './timeline-row.ts';

const CREATED: OpeningOutcome = { outcome: 'created' };

/**
 * Writes row, first timeline entry, request id, market lock and counters, all or none. After a failure it looks the
 * request id up first: only that tells whether this request has opened a position.
 */
export async function createPosition(
  deps: TableDeps,
  position: OpenPosition,
  limits: RiskLimits | null,
): Promise<OpeningOutcome> {
  const impossible = findImpossibility(position, limits);
  if (impossible !== undefined) return (await findEarlierOutcome(deps, position)) ?? impossible;
  const items = listItems(deps, position, limits);
  return await writeTransaction<OpeningOutcome>(deps, {
    listItems: () => items,
    written: CREATED,
    findOutcome: async (codes) =>
      (await findEarlierOutcome(deps, position)) ?? (await findRefusal(deps, position, limits, codes)),
  });
}

/**
 * Limits that allow no position at all. The conditions below cannot check this, because they pass when a counter is
 * missing.
 */
function findImpossibility(position: OpenPosition, limits: RiskLimits | null): OpeningOutcome | undefined {
  if (limits === null || !countsTowardsLimits(position)) return undefined;
  const unused = { mode: position.mode, openCount: 0, exposureMicros: 0n, dayLossMicros: 0n, halt: null };
  const reached = findLimitReached(unused, position.budgetMicros, limits);
  return reached && { outcome: 'refused', ...reached };
}

const ITEM = { state: 0, market: 1 } as const;

function listItems(deps: TableDeps, position: OpenPosition, limits: RiskLimits | null): readonly WriteItem[] {
  const { positionId, version, openedAtMs } = position;
  const changeId = deps.ids.nextId();
  const opened = {
    version,
    event: { type: 'opened', atMs: openedAtMs },
    evidence: describePosition(position),
  } as const;
  const rows = [
    toPositionRow(position, changeId, null),
    { ...marketKey(position), positionId },
    { ...requestKey(position.requestId), positionId },
    toTimelineRow(positionId, opened, changeId),
  ];
  const expiry = expiryOf(position);
  const puts = rows.map((row) => putNew(deps, { ...row, ...expiry }));
  if (!countsTowardsLimits(position)) return puts;
  if (limits === null) return [...puts, countIn(deps, position)];
  return [...puts, countWithin(deps, position, limits), checkDay(deps, position, limits)];
}

function checkDay(deps: TableDeps, { mode, openedAtMs }: OpenPosition, limits: RiskLimits): WriteItem {
  return {
    ConditionCheck: {
      TableName: deps.tableName,
      Key: { ...dayKey(deps.stage, mode, utcDay(openedAtMs)) },
      ConditionExpression: 'attribute_not_exists(lossMicros) OR lossMicros < :lossMax',
      ExpressionAttributeValues: { ':lossMax': limits.dayLossMicrosMax },
    },
  };
}

function putNew(deps: TableDeps, row: Record<string, unknown>): WriteItem {
  return { Put: { TableName: deps.tableName, Item: row, ConditionExpression: 'attribute_not_exists(pk)' } };
}

function countIn(deps: TableDeps, { mode, budgetMicros }: OpenPosition) {
  return {
    Update: {
      TableName: deps.tableName,
      Key: { ...accountKey(deps.stage, mode) },
      UpdateExpression: 'ADD openCount :one, exposureMicros :budget',
      ExpressionAttributeValues: { ':one': 1, ':budget': budgetMicros },
    },
  };
}

function countWithin(deps: TableDeps, position: OpenPosition, limits: RiskLimits): WriteItem {
  const { Update } = countIn(deps, position);
  return {
    Update: {
      ...Update,
      ConditionExpression: [
        '(attribute_not_exists(halted) OR halted = :false)',
        '(attribute_not_exists(openCount) OR openCount < :openCountMax)',
        '(attribute_not_exists(exposureMicros) OR exposureMicros <= :exposureRoom)',
      ].join(' AND '),
      ExpressionAttributeValues: {
        ...Update.ExpressionAttributeValues,
        ':false': false,
        ':openCountMax': limits.openCountMax,
        ':exposureRoom': limits.exposureMicrosMax - position.budgetMicros,
      },
    },
  };
}

async function findEarlierOutcome(deps: TableDeps, position: OpenPosition): Promise<OpeningOutcome | undefined> {
  const positionId = await findIdByRequest(deps, position.requestId);
  if (positionId === undefined) return undefined;
  return positionId === position.positionId ? CREATED : { outcome: 'already-requested', positionId };
}

/** The rule that was violated, by the current state of the table; undefined when none is any more. */
async function findRefusal(
  deps: TableDeps,
  position: OpenPosition,
  limits: RiskLimits | null,
  codes: CancellationCodes,
): Promise<OpeningOutcome | undefined> {
  if (!codes.includes(CONDITION_FAILED)) return undefined;
  const isLimited = limits !== null && countsTowardsLimits(position);
  const reached = isLimited
    ? findLimitReached(await getAccount(deps, position.mode, position.openedAtMs), position.budgetMicros, limits)
    : undefined;
  if (reached !== undefined) return { outcome: 'refused', ...reached };
  if (codes[ITEM.market] === CONDITION_FAILED) return { outcome: 'refused', code: 'market-occupied' };
  if (codes[ITEM.state] !== CONDITION_FAILED) return undefined;
  throw new InvariantError('The position id is taken by another request', { positionId: position.positionId });
}
