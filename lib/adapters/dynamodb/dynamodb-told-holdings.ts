import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Clock } from '#lib/ports/clock.ts';
import type { ToldHoldings } from '#lib/ports/store/told-holdings.ts';
import { findRow, orUnavailable, type TableDeps } from './table-access.ts';
import { toldExpiry } from './table-schema.ts';

export type DynamodbToldHoldingsDeps = Pick<TableDeps, 'client' | 'tableName'> & {
  readonly clock: Pick<Clock, 'nowMs'>;
};

/** Shares are micro-units as text, by token. Older rows lack the others. */
const ToldSchema = z.object({
  shares: z.record(z.string(), z.string().check(z.regex(/^\d{1,30}$/))),
  isResolved: z._default(z.boolean(), false),
  by: z._default(z.string(), 'tell'),
  atMs: z._default(z.number(), 0),
});

/** `NOTICE#foreign-holding#<wallet>#<condition>` / `TOLD`, with the table's expiry attribute. */
export function createDynamodbToldHoldings({ client, clock, tableName }: DynamodbToldHoldingsDeps): ToldHoldings {
  const keyOf = (wallet: string, conditionId: string) => ({
    pk: `NOTICE#foreign-holding#${wallet.toLowerCase()}#${conditionId}`,
    sk: 'TOLD',
  });
  return {
    async find(wallet, conditionId) {
      const told = ToldSchema.safeParse(await findRow({ client, tableName }, keyOf(wallet, conditionId)));
      // A row that cannot be read tells once too often, never too rarely.
      if (!told.success) return null;
      const shares = new Map(Object.entries(told.data.shares).map(([tokenId, micros]) => [tokenId, BigInt(micros)]));
      return { ...told.data, shares };
    },
    async save(wallet, conditionId, told) {
      const shares = Object.fromEntries([...told.shares].map(([tokenId, micros]) => [tokenId, String(micros)]));
      const Item = { ...keyOf(wallet, conditionId), ...told, shares, ...toldExpiry(clock.nowMs()) };
      await orUnavailable(client.send(new PutCommand({ TableName: tableName, Item })));
    },
  };
}
