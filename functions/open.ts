/**
 * Opens a position and answers what became of it. Called synchronously, by function URL (IAM) or by invoke, and safe to
 * repeat with the same `requestId`: that is what a caller does when the answer was lost.
 */
import * as z from 'zod/mini';
import { createSchedulerExitTimer } from '#lib/adapters/scheduler/scheduler-exit-timer.ts';
import { toOpenAnswer, toOpenFailure } from '#lib/contracts/open-answer.ts';
import { decodeOpenEvent, isFunctionUrlEvent, toFunctionUrlResult } from '#lib/contracts/open-event.ts';
import { marketSlug } from '#lib/domain/market/market.ts';
import { policyOf } from '#lib/errors/error-policy.ts';
import { openPosition } from '#lib/lifecycle/buy/open-position.ts';
import { watchSteps } from '#lib/lifecycle/watch/step-facts.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import type { Env } from '#lib/runtime/env.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { createSchedulerClient } from '#lib/runtime/scheduler-client.ts';
import { createLiveReadiness } from './wiring/live-readiness.ts';
import { measureStep } from './wiring/measure-step.ts';
import { createTradingDeps, TradingEnvSchema } from './wiring/trading-deps.ts';
import {
  areExitTimesInOrder,
  ExitSettingsSchema,
  toOpeningSettings,
  toTimerSettings,
} from './wiring/trading-settings.ts';

export const EnvSchema = z
  .object({
    ...TradingEnvSchema.shape,
    ...ExitSettingsSchema.shape,
    EXIT_QUEUE_ARN: z.string().check(z.minLength(1)),
    SCHEDULER_GROUP_NAME: z.string().check(z.minLength(1)),
    SCHEDULER_ROLE_ARN: z.string().check(z.minLength(1)),
    SCHEDULER_DEAD_LETTER_ARN: z.string().check(z.minLength(1)),
  })
  .check(
    z.refine(areExitTimesInOrder, {
      path: ['EXIT_LEAD_MS'],
      message: 'must be more than EXIT_LAST_ORDER_LEAD_MS, and that at least EXIT_DEADLINE_LEAD_MS',
    }),
  );

async function createDeps(env: Env, meter: Meter) {
  const config = parseEnv(EnvSchema, env);
  const trading = await createTradingDeps(config, env);
  const timer = createSchedulerExitTimer({
    client: createSchedulerClient(env),
    clock: trading.clock,
    groupName: config.SCHEDULER_GROUP_NAME,
    targetArn: config.EXIT_QUEUE_ARN,
    roleArn: config.SCHEDULER_ROLE_ARN,
    deadLetterArn: config.SCHEDULER_DEAD_LETTER_ARN,
    settings: toTimerSettings(config),
  });
  const readiness = await createLiveReadiness(config, trading);
  const store = watchSteps(trading.store, (facts) => measureStep(meter, facts));
  return {
    ...trading,
    ...(readiness && { readiness }),
    store,
    timer,
    settings: toOpeningSettings(config),
  };
}

export function createHandler(env: Env): (event: unknown) => Promise<object> {
  const log = createLogger({ env, service: 'open' });
  const meter = createMetrics({ env, service: 'open' });
  const deps = once(() => createDeps(env, meter));
  return async (event) => {
    const isHttp = isFunctionUrlEvent(event);
    try {
      const { side: outcome, usd: budgetMicros, window, ...request } = decodeOpenEvent(event);
      const wired = await deps();
      const slug = request.marketSlug ?? marketSlug(request.asset, window, wired.clock.nowMs());
      const result = await openPosition(wired, { ...request, outcome, budgetMicros, marketSlug: slug });
      const { statusCode, answer } = toOpenAnswer(result);
      log.info('Opening ended', { requestId: request.requestId, ...answer });
      return isHttp ? toFunctionUrlResult(statusCode, answer) : answer;
    } catch (error) {
      const { httpStatus, logLevel } = policyOf(error);
      log[logLevel]('Opening failed', { ...describeError(error) });
      if (!isHttp) throw error;
      return toFunctionUrlResult(httpStatus, toOpenFailure(error));
    } finally {
      meter.flush();
    }
  };
}

export const handler = createHandler(process.env);
