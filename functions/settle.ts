/**
 * The settle queue's function: takes the next step of each position whose market is over, until its shares are sold,
 * redeemed or worthless. A queue of its own, so that a slow chain never holds up a sell.
 */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { createDynamodbRedemptionStore } from '#lib/adapters/dynamodb/dynamodb-redemption-store.ts';
import { createSqsDeadRecordKeeper } from '#lib/adapters/sqs/sqs-dead-record-keeper.ts';
import { decodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { type WakeAwaitingDeps, wakeAwaiting } from '#lib/lifecycle/settle/wake-awaiting.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { runQueueBatch } from '#lib/runtime/run-batch.ts';
import { WebUrlSchema } from './wiring/setting-schemas.ts';
import { createTradingDeps, TradingEnvSchema } from './wiring/trading-deps.ts';

export const EnvSchema = z.object({ ...TradingEnvSchema.shape, SETTLE_DEAD_LETTER_URL: WebUrlSchema });

type Deps = WakeAwaitingDeps & { readonly keepDead: ReturnType<typeof createSqsDeadRecordKeeper> };

async function createDeps(env: Env, meter: Meter): Promise<Deps> {
  const config = parseEnv(EnvSchema, env);
  const trading = await createTradingDeps(config, env, { meter });
  const { dynamodb: client, ids, marketData, paperSettlement, sqs } = trading;
  return {
    ...trading,
    results: marketData,
    // Live positions wait until their settlement is built: the alert of the deadline says what to do by hand.
    settlements: { paper: paperSettlement },
    redemptions: createDynamodbRedemptionStore({ client, tableName: config.TABLE_NAME, ids }),
    keepDead: createSqsDeadRecordKeeper({ client: sqs, deadLetterUrl: config.SETTLE_DEAD_LETTER_URL }),
  };
}

export function createHandler(env: Env): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const log = createLogger({ env, service: 'settle' });
  const meter = createMetrics({ env, service: 'settle' });
  const deps = once(() => createDeps(env, meter));
  return (event) =>
    runQueueBatch(
      { log, meter, keepDead: async (record, errorName) => (await deps()).keepDead(record, errorName) },
      event,
      async (record) => {
        const message = decodeWakeMessage(record.body);
        const outcome = await wakeAwaiting(await deps(), message);
        log.info('Settlement step ended', { ...message, ...outcome });
      },
    );
}

export const handler = createHandler(process.env);
