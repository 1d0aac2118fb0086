/**
 * The discord queue → Discord: delivers each notice at least once, and normally once. When Discord asks for a pause, it
 * waits or delays the message; what Discord will never accept goes to the dead-letter queue.
 */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { createDiscordNotifier } from '#lib/adapters/discord/discord-notifier.ts';
import { createDynamodbNoticeLedger } from '#lib/adapters/dynamodb/dynamodb-notice-ledger.ts';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { createSqsDeadRecordKeeper } from '#lib/adapters/sqs/sqs-dead-record-keeper.ts';
import { createSqsPostponer } from '#lib/adapters/sqs/sqs-postponer.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { decodeNoticeMessage } from '#lib/contracts/notice-message.ts';
import { ConfigError, RejectedByUpstreamError } from '#lib/errors/errors.ts';
import { deliverNotice, noticeRetryDelayMs } from '#lib/lifecycle/notify/deliver-notice.ts';
import type { Notifier } from '#lib/ports/notifier.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { createDynamodbClient, createSqsClient } from '#lib/runtime/function-clients.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import { addLogFields } from '#lib/runtime/log-context.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { runQueueBatch } from '#lib/runtime/run-batch.ts';
import { createSecretsClient } from '#lib/runtime/vault-clients.ts';
import { RELEASE_SETTINGS, WebUrlSchema } from './wiring/setting-schemas.ts';

/** The webhook's address is a secret: AWS gets the secret's name, the local stack the address itself. */
const WebhookSettingsSchema = z
  .object({
    DISCORD_WEBHOOK_URL: z.optional(WebUrlSchema),
    DISCORD_WEBHOOK_SECRET: z.optional(z.string().check(z.minLength(1))),
  })
  .check(
    z.refine((given) => given.DISCORD_WEBHOOK_URL !== undefined || given.DISCORD_WEBHOOK_SECRET !== undefined, {
      path: ['DISCORD_WEBHOOK_URL'],
      message: 'is needed, or DISCORD_WEBHOOK_SECRET in its place',
      // Reported together with the other faults of the environment.
      when: () => true,
    }),
  );

export const EnvSchema = z.safeExtend(WebhookSettingsSchema, {
  ...RELEASE_SETTINGS,
  TABLE_NAME: z.string().check(z.minLength(3)),
  /** The queue the messages come from, to delay one for as long as Discord asks. */
  DISCORD_QUEUE_URL: WebUrlSchema,
  DISCORD_DEAD_LETTER_URL: WebUrlSchema,
  /** The role to mention in messages that page; empty or missing for none. */
  DISCORD_PAGE_ROLE_ID: z._default(
    z.string().check(z.regex(/^(?:\d{17,20})?$/, 'must be the id of a role: 17 to 20 digits')),
    '',
  ),
  /** Whether the webhook belongs to an application that takes interactions: cards of open positions have buttons. */
  DISCORD_BUTTONS: z._default(z.enum(['true', 'false']), 'false'),
});

/** Shorter than the function's timeout, so that no claim outlives its invocation. */
const DELIVERY_DEADLINE_MS = 10_000;

async function createDeps(env: Env) {
  const config = parseEnv(EnvSchema, env);
  const { TABLE_NAME: tableName, DISCORD_QUEUE_URL: queueUrl, DISCORD_DEAD_LETTER_URL: deadLetterUrl } = config;
  const sqs = createSqsClient(env);
  // Read for the first notice to deliver: a stage without a webhook still handles those of canaries.
  const loadNotifier = once(async () =>
    createDiscordNotifier({
      webhookUrl: await findWebhookUrl(config, env),
      pageRoleId: config.DISCORD_PAGE_ROLE_ID || undefined,
      hasButtons: config.DISCORD_BUTTONS === 'true',
    }),
  );
  return {
    keepDead: createSqsDeadRecordKeeper({ client: sqs, deadLetterUrl }),
    postpone: createSqsPostponer({ client: sqs, queueUrl }),
    clock: systemClock,
    ledger: createDynamodbNoticeLedger({ client: createDynamodbClient(env), clock: systemClock, tableName }),
    notifier: { notify: async (notice) => (await loadNotifier()).notify(notice) } satisfies Notifier,
  };
}

/** @throws ConfigError, UpstreamUnavailableError when the secret cannot be read */
async function findWebhookUrl(config: z.output<typeof WebhookSettingsSchema>, env: Env): Promise<string> {
  const { DISCORD_WEBHOOK_URL: url, DISCORD_WEBHOOK_SECRET: secretName } = config;
  if (url !== undefined) return url;
  const text = await createSecretsManagerVault({ client: createSecretsClient(env) }).getSecret(secretName ?? '');
  const parsed = WebUrlSchema.safeParse(text.trim());
  if (parsed.success) return parsed.data;
  throw new ConfigError('The secret of the webhook is not a web address: store the one that Discord shows', {
    secret: secretName ?? null,
  });
}

export function createHandler(env: Env): (event: SQSEvent, context?: InvocationContext) => Promise<SQSBatchResponse> {
  const log = createLogger({ env, service: 'discord' });
  const meter = createMetrics({ env, service: 'discord' });
  let deps = once(() => createDeps(env));
  const keepDead = async (record: SQSRecord, errorName: string): Promise<void> => {
    await (await deps()).keepDead(record, errorName);
    meter.count('NoticeUndelivered');
    // The webhook may have been replaced: the next event reads it again.
    if (errorName === RejectedByUpstreamError.name) deps = once(() => createDeps(env));
  };
  const onRetry = async (record: SQSRecord, error: unknown): Promise<void> => {
    const receiveCount = Number(record.attributes?.ApproximateReceiveCount ?? 1);
    if (receiveCount >= QUEUE_DELIVERY.discord.receiveCountMax) meter.count('NoticeUndelivered');
    else await (await deps()).postpone(record, noticeRetryDelayMs(error, receiveCount));
  };
  return inInvocation({ log, env }, (event: SQSEvent) =>
    runQueueBatch({ log, meter, keepDead, onRetry }, event, async (record) => {
      const message = decodeNoticeMessage(record.body, record.messageId);
      const { notice } = message;
      if (notice.kind === 'event' && 'positionId' in notice.event)
        addLogFields({ positionId: notice.event.positionId });
      const wired = await deps();
      const deadlineAtMs = wired.clock.nowMs() + DELIVERY_DEADLINE_MS;
      const outcome = await deliverNotice(wired, { ...message, deadlineAtMs });
      log.info('Notice ended', { noticeKey: message.noticeKey, ...outcome });
    }),
  );
}

export const handler = createHandler(process.env);
