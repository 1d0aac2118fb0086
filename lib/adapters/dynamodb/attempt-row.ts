import type { OrderAttempt } from '#lib/domain/order-attempt.ts';
import { OrderAttemptSchema } from './order-schema.ts';
import { decodeRow, encodeRow, type RawRow } from './row-codec.ts';
import { attemptKey } from './table-schema.ts';

/** `POSITION#<id>` / `ATTEMPT#<number>`: rewritten as the attempt goes on. */
export function toAttemptRow(attempt: OrderAttempt) {
  const key = attemptKey(attempt.positionId, attempt.intent.attemptNumber);
  return { ...encodeRow(OrderAttemptSchema, attempt, key), ...key };
}

/** @throws CorruptRowError */
export function parseAttemptRow(row: RawRow): OrderAttempt {
  return decodeRow(OrderAttemptSchema, row);
}
