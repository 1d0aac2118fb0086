import { assertStoredUnder, decodeRow, encodeRow, type RawRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { alertKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { AlertSchema } from '#lib/contracts/alert.ts';
import type { Alert } from '#lib/domain/news/alert.ts';

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
