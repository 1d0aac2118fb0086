import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { CallOutcome } from '#lib/ports/store/position-store.ts';
import { decodeRow } from './row-codec.ts';
import { findRow, orUnavailable, type TableDeps } from './table-access.ts';
import { callExpiry, callKey } from './table-schema.ts';

const CallRowSchema = z.strictObject({ action: z.string() });

export function callPut(deps: Pick<TableDeps, 'tableName'>, requestId: string, action: string, nowMs: number) {
  return {
    TableName: deps.tableName,
    Item: { ...callKey(requestId), action, ...callExpiry(nowMs) },
    ConditionExpression: 'attribute_not_exists(pk)',
  };
}

/** After a lost answer our own row looks like an earlier one's: either way the request was noted before. */
export async function claimCall(
  deps: TableDeps,
  requestId: string,
  action: string,
  nowMs: number,
): Promise<CallOutcome> {
  try {
    await deps.client.send(new PutCommand(callPut(deps, requestId, action, nowMs)));
    return 'new';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) return await orUnavailable(Promise.reject(error));
    return (await findCallOutcome(deps, requestId, action)) ?? 'taken';
  }
}

export async function findCall(deps: TableDeps, requestId: string): Promise<string | undefined> {
  const row = await findRow(deps, callKey(requestId));
  return row === undefined ? undefined : decodeRow(CallRowSchema, row).action;
}

export async function findCallOutcome(
  deps: TableDeps,
  requestId: string,
  action: string,
): Promise<CallOutcome | undefined> {
  const known = await findCall(deps, requestId);
  return known === undefined ? undefined : known === action ? 'repeated' : 'taken';
}
