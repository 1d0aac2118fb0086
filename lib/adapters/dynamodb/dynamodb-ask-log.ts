import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { MODES } from '#lib/domain/position/position.ts';
import type { AskLog, AskRecord } from '#lib/ports/store/ask-log.ts';
import { TimeSchema } from './positions/order-schema.ts';
import { decodeRow, type RawRow } from './row-codec.ts';
import { findRow, orUnavailable, type TableDeps } from './table-access.ts';
import { askExpiry, askKey } from './table-schema.ts';

const HaltSchema = z.object({
  kind: z.literal('halt'),
  mode: z.nullable(z.enum(MODES)),
  reason: z.nullable(z.string()),
});
const ExitAllSchema = z.object({ kind: z.literal('exit-all') });

const ActionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('positions') }),
  z.object({ kind: z.enum(['exit', 'hold']), target: z.string() }),
  ExitAllSchema,
  HaltSchema,
  z.object({ kind: z.enum(['confirm', 'cancel']), askId: z.string() }),
]);

const OfferSchema = z.object({
  action: z.discriminatedUnion('kind', [
    z.object({ kind: z.enum(['exit', 'hold']), positionId: z.string() }),
    ExitAllSchema,
    HaltSchema,
  ]),
  atMs: TimeSchema,
  untilMs: TimeSchema,
});

/** Fields that a later release adds are ignored. */
const AskRowSchema = z.object({
  askId: z.string(),
  action: ActionSchema,
  asker: z.object({ userId: z.string(), name: z.string() }),
  atMs: TimeSchema,
  offer: z._default(z.nullable(OfferSchema), null),
  takenBy: z._default(z.nullable(z.string()), null),
  answer: z._default(z.nullable(z.string()), null),
});

/** `ASK#<id>`, with the table's expiry attribute. */
export function createDynamodbAskLog(deps: Pick<TableDeps, 'client' | 'tableName'>): AskLog {
  const { client, tableName: TableName } = deps;
  const decode = (row: RawRow): AskRecord => decodeRow(AskRowSchema, row);
  const find: AskLog['find'] = async (askId) => {
    const row = await findRow(deps, askKey(askId));
    return row === undefined ? undefined : decode(row);
  };
  return {
    find,
    claim: async (ask) => {
      const Item = { ...askKey(ask.askId), ...ask, ...askExpiry(ask.atMs) };
      const put = new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' });
      try {
        await client.send(put);
        return 'new';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) return orUnavailable(Promise.reject(error));
        // Expired in between: as new as it was a day ago.
        return (await find(ask.askId)) ?? 'new';
      }
    },
    saveAnswer: async (askId, answer, offer) => {
      const update = new UpdateCommand({
        ...{ TableName, Key: { ...askKey(askId) } },
        // The first answer stays: a repeated one would speak of a later moment.
        UpdateExpression: 'SET answer = if_not_exists(answer, :answer), offer = if_not_exists(offer, :offer)',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':answer': answer, ':offer': offer },
        ReturnValues: 'ALL_NEW',
      });
      const { Attributes } = await orUnavailable(client.send(update));
      return (Attributes === undefined ? null : decode(Attributes).answer) ?? answer;
    },
    takeOffer: async (askId, takerId) => {
      const update = new UpdateCommand({
        ...{ TableName, Key: { ...askKey(askId) } },
        UpdateExpression: 'SET takenBy = :taker',
        ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(takenBy) OR takenBy = :taker)',
        ExpressionAttributeValues: { ':taker': takerId },
      });
      try {
        await client.send(update);
        return 'taken';
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return 'taken-before';
        return orUnavailable(Promise.reject(error));
      }
    },
  };
}
