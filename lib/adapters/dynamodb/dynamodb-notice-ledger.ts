import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';

export type DynamodbNoticeLedgerDeps = {
  readonly client: DynamoDBDocumentClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly tableName: string;
};

/** The dead-letter queue keeps a message for 14 days; a message redriven on the last day is still recognised. */
const REMEMBER_SECONDS = 15 * 24 * 3_600;

/** `NOTICE#<key>` / `SENT`, with the table's expiry attribute. */
export function createDynamodbNoticeLedger(deps: DynamodbNoticeLedgerDeps): NoticeLedger {
  const { client, clock, tableName: TableName } = deps;
  const keyOf = (noticeKey: string) => ({ pk: `NOTICE#${noticeKey}`, sk: 'SENT' });
  const expiresAtSeconds = (nowMs: number) => Math.floor(nowMs / 1_000) + REMEMBER_SECONDS;
  return {
    claim: async (noticeKey, leaseMs) => {
      const nowMs = clock.nowMs();
      const Item = { ...keyOf(noticeKey), leaseUntilMs: nowMs + leaseMs, expiresAtSeconds: expiresAtSeconds(nowMs) };
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item,
            ConditionExpression:
              'attribute_not_exists(pk) OR (attribute_not_exists(sentAtMs) AND leaseUntilMs <= :nowMs)',
            ExpressionAttributeValues: { ':nowMs': nowMs },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return 'claimed';
      } catch (error) {
        // Also when the SDK repeats our own request after a lost answer. The claim then expires.
        if (error instanceof ConditionalCheckFailedException)
          return error.Item?.sentAtMs === undefined ? 'busy' : 'sent';
        throw unavailable(error);
      }
    },
    markSent: async (noticeKey) => {
      const nowMs = clock.nowMs();
      const Item = { ...keyOf(noticeKey), sentAtMs: nowMs, expiresAtSeconds: expiresAtSeconds(nowMs) };
      try {
        await client.send(new PutCommand({ TableName, Item }));
      } catch (error) {
        throw unavailable(error);
      }
    },
    isSent: async (noticeKey) => {
      try {
        const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(noticeKey), ConsistentRead: true }));
        return Item?.sentAtMs !== undefined;
      } catch (error) {
        throw unavailable(error);
      }
    },
    release: async (noticeKey) => {
      try {
        await client.send(
          new DeleteCommand({
            TableName,
            Key: keyOf(noticeKey),
            ConditionExpression: 'attribute_not_exists(sentAtMs)',
          }),
        );
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return;
        throw unavailable(error);
      }
    },
  };
}

function unavailable(error: unknown): StoreUnavailableError {
  const reason = error instanceof Error ? error.name : typeof error;
  return new StoreUnavailableError('The notice ledger did not answer', { reason }, { cause: error });
}
