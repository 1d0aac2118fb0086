import { assertStoredUnder, decodeRow, encodeRow, type RawRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { attemptKey } from '#lib/adapters/dynamodb/table-schema.ts';
import type { EndedAttempt } from '#lib/domain/position/order-attempt.ts';
import { EndedAttemptSchema } from './order-schema.ts';

/** `POSITION#<id>` / `ATTEMPT#<number>`: written once, when the attempt ends. */
export function toAttemptRow(attempt: EndedAttempt) {
  const key = attemptKey(attempt.positionId, attempt.intent.attemptNumber);
  return { ...encodeRow(EndedAttemptSchema, attempt, key), ...key };
}

/** @throws CorruptRowError */
export function parseAttemptRow(row: RawRow): EndedAttempt {
  const attempt = decodeRow(EndedAttemptSchema, row);
  const { positionId, intent } = attempt;
  assertStoredUnder(row, attemptKey(positionId, intent.attemptNumber), 'positionId, intent.attemptNumber');
  return attempt;
}
