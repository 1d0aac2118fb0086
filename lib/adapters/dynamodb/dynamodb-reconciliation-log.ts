import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ReconciliationLog } from '#lib/ports/reconciliation-log.ts';

export type DynamodbReconciliationLogDeps = {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly tableName: string;
};

/** A quarter, as of told holdings: what still differs then is worth another message. */
const REMEMBER_SECONDS = 90 * 24 * 3_600;

/** `NOTICE#reconciled#<wallet>` / `UNTIL` and `NOTICE#difference#<wallet>#<key>` / `TOLD`. */
export function createDynamodbReconciliationLog({
  client,
  clock,
  tableName: TableName,
}: DynamodbReconciliationLogDeps): ReconciliationLog {
  const untilKey = (wallet: string) => ({ pk: `NOTICE#reconciled#${wallet.toLowerCase()}`, sk: 'UNTIL' });
  const toldKey = (wallet: string, key: string) => ({
    pk: `NOTICE#difference#${wallet.toLowerCase()}#${key}`,
    sk: 'TOLD',
  });
  const find = async (Key: ReturnType<typeof toldKey>) => {
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true })).catch(rethrow);
    return Item;
  };
  const put = async (row: Record<string, unknown>) => {
    const expiresAtSeconds = Math.floor(clock.nowMs() / 1_000) + REMEMBER_SECONDS;
    await client.send(new PutCommand({ TableName, Item: { ...row, expiresAtSeconds } })).catch(rethrow);
  };
  return {
    findReconciledUntilMs: async (wallet) => {
      const untilMs: unknown = (await find(untilKey(wallet)))?.untilMs;
      // A row that cannot be read compares once too often.
      return typeof untilMs === 'number' ? untilMs : null;
    },
    saveReconciledUntilMs: (wallet, untilMs) => put({ ...untilKey(wallet), untilMs }),
    isTold: async (wallet, key) => (await find(toldKey(wallet, key))) !== undefined,
    markTold: (wallet, key) => put(toldKey(wallet, key)),
  };
}

function rethrow(error: unknown): never {
  const reason = error instanceof Error ? error.name : typeof error;
  throw new StoreUnavailableError('The record of told differences did not answer', { reason }, { cause: error });
}
