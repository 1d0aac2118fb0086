/** Exit codes of the process, as `--help` lists them. */
export const EXIT_CODES = {
  ok: 0,
  failure: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  notRunning: 5,
} as const;
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

export const EXIT_CODE_HELP = `
Exit codes:
  0  done
  1  failed, or (start) a position was left buying, holding or exiting
  2  wrong usage or bad input
  3  refused, with the reason: nothing was opened, or nothing is left to exit
  4  no such position, or no such dead letter
  5  no local stack runs or can be started, the stage is not deployed,
     AWS refuses access, or the environment lacks something`;

/**
 * Ends a command with an exit code and a message. `code` names the failure for programs (`--json`), as in HTTP answers.
 */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
    this.code = code;
  }
}
