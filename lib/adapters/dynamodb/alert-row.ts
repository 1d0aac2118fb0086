import * as z from 'zod';
import type { Alert } from '#lib/domain/alert.ts';
import { ALERT_KINDS } from '#lib/domain/alert.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal.ts';
import { CountSchema, TimeSchema } from './order-schema.ts';
import { assertStoredUnder, decodeRow, encodeRow, type RawRow } from './row-codec.ts';
import { alertKey } from './table-schema.ts';

const PositionViewSchema = z.strictObject({
  positionId: z.string(),
  requestId: z.string(),
  mode: z.string(),
  asset: z.string(),
  outcome: z.string(),
  marketSlug: z.string(),
  conditionId: z.string(),
  tokenId: z.string(),
  state: z.string(),
  version: CountSchema,
  openedAtMs: TimeSchema,
  marketEndsAtMs: TimeSchema,
  exitDueAtMs: TimeSchema,
  firstExitAttemptAtMs: TimeSchema.nullable(),
  exitAtMs: TimeSchema.nullable(),
  closedAtMs: TimeSchema.nullable(),
  entryPrice: z.string().nullable(),
  exitPrice: z.string().nullable(),
  underlyingAtEntry: z.string().nullable(),
  underlyingAtExit: z.string().nullable(),
  sharesMicros: z.string(),
  soldMicros: z.string(),
  remainingMicros: z.string(),
  dustMicros: z.string().nullable(),
  costMicros: z.string(),
  proceedsMicros: z.string(),
  payoutMicros: z.string(),
  feesMicros: z.string(),
  pnlMicros: z.string().nullable(),
  exitReason: z.string().nullable(),
  forceClosed: z.boolean(),
  forceCloseReason: z.string().nullable(),
  durationSeconds: z.number().nullable(),
  attemptCount: CountSchema,
  refusals: z.array(z.strictObject({ cause: z.string(), count: z.number() })).readonly(),
});

export const AlertSchema = z.strictObject({
  positionId: z.string(),
  version: z.int().min(1),
  kind: z.enum(ALERT_KINDS),
  severity: z.enum(['info', 'warning', 'page']),
  atMs: TimeSchema,
  cause: z.enum(REFUSAL_CAUSES).nullable(),
  venueText: z.string().nullable(),
  position: PositionViewSchema,
});

/** `POSITION#<id>` / `ALERT#<version>`. */
export function toAlertRow(alert: Alert) {
  const key = alertKey(alert.positionId, alert.version);
  return { ...encodeRow(AlertSchema, alert, key), ...key };
}

/** @throws CorruptRowError */
export function parseAlertRow(row: RawRow): Alert {
  const alert = decodeRow(AlertSchema, row);
  assertStoredUnder(row, alertKey(alert.positionId, alert.version), 'positionId, version');
  return alert;
}
