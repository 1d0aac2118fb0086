import { resolve } from 'node:path';
import * as z from 'zod';
import { findRunningStack } from '#infra/local/find-running-stack.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/dynamodb-position-store.ts';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import type { ExitQueue } from '#lib/ports/exit-queue.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import type { Env } from '#lib/runtime/env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { CliError, EXIT_CODES } from './cli-error.ts';

export const DEFAULT_STATE_DIR = '.tminus';

const SuiteEnvSchema = z.object({
  STAGE: z.string().min(1),
  TABLE_NAME: z.string().min(3),
  EXIT_QUEUE_URL: z.url(),
  OPEN_FUNCTION_NAME: z.string().min(1),
});

/** A running suite, local or on AWS: the commands do not know which. */
export type Suite = {
  /** For people, e.g. `the local stack in .tminus`. */
  readonly place: string;
  readonly aws: AwsClients;
  readonly store: PositionStore;
  readonly queue: ExitQueue;
  readonly openFunctionName: string;
  close(): void;
};

/**
 * The local stack that runs on the state directory; without one, and when no directory was asked for, what the environment
 * names.
 * @throws CliError 5 when neither is there, ConfigError when the environment is not whole
 */
export function connectSuite(options: { readonly stateDir?: string | undefined }, env: Env): Suite {
  const { stateDir = DEFAULT_STATE_DIR } = options;
  const stack = findRunningStack(resolve(stateDir));
  if (stack !== undefined) return createSuite(stack.env, `the local stack in ${stateDir}`);
  if (options.stateDir === undefined && env.TABLE_NAME) {
    return createSuite(env, `stage ${env.STAGE ?? '?'} (table ${env.TABLE_NAME})`);
  }
  const isAsked = options.stateDir !== undefined;
  throw new CliError(
    EXIT_CODES.notRunning,
    'not-running',
    `No local stack runs in ${stateDir}${isAsked ? '' : ', and the environment names no other (TABLE_NAME is not set)'}. ` +
      `Start one with \`npm start -- --keep-running${isAsked ? ` --state-dir ${stateDir}` : ''}\`.`,
  );
}

/** @throws ConfigError */
export function createSuite(env: Env, place: string): Suite {
  const config = parseEnv(SuiteEnvSchema, env);
  const aws = createAwsClients(env);
  const clock = systemClock;
  const ids = createSystemIdSource(clock);
  return {
    place,
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
  options: { readonly stateDir?: string | undefined },
  env: Env,
  run: (suite: Suite) => Promise<Result>,
): Promise<Result> {
  const suite = connectSuite(options, env);
  try {
    return await run(suite);
  } finally {
    suite.close();
  }
}
