import { userInfo } from 'node:os';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { exitAll } from '#lib/cli/commands/exit-all-command.ts';
import { haltLines } from '#lib/cli/render/halt-lines.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { MODES, type Mode } from '#lib/domain/position/position.ts';

export type ResumeOptions = SuiteChoice & { readonly mode?: Mode; readonly json?: boolean };
export type HaltOptions = ResumeOptions & {
  readonly reason?: string;
  readonly by?: string;
  /** Exit every open position as well, once nothing more can be opened. */
  readonly flatten?: boolean;
  readonly yes?: boolean;
};

const TEXT_LENGTH_MAX = 200;

/** Stops the openings of one mode or of all. Exits go on. */
export async function haltCommand(terminal: Terminal, options: HaltOptions): Promise<ExitCode> {
  const reason = readText('--reason', options.reason);
  const by = readText('--by', options.by) ?? userName(terminal);
  const modes = options.mode === undefined ? MODES : [options.mode];
  return withSuite(options, terminal.env, async (suite) => {
    const { store, place, flags } = suite;
    const halt = { sinceMs: terminal.nowMs(), by, reason };
    for (const mode of modes) await store.setHalt(mode, halt);
    const answer = { halted: true, modes, ...halt };
    if (options.json === true && options.flatten !== true) terminal.out(toJson(answer));
    else if (options.json !== true) {
      const halted = haltLines(modes.map((mode) => ({ mode, halt })));
      terminal.out(
        narrate(
          `${halted.join('\n')}\nThis is ${place}. Exits go on. \`tminus resume${flags}\` allows openings again.`,
        ),
      );
    }
    // The halt is written: what is listed from now on is all there will be.
    return options.flatten === true ? exitAll(terminal, suite, options, answer) : EXIT_CODES.ok;
  });
}

export async function resumeCommand(terminal: Terminal, options: ResumeOptions): Promise<ExitCode> {
  const modes = options.mode === undefined ? MODES : [options.mode];
  return withSuite(options, terminal.env, async ({ store, place }) => {
    for (const mode of modes) await store.setHalt(mode, null);
    if (options.json === true) terminal.out(toJson({ halted: false, modes }));
    else terminal.out(`Openings are allowed again (${modes.join(' and ')}) in ${place}.`);
    return EXIT_CODES.ok;
  });
}

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
