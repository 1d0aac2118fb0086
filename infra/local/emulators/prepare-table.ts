import { DatabaseSync } from 'node:sqlite';
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import { createTableInput } from '#lib/adapters/dynamodb/table-schema.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';

/** Creates the table if it does not exist, and returns the ARN of its stream. */
export async function prepareTable(deps: {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tableName: string;
  readonly tableFile: string;
}): Promise<{ readonly streamArn: string }> {
  try {
    await deps.client.send(new CreateTableCommand(createTableInput(deps.tableName)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  indexStream(deps.tableFile);
  const { Table } = await deps.client.send(new DescribeTableCommand({ TableName: deps.tableName }));
  if (Table?.LatestStreamArn === undefined) throw new UnexpectedReplyError('The table has no stream');
  return { streamArn: Table.LatestStreamArn };
}

/**
 * The emulator reads the whole stream to find the next sequence number, so writes get slower with each one. These
 * indexes in its file prevent that (measured: 1.6 ms instead of 12.7 ms after 6,000 writes).
 */
function indexStream(tableFile: string): void {
  const file = new DatabaseSync(tableFile);
  try {
    file.exec(`
      PRAGMA busy_timeout = 2000;
      CREATE INDEX IF NOT EXISTS stream_by_table ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
      CREATE INDEX IF NOT EXISTS stream_by_shard ON _stream_records (shard_id, CAST(sequence_number AS INTEGER));
    `);
  } finally {
    file.close();
  }
}
