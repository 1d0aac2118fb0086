import { CommanderError } from 'commander';
import { ConfigError, InvalidInputError, PositionNotFoundError, TminusError } from '#lib/errors/errors.ts';
import { describeError, reasonName } from '#lib/runtime/describe-error.ts';
import { CliError, EXIT_CODES, type ExitCode } from './cli-error.ts';
import { printable, type Terminal } from './terminal.ts';

type Failure = { readonly exitCode: ExitCode; readonly code: string; readonly message: string };

/** Writes one line to standard error, or JSON, never a stack trace. Returns the exit code. */
export function reportFailure(terminal: Terminal, failure: unknown, asJson: boolean): ExitCode {
  if (failure instanceof CommanderError && failure.exitCode === 0) return EXIT_CODES.ok;
  const { exitCode, code, message } = describeFailure(failure);
  terminal.err(asJson ? JSON.stringify({ code, message }) : `tminus: ${message}`);
  return exitCode;
}

function describeFailure(failure: unknown): Failure {
  if (failure instanceof CliError) return { ...pick(failure), message: printable(failure.message) };
  if (failure instanceof TminusError) {
    return {
      exitCode: codeOf(failure),
      code: failure.name,
      message: `${printable(failure.message)}${reasonOf(failure)}`,
    };
  }
  const { errorName, errorMessage } = describeError(failure);
  return { exitCode: EXIT_CODES.failure, code: errorName, message: printable(errorMessage) };
}

function pick({ exitCode, code }: CliError): Pick<Failure, 'exitCode' | 'code'> {
  return { exitCode, code };
}

/** The cause's name separates "not reached" from "not allowed". Its text may hold secrets and is not shown. */
function reasonOf(failure: TminusError): string {
  const { cause } = failure;
  if (!(cause instanceof Error)) return '';
  const name = reasonName(cause);
  return name === 'Error' ? '' : ` (${name})`;
}

function codeOf(failure: TminusError): ExitCode {
  if (failure instanceof InvalidInputError) return EXIT_CODES.usage;
  if (failure instanceof ConfigError) return EXIT_CODES.notRunning;
  if (failure instanceof PositionNotFoundError) return EXIT_CODES.notFound;
  return EXIT_CODES.failure;
}
