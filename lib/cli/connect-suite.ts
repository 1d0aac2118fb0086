import { resolve } from 'node:path';
import * as z from 'zod';
import type { StageName } from '#infra/aws/stage-config.ts';
import { findRunningStack } from '#infra/local/find-running-stack.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/dynamodb-position-store.ts';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { type AwsLimits, DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import type { Env } from '#lib/runtime/env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { CliError, EXIT_CODES } from './cli-error.ts';
import { REMOTE_LIMITS, readStage } from './read-stage.ts';

export const DEFAULT_STATE_DIR = '.tminus';

const SuiteEnvSchema = z.object({
  STAGE: z.string().min(1),
  TABLE_NAME: z.string().min(3),
  EXIT_QUEUE_URL: z.url(),
  OPEN_FUNCTION_NAME: z.string().min(1),
});

/** Where a command was told to look for the suite; nothing said: the local stack, then the environment. */
export type SuiteChoice = { readonly stateDir?: string | undefined; readonly stage?: StageName | undefined };

/** Where a suite is, and what its functions know. */
export type SuitePlace = {
  /** For people, e.g. `the local stack in .tminus`. */
  readonly place: string;
  /** What the next command needs to find the same suite, with a leading blank: ` --stage paper`. */
  readonly flags: string;
  readonly env: Env;
  /** Of the calls to AWS. */
  readonly limits: AwsLimits;
};

/** A running suite, local or on AWS: the commands do not know which. */
export type Suite = Pick<SuitePlace, 'place' | 'flags'> & {
  readonly aws: AwsClients;
  readonly store: PositionStore;
  readonly queue: ExitQueue;
  readonly openFunctionName: string;
  close(): void;
};

/**
 * The deployed stage that was asked for; otherwise the local stack that runs on the state directory; without one, and when no directory
 * was asked for, what the environment names.
 * @throws CliError 5 when none is there
 * @throws ConfigError, UpstreamUnavailableError when AWS does not tell of the stage
 */
export async function findSuite(choice: SuiteChoice, env: Env): Promise<SuitePlace> {
  const { stage, stateDir = DEFAULT_STATE_DIR } = choice;
  if (stage !== undefined) {
    const stageEnv = await readStage(stage, env);
    const place = `stage ${stage} in ${stageEnv.AWS_REGION}`;
    return { place, flags: ` --stage ${stage}`, env: stageEnv, limits: REMOTE_LIMITS };
  }
  const isAsked = choice.stateDir !== undefined;
  const flags = isAsked ? ` --state-dir ${stateDir}` : '';
  const stack = findRunningStack(resolve(stateDir));
  const limits = DEFAULT_AWS_LIMITS;
  if (stack !== undefined) return { place: `the local stack in ${stateDir}`, flags, env: stack.env, limits };
  if (!isAsked && env.TABLE_NAME) {
    return { place: `stage ${env.STAGE ?? '?'} (table ${env.TABLE_NAME})`, flags, env, limits: REMOTE_LIMITS };
  }
  throw new CliError(
    EXIT_CODES.notRunning,
    'not-running',
    `No local stack runs in ${stateDir}${isAsked ? '' : ', and the environment names no other (TABLE_NAME is not set)'}. ` +
      `Start one with \`npm start -- --keep-running${flags}\`${isAsked ? '' : ', or name a deployed one with --stage'}.`,
  );
}

/** @throws ConfigError when the environment is not whole */
export function createSuite({ place, flags, env, limits }: SuitePlace): Suite {
  const config = parseEnv(SuiteEnvSchema, env);
  const aws = createAwsClients(env, limits);
  const clock = systemClock;
  const ids = createSystemIdSource(clock);
  return {
    place,
    flags,
    aws,
    store: createDynamodbPositionStore({
      client: aws.dynamodb,
      tableName: config.TABLE_NAME,
      stage: config.STAGE,
      ids,
    }),
    queue: createSqsExitQueue({ client: aws.sqs, clock, queueUrl: config.EXIT_QUEUE_URL }),
    openFunctionName: config.OPEN_FUNCTION_NAME,
    close: aws.destroy,
  };
}

/** Runs something with a suite and closes its connections, whatever happens. */
export async function withSuite<Result>(
  choice: SuiteChoice,
  env: Env,
  run: (suite: Suite) => Promise<Result>,
): Promise<Result> {
  const suite = createSuite(await findSuite(choice, env));
  try {
    return await run(suite);
  } finally {
    suite.close();
  }
}
