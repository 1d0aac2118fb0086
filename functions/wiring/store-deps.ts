import * as z from 'zod/mini';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/dynamodb-position-store.ts';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import type { Share } from '#lib/runtime/bound-requests.ts';
import { createDynamodbClient } from '#lib/runtime/dynamodb-client.ts';
import type { Env } from '#lib/runtime/env.ts';
import { createSqsClient } from '#lib/runtime/sqs-client.ts';
import { WebUrlSchema } from './web-url.ts';

/** What every function needs that touches positions. */
export const StoreEnvSchema = z.object({
  STAGE: z.string().check(z.minLength(1)),
  TABLE_NAME: z.string().check(z.minLength(3)),
  EXIT_QUEUE_URL: WebUrlSchema,
});

/**
 * Table and queue. Apart from what trades, so that `sweep` carries nothing of it. `share` is the bound that others have in common
 * with them.
 */
export function createStoreDeps(config: z.output<typeof StoreEnvSchema>, env: Env, share?: Share) {
  const dynamodb = createDynamodbClient(env, DEFAULT_AWS_LIMITS, share);
  const sqs = createSqsClient(env, DEFAULT_AWS_LIMITS, share);
  const clock = systemClock;
  const ids = createSystemIdSource(clock);
  const { TABLE_NAME: tableName, STAGE: stage, EXIT_QUEUE_URL: queueUrl } = config;
  const openStore = (client: typeof dynamodb) => createDynamodbPositionStore({ client, tableName, stage, ids });
  return {
    dynamodb,
    sqs,
    clock,
    ids,
    store: openStore(dynamodb),
    openStore,
    queue: createSqsExitQueue({ client: sqs, clock, queueUrl }),
  };
}
