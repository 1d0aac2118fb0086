import * as z from 'zod/mini';
import { createSchedulerExitTimer } from '#lib/adapters/scheduler/scheduler-exit-timer.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitTimer } from '#lib/ports/exit-timer.ts';
import { createSchedulerClient } from '#lib/runtime/function-clients.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { NameSchema } from './setting-schemas.ts';
import { type ExitSettings, toTimerSettings } from './trading-settings.ts';

export const TimerEnvSchema = z.object({
  EXIT_QUEUE_ARN: NameSchema,
  SCHEDULER_GROUP_NAME: NameSchema,
  SCHEDULER_ROLE_ARN: NameSchema,
  SCHEDULER_DEAD_LETTER_ARN: NameSchema,
});

/** Wake-up A of what this function opens. */
export function createExitTimer(
  config: z.output<typeof TimerEnvSchema> & ExitSettings,
  env: Env,
  clock: Clock,
): ExitTimer {
  return createSchedulerExitTimer({
    client: createSchedulerClient(env),
    clock,
    groupName: config.SCHEDULER_GROUP_NAME,
    targetArn: config.EXIT_QUEUE_ARN,
    roleArn: config.SCHEDULER_ROLE_ARN,
    deadLetterArn: config.SCHEDULER_DEAD_LETTER_ARN,
    settings: toTimerSettings(config),
  });
}
