import { resolve } from 'node:path';
import type { StageName } from '#infra/aws/stage-config.ts';
import { findRunningStack } from '#infra/local/find-running-stack.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { DEFAULT_STATE_DIR } from '#lib/cli/options.ts';
import { printable } from '#lib/cli/terminal.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { type AwsLimits, DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { connectSuite, type SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { REMOTE_LIMITS, readStage } from './read-stage.ts';

/** The options that choose a suite. Without them: the local stack in the default directory, then the environment. */
export type SuiteChoice = {
  readonly stateDir?: string | undefined;
  readonly stage?: StageName | undefined;
  /** Another table than the suite's, such as a restored copy. */
  readonly table?: string | undefined;
};

/** Where a suite is, and its functions' environment. */
export type SuitePlace = {
  /** For people, e.g. `the local stack in .tminus`. */
  readonly place: string;
  /** The options that find the same suite again, with a leading blank: ` --stage paper`. */
  readonly flags: string;
  readonly env: Env;
  /** For the calls to AWS. */
  readonly limits: AwsLimits;
  /** The process of a local stack. */
  readonly process: { readonly pid: number; readonly startedAtMs: number } | null;
};

/** A running suite, local or on AWS, and how to name it. */
export type Suite = SuiteClient & Pick<SuitePlace, 'place' | 'flags'>;

/**
 * The named stage; otherwise the local stack of the state directory; otherwise, when no directory was named, the suite
 * that the environment describes.
 * @throws CliError 5 when there is none
 * @throws ConfigError, UpstreamUnavailableError when AWS does not describe the stage
 */
export async function findSuite(choice: SuiteChoice, env: Env): Promise<SuitePlace> {
  const suite = await findOwnSuite(choice, env);
  const { table } = choice;
  if (table === undefined) return suite;
  const place = `table ${printable(table)} of ${suite.place}`;
  return { ...suite, place, flags: `${suite.flags} --table ${table}`, env: { ...suite.env, TABLE_NAME: table } };
}

async function findOwnSuite(choice: SuiteChoice, env: Env): Promise<SuitePlace> {
  const { stage, stateDir = DEFAULT_STATE_DIR } = choice;
  if (stage !== undefined) {
    const stageEnv = await readStage(stage, env);
    const place = `stage ${stage} in ${stageEnv.AWS_REGION}`;
    return { place, flags: ` --stage ${stage}`, env: stageEnv, limits: REMOTE_LIMITS, process: null };
  }
  const isAsked = choice.stateDir !== undefined;
  const flags = isAsked ? ` --state-dir ${stateDir}` : '';
  const stack = findRunningStack(resolve(stateDir));
  const limits = DEFAULT_AWS_LIMITS;
  if (stack !== undefined)
    return { place: `the local stack in ${stateDir}`, flags, env: stack.env, limits, process: stack };
  if (!isAsked && env.TABLE_NAME) {
    return {
      place: `stage ${env.STAGE ?? '?'} (table ${env.TABLE_NAME})`,
      flags,
      env,
      limits: REMOTE_LIMITS,
      process: null,
    };
  }
  throw new CliError(
    EXIT_CODES.notRunning,
    'not-running',
    `No local stack runs in ${stateDir}${isAsked ? '' : ', and the environment names no other (TABLE_NAME is not set)'}. ` +
      `Start one with \`npm start -- --keep-running${flags}\`${isAsked ? '' : ', or name a deployed one with --stage'}.`,
  );
}

/** @throws ConfigError when a variable is missing */
export function createSuite({ place, flags, env, limits }: Omit<SuitePlace, 'process'>): Suite {
  return { ...connectSuite(env, limits), place, flags };
}

/** Runs an action with a suite and closes its connections afterwards. */
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

/** @throws CliError 4 */
export async function getKnownPosition({ store, flags }: Suite, positionId: string): Promise<Position> {
  const position = await store.find(positionId);
  if (position !== undefined) return position;
  throw new CliError(
    EXIT_CODES.notFound,
    'position-not-found',
    `There is no position ${printable(positionId).slice(0, 64)}. \`tminus positions${flags}\` lists them.`,
  );
}
