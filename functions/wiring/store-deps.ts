import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { createDynamodbClient, createSqsClient } from '#lib/runtime/function-clients.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { RELEASE_SETTINGS, WebUrlSchema } from './setting-schemas.ts';

export const StoreEnvSchema = z.object({
  ...RELEASE_SETTINGS,
  TABLE_NAME: z.string().check(z.minLength(3)),
  EXIT_QUEUE_URL: WebUrlSchema,
  SETTLE_QUEUE_URL: WebUrlSchema,
});

export type StoreDeps = {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly store: PositionStore;
  readonly queue: ExitQueue;
  /** The clients of store and queue, for other adapters. */
  readonly dynamodb: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
};

/** Table and queues of wake-ups. Apart from what trades, so that the bundle of `sweep` has nothing of it. */
export function createStoreDeps(config: z.output<typeof StoreEnvSchema>, env: Env): StoreDeps {
  const [dynamodb, sqs, clock] = [createDynamodbClient(env), createSqsClient(env), systemClock];
  const ids = createSystemIdSource(clock);
  const { TABLE_NAME: tableName, STAGE: stage, EXIT_QUEUE_URL: queueUrl, SETTLE_QUEUE_URL: settleQueueUrl } = config;
  return {
    dynamodb,
    sqs,
    clock,
    ids,
    store: createDynamodbPositionStore({ client: dynamodb, tableName, stage, ids }),
    queue: createSqsExitQueue({ client: sqs, clock, queueUrl, settleQueueUrl }),
  };
}
