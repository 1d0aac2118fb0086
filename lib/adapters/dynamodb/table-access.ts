import { type DynamoDBDocumentClient, GetCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { RawRow } from './row-codec.ts';
import type { RowKey } from './table-schema.ts';

export type TableDeps = {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly stage: string;
  readonly ids: IdSource;
};

export type WriteItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Consistent read of one row. @throws StoreUnavailableError */
export async function findRow(deps: Pick<TableDeps, 'client' | 'tableName'>, key: RowKey): Promise<RawRow | undefined> {
  const command = new GetCommand({ TableName: deps.tableName, Key: { ...key }, ConsistentRead: true });
  const output = await orUnavailable(deps.client.send(command));
  return output.Item;
}

/** Translates a failed request. @throws StoreUnavailableError */
export async function orUnavailable<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw toUnavailable(error);
  }
}

/** The cause stays available to the log; only its name is safe to show. */
export function toUnavailable(error: unknown): StoreUnavailableError {
  const cause = error instanceof Error ? error.name : typeof error;
  return new StoreUnavailableError('The table did not answer', { cause }, { cause: error });
}
