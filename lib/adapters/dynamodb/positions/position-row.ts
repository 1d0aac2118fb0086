import {
  assertStoredUnder,
  CHANGE_ID,
  decodeRow,
  encodeRow,
  FIGURES,
  MOVED_FROM,
  type RawRow,
} from '#lib/adapters/dynamodb/row-codec.ts';
import { DUE_INDEX, stateKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { dueAtMs, minuteOf, type Position, type PositionState } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { PositionSchema } from './position-schema.ts';

/**
 * `POSITION#<id>` / `STATE`. The index attributes exist only while a next step is due, which makes the index sparse.
 * `stateBefore` is null for a new position.
 */
export function toPositionRow(position: Position, changeId: string, stateBefore: PositionState | null = null) {
  const key = stateKey(position.positionId);
  return {
    ...encodeRow(PositionSchema, position, key),
    ...key,
    ...toDueAttributes(position),
    [CHANGE_ID]: changeId,
    ...(position.state !== stateBefore && { [MOVED_FROM]: stateBefore ?? NO_STATE }),
    ...((position.attemptCount > 0 || position.found !== undefined) && { [FIGURES]: toFigures(position) }),
  };
}

const NO_STATE = 'nothing';

/** @throws CorruptRowError */
export function parsePositionRow(row: RawRow): Position {
  const position = decodeRow(PositionSchema, row);
  assertStoredUnder(row, stateKey(position.positionId), 'positionId');
  return position;
}

function toDueAttributes(position: Position) {
  const atMs = dueAtMs(position);
  if (atMs === null) return {};
  return { [DUE_INDEX.partitionAttribute]: DUE_INDEX.partitionValue, [DUE_INDEX.sortAttribute]: minuteOf(atMs) };
}

function toFigures(position: Position) {
  const view = describePosition(position);
  return {
    entryPrice: view.entryPrice,
    exitPrice: view.exitPrice,
    sharesMicros: view.sharesMicros,
    soldMicros: view.soldMicros,
    remainingMicros: view.remainingMicros,
    costMicros: view.costMicros,
    proceedsMicros: view.proceedsMicros,
    feesMicros: view.feesMicros,
    feeDriftMicros: view.feeDriftMicros,
    pnlMicros: view.pnlMicros,
    durationSeconds: view.durationSeconds,
  };
}
