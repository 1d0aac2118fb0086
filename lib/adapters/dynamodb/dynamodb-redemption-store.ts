import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { VersionConflictError } from '#lib/errors/errors.ts';
import {
  NO_REDEMPTION,
  type RedemptionAccount,
  type RedemptionStore,
  type WalletRedemption,
} from '#lib/ports/store/redemption-store.ts';
import { CountSchema, MicrosSchema, TimeSchema } from './positions/order-schema.ts';
import { CHANGE_ID, decodeRow, encodeRow } from './row-codec.ts';
import { findRow, type TableDeps, toUnavailable } from './table-access.ts';
import { redemptionKey } from './table-schema.ts';

const IntentSchema = z.strictObject({
  route: z.enum(['transaction', 'relayer']),
  nonce: MicrosSchema,
  deadlineAtMs: z.nullable(TimeSchema),
  calls: z.readonly(z.array(z.strictObject({ target: z.string(), data: z.string() }))),
  conditionIds: z.readonly(z.array(z.string())),
  preparedAtBlock: MicrosSchema,
  isMerge: z.optional(z.literal(true)),
});

const shape = { version: CountSchema, settledAtBlock: z.nullable(MicrosSchema) };
export const WalletRedemptionSchema = z.discriminatedUnion('phase', [
  z.strictObject({ ...shape, phase: z.literal('idle') }),
  z.strictObject({ ...shape, phase: z.literal('posting'), intent: IntentSchema, leaseUntilMs: TimeSchema }),
  z.strictObject({ ...shape, phase: z.literal('sent'), intent: IntentSchema, reference: z.string() }),
  z.strictObject({ ...shape, phase: z.literal('unknown'), intent: IntentSchema }),
]);

/** `REDEMPTION#<mode>#<wallet>`: one row per wallet, overwritten with each step. */
export function createDynamodbRedemptionStore(deps: Pick<TableDeps, 'client' | 'tableName' | 'ids'>): RedemptionStore {
  const find = (account: RedemptionAccount) => findRow(deps, redemptionKey(account));
  return {
    findRedemption: async (account) => {
      const row = await find(account);
      return row === undefined ? NO_REDEMPTION : decodeRow(WalletRedemptionSchema, row);
    },
    saveRedemption: async (account, next) => {
      const changeId = deps.ids.nextId();
      try {
        await deps.client.send(toPut(deps.tableName, account, next, changeId));
      } catch (error) {
        const row = await find(account);
        if (row?.[CHANGE_ID] === changeId) return;
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') {
          throw new VersionConflictError("Another writer changed the wallet's redemption", { version: next.version });
        }
        throw toUnavailable(error);
      }
    },
  };
}

function toPut(tableName: string, account: RedemptionAccount, next: WalletRedemption, changeId: string): PutCommand {
  const key = redemptionKey(account);
  return new PutCommand({
    TableName: tableName,
    Item: { ...encodeRow(WalletRedemptionSchema, next, key), ...key, [CHANGE_ID]: changeId },
    ...(next.version === 1
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: '#version = :before',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':before': next.version - 1 },
        }),
  });
}
