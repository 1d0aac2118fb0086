import { appendFileSync } from 'node:fs';
import type { Log, LogFields, LogLevel } from './log.ts';
import { LOG_LEVELS } from './log.ts';

/** bigint has no JSON; a decimal string loses nothing. */
function toJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** The lines CloudWatch would get, in a file. Several functions of one process may share the file. */
export function createFileLog(options: {
  readonly file: string;
  readonly service: string;
  readonly level: LogLevel;
  readonly fields: LogFields;
}): Log {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const at =
    (level: LogLevel) =>
    (message: string, facts: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < threshold) return;
      const { service, fields } = options;
      const line = { level, message, timestamp: new Date().toISOString(), service, ...fields, facts };
      try {
        // One short write per line: lines of several functions do not mix, and a killed process has written what it said.
        appendFileSync(options.file, `${JSON.stringify(line, toJson)}\n`);
      } catch {
        // A full disk, or facts that are no JSON, must not stop an exit: the line is lost, the work goes on.
      }
    };
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}
