import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { Mode, PositionTerms } from '#lib/domain/position/position.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';

/**
 * The one description of the table; the local emulator and the AWS stack are both built from it.
 *
 * Every kind of row has its key here. Numbers in keys are padded, so that text order is number order. A market lock
 * carries the mode: a paper position is no reason to refuse a live one, they share no wallet balance.
 */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
export const STREAM_VIEW_TYPE = 'NEW_AND_OLD_IMAGES';

/**
 * Sparse index of what is due, by the minute: only rows that wait for a next step carry its two attributes, and only a step that moves the
 * next one to another minute writes the index, which costs as much as the row. One partition for all of them, because a sweep wants one ordered answer and open positions number in the tens, not in the thousands a second
 * that would need sharding.
 */
export const DUE_INDEX = {
  name: 'byDue',
  partitionAttribute: 'dueQueue',
  partitionValue: 'OPEN',
  sortAttribute: 'dueMinute',
} as const;

export type RowKey = { readonly pk: string; readonly sk: string };

export const STATE_SORT_KEY = 'STATE';
export const ATTEMPT_PREFIX = 'ATTEMPT#';
export const EVENT_PREFIX = 'EVENT#';
export const ALERT_PREFIX = 'ALERT#';
const POSITION_PREFIX = 'POSITION#';
/** Rows that are alone in their partition. */
const SINGLE_SORT_KEY = '-';

/** Six digits outlive every policy: a position makes a step a second at most and lives for minutes, then days of look-ups. */
const padded = (value: number): string => String(value).padStart(6, '0');

export const partitionOf = (positionId: string): string => `${POSITION_PREFIX}${positionId}`;

export const stateKey = (positionId: string): RowKey => ({ pk: partitionOf(positionId), sk: STATE_SORT_KEY });

export const attemptKey = (positionId: string, attemptNumber: number): RowKey => ({
  pk: partitionOf(positionId),
  sk: `${ATTEMPT_PREFIX}${padded(attemptNumber)}`,
});

export const eventKey = (positionId: string, version: number): RowKey => ({
  pk: partitionOf(positionId),
  sk: `${EVENT_PREFIX}${padded(version)}`,
});

export const alertKey = (positionId: string, version: number): RowKey => ({
  pk: partitionOf(positionId),
  sk: `${ALERT_PREFIX}${padded(version)}`,
});

export const requestKey = (requestId: string): RowKey => ({ pk: `REQUEST#${requestId}`, sk: SINGLE_SORT_KEY });

export const marketKey = (terms: Pick<PositionTerms, 'mode' | 'wallet' | 'conditionId'>): RowKey => ({
  pk: `MARKET#${terms.mode}#${terms.wallet}#${terms.conditionId}`,
  sk: SINGLE_SORT_KEY,
});

/** Open count, exposure and halt of one mode. */
export const accountKey = (stage: string, mode: Mode): RowKey => ({ pk: `ACCOUNT#${stage}`, sk: `MODE#${mode}` });

/** Loss realised on one UTC day, `2026-11-22`. */
export const dayKey = (stage: string, mode: Mode, day: string): RowKey => ({
  pk: `ACCOUNT#${stage}`,
  sk: `DAY#${mode}#${day}`,
});

/**
 * A position that ended on a UTC day, `2026-11-22`; text order is the order in which they ended. One line per position, so
 * that a day is read without reading the table.
 */
export const closedPartition = (day: string): string => `CLOSED#${day}`;

export const closedKey = (position: { readonly positionId: string; readonly closedAtMs: number }): RowKey => ({
  pk: closedPartition(utcDay(position.closedAtMs)),
  sk: `${String(position.closedAtMs).padStart(15, '0')}#${position.positionId}`,
});

/** The table's expiry attribute, in Unix seconds: rows that bear it are forgotten some time after it. */
export const EXPIRY_ATTRIBUTE = 'expiresAtSeconds';

/** A canary has told what it had to tell within minutes; a week of them is enough to look back on. */
const CANARY_KEPT_SECONDS = 7 * 24 * 3_600;

/** What every row of a position bears besides its content: nothing, but for a canary's, which the table may forget. */
export function expiryOf(terms: Pick<PositionTerms, 'origin' | 'openedAtMs'>): { readonly expiresAtSeconds?: number } {
  if (terms.origin === 'request') return {};
  return { [EXPIRY_ATTRIBUTE]: Math.floor(terms.openedAtMs / 1_000) + CANARY_KEPT_SECONDS };
}

/** The position a row of its partition belongs to. */
export const positionIdOf = (partitionKey: string): string => partitionKey.slice(POSITION_PREFIX.length);

/** Input of CreateTable for an emulator; on AWS the state stack makes the table, with backups and protection. */
export function createTableInput(tableName: string): CreateTableCommandInput {
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
      { AttributeName: SORT_KEY, KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: PARTITION_KEY, AttributeType: 'S' },
      { AttributeName: SORT_KEY, AttributeType: 'S' },
      { AttributeName: DUE_INDEX.partitionAttribute, AttributeType: 'S' },
      { AttributeName: DUE_INDEX.sortAttribute, AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: DUE_INDEX.name,
        KeySchema: [
          { AttributeName: DUE_INDEX.partitionAttribute, KeyType: 'HASH' },
          { AttributeName: DUE_INDEX.sortAttribute, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    StreamSpecification: { StreamEnabled: true, StreamViewType: STREAM_VIEW_TYPE },
  };
}
