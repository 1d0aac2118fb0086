/**
 * Opens a position and answers with the result. Called synchronously, by function URL (IAM) or by invoke. A caller that
 * lost the answer repeats the call with the same `requestId`.
 */
import * as z from 'zod/mini';
import { createDynamodbApprovalReadings } from '#lib/adapters/dynamodb/dynamodb-approval-readings.ts';
import { findHttpCall, toFunctionUrlResult } from '#lib/contracts/function-url.ts';
import { type OpenFailure, toOpenAnswer, toOpenFailure } from '#lib/contracts/open-answer.ts';
import { OpenRequestSchema, toOpenTarget, toOwnTerms } from '#lib/contracts/open-request.ts';
import { parseInput, parseJson } from '#lib/contracts/parse-input.ts';
import { policyOf } from '#lib/errors/error-policy.ts';
import { type OpenPositionDeps, openPosition } from '#lib/lifecycle/buy/open-position.ts';
import { createReadiness } from '#lib/lifecycle/check/check.ts';
import type { Readiness } from '#lib/ports/readiness.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import type { Log } from '#lib/runtime/log.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { createExitTimer, TimerEnvSchema } from './wiring/exit-timer.ts';
import { createTradingDeps, type TradingDeps, type TradingEnv, TradingEnvSchema } from './wiring/trading-deps.ts';
import {
  areExitTimesInOrder,
  ExitSettingsSchema,
  toLiveSettings,
  toOpeningSettings,
} from './wiring/trading-settings.ts';

export const EnvSchema = z
  .object({
    ...TradingEnvSchema.shape,
    ...TimerEnvSchema.shape,
    ...ExitSettingsSchema.shape,
  })
  .check(
    z.refine(areExitTimesInOrder, {
      path: ['EXIT_LEAD_MS'],
      message: 'must be more than EXIT_LAST_ORDER_LEAD_MS, which must be at least EXIT_DEADLINE_LEAD_MS',
    }),
  );

async function createDeps(env: Env, meter: Meter, log: Log): Promise<OpenPositionDeps> {
  const config = parseEnv(EnvSchema, env);
  const trading = await createTradingDeps(config, env, { meter, log });
  const readiness = await loadReadiness(config, trading);
  return {
    ...trading,
    ...(readiness && { readiness }),
    timer: createExitTimer(config, env, trading.clock),
    settings: toOpeningSettings(config),
  };
}

/** Undefined where live trading is not configured: there is nothing to check then. */
async function loadReadiness(
  config: TradingEnv,
  { clock, live, dynamodb: client }: TradingDeps,
): Promise<Readiness | undefined> {
  const settings = toLiveSettings(config);
  if (settings === undefined || live === undefined) return undefined;
  const { createLiveChecks } = await import('./wiring/live-checks.ts');
  const readings = createDynamodbApprovalReadings({ client, tableName: config.TABLE_NAME });
  const { checks } = createLiveChecks(settings, live, { clobHost: config.CLOB_HOST, clock, readings });
  return createReadiness({ clock, checks });
}

const METHOD_NOT_ALLOWED = toFunctionUrlResult(
  405,
  { outcome: 'failed', code: 'MethodNotAllowed', message: 'Open a position with POST.' } satisfies OpenFailure,
  { allow: 'POST' },
);

export function createHandler(env: Env): (event: unknown) => Promise<object> {
  const log = createLogger({ env, service: 'open' });
  const meter = createMetrics({ env, service: 'open' });
  const deps = once(() => createDeps(env, meter, log));
  return async (event) => {
    const http = findHttpCall(event);
    if (http !== undefined && http.method !== 'POST') return METHOD_NOT_ALLOWED;
    try {
      const body = http === undefined ? event : parseJson(http.body, 'open request');
      const request = parseInput(OpenRequestSchema, body, 'open request');
      const { requestId, mode, usd: budgetMicros } = request;
      const wired = await deps();
      const target = toOpenTarget(request, wired.clock.nowMs());
      const result = await openPosition(wired, {
        requestId,
        mode,
        budgetMicros,
        ...target,
        terms: toOwnTerms(request),
      });
      const { statusCode, answer } = toOpenAnswer(result);
      log.info('Opening ended', { requestId, ...answer });
      return http === undefined ? answer : toFunctionUrlResult(statusCode, answer);
    } catch (error) {
      const { httpStatus, logLevel } = policyOf(error);
      log[logLevel]('Opening failed', { ...describeError(error) });
      if (http === undefined) throw error;
      return toFunctionUrlResult(httpStatus, toOpenFailure(error));
    } finally {
      meter.flush();
    }
  };
}

export const handler = createHandler(process.env);
