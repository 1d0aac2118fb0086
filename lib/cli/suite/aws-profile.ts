import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { printable } from '#lib/cli/terminal.ts';
import type { Env } from '#lib/runtime/parse-env.ts';

/**
 * The SDK reports an unknown profile in the same words as missing credentials.
 * @throws CliError 5 when AWS_PROFILE names a profile that neither the config nor the credentials file has
 */
export function assertProfileExists(env: Env): void {
  const { AWS_PROFILE: profile } = env;
  if (!profile || env.AWS_ACCESS_KEY_ID) return;
  const folder = join(env.HOME || homedir(), '.aws');
  const config = linesOf(env.AWS_CONFIG_FILE || join(folder, 'config'));
  const credentials = linesOf(env.AWS_SHARED_CREDENTIALS_FILE || join(folder, 'credentials'));
  if (config.has(`[profile ${profile}]`) || config.has(`[${profile}]`) || credentials.has(`[${profile}]`)) return;
  throw new CliError(
    EXIT_CODES.notRunning,
    'no-such-profile',
    `There is no AWS profile ${printable(profile)}, which AWS_PROFILE names. \`aws configure list-profiles\` lists the profiles.`,
  );
}

function linesOf(file: string): ReadonlySet<string> {
  try {
    return new Set(
      readFileSync(file, 'utf8')
        .split('\n')
        .map((line) => line.trim().replace(/\s+/g, ' ')),
    );
  } catch {
    return new Set();
  }
}
