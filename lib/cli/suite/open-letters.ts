import * as z from 'zod';
import { createAwsReplayTargets } from '#lib/adapters/deployment/aws-replay-targets.ts';
import { createDynamodbDroppedLetters } from '#lib/adapters/dynamodb/dynamodb-dropped-letters.ts';
import { createDynamodbNoticeLedger } from '#lib/adapters/dynamodb/dynamodb-notice-ledger.ts';
import { createDynamodbTableChanges } from '#lib/adapters/dynamodb/dynamodb-table-changes.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { createEventbridgeEventBus } from '#lib/adapters/eventbridge/eventbridge-event-bus.ts';
import { createSqsDeadLetters } from '#lib/adapters/sqs/sqs-dead-letters.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { LettersDeps } from '#lib/lifecycle/dead-letters/handle-letters.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createStreamsClient } from '#lib/runtime/deployment-clients.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import type { SuitePlace } from './find-suite.ts';

/** Permissions of `tminus dead-letters` besides those of `doctor`; OPERATE.md lists the same. */
export const LETTER_RIGHTS = [
  'sqs:ReceiveMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:SendMessage',
  'sns:Publish',
  'events:PutEvents',
  'lambda:InvokeFunction',
  'dynamodb:PutItem',
  'dynamodb:GetShardIterator',
  'dynamodb:GetRecords',
] as const;

const LettersEnvSchema = z.object({
  STAGE: z.string().min(1),
  TABLE_NAME: z.string().min(3),
  EXIT_QUEUE_URL: z.url(),
  EXIT_DEAD_LETTER_URL: z.url(),
  SETTLE_QUEUE_URL: z.url(),
  SETTLE_DEAD_LETTER_URL: z.url(),
  TIMER_DEAD_LETTER_URL: z.url(),
  NEWS_DEAD_LETTER_URL: z.url(),
  /** Absent without Discord. */
  DISCORD_QUEUE_URL: z.url().optional(),
  DISCORD_DEAD_LETTER_URL: z.url().optional(),
  FAILED_EVENTS_URL: z.url(),
  NEWS_TOPIC_ARN: z.string().min(1),
  EVENT_BUS_NAME: z.string().min(1),
  OPEN_FUNCTION_NAME: z.string().min(1),
  SUMMARY_FUNCTION_NAME: z.string().min(1),
});

/** @throws ConfigError when a variable is missing: the stage was deployed by an older release */
export function openLetters({ place, flags, env, limits }: Omit<SuitePlace, 'process'>): {
  readonly deps: LettersDeps;
  readonly place: string;
  readonly flags: string;
  close(): void;
} {
  const config = readConfig(env);
  const aws = createAwsClients(env, limits);
  const streams = createStreamsClient(env, limits);
  const { TABLE_NAME: tableName, STAGE: stage } = config;
  const { dynamodb: client, sqs, sns, lambda, eventbridge } = aws;
  const deps: LettersDeps = {
    clock,
    store: createDynamodbPositionStore({ client, tableName, stage, ids: createSystemIdSource(clock) }),
    notices: createDynamodbNoticeLedger({ client, clock, tableName }),
    dropped: createDynamodbDroppedLetters({ client, tableName }),
    changes: createDynamodbTableChanges({ client: streams }),
    bus: createEventbridgeEventBus({ client: eventbridge, busName: config.EVENT_BUS_NAME }),
    letters: createSqsDeadLetters({ client: sqs, clock, urls: deadLetterUrls(config) }),
    targets: createAwsReplayTargets({
      ...{ sqs, sns, lambda, newsTopicArn: config.NEWS_TOPIC_ARN },
      queueUrls: {
        exits: config.EXIT_QUEUE_URL,
        settlements: config.SETTLE_QUEUE_URL,
        ...(config.DISCORD_QUEUE_URL !== undefined && { discord: config.DISCORD_QUEUE_URL }),
      },
      functionNames: { open: config.OPEN_FUNCTION_NAME, summary: config.SUMMARY_FUNCTION_NAME },
    }),
  };
  const close = (): void => {
    aws.destroy();
    streams.destroy();
  };
  return { deps, place, flags, close };
}

function deadLetterUrls(config: z.output<typeof LettersEnvSchema>) {
  return {
    exits: config.EXIT_DEAD_LETTER_URL,
    settlements: config.SETTLE_DEAD_LETTER_URL,
    timers: config.TIMER_DEAD_LETTER_URL,
    news: config.NEWS_DEAD_LETTER_URL,
    ...(config.DISCORD_DEAD_LETTER_URL !== undefined && { discord: config.DISCORD_DEAD_LETTER_URL }),
    'failed-events': config.FAILED_EVENTS_URL,
  };
}

function readConfig(env: SuitePlace['env']): z.output<typeof LettersEnvSchema> {
  try {
    return parseEnv(LettersEnvSchema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const hint = 'A stage that an older release deployed does not name its dead-letter queues: deploy it again';
    throw new ConfigError(`${error.message} ${hint}.`, error.context, { cause: error });
  }
}
