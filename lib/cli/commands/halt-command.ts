import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { exitAll } from '#lib/cli/commands/exit-all-command.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { type ActingOptions, actingOf, modesOf } from '#lib/cli/suite/acting.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { restrictEach } from '#lib/lifecycle/restrict-each.ts';
import { haltLines } from '#lib/words/halt-lines.ts';
import { toJson } from '#lib/words/to-json.ts';

export type ResumeOptions = ActingOptions & SuiteChoice & { readonly mode?: Mode; readonly json?: boolean };
export type HaltOptions = ResumeOptions & {
  /** Exit every open position as well, once nothing more can be opened. */
  readonly flatten?: boolean;
  readonly yes?: boolean;
};

/** Stops the openings of one mode or of all. Exits go on. */
export async function haltCommand(terminal: Terminal, options: HaltOptions): Promise<ExitCode> {
  const modes = modesOf(options);
  return withSuite(options, terminal.env, async (suite) => {
    const { store, place, flags } = suite;
    const { atMs: sinceMs, by, reason } = await actingOf(terminal, suite, options);
    const halt = { sinceMs, by, reason };
    await restrictEach(modes, (mode) => store.setHalt(mode, halt));
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
  const modes = modesOf(options);
  return withSuite(options, terminal.env, async (suite) => {
    const { store, place } = suite;
    const acting = await actingOf(terminal, suite, options);
    for (const mode of modes) await store.setHalt(mode, null, acting);
    if (options.json === true) terminal.out(toJson({ halted: false, modes }));
    else terminal.out(`Openings are allowed again (${modes.join(' and ')}) in ${place}.`);
    return EXIT_CODES.ok;
  });
}
