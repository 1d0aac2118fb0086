import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDynamodbRedemptionStore } from '#lib/adapters/dynamodb/dynamodb-redemption-store.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';
import { describeRedemptionStore, INTENT } from './redemption-store.contract.ts';

let dynoxide: Dynoxide;

beforeAll(async () => {
  dynoxide = await startDynoxide();
});

afterAll(async () => {
  await dynoxide.stop();
});

describeRedemptionStore('the redemption store in DynamoDB', async () => {
  const tableName = await dynoxide.createTable();
  return createDynamodbRedemptionStore({ client: dynoxide.client, tableName, ids: countingIds() });
});

it('recognises its own write after a lost answer', async () => {
  const tableName = await dynoxide.createTable();
  const { client } = dynoxide;
  let isLost = true;
  const losing = new Proxy(client, {
    get: (target, name) =>
      name !== 'send'
        ? Reflect.get(target, name)
        : async (command: Parameters<DynamoDBDocumentClient['send']>[0]) => {
            const answer = await client.send(command);
            if (command.constructor.name === 'PutCommand' && isLost) {
              isLost = false;
              throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
            }
            return answer;
          },
  });
  const store = createDynamodbRedemptionStore({ client: losing, tableName, ids: countingIds() });
  const account = { mode: 'live', wallet: '0x1' } as const;
  const next = { version: 1, settledAtBlock: null, phase: 'posting', intent: INTENT, leaseUntilMs: 5 } as const;
  await store.saveRedemption(account, next);
  expect(await store.findRedemption(account)).toEqual(next);
  expect(isLost).toBe(false);
});
