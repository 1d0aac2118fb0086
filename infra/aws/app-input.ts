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
  const fault = findAccountFault(config, env.CDK_DEFAULT_ACCOUNT);
  if (fault !== null) throw new Error(fault);
  return config;
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
