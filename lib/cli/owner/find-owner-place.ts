import { STAGES, stageConfigOf } from '#infra/aws/stage-config.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { findSuite, type SuiteChoice, type SuitePlace } from '#lib/cli/suite/find-suite.ts';
import { REMOTE_LIMITS } from '#lib/cli/suite/read-stage.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type AwsLimits, DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

/** Where the owner's settings come from. The suite need not run, nor be deployed. */
export type OwnerPlace = {
  readonly env: Env;
  readonly limits: AwsLimits;
  /** The options that find the same place again, with a leading blank. */
  readonly flags: string;
  /** Of the suite; null where none is described. */
  readonly suite: SuitePlace | null;
};

/**
 * A deployed stage or a local stack, if there is one. Otherwise what is left without it: for a stage the names that
 * its state stack gives key and secrets, and the venue's hosts; for the rest the environment.
 */
export async function findOwnerPlace(choice: SuiteChoice, env: Env): Promise<OwnerPlace> {
  const isElsewhere =
    choice.stage !== undefined || choice.stateDir !== undefined || !env.LIVE_WALLET_ADDRESS || !!env.TABLE_NAME;
  const suite = isElsewhere ? await findSuite(choice, env).catch(orNone(choice)) : undefined;
  if (suite !== undefined) {
    return { env: { ...venueDefaults(), ...suite.env }, limits: suite.limits, flags: suite.flags, suite };
  }
  const { stage } = choice;
  const limits = stage === undefined ? DEFAULT_AWS_LIMITS : REMOTE_LIMITS;
  const flags = stage === undefined ? '' : ` --stage ${stage}`;
  const own = stage === undefined ? {} : stageNames(stage);
  return { env: { ...venueDefaults(), ...own, ...withoutEmpty(env) }, limits, flags, suite: null };
}

/** What a stage is called without its stacks. */
function stageNames(stage: 'paper' | 'live'): Env {
  const { live, region, hosts } = stageConfigOf(stage);
  if (live === null) {
    throw new CliError(EXIT_CODES.refused, 'not-live', `Stage ${stage} has no live trading, and so no key.`);
  }
  const key =
    live.signer === 'kms'
      ? { LIVE_KMS_KEY_ID: `alias/tminus/${stage}/signing` }
      : { LIVE_KEY_SECRET: `tminus/${stage}/wallet-key` };
  return {
    ...{ AWS_REGION: region, ...hosts, ...key, LIVE_RELAYER_SECRET: `tminus/${stage}/relayer-key` },
    ...(live.polygonRpcUrl !== 'parameter' && { POLYGON_RPC_URL: live.polygonRpcUrl }),
    ...(live.relayerHost !== undefined && { RELAYER_HOST: live.relayerHost }),
  };
}

/** Production, where nothing names another host. */
function venueDefaults(): Env {
  return { ...STAGES.live.hosts };
}

/** These commands also work without a trading stack, or without any stack. */
function orNone({ stateDir }: SuiteChoice) {
  return (error: unknown): undefined => {
    const isNowhere = error instanceof CliError && error.exitCode === EXIT_CODES.notRunning;
    if (isNowhere && error.code !== 'no-such-profile' && stateDir === undefined) return undefined;
    // AWS does not describe the stage now. Its key may still be reachable.
    if (error instanceof UpstreamUnavailableError) return undefined;
    throw error;
  };
}

function withoutEmpty(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}
