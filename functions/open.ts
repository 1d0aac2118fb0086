/**
 * The suite's API. Opens a position and answers with the result; guards shares by `wiring/answer-guard`; exits, reads,
 * halts and resumes by `wiring/desk`.
 * Called synchronously, by function URL (IAM) or by invoke. A caller that lost the answer repeats the call with the
 * same `requestId`.
 */
import * as z from 'zod/mini';
import { createDynamodbApprovalReadings } from '#lib/adapters/dynamodb/dynamodb-approval-readings.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { findCall } from '#lib/contracts/api/find-call.ts';
import { findRequestId, type Reply, toFailedReply, toLostReply, toReply } from '#lib/contracts/api/reply.ts';
import type { Action } from '#lib/contracts/api/routes.ts';
import { toOpenAnswer } from '#lib/contracts/open-answer.ts';
import { OpenRequestSchema, toOpenTarget, toOwnTerms } from '#lib/contracts/open-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { policyOf } from '#lib/errors/error-policy.ts';
import { type OpenPositionDeps, openPosition } from '#lib/lifecycle/buy/open-position.ts';
import { createReadiness } from '#lib/lifecycle/check/check.ts';
import type { GuardPositionDeps } from '#lib/lifecycle/guard/guard-position.ts';
import type { Readiness } from '#lib/ports/venue/readiness.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import type { Log } from '#lib/runtime/log.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics, type Meter } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { createExitTimer, TimerEnvSchema } from './wiring/exit-timer.ts';
import { isDefaultKnown, PresetSettingsSchema, toPresets } from './wiring/preset-settings.ts';
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
    ...PresetSettingsSchema.shape,
  })
  .check(
    z.refine(isDefaultKnown, { path: ['EXIT_DEFAULT_PRESET'], message: 'must be one of EXIT_PRESETS, or none' }),
    z.refine(areExitTimesInOrder, {
      path: ['EXIT_LEAD_MS'],
      message: 'must be more than EXIT_LAST_ORDER_LEAD_MS, which must be at least EXIT_DEADLINE_LEAD_MS',
    }),
  );

async function createDeps(env: Env, meter: Meter, log: Log): Promise<OpenPositionDeps & GuardPositionDeps> {
  const config = parseEnv(EnvSchema, env);
  const trading = await createTradingDeps(config, env, { meter, log, createMarketData: createPolymarketMarketData });
  const readiness = await loadReadiness(config, trading);
  return {
    ...trading,
    ...(readiness && { readiness }),
    timer: createExitTimer(config, env, trading.clock),
    settings: { ...toOpeningSettings(config), ...toPresets(config) },
  };
}

/** Undefined where live trading is not configured: there is nothing to check then. */
async function loadReadiness(
  config: TradingEnv,
  { clock, live, dynamodb: client }: Pick<TradingDeps<unknown>, 'clock' | 'live' | 'dynamodb'>,
): Promise<Readiness | undefined> {
  const settings = toLiveSettings(config);
  if (settings === undefined || live === undefined) return undefined;
  const { createLiveChecks } = await import('./wiring/live-checks.ts');
  const readings = createDynamodbApprovalReadings({ client, tableName: config.TABLE_NAME });
  const { checks } = createLiveChecks(settings, live, { clobHost: config.CLOB_HOST, clock, readings });
  return createReadiness({ clock, checks });
}

async function answerOpen(deps: () => Promise<OpenPositionDeps>, input: unknown, log: Log): Promise<Reply> {
  const request = parseInput(OpenRequestSchema, input, 'open request');
  const { requestId, mode, usd: budgetMicros } = request;
  const wired = await deps();
  const target = toOpenTarget(request, wired.clock.nowMs());
  const terms = toOwnTerms(request);
  const result = await openPosition(wired, { requestId, mode, budgetMicros, ...target, terms });
  const reply = toOpenAnswer(result, requestId);
  log.info('Opening ended', { requestId, ...reply.answer });
  return reply;
}

export function createHandler(env: Env): (event: unknown, context?: InvocationContext) => Promise<object> {
  const log = createLogger({ env, service: 'open' });
  const meter = createMetrics({ env, service: 'open' });
  const deps = once(() => createDeps(env, meter, log));
  // Loaded with the first call it answers: an opening does not wait for its code.
  const desk = once(async () => (await import('./wiring/desk.ts')).createDesk(env, log));
  const answer = async (action: Action, input: unknown, caller: string | null): Promise<Reply> => {
    if (action === 'open') return answerOpen(deps, input, log);
    if (action === 'guard') return (await import('./wiring/answer-guard.ts')).answerGuard(deps, input, log);
    return (await desk())(action, input, caller);
  };
  return inInvocation<unknown, object>({ log, env }, async (event) => {
    const { via, call } = findCall(event);
    if ('statusCode' in call) return toReply(via, toLostReply(call));
    const { action } = call;
    let input: unknown;
    try {
      input = call.readInput();
      return toReply(via, await answer(action, input, call.caller));
    } catch (error) {
      const { logLevel } = policyOf(error);
      const about = { action, requestId: findRequestId(input), ...describeError(error) };
      log[logLevel](action === 'open' ? 'Opening failed' : 'Call failed', about);
      if (via === 'payload') throw error;
      return toReply(via, toFailedReply(action, error, input));
    } finally {
      meter.flush();
    }
  });
}

export const handler = createHandler(process.env);
