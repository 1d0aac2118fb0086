import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { Mode, PositionTerms } from '#lib/domain/position/position.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';

/**
 * The table's only definition, used by the local emulator and the AWS stack. Numbers in keys are padded, so that text
 * order is number order. A market lock includes the mode: paper and live positions do not exclude each other.
 */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';
export const STREAM_VIEW_TYPE = 'NEW_AND_OLD_IMAGES';

/**
 * Sparse index of due positions, by the minute: only a step that changes the minute writes the index, which costs as
 * much as the row. One partition is enough, because open positions number in the tens.
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
const SINGLE_SORT_KEY = '-';

/** Enough for every policy: a position makes at most one step a second for minutes, then look-ups for days. */
const padded = (value: number): string => String(value).padStart(6, '0');
const timeText = (atMs: number): string => String(atMs).padStart(15, '0');

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

/** A request to act on something that exists, other than an opening. */
export const callKey = (requestId: string): RowKey => ({ pk: `CALL#${requestId}`, sk: SINGLE_SORT_KEY });

/** What a person asked for in Discord, by the id of the interaction. */
export const askKey = (askId: string): RowKey => ({ pk: `ASK#${askId}`, sk: SINGLE_SORT_KEY });

/** The redemption of one wallet: at most one is under way. */
export const redemptionKey = (account: Pick<PositionTerms, 'mode' | 'wallet'>): RowKey => ({
  pk: `REDEMPTION#${account.mode}#${account.wallet}`,
  sk: STATE_SORT_KEY,
});

export const accountKey = (stage: string, mode: Mode): RowKey => ({ pk: `ACCOUNT#${stage}`, sk: `MODE#${mode}` });

/** Realised loss of one UTC day, `2026-11-22`. */
export const dayKey = (stage: string, mode: Mode, day: string): RowKey => ({
  pk: `ACCOUNT#${stage}`,
  sk: `DAY#${mode}#${day}`,
});

/**
 * Limits that an operator lowered. A row of its own, because an older release takes no other fields in the account's.
 */
export const limitsKey = (stage: string, mode: Mode): RowKey => ({ pk: `ACCOUNT#${stage}`, sk: `LIMITS#${mode}` });

export const ACTION_PREFIX = 'ACTION#';

/** What operators changed, in the order of time. Kept: it says who did what. */
export const actionKey = (stage: string, action: { readonly atMs: number; readonly actionId: string }): RowKey => ({
  pk: `ACCOUNT#${stage}`,
  sk: `${ACTION_PREFIX}${timeText(action.atMs)}#${action.actionId}`,
});

/** The last reading of a live wallet's approvals. */
export const approvalsKey = (wallet: string): RowKey => ({ pk: `WALLET#${wallet.toLowerCase()}`, sk: 'APPROVALS' });

export const HAND_PREFIX = 'HAND#';

/** What the owner of a live wallet did by hand, in the order of time. */
export const handKey = (wallet: string, atMs: number, reference: string): RowKey => ({
  pk: `WALLET#${wallet.toLowerCase()}`,
  sk: `${HAND_PREFIX}${timeText(atMs)}#${reference}`,
});

/** What an operator removed from a dead-letter queue, by its UTC day and in the order of time. */
export const droppedKey = (atMs: number, letterId: string): RowKey => ({
  pk: `DROPPED#${utcDay(atMs)}`,
  sk: `${timeText(atMs)}#${letterId}`,
});

/**
 * Positions that ended on a UTC day, `2026-11-22`, in the order in which they ended. One entry per position, so that a
 * day is read without scanning the table.
 */
export const closedPartition = (day: string): string => `CLOSED#${day}`;

export const closedKey = (position: { readonly positionId: string; readonly closedAtMs: number }): RowKey => ({
  pk: closedPartition(utcDay(position.closedAtMs)),
  sk: `${timeText(position.closedAtMs)}#${position.positionId}`,
});

export const EXPIRY_ATTRIBUTE = 'expiresAtSeconds';

/** A canary's result is reported within minutes; its rows are kept for a week. */
const CANARY_KEPT_SECONDS = 7 * 24 * 3_600;

/** Callers repeat a request within minutes; a week leaves time to look one up. */
const CALL_KEPT_SECONDS = 7 * 24 * 3_600;

export function callExpiry(atMs: number): { readonly expiresAtSeconds: number } {
  return { [EXPIRY_ATTRIBUTE]: Math.floor(atMs / 1_000) + CALL_KEPT_SECONDS };
}

/** A signed request is taken for a minute, and its answer may be asked for again for a quarter of an hour. */
const ASK_KEPT_SECONDS = 24 * 3_600;

export function askExpiry(atMs: number): { readonly expiresAtSeconds: number } {
  return { [EXPIRY_ATTRIBUTE]: Math.floor(atMs / 1_000) + ASK_KEPT_SECONDS };
}

/** A quarter: shares that still lie there, and differences that are still there, are worth another message. */
const TOLD_KEPT_SECONDS = 90 * 24 * 3_600;

export function toldExpiry(atMs: number): { readonly expiresAtSeconds: number } {
  return { [EXPIRY_ATTRIBUTE]: Math.floor(atMs / 1_000) + TOLD_KEPT_SECONDS };
}

export function expiryOf(terms: Pick<PositionTerms, 'origin' | 'openedAtMs'>): { readonly expiresAtSeconds?: number } {
  if (terms.origin !== 'canary') return {};
  return { [EXPIRY_ATTRIBUTE]: Math.floor(terms.openedAtMs / 1_000) + CANARY_KEPT_SECONDS };
}

export const positionIdOf = (partitionKey: string): string => partitionKey.slice(POSITION_PREFIX.length);

export function findPositionId(partitionKey: string): string | undefined {
  return partitionKey.startsWith(POSITION_PREFIX) ? positionIdOf(partitionKey) : undefined;
}

/**
 * Input of CreateTable for an emulator. On AWS the state stack creates the table, with backups and deletion protection.
 */
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
