import { env } from 'node:process';
import type { App } from 'aws-cdk-lib';
import { findAccountFault, type StageConfig, stageConfigOf } from './stage-config.ts';

/**
 * The stage of `-c stage=`. CDK tells its app the account of the credentials, if there are any.
 * @throws Error in one sentence, for a missing stage and for one of another account
 */
export function stageOfAccount(app: App): StageConfig {
  const config = stageConfigOf(app.node.tryGetContext('stage'));
  // biome-ignore lint/style/noProcessEnv: the only way in which CDK hands the account to its app.
  const account = env.CDK_DEFAULT_ACCOUNT;
  const fault = findAccountFault(config, account) ?? findOtherAccount(app.node.tryGetContext('account'), account);
  if (fault !== null) throw new Error(fault);
  return config;
}

/** `-c account=`: the account that `tminus deploy` has shown, halted and will prove. */
function findOtherAccount(shown: unknown, account: string | undefined): string | null {
  // A context may be read as a number, which has no zeros in front.
  if (shown === undefined || String(shown).padStart(12, '0') === account) return null;
  return `CDK has credentials of AWS account ${account ?? 'unknown'}, and ${String(shown)} was asked for: nothing was deployed. Set AWS_PROFILE.`;
}

/** Every CDK command runs the app, `bootstrap` too: what is missing is reported in one line. */
export function reportInOneLine(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'The stage cannot be read'}\n`);
    process.exit(1);
  }
}
