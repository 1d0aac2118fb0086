import type { OrderAttempt } from '#lib/domain/order-attempt.ts';
import { OrderAttemptSchema } from './order-schema.ts';
import { assertStoredUnder, decodeRow, encodeRow, type RawRow } from './row-codec.ts';
import { attemptKey } from './table-schema.ts';

/** `POSITION#<id>` / `ATTEMPT#<number>`: rewritten as the attempt goes on. */
export function toAttemptRow(attempt: OrderAttempt) {
  const key = attemptKey(attempt.positionId, attempt.intent.attemptNumber);
  return { ...encodeRow(OrderAttemptSchema, attempt, key), ...key };
}

/** @throws CorruptRowError */
export function parseAttemptRow(row: RawRow): OrderAttempt {
  const attempt = decodeRow(OrderAttemptSchema, row);
  const { positionId, intent } = attempt;
  assertStoredUnder(row, attemptKey(positionId, intent.attemptNumber), 'positionId, intent.attemptNumber');
  return attempt;
}
