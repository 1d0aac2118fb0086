/**
 * The exit queue's function: takes the next step of each position it is woken for, by timer, delayed message, retry,
 * sweep or operator. Records of a batch run in parallel; a failed one is delivered again after the visibility timeout.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { createPolymarketBooks } from '#lib/adapters/polymarket/market-data/polymarket-books.ts';
import { createSqsDeadRecordKeeper } from '#lib/adapters/sqs/sqs-dead-record-keeper.ts';
import { decodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { type WakePositionDeps, wakePosition } from '#lib/lifecycle/wake-position.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import type { Log } from '#lib/runtime/log.ts';
import { addLogFields } from '#lib/runtime/log-context.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { runQueueBatch } from '#lib/runtime/run-batch.ts';
import { WebUrlSchema } from './wiring/setting-schemas.ts';
import { createTradingDeps, TradingEnvSchema } from './wiring/trading-deps.ts';

export const EnvSchema = z.object({ ...TradingEnvSchema.shape, EXIT_DEAD_LETTER_URL: WebUrlSchema });

type SellDeps = WakePositionDeps & { readonly keepDead: ReturnType<typeof createSqsDeadRecordKeeper> };

async function createDeps(env: Env, meter: Meter, log: Log): Promise<SellDeps> {
  const config = parseEnv(EnvSchema, env);
  const loadSendApproval = async () => (await import('#lib/adapters/polygon/send-approval.ts')).sendApproval;
  const trading = await createTradingDeps(config, env, {
    ...{ meter, log, loadSendApproval },
    createMarketData: createPolymarketBooks,
  });
  const deadLetters = { client: trading.sqs, deadLetterUrl: config.EXIT_DEAD_LETTER_URL };
  return { ...trading, keepDead: createSqsDeadRecordKeeper(deadLetters) };
}

export function createHandler(env: Env): (event: SQSEvent, context?: InvocationContext) => Promise<SQSBatchResponse> {
  const log = createLogger({ env, service: 'sell' });
  const meter = createMetrics({ env, service: 'sell' });
  const deps = once(() => createDeps(env, meter, log));
  return inInvocation({ log, env }, (event: SQSEvent) =>
    runQueueBatch(
      { log, meter, keepDead: async (record, errorName) => (await deps()).keepDead(record, errorName) },
      event,
      async (record) => {
        const message = decodeWakeMessage(record.body);
        addLogFields({ positionId: message.positionId });
        const outcome = await wakePosition(await deps(), message);
        log.info('Wake-up ended', { ...message, ...outcome, ...timerLateness(record, message) });
      },
    ),
  );
}

/**
 * From the time a timer was set to until its message was in the exit queue; EventBridge Scheduler promises a minute.
 * Redeliveries are not measured.
 */
function timerLateness({ attributes }: SQSRecord, { plannedAtMs }: WakeMessage) {
  if (plannedAtMs === undefined || attributes?.ApproximateReceiveCount !== '1') return {};
  return { timerLatenessMs: Number(attributes.SentTimestamp) - plannedAtMs };
}

export const handler = createHandler(process.env);
