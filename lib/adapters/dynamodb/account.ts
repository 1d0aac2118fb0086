import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Mode } from '#lib/domain/position/position.ts';
import type { Account } from '#lib/domain/position/risk-limits.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { decodeRow } from './row-codec.ts';
import { findRow, orUnavailable, type TableDeps } from './table-access.ts';
import { accountKey, dayKey } from './table-schema.ts';

/** Amounts the table adds up itself are DynamoDB numbers; the client gives a bigint once a number does not hold them. */
const CounterSchema = z._default(
  z.pipe(
    z.union([z.int(), z.bigint()]),
    z.transform((value) => BigInt(value)),
  ),
  0n,
);

const AccountRowSchema = z.strictObject({
  openCount: z._default(z.int(), 0),
  exposureMicros: CounterSchema,
  halted: z._default(z.boolean(), false),
});
const DayRowSchema = z.strictObject({ lossMicros: CounterSchema });

/** Consistent read of the counters; zero for what has never been counted. @throws CorruptRowError, StoreUnavailableError */
export async function getAccount(deps: TableDeps, mode: Mode, nowMs: number): Promise<Account> {
  const [accountRow, dayRow] = await Promise.all([
    findRow(deps, accountKey(deps.stage, mode)),
    findRow(deps, dayKey(deps.stage, mode, utcDay(nowMs))),
  ]);
  const account = decodeRow(AccountRowSchema, accountRow ?? {});
  const day = decodeRow(DayRowSchema, dayRow ?? {});
  return { mode, ...account, dayLossMicros: day.lossMicros };
}

/** Leaves the counters alone. @throws StoreUnavailableError */
export async function setHalted(deps: TableDeps, mode: Mode, halted: boolean): Promise<void> {
  const command = new UpdateCommand({
    TableName: deps.tableName,
    Key: { ...accountKey(deps.stage, mode) },
    UpdateExpression: 'SET halted = :halted',
    ExpressionAttributeValues: { ':halted': halted },
  });
  await orUnavailable(deps.client.send(command));
}
