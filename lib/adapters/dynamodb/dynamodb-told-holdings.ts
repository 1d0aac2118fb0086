import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ToldHoldings } from '#lib/ports/told-holdings.ts';

export type DynamodbToldHoldingsDeps = {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly tableName: string;
};

/** A quarter: shares that still lie there are worth another message. */
const REMEMBER_SECONDS = 90 * 24 * 3_600;

/** Shares are micro-units as text, by token. Older rows lack the others. */
const ToldSchema = z.object({
  shares: z.record(z.string(), z.string().check(z.regex(/^\d{1,30}$/))),
  isResolved: z._default(z.boolean(), false),
  by: z._default(z.string(), 'tell'),
  atMs: z._default(z.number(), 0),
});

/** `NOTICE#foreign-holding#<wallet>#<condition>` / `TOLD`, with the table's expiry attribute. */
export function createDynamodbToldHoldings({ client, clock, tableName }: DynamodbToldHoldingsDeps): ToldHoldings {
  const TableName = tableName;
  const keyOf = (wallet: string, conditionId: string) => ({
    pk: `NOTICE#foreign-holding#${wallet.toLowerCase()}#${conditionId}`,
    sk: 'TOLD',
  });
  return {
    async find(wallet, conditionId) {
      const command = new GetCommand({ TableName, Key: keyOf(wallet, conditionId), ConsistentRead: true });
      const { Item } = await client.send(command).catch(rethrow);
      const told = ToldSchema.safeParse(Item);
      // A row that cannot be read tells once too often, never too rarely.
      if (!told.success) return null;
      const shares = new Map(Object.entries(told.data.shares).map(([tokenId, micros]) => [tokenId, BigInt(micros)]));
      return { ...told.data, shares };
    },
    async save(wallet, conditionId, told) {
      const shares = Object.fromEntries([...told.shares].map(([tokenId, micros]) => [tokenId, String(micros)]));
      const expiresAtSeconds = Math.floor(clock.nowMs() / 1_000) + REMEMBER_SECONDS;
      const Item = { ...keyOf(wallet, conditionId), ...told, shares, expiresAtSeconds };
      await client.send(new PutCommand({ TableName, Item })).catch(rethrow);
    },
  };
}

function rethrow(error: unknown): never {
  const reason = error instanceof Error ? error.name : typeof error;
  throw new StoreUnavailableError('The record of told holdings did not answer', { reason }, { cause: error });
}
