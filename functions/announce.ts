/**
 * The table's stream → the event bus: every change of a position's state and every alert, at least once. Each event
 * carries the row's version, so that receivers recognise duplicates.
 */
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { parseStreamImage } from '#lib/adapters/dynamodb/positions/stream-image.ts';
import { findPositionId } from '#lib/adapters/dynamodb/table-schema.ts';
import { createEventbridgeEventBus } from '#lib/adapters/eventbridge/eventbridge-event-bus.ts';
import { announceChange } from '#lib/lifecycle/notify/announce-change.ts';
import { createEventbridgeClient } from '#lib/runtime/function-clients.ts';
import { type InvocationContext, inInvocation } from '#lib/runtime/invocation.ts';
import { addLogFields } from '#lib/runtime/log-context.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics } from '#lib/runtime/metrics.ts';
import { once } from '#lib/runtime/once.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { runStreamBatch } from '#lib/runtime/run-batch.ts';
import { NameSchema, RELEASE_SETTINGS } from './wiring/setting-schemas.ts';

export const EnvSchema = z.object({
  ...RELEASE_SETTINGS,
  EVENT_BUS_NAME: NameSchema,
});

async function createDeps(env: Env) {
  const { EVENT_BUS_NAME: busName } = parseEnv(EnvSchema, env);
  return { bus: createEventbridgeEventBus({ client: createEventbridgeClient(env), busName }) };
}

export function createHandler(
  env: Env,
): (event: DynamoDBStreamEvent, context?: InvocationContext) => Promise<DynamoDBBatchResponse> {
  const log = createLogger({ env, service: 'announce' });
  const meter = createMetrics({ env, service: 'announce' });
  const deps = once(() => createDeps(env));
  return inInvocation({ log, env }, (event: DynamoDBStreamEvent) =>
    runStreamBatch({ log, meter }, event, {
      keyOf: (record) => record.dynamodb?.Keys?.pk?.S ?? '',
      handle: async (record) => {
        const positionId = findPositionId(record.dynamodb?.Keys?.pk?.S ?? '');
        if (positionId !== undefined) addLogFields({ positionId });
        const fact = await announceChange(await deps(), parseStreamImage(record));
        if (fact === null) return;
        if (fact.type === 'operator-action') log.info('Announced', fact);
        else log.info('Announced', { type: fact.type, ...('version' in fact && { version: fact.version }) });
      },
    }),
  );
}

export const handler = createHandler(process.env);
