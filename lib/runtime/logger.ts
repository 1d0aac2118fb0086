import { Logger } from '@aws-lambda-powertools/logger';
import type { Env } from './env.ts';
import { createFileLog } from './file-log.ts';
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
  const level = levelOf(options.env);
  const file = options.env.LOG_FILE;
  if (file) return createFileLog({ file, service: options.service, level, fields: options.fields ?? {} });
  const logger = new Logger({
    serviceName: options.service,
    logLevel: level,
    ...(options.fields !== undefined && { persistentKeys: { ...options.fields } }),
  });
  // Fields sit under their own key: a field called `level` or `message` cannot replace the line's own.
  return {
    info: (message, fields = {}) => logger.info(message, { facts: fields }),
    warn: (message, fields = {}) => logger.warn(message, { facts: fields }),
    error: (message, fields = {}) => logger.error(message, { facts: fields }),
  };
}
