import { CHANGE_ID } from '#lib/adapters/dynamodb/row-codec.ts';
import { findRow, type TableDeps, type WriteItem } from '#lib/adapters/dynamodb/table-access.ts';
import { accountKey, closedKey, dayKey, eventKey, expiryOf, marketKey } from '#lib/adapters/dynamodb/table-schema.ts';
import {
  type CancellationCodes,
  CONDITION_FAILED,
  writeTransaction,
} from '#lib/adapters/dynamodb/write-transaction.ts';
import { dayLossMicros } from '#lib/domain/position/day-loss.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { countsTowardsLimits, utcDay } from '#lib/domain/position/risk-limits.ts';
import { InvariantError, VersionConflictError } from '#lib/errors/errors.ts';
import type { PositionChange } from '#lib/ports/store/position-store.ts';
import { toAlertRow } from './alert-row.ts';
import { toAttemptRow } from './attempt-row.ts';
import { toPositionRow } from './position-row.ts';
import { toTimelineRow } from './timeline-row.ts';

type SaveOutcome = 'saved' | 'conflict';

/**
 * Writes one step, all or nothing, if the row still has the version that the step was decided on. After a failure the
 * timeline tells who wrote the new version: its entry is part of the transaction, has the change id and is never
 * overwritten.
 */
export async function savePosition(deps: TableDeps, change: PositionChange): Promise<void> {
  assertFollows(change);
  const changeId = deps.ids.nextId();
  const step = listStep(deps, change, changeId);
  const closing = isClosed(change.after) ? listClosing(deps, change.after) : [];
  const lockIndex = step.length + closing.length;
  // A lock that belongs to another position stays. The position must still be able to end, so the step continues
  // without unlocking.
  let unlocking = isClosed(change.after) ? [unlockMarket(deps, change.after)] : [];
  const outcome = await writeTransaction<SaveOutcome>(deps, {
    listItems: () => [...step, ...closing, ...unlocking],
    written: 'saved',
    findOutcome: async (codes) => {
      if (codes[lockIndex] === CONDITION_FAILED) unlocking = [];
      return await findOutcome(deps, change, changeId, codes);
    },
  });
  if (outcome === 'saved') return;
  throw new VersionConflictError('Another writer changed the position', {
    positionId: change.before.positionId,
    version: change.before.version,
  });
}

function assertFollows({ before, after }: PositionChange): void {
  if (after.positionId === before.positionId && after.version === before.version + 1) return;
  throw new InvariantError('A step must lead to the next version of the same position', {
    positionId: before.positionId,
    version: before.version,
    versionAfter: after.version,
  });
}

const STATE_INDEX = 0;

function listStep(deps: TableDeps, change: PositionChange, changeId: string): readonly WriteItem[] {
  const { before, after, event, endedAttempts, alert, evidence } = change;
  const entry = { version: after.version, event, evidence };
  const expiry = expiryOf(after);
  const put = (row: Record<string, unknown>): WriteItem => ({
    Put: { TableName: deps.tableName, Item: { ...row, ...expiry } },
  });
  return [
    {
      Put: {
        TableName: deps.tableName,
        Item: { ...toPositionRow(after, changeId, before.state), ...expiry },
        ConditionExpression: '#version = :before',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':before': before.version },
      },
    },
    put(toTimelineRow(after.positionId, entry, changeId)),
    ...endedAttempts.map((attempt) => put(toAttemptRow(attempt))),
    ...(alert === null ? [] : [put(toAlertRow(alert))]),
  ];
}

/**
 * Releases the account's counters, and books position and loss to the UTC day on which the money became final. Not for
 * positions that were never counted.
 */
function listClosing(deps: TableDeps, closed: ClosedPosition): readonly WriteItem[] {
  if (!countsTowardsLimits(closed)) return [];
  const { positionId, mode, budgetMicros, closedAtMs } = closed;
  const lossMicros = dayLossMicros(closed);
  const add = (
    key: Record<string, string>,
    expression: string,
    values: Record<string, number | bigint>,
  ): WriteItem => ({
    Update: {
      TableName: deps.tableName,
      Key: key,
      UpdateExpression: `ADD ${expression}`,
      ExpressionAttributeValues: values,
    },
  });
  const account = add(accountKey(deps.stage, mode), 'openCount :minusOne, exposureMicros :minusBudget', {
    ':minusOne': -1,
    ':minusBudget': -budgetMicros,
  });
  const line: WriteItem = { Put: { TableName: deps.tableName, Item: { ...closedKey(closed), positionId } } };
  // Of shares that others bought an unknown result is not counted: the limit cannot be held to a loss without a figure.
  if (lossMicros === 0n) return [account, line];
  return [
    account,
    line,
    add(dayKey(deps.stage, mode, utcDay(closedAtMs)), 'lossMicros :loss', { ':loss': lossMicros }),
  ];
}

function unlockMarket(deps: TableDeps, closed: ClosedPosition): WriteItem {
  return {
    Delete: {
      TableName: deps.tableName,
      Key: { ...marketKey(closed) },
      ConditionExpression: 'attribute_not_exists(pk) OR positionId = :positionId',
      ExpressionAttributeValues: { ':positionId': closed.positionId },
    },
  };
}

async function findOutcome(
  deps: TableDeps,
  { after }: PositionChange,
  changeId: string,
  codes: CancellationCodes,
): Promise<SaveOutcome | undefined> {
  const entry = await findRow(deps, eventKey(after.positionId, after.version));
  if (entry !== undefined) return entry[CHANGE_ID] === changeId ? 'saved' : 'conflict';
  return codes[STATE_INDEX] === CONDITION_FAILED ? 'conflict' : undefined;
}
