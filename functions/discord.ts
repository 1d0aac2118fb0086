/**
 * The discord queue → Discord: tells a human, at least once and as a rule once. Told to wait, it waits or lets the message
 * come back; what Discord will never take ends in the dead-letter queue.
 */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { createDiscordNotifier } from '#lib/adapters/discord/discord-notifier.ts';
import { createDynamodbNoticeLedger } from '#lib/adapters/dynamodb/dynamodb-notice-ledger.ts';
import { createSqsDeadRecordKeeper } from '#lib/adapters/sqs/sqs-dead-record-keeper.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { decodeNoticeMessage } from '#lib/contracts/notice-message.ts';
import { deliverNotice } from '#lib/lifecycle/tell/deliver-notice.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import type { Env } from '#lib/runtime/env.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { runQueueBatch } from '#lib/runtime/run-batch.ts';
import { WebUrlSchema } from './web-url.ts';

export const EnvSchema = z.object({
  STAGE: z.string().min(1),
  TABLE_NAME: z.string().min(3),
  /** Where the messages come from, to put one off for as long as Discord asks. */
  DISCORD_QUEUE_URL: WebUrlSchema,
  DISCORD_WEBHOOK_URL: WebUrlSchema,
  DISCORD_DEAD_LETTER_URL: WebUrlSchema,
});

/** Well inside the function's timeout, so that a claim is never held by an invocation that was cut off. */
const DELIVERY_DEADLINE_MS = 10_000;

async function createDeps(env: Env) {
  const config = parseEnv(EnvSchema, env);
  const { TABLE_NAME: tableName, DISCORD_WEBHOOK_URL: webhookUrl, DISCORD_DEAD_LETTER_URL: deadLetterUrl } = config;
  const aws = createAwsClients(env);
  return {
    keepDead: createSqsDeadRecordKeeper({ client: aws.sqs, deadLetterUrl }),
    clock: systemClock,
    ledger: createDynamodbNoticeLedger({ client: aws.dynamodb, clock: systemClock, tableName }),
    notifier: createDiscordNotifier({ webhookUrl }),
  };
}

export function createHandler(env: Env): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const log = createLogger({ env, service: 'discord' });
  const meter = createMetrics({ env, service: 'discord' });
  const deps = once(() => createDeps(env));
  return (event) =>
    runQueueBatch(
      { log, meter, keepDead: async (record, errorName) => (await deps()).keepDead(record, errorName) },
      event,
      async (record) => {
        const message = decodeNoticeMessage(record.body, record.messageId);
        const wired = await deps();
        const outcome = await deliverNotice(wired, {
          ...message,
          deadlineAtMs: wired.clock.nowMs() + DELIVERY_DEADLINE_MS,
        });
        log.info('Notice ended', { noticeKey: message.noticeKey, ...outcome });
        meter.count('NoticeHandled');
      },
    );
}

export const handler = createHandler(process.env);
