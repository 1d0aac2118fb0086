/**
 * Every few minutes: sends one paper position through the whole chain (timer, exit queue, `sell`, table, stream, bus, topic,
 * discord queue) and looks how the previous one fared. A watch that is silent is an alarm by itself.
 */
import * as z from 'zod';
import type { Env } from '#lib/runtime/env.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { StoreEnvSchema } from './trading-deps.ts';
import { ExitSettingsSchema, PaperSettingsSchema } from './trading-settings.ts';
import { WebUrlSchema } from './web-url.ts';

const DAY_MS = 86_400_000;
const millis = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(DAY_MS))
    .default(fallback);

/** Paper's world alone: no key, no account and no reference price is within a canary's reach. */
export const EnvSchema = StoreEnvSchema.extend({
  CLOB_HOST: WebUrlSchema,
  GAMMA_HOST: WebUrlSchema,
  EXIT_QUEUE_ARN: z.string().min(1),
  SCHEDULER_GROUP_NAME: z.string().min(1),
  SCHEDULER_ROLE_ARN: z.string().min(1),
  SCHEDULER_DEAD_LETTER_ARN: z.string().min(1),
  /** How often the rule runs this function: names the canaries, so that each run finds the one before it. */
  CANARY_PERIOD_MS: millis(300_000),
  /** From the opening to the exit: longer than the timer's lead, margin and lateness together. */
  CANARY_TIME_TO_EXIT_MS: millis(150_000),
  /** From the exit to the market's end, at least: a settlement that takes its time is no failure. */
  CANARY_ROOM_MS: millis(60_000),
})
  .extend(PaperSettingsSchema.shape)
  .extend(ExitSettingsSchema.shape);

export function createHandler(env: Env): (event: unknown) => Promise<void> {
  const log = createLogger({ env, service: 'canary' });
  return async () => {
    parseEnv(EnvSchema, env);
    log.info('No canary is sent yet');
  };
}

export const handler = createHandler(process.env);
