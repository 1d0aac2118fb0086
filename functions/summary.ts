/**
 * Once a day, after midnight UTC: adds up the day that ended and publishes it, once however often it is run.
 */
import * as z from 'zod';
import type { Env } from '#lib/runtime/env.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

export const EnvSchema = z.object({
  STAGE: z.string().min(1),
  TABLE_NAME: z.string().min(3),
  EVENT_BUS_NAME: z.string().min(1),
});

export function createHandler(env: Env): (event: unknown) => Promise<void> {
  const log = createLogger({ env, service: 'summary' });
  return async () => {
    parseEnv(EnvSchema, env);
    log.info('No summary is made yet');
  };
}

export const handler = createHandler(process.env);
