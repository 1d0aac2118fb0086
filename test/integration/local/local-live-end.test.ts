import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { liveUntilRedeemed } from '#test/fixtures/live-end.ts';
import { LIFE_ENV } from '#test/fixtures/quick-life.ts';
import { eventually, makeStateDir, removeStateDir } from './local-test-stack.ts';

let stateDir: string;
let stack: LocalStack;
let aws: AwsClients;

beforeAll(async () => {
  stateDir = makeStateDir();
  stack = await startLocalStack({
    stateDir,
    seed: 12,
    timerGrainMs: 1_000,
    timerJitterMs: 500,
    sweepPeriodMs: 1_000,
    env: { ...LIFE_ENV, LOG_FILE: `${stateDir}/functions.log` },
    live: { signatureType: 2 },
  });
  aws = createAwsClients(stack.env);
});

afterAll(async () => {
  aws?.destroy();
  await stack?.stop();
  removeStateDir(stateDir);
});

/** The other route, a deposit wallet's batch by the relayer, is part of `local-live.test.ts`. */
it('redeems what a safe could not sell by its owner’s own transaction, books its gas, and tells once that the venue’s index says otherwise', async () => {
  const cards: string[] = [];
  stack.onDiscordMessage((message) => cards.push(JSON.stringify(message)));
  const { TABLE_NAME: tableName = '', STAGE: stage = '' } = stack.env;
  const store = createDynamodbPositionStore({ client: aws.dynamodb, tableName, stage, ids: countingIds('test') });
  stack.venue.setSettings({ reportedResults: 'opposite' });
  const position = await liveUntilRedeemed({ stack, aws, store, version: 'v1', cards });
  expect(position.state === 'redeemed' && position.gasWei).toBeGreaterThan(0n);
  await eventually(() => expect(cards.filter((card) => card.includes('results differ'))).toHaveLength(1));
});
