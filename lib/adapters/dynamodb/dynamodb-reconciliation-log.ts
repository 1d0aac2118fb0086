import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '#lib/ports/clock.ts';
import type { ReconciliationLog } from '#lib/ports/store/reconciliation-log.ts';
import { findRow, orUnavailable, type TableDeps } from './table-access.ts';
import { toldExpiry } from './table-schema.ts';

export type DynamodbReconciliationLogDeps = Pick<TableDeps, 'client' | 'tableName'> & {
  readonly clock: Pick<Clock, 'nowMs'>;
};

/** `NOTICE#reconciled#<wallet>` / `UNTIL` and `NOTICE#difference#<wallet>#<key>` / `TOLD`. */
export function createDynamodbReconciliationLog({
  client,
  clock,
  tableName,
}: DynamodbReconciliationLogDeps): ReconciliationLog {
  const untilKey = (wallet: string) => ({ pk: `NOTICE#reconciled#${wallet.toLowerCase()}`, sk: 'UNTIL' });
  const toldKey = (wallet: string, key: string) => ({
    pk: `NOTICE#difference#${wallet.toLowerCase()}#${key}`,
    sk: 'TOLD',
  });
  const find = (key: ReturnType<typeof toldKey>) => findRow({ client, tableName }, key);
  const put = async (row: Record<string, unknown>) => {
    const Item = { ...row, ...toldExpiry(clock.nowMs()) };
    await orUnavailable(client.send(new PutCommand({ TableName: tableName, Item })));
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
