import { createProgram } from './program.ts';
import { reportFailure } from './report-failure.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/**
 * Runs `tminus` with its arguments (without node and script) and resolves to the exit code; see `--help` for the codes.
 */
export async function main(args: readonly string[], terminal: Terminal = createTerminal()): Promise<number> {
  let exitCode = 0;
  try {
    const program = createProgram(terminal, (code) => {
      exitCode = code;
    });
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportFailure(terminal, error, args.includes('--json'));
  }
}
