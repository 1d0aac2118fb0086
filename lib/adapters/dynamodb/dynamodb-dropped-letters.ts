import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DroppedLetters } from '#lib/ports/dead-letters.ts';
import { isoTime } from '#lib/words/time-text.ts';
import { orUnavailable, type TableDeps } from './table-access.ts';
import { droppedKey } from './table-schema.ts';

/** DynamoDB accepts 400 kB a row, and a character may take four bytes. */
const BODY_LENGTH_MAX = 90_000;

/** `DROPPED#<day>` / `<time>#<id>`: what an operator removed from a dead-letter queue, for people. Never read back. */
export function createDynamodbDroppedLetters({
  client,
  tableName: TableName,
}: Pick<TableDeps, 'client' | 'tableName'>): DroppedLetters {
  return {
    save: async ({ letter, what, by, atMs }) => {
      const { id, queue, body, why, atMs: failedAtMs, replayCount } = letter;
      const isCut = body.length > BODY_LENGTH_MAX;
      const Item = {
        ...droppedKey(atMs, id),
        ...{ id, queue, what, why, by, isCut, replayCount },
        body: body.slice(0, BODY_LENGTH_MAX),
        droppedAt: isoTime(atMs),
        failedAt: isoTime(failedAtMs),
      };
      await orUnavailable(client.send(new PutCommand({ TableName, Item })));
    },
  };
}
