import { Logger } from '@aws-lambda-powertools/logger';
import type { Env } from './env.ts';
import type { Log, LogFields } from './log.ts';

const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'] as const;

function levelOf(env: Env): (typeof LEVELS)[number] {
  const asked = env.LOG_LEVEL?.toUpperCase();
  // A misspelt level must not take a function down that has a position to sell.
  return LEVELS.find((level) => level === asked) ?? 'INFO';
}

/**
 * Structured JSON lines for CloudWatch, one service name per function, level from `LOG_LEVEL`. It logs what it is told and
 * nothing else: no event payloads, no context object.
 */
export function createLogger(options: {
  readonly env: Env;
  readonly service: string;
  readonly fields?: LogFields;
}): Log {
  const logger = new Logger({
    serviceName: options.service,
    logLevel: levelOf(options.env),
    ...(options.fields !== undefined && { persistentKeys: { ...options.fields } }),
  });
  // Fields sit under their own key: a field called `level` or `message` cannot replace the line's own.
  return {
    info: (message, fields = {}) => logger.info(message, { facts: fields }),
    warn: (message, fields = {}) => logger.warn(message, { facts: fields }),
    error: (message, fields = {}) => logger.error(message, { facts: fields }),
  };
}
