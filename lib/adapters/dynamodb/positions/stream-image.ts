import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { RawRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { ACTION_PREFIX, ALERT_PREFIX, SORT_KEY, STATE_SORT_KEY } from '#lib/adapters/dynamodb/table-schema.ts';
import type { Alert } from '#lib/domain/news/alert.ts';
import type { OperatorAction } from '#lib/domain/news/operator-action.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { parseActionRow } from './action-row.ts';
import { parseAlertRow } from './alert-row.ts';
import { parsePositionRow } from './position-row.ts';

export type StreamImage =
  | { readonly kind: 'state'; readonly before: Position | null; readonly after: Position }
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'action'; readonly action: OperatorAction }
  | { readonly kind: 'other' };

type AttributeMap = Readonly<Record<string, AttributeValue>>;

/**
 * Reads one stream record. Removals, steps within a state and other kinds of rows are `other`. @throws CorruptRowError
 */
export function parseStreamImage(record: Pick<DynamoDBRecord, 'dynamodb'>): StreamImage {
  const newImage = record.dynamodb?.NewImage;
  if (newImage === undefined) return { kind: 'other' };
  const oldImage = record.dynamodb?.OldImage;
  const sortKey = newImage[SORT_KEY]?.S ?? '';
  if (sortKey === STATE_SORT_KEY) {
    // Most steps do not change the state. One attribute tells, without parsing two rows.
    const isUnmoved = oldImage?.state?.S !== undefined && oldImage.state.S === newImage.state?.S;
    if (isUnmoved) return { kind: 'other' };
    const before = oldImage === undefined ? null : parsePositionRow(toRow(oldImage));
    return { kind: 'state', before, after: parsePositionRow(toRow(newImage)) };
  }
  if (sortKey.startsWith(ALERT_PREFIX) && oldImage === undefined) {
    return { kind: 'alert', alert: parseAlertRow(toRow(newImage)) };
  }
  if (sortKey.startsWith(ACTION_PREFIX) && oldImage === undefined) {
    return { kind: 'action', action: parseActionRow(toRow(newImage)) };
  }
  return { kind: 'other' };
}

function toRow(image: AttributeMap): RawRow {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, toPlain(value)]));
}

/**
 * Our rows have text, numbers, booleans, nulls, lists and maps. Any other type becomes undefined and fails its schema.
 */
function toPlain(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (Array.isArray(value.L)) return value.L.map(toPlain);
  if (value.M !== undefined) return toRow(value.M);
  return undefined;
}
