import type { Env } from './env.ts';
import { createFileLog } from './file-log.ts';
import { createLineLog } from './line-log.ts';
import type { Log, LogFields, LogLevel } from './log.ts';
import { LOG_LEVELS } from './log.ts';

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
