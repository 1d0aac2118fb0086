import { afterAll, beforeAll } from 'vitest';
import { createDynamodbPaperLedger } from '#lib/adapters/dynamodb/dynamodb-paper-ledger.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';
import { describeExchange } from './exchange.contract.ts';
import { createPaperWorld } from './paper-world.ts';

let tables: Dynoxide;
beforeAll(async () => {
  tables = await startDynoxide();
});
afterAll(() => tables.stop());

describeExchange('the paper exchange on DynamoDB', async () => {
  const ledger = createDynamodbPaperLedger({ client: tables.client, tableName: await tables.createTable() });
  return createPaperWorld({ ledger });
});
