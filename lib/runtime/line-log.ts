import type { Log, LogFields, LogLevel } from './log.ts';
import { LOG_LEVELS } from './log.ts';

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
