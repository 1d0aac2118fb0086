import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { MODES, type Mode } from '#lib/domain/position/position.ts';

export type HaltOptions = SuiteChoice & { readonly mode?: Mode; readonly json?: boolean };

/** Stops openings (`halt`) or allows them again (`resume`), of one mode or of all. Exits always go on. */
export async function setHaltedCommand(terminal: Terminal, halted: boolean, options: HaltOptions): Promise<ExitCode> {
  return withSuite(options, terminal.env, async ({ store, place, flags }) => {
    const modes = options.mode === undefined ? MODES : [options.mode];
    for (const mode of modes)
      await store.setHalt(mode, halted ? { sinceMs: terminal.nowMs(), by: null, reason: null } : null);
    if (options.json === true) terminal.out(toJson({ halted, modes }));
    else
      terminal.out(
        halted
          ? `Openings are halted (${modes.join(' and ')}) in ${place}. Exits go on. Allow them again with \`tminus resume${flags}\`.`
          : `Openings are allowed again (${modes.join(' and ')}) in ${place}.`,
      );
    return EXIT_CODES.ok;
  });
}
