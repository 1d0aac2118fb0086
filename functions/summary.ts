/**
 * Daily at 00:10 UTC: sums up the day that ended and publishes it, once however often it runs. Invoked with
 * `{"day": "2026-11-21"}` it does the same for that day.
 */
import * as z from 'zod/mini';
import { createDynamodbNoticeLedger } from '#lib/adapters/dynamodb/dynamodb-notice-ledger.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { createEventbridgeEventBus } from '#lib/adapters/eventbridge/eventbridge-event-bus.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { decodeSummaryRequest } from '#lib/contracts/summary-request.ts';
import { publishSummary } from '#lib/lifecycle/watch/publish-summary.ts';
import { FUNCTION_TIMEOUT_MS } from '#lib/runtime/delivery-rules.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import { createDynamodbClient, createEventbridgeClient } from '#lib/runtime/function-clients.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { NameSchema, RELEASE_SETTINGS } from './wiring/setting-schemas.ts';

export const EnvSchema = z.object({
  ...RELEASE_SETTINGS,
  TABLE_NAME: z.string().check(z.minLength(3)),
  EVENT_BUS_NAME: NameSchema,
});

async function createDeps(env: Env) {
  const { STAGE: stage, TABLE_NAME: tableName, EVENT_BUS_NAME: busName } = parseEnv(EnvSchema, env);
  const client = createDynamodbClient(env);
  return {
    stage,
    clock: systemClock,
    bus: createEventbridgeEventBus({ client: createEventbridgeClient(env), busName }),
    ledger: createDynamodbNoticeLedger({ client, clock: systemClock, tableName }),
    store: createDynamodbPositionStore({ client, tableName, stage, ids: createSystemIdSource(systemClock) }),
  };
}

export function createHandler(
  env: Env,
): (event: unknown, context?: InvocationContext) => Promise<{ readonly outcome: string }> {
  const log = createLogger({ env, service: 'summary' });
  const meter = createMetrics({ env, service: 'summary' });
  const deps = once(() => createDeps(env));
  return inInvocation({ log, env }, async (event: unknown) => {
    try {
      const { day } = decodeSummaryRequest(event, systemClock.nowMs());
      const wired = await deps();
      const { outcome } = await publishSummary(wired, {
        stage: wired.stage,
        day,
        leaseMs: FUNCTION_TIMEOUT_MS.summary,
      });
      log.info('Summary ended', { day, outcome });
      return { outcome };
    } catch (error) {
      log.error('The day could not be summed up; invoke the function again for this day', { ...describeError(error) });
      throw error;
    } finally {
      meter.flush();
    }
  });
}

export const handler = createHandler(process.env);
