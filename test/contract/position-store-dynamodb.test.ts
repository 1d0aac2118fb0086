import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { parseAlertRow } from '#lib/adapters/dynamodb/positions/alert-row.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { ALERT_PREFIX, partitionOf } from '#lib/adapters/dynamodb/table-schema.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';
import { describeClosedDays } from './closed-days.contract.ts';
import { describePositionStore } from './position-store.contract.ts';

let dynoxide: Dynoxide;

beforeAll(async () => {
  dynoxide = await startDynoxide();
});

afterAll(async () => {
  await dynoxide.stop();
});

const makeStore = async () => {
  const { client } = dynoxide;
  const tableName = await dynoxide.createTable();
  const listAlertRows = async (positionId: string) => {
    const command = new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': partitionOf(positionId), ':prefix': ALERT_PREFIX },
    });
    return (await client.send(command)).Items ?? [];
  };
  return {
    store: createDynamodbPositionStore({ client, tableName, stage: 'test', ids: countingIds() }),
    alertsOf: async (positionId: string) => (await listAlertRows(positionId)).map(parseAlertRow),
  };
};

describePositionStore('the position store in DynamoDB', makeStore);
describeClosedDays('the closed days in DynamoDB', makeStore);
