import { appendFileSync } from 'node:fs';
import type { Log, LogFields, LogLevel } from './log.ts';
import { LOG_LEVELS } from './log.ts';
import { logFields } from './log-context.ts';
import type { Env } from './parse-env.ts';
import { shortCommit } from './short-commit.ts';

function levelOf(env: Env): LogLevel {
  const asked = env.LOG_LEVEL?.toUpperCase();
  // A misspelt level must not stop a function that has a position to sell.
  return LOG_LEVELS.find((level) => level === asked) ?? 'INFO';
}

/**
 * JSON lines for CloudWatch, or for the file in `LOG_FILE`, from the level in `LOG_LEVEL` up, each with the deployed
 * commit. Never logs an event's payload.
 */
export function createLogger(options: {
  readonly env: Env;
  readonly service: string;
  readonly fields?: LogFields;
}): Log {
  const { env, service } = options;
  const fields = { commit: shortCommit(env.COMMIT), ...options.fields };
  const level = levelOf(env);
  if (env.LOG_FILE) return createFileLog({ file: env.LOG_FILE, service, level, fields });
  // Not `console`, to whose lines Lambda adds fields of its own.
  return createLineLog((line) => process.stdout.write(line), { service, level, fields });
}

export type LineLogOptions = { readonly service: string; readonly level: LogLevel; readonly fields: LogFields };

/**
 * One JSON line per message; `write` gets it with its line break. Logging libraries are a tenth of a function's own
 * code.
 */
export function createLineLog(write: (line: string) => void, { service, level: least, fields }: LineLogOptions): Log {
  const threshold = LOG_LEVELS.indexOf(least);
  const at =
    (level: LogLevel) =>
    (message: string, facts: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < threshold) return;
      // Under a key of their own, so that a fact called `level` or `message` does not replace the line's.
      const timestamp = new Date().toISOString();
      const line = { level, message, timestamp, service, ...fields, ...logFields(), ...positionField(facts), facts };
      try {
        write(`${toText(line)}\n`);
      } catch {
        // A full disk must not stop an exit.
      }
    };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

/** The position that a line is about, beside its message whatever the facts look like: a query needs one field. */
function positionField(facts: LogFields): LogFields {
  const owners = [facts, facts.position, facts.errorContext];
  const positionId = owners.map(idIn).find((id) => id !== undefined);
  return positionId === undefined ? {} : { positionId };
}

function idIn(owner: unknown): string | undefined {
  if (typeof owner !== 'object' || owner === null || !('positionId' in owner)) return undefined;
  return typeof owner.positionId === 'string' ? owner.positionId : undefined;
}

/** Facts that JSON cannot express, such as circular ones, do not suppress the message. */
function toText(line: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(line, toJson);
  } catch {
    return JSON.stringify({ ...line, facts: 'The facts cannot be written as JSON' });
  }
}

/** bigint as a decimal string, which loses no digit. */
function toJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** The same lines in a file. Several functions of one process may share the file. */
export function createFileLog({ file, ...options }: LineLogOptions & { readonly file: string }): Log {
  // One synchronous write per line: lines do not mix, and a killed process has written what it logged.
  return createLineLog((line) => appendFileSync(file, line), options);
}
