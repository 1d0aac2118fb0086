import { appendFileSync } from 'node:fs';
import type { Log, LogFields, LogLevel } from './log.ts';
import { LOG_LEVELS } from './log.ts';
import type { Env } from './parse-env.ts';

function levelOf(env: Env): LogLevel {
  const asked = env.LOG_LEVEL?.toUpperCase();
  // A misspelt level must not take a function down that has a position to sell.
  return LOG_LEVELS.find((level) => level === asked) ?? 'INFO';
}

/**
 * Structured JSON lines for CloudWatch, one service name per function, level from `LOG_LEVEL`. It logs what it is told and
 * nothing else: no event payloads, no context object. With `LOG_FILE` set the lines go to that file: on one machine the
 * terminal belongs to the one who watches.
 */
export function createLogger(options: {
  readonly env: Env;
  readonly service: string;
  readonly fields?: LogFields;
}): Log {
  const { env, service, fields = {} } = options;
  const level = levelOf(env);
  if (env.LOG_FILE) return createFileLog({ file: env.LOG_FILE, service, level, fields });
  // Past the console, which Lambda has put its own words in front of.
  return createLineLog((line) => process.stdout.write(line), { service, level, fields });
}

export type LineLogOptions = { readonly service: string; readonly level: LogLevel; readonly fields: LogFields };

/**
 * One JSON line for each thing that is said; `write` gets it with its line break. Written here, because a library that does no more
 * for us is a tenth of a function's own code.
 */
export function createLineLog(write: (line: string) => void, { service, level: least, fields }: LineLogOptions): Log {
  const threshold = LOG_LEVELS.indexOf(least);
  const at =
    (level: LogLevel) =>
    (message: string, facts: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < threshold) return;
      // Facts sit under their own key: a field called `level` or `message` cannot replace the line's own.
      const line = { level, message, timestamp: new Date().toISOString(), service, ...fields, facts };
      try {
        write(`${toText(line)}\n`);
      } catch {
        // A full disk must not stop an exit: the line is lost, the work goes on.
      }
    };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

/** Facts that are no JSON, such as those that hold themselves, do not take the sentence with them. */
function toText(line: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(line, toJson);
  } catch {
    return JSON.stringify({ ...line, facts: 'The facts cannot be written as JSON' });
  }
}

/** bigint has no JSON; a decimal string loses nothing. */
function toJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** The lines CloudWatch would get, in a file. Several functions of one process may share the file. */
export function createFileLog({ file, ...options }: LineLogOptions & { readonly file: string }): Log {
  // One short write per line: lines of several functions do not mix, and a killed process has written what it said.
  return createLineLog((line) => appendFileSync(file, line), options);
}
