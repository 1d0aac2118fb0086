import { userInfo } from 'node:os';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import { MODES, type Mode } from '#lib/domain/position/position.ts';
import type { Acting } from '#lib/domain/position/tightened-limits.ts';
import type { Suite, SuiteChoice } from './find-suite.ts';

export type ActingOptions = SuiteChoice & { readonly by?: string; readonly why?: string; readonly reason?: string };

const TEXT_LENGTH_MAX = 200;

/**
 * Who acts, when and why, for row, doctor and Discord. On a deployed stage the name stands beside the AWS credentials
 * that write the row: any caller can give a name.
 * @throws CliError for a text that is too long
 */
export async function actingOf(terminal: Terminal, suite: Suite, options: ActingOptions): Promise<Acting> {
  const reason = readText('--why', options.why ?? options.reason);
  const name = readText('--by', options.by) ?? userName(terminal);
  const caller = options.stage === undefined ? null : await suite.findCaller();
  const by = caller === null ? name : name === null ? caller : `${name} (${caller})`;
  return { atMs: terminal.nowMs(), by, reason };
}

/** The mode that is named, or all of them. */
export const modesOf = ({ mode }: { readonly mode?: Mode }): readonly Mode[] => (mode === undefined ? MODES : [mode]);

function readText(name: string, text: string | undefined): string | null {
  const clean = printable(text ?? '');
  if (clean.length <= TEXT_LENGTH_MAX) return clean === '' ? null : clean;
  throw new CliError(EXIT_CODES.usage, 'usage', `${name} may have ${TEXT_LENGTH_MAX} characters at most.`);
}

/** Who runs the command, by this machine. */
export function userName({ env }: Terminal): string | null {
  if (env.USER) return printable(env.USER).slice(0, TEXT_LENGTH_MAX);
  try {
    return userInfo().username;
  } catch {
    // A container may run under an id without a name.
    return null;
  }
}
