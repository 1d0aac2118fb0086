import * as z from 'zod/mini';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/dynamodb-position-store.ts';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import type { TakeTurn } from '#lib/runtime/bound-requests.ts';
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

/** Table and queue. Apart from what trades, so that `sweep` carries nothing of it. `takeTurn`: where others share the bound. */
export function createStoreDeps(config: z.output<typeof StoreEnvSchema>, env: Env, takeTurn?: TakeTurn) {
  const dynamodb = createDynamodbClient(env, DEFAULT_AWS_LIMITS, takeTurn);
  const sqs = createSqsClient(env, DEFAULT_AWS_LIMITS, takeTurn);
  const clock = systemClock;
  const ids = createSystemIdSource(clock);
  const { TABLE_NAME: tableName, STAGE: stage, EXIT_QUEUE_URL: queueUrl } = config;
  return {
    dynamodb,
    sqs,
    clock,
    ids,
    store: createDynamodbPositionStore({ client: dynamodb, tableName, stage, ids }),
    queue: createSqsExitQueue({ client: sqs, clock, queueUrl }),
  };
}
