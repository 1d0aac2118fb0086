import { afterAll, beforeAll } from 'vitest';
import { createDynamodbPaperLedger } from '#lib/adapters/dynamodb/dynamodb-paper-ledger.ts';
import { type EmulatedTables, startEmulatedTables } from './emulated-tables.ts';
import { describeExchange } from './exchange.contract.ts';
import { createPaperWorld } from './paper-world.ts';

let tables: EmulatedTables;
beforeAll(async () => {
  tables = await startEmulatedTables();
});
afterAll(() => tables.stop());

describeExchange('the paper exchange on DynamoDB', async () => {
  const ledger = createDynamodbPaperLedger({ client: tables.client, tableName: await tables.makeTable() });
  return createPaperWorld({ ledger });
});
