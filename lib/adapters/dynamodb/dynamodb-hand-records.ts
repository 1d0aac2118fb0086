import { PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { HAND_ACTIONS, type HandRecord, type HandRecords } from '#lib/ports/store/hand-records.ts';
import { MicrosSchema, TimeSchema } from './positions/order-schema.ts';
import { decodeRow, encodeRow } from './row-codec.ts';
import { orUnavailable, type TableDeps, toUnavailable } from './table-access.ts';
import { HAND_PREFIX, handKey } from './table-schema.ts';

/** Fields that a later release adds are ignored. */
const RecordSchema = z.object({
  atMs: TimeSchema,
  action: z.enum(HAND_ACTIONS),
  marketSlug: z.nullable(z.string()),
  conditionId: z.nullable(z.string()),
  cashMicros: MicrosSchema,
  references: z.readonly(z.array(z.string())),
});

/** `WALLET#<address>` / `HAND#<time>#<reference>`: what the owner did by hand. */
export function createDynamodbHandRecords({
  client,
  tableName: TableName,
}: Pick<TableDeps, 'client' | 'tableName'>): HandRecords {
  return {
    save: async (wallet, record) => {
      const key = handKey(wallet, record.atMs, record.references[0] ?? record.action);
      const Item = { ...key, ...encodeRow(RecordSchema, record, key) };
      await orUnavailable(client.send(new PutCommand({ TableName, Item })));
    },
    list: async (wallet) => {
      const { pk } = handKey(wallet, 0, '');
      const query = {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :wallet AND begins_with(sk, :hand)',
        ExpressionAttributeValues: { ':wallet': pk, ':hand': HAND_PREFIX },
      };
      const records: HandRecord[] = [];
      try {
        for await (const page of paginateQuery({ client }, query)) {
          records.push(...(page.Items ?? []).map((row) => decodeRow(RecordSchema, row)));
        }
      } catch (error) {
        throw error instanceof Error && error.name === 'CorruptRowError' ? error : toUnavailable(error);
      }
      return records;
    },
  };
}
