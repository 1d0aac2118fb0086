import { findAccountFault, type StageName, stackNameOf, stageConfigOf } from '#infra/aws/stage-config.ts';
import { PROJECT_ROOT } from '#infra/shared/bundling.ts';
import { readCommit } from '#infra/shared/read-commit.ts';
import { getCallerAccount } from '#lib/adapters/aws-signed/caller-account.ts';
import { findStack } from '#lib/adapters/deployment/find-stack.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { isConfirmed } from '#lib/cli/confirm.ts';
import { untilInterrupted } from '#lib/cli/interruption.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { userName } from '#lib/cli/suite/acting.ts';
import { assertProfileExists } from '#lib/cli/suite/aws-profile.ts';
import { createSuite, findSuite, type Suite } from '#lib/cli/suite/find-suite.ts';
import { REMOTE_LIMITS } from '#lib/cli/suite/read-stage.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import { TminusError } from '#lib/errors/errors.ts';
import { type DeployDeps, deployRelease, type RolledOut } from '#lib/lifecycle/delivery/deploy-release.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createCloudformationClient, signedServiceUrl } from '#lib/runtime/deployment-clients.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { knownCommit } from '#lib/runtime/short-commit.ts';
import { toJson } from '#lib/words/to-json.ts';
import { checkOutEarlier } from './earlier-checkout.ts';
import { findCdk, findOwnOption, mayShift, runCdk, shownArgs } from './run-cdk.ts';
import { smokeSuite } from './smoke-command.ts';
import { smokeSentence } from './smoke-lines.ts';
import { listStackCommits } from './wire-smoke.ts';

export type DeployOptions = {
  readonly stage: StageName;
  /** Seconds. Default: ten minutes. */
  readonly wait?: number;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
};

/** The checkout that is deployed, and its CDK. */
export type DeployPlace = { readonly root: string; readonly findCdk: (root: string) => string };
const THIS_CHECKOUT: DeployPlace = { root: PROJECT_ROOT, findCdk };

/** Permissions on the table besides those of a smoke test: the halt, its announcement, open positions. */
export const DEPLOY_TABLE_RIGHTS = ['dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:BatchGetItem'] as const;

const WAIT_SECONDS = 600;

/**
 * Halts, waits until nothing is left to sell, deploys the stacks, proves them and resumes; on failure deploys the
 * release before. Exit code 1 unless this checkout is deployed and proven.
 * @param cdkArgs passed on to `cdk deploy`
 */
export async function deployCommand(
  terminal: Terminal,
  options: DeployOptions,
  cdkArgs: readonly string[],
  place: DeployPlace = THIS_CHECKOUT,
): Promise<ExitCode> {
  const { stage } = options;
  assertProfileExists(terminal.env);
  const env = { ...terminal.env, AWS_REGION: regionOf(stage, terminal.env) };
  assertPassable(cdkArgs);
  const commit = knownCommit(readCommit(place.root));
  assertDeployable(stage, commit);
  const account = await readAccount(env);
  const fault = findAccountFault(stageConfigOf(stage), account);
  if (fault !== null) throw new CliError(EXIT_CODES.usage, 'wrong-account', fault);
  const suite = await findDeployed(stage, terminal.env);
  try {
    const what = `commit ${commit ?? 'unknown'} to stage ${stage} (account ${account}, ${env.AWS_REGION})`;
    const first = suite === null ? ' The stage is not deployed there yet: this is its first deployment.' : '';
    if (!(await isConfirmed(terminal, options, narrate(`Deploy ${what}, with openings halted meanwhile?${first}`)))) {
      return EXIT_CODES.usage;
    }
    return await deploy(terminal, { options, cdkArgs, place, env, account, commit, suite });
  } finally {
    suite?.close();
  }
}

/** CDK deploys to the stage's region whatever the environment says: another one would be halted and proven. */
function regionOf(stage: StageName, { AWS_REGION: named }: Env): string {
  const { region } = stageConfigOf(stage);
  if (!named || named === region) return region;
  throw new CliError(
    EXIT_CODES.usage,
    'other-region',
    `AWS_REGION is ${printable(named)}, and stage ${stage} is deployed to ${region} (infra/aws/stage-config.ts): unset AWS_REGION, or set it to ${region}.`,
  );
}

/** What is deployed where is shown, asked, halted and proven: CDK must not be told of another place afterwards. */
function assertPassable(cdkArgs: readonly string[]): void {
  const option = findOwnOption(cdkArgs);
  if (option === null) return;
  throw new CliError(
    EXIT_CODES.usage,
    'usage',
    `\`${option}\` cannot be passed on to CDK: this command halts, deploys and proves one stage in one account, all of it. --stage names the stage, AWS_PROFILE the account.`,
  );
}

/** What cannot be named cannot be deployed again when the release after it fails. */
function assertDeployable(stage: StageName, commit: string | null): void {
  if (stage !== 'live' || (commit !== null && !commit.endsWith('-dirty'))) return;
  throw new CliError(
    EXIT_CODES.usage,
    'unclean-checkout',
    'The live stage takes committed code only, so that every release can be named and deployed again: commit first, or `git stash`.',
  );
}

async function readAccount(env: Env): Promise<string> {
  const aws = createAwsClients(env, REMOTE_LIMITS);
  try {
    return await getCallerAccount({ clock, client: aws.lambda }, signedServiceUrl(env, 'sts'));
  } finally {
    aws.destroy();
  }
}

/** Null before the first deployment. @throws ConfigError, UpstreamUnavailableError */
async function findDeployed(stage: StageName, env: Env): Promise<Suite | null> {
  try {
    return createSuite(await findSuite({ stage }, env));
  } catch (error) {
    if (error instanceof CliError && error.code === 'not-deployed') return null;
    throw error;
  }
}

type Deploying = {
  readonly options: DeployOptions;
  readonly cdkArgs: readonly string[];
  readonly place: DeployPlace;
  readonly env: Env;
  /** That of the credentials: CDK finds its own, in another order. */
  readonly account: string;
  readonly commit: string | null;
  readonly suite: Suite | null;
};

async function deploy(terminal: Terminal, deploying: Deploying): Promise<ExitCode> {
  const { options, suite, commit, env } = deploying;
  const { signal, dispose } = untilInterrupted();
  const cloudformation = createCloudformationClient(env, REMOTE_LIMITS);
  const say = (text: string): void => tell(terminal, options, narrate(text));
  const deps: DeployDeps = {
    clock,
    isInterrupted: () => signal.aborted,
    say,
    store: suite?.store ?? null,
    listCommits: async () => {
      const stacks = await listStackCommits(cloudformation, options.stage);
      return stacks.map(({ commit: deployed }) => deployed);
    },
    rollOut: async (earlier) => {
      const name = stackNameOf(options.stage, 'watch');
      // Where it cannot be read, the deployment cannot go on anyway.
      const watch = await findStack({ client: cloudformation }, name).catch(() => null);
      return rollOut(terminal, deploying, { earlier, mayShift: watch === null || mayShift(watch?.status) }, signal);
    },
    prove: (expected) => prove(terminal, options, expected, () => signal.aborted),
  };
  try {
    const { outcome, sentence, halted } = await deployRelease(deps, {
      commit,
      halt: {
        sinceMs: terminal.nowMs(),
        by: userName(terminal),
        reason: options.reason ?? `deploying ${commit ?? 'a release'}`,
      },
      waitMs: (options.wait ?? WAIT_SECONDS) * 1_000,
      limits: stageConfigOf(options.stage).limits,
    });
    if (options.json === true) terminal.out(toJson({ outcome, sentence, halted, stage: options.stage, commit }));
    else terminal.out(terminal.paint(outcome === 'deployed' ? 'good' : 'bad', narrate(sentence)));
    return outcome === 'deployed' ? EXIT_CODES.ok : EXIT_CODES.failure;
  } finally {
    dispose();
    cloudformation.destroy();
  }
}

/** With `--json`, standard output is the report's alone. */
function tell(terminal: Terminal, { json }: DeployOptions, text: string): void {
  if (json === true) terminal.err(text);
  else terminal.out(text);
}

async function rollOut(
  terminal: Terminal,
  { options, cdkArgs, place, env, account }: Deploying,
  { earlier, mayShift }: { readonly earlier: string | null; readonly mayShift: boolean },
  signal: AbortSignal,
): Promise<RolledOut> {
  const args = ['deploy', '-c', `stage=${options.stage}`, '-c', `account=${account}`, '--all'];
  args.push('--require-approval', 'never');
  // Parameters belong to this release; CloudFormation remembers those of the one before.
  if (earlier === null) args.push(...cdkArgs);
  // The alarms of the release that failed would hold this one back. Without the watch stack nothing can shift calls.
  if (earlier !== null || !mayShift) args.push('-c', 'rollout=now');
  const say = (line: string): void => tell(terminal, options, line);
  say(`cdk ${shownArgs(args)}`);
  let remove = (): void => undefined;
  try {
    const checkout = earlier === null ? { folder: place.root, remove } : checkOutEarlier(place.root, earlier);
    remove = checkout.remove;
    return await runCdk({ folder: checkout.folder, cdkFile: place.findCdk(checkout.folder), args, env, signal, say });
  } catch (error) {
    return { outcome: 'failed', reason: error instanceof Error ? error.message : 'unknown' };
  } finally {
    remove();
  }
}

async function prove(terminal: Terminal, options: DeployOptions, commit: string | null, isInterrupted: () => boolean) {
  const { stage, json } = options;
  try {
    const quiet = json === true ? { ...terminal, out: terminal.err } : terminal;
    const report = await smokeSuite(quiet, { stage, ...(commit !== null && { commit }) }, isInterrupted);
    return { isProven: report.isProven, sentence: smokeSentence(report) };
  } catch (error) {
    const known = error instanceof CliError || error instanceof TminusError;
    return { isProven: false, sentence: known ? error.message : 'The smoke test could not begin.' };
  }
}
