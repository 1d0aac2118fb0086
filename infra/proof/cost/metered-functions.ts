import * as z from 'zod';
import { FUNCTION_MEMORY_MB } from '#infra/shared/delivery-limits.ts';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { loadFunction } from '#infra/shared/load-functions.ts';
import { FUNCTION_NAMES, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { Usage } from './bill.ts';
import { type AwsCall, type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { PLATFORM_LOG_BYTES } from './log-meter.ts';
import { PAPER_LEDGER, type Tally } from './tally.ts';

export type MeteredFunctions = {
  readonly handlers: Partial<Record<FunctionName, FunctionHandler>>;
  /** Loads the functions with the environment of the running stack. Earlier events wait for it. */
  connect(env: Readonly<Record<string, string>>): Promise<void>;
  /** Calls without a known price. */
  readonly faults: readonly string[];
  stop(): Promise<void>;
};

/** The suite's functions, each with a proxy that counts its calls to AWS. */
export function createMeteredFunctions(tally: Tally): MeteredFunctions {
  const proxies: CountingProxy[] = [];
  const faults: string[] = [];
  const loaded = Promise.withResolvers<Readonly<Record<string, FunctionHandler>>>();
  const load = async (name: FunctionName, env: Readonly<Record<string, string>>) => {
    const proxy = await startCountingProxy(env, (call) => {
      try {
        tally.add(call.body.includes('"PAPER#') ? PAPER_LEDGER : name, usageOfCall(call));
      } catch (error) {
        faults.push(`${name}: ${error instanceof Error ? error.message : 'unknown'}`);
      }
    });
    proxies.push(proxy);
    return [name, await loadFunction(name, proxy.env)] as const;
  };
  const meter =
    (name: FunctionName): FunctionHandler =>
    async (event, context) => {
      const handler = (await loaded.promise)[name];
      if (handler === undefined) throw new Error(`${name} is not loaded`);
      const startedMs = performance.now();
      try {
        return await handler(event, context);
      } finally {
        const durationMs = performance.now() - startedMs;
        const memoryMb = FUNCTION_MEMORY_MB[name];
        tally.add(name, { ...usageOfInvocation(name, { event, durationMs, memoryMb }), logBytes: PLATFORM_LOG_BYTES });
      }
    };
  return {
    handlers: Object.fromEntries(FUNCTION_NAMES.map((name) => [name, meter(name)])),
    connect: async (env) => {
      loaded.resolve(Object.fromEntries(await Promise.all(FUNCTION_NAMES.map((name) => load(name, env)))));
    },
    faults,
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
}

const EntriesSchema = z.object({ Entries: z.array(z.unknown()) });

/**
 * A message, a timer or an event is below the 64 kB that are billed as one. A timer's message to the queue is billed
 * with the timer.
 * @throws Error for a call without a known price
 */
export function usageOfCall(call: AwsCall): Usage {
  switch (call.service) {
    case 'dynamodb':
      return usageOfTableCall(call);
    case 'sqs':
      return { queueRequests: 1 };
    case 'eventbridge':
      return { busEvents: EntriesSchema.parse(JSON.parse(call.body)).Entries.length };
    case 'scheduler':
      if (call.operation === 'CreateSchedule') return { timers: 1, queueRequests: 1 };
      throw unknownPrice(call);
  }
}

const CapacitySchema = z.object({ CapacityUnits: z.number() });
const CapacityAnswerSchema = z.object({
  ConsumedCapacity: z.union([CapacitySchema, z.array(CapacitySchema)]).optional(),
});
const WriteSchema = z.object({ TransactItems: z.array(z.unknown()).optional() });

function usageOfTableCall(call: AwsCall): Usage {
  const { ConsumedCapacity } = CapacityAnswerSchema.parse(JSON.parse(call.answer));
  const units = [ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  switch (call.operation) {
    case 'GetItem':
    case 'BatchGetItem':
    case 'Query':
    case 'Scan':
      return { readUnits: units };
    case 'PutItem':
    case 'UpdateItem':
    case 'DeleteItem':
    case 'TransactWriteItems': {
      if (ConsumedCapacity !== undefined) return { writeUnits: units };
      // A failed condition is billed, but its answer names no capacity. Estimated for rows below 1 kB.
      const { TransactItems } = WriteSchema.parse(JSON.parse(call.body));
      return { writeUnits: TransactItems === undefined ? 1 : 2 * TransactItems.length };
    }
    default:
      throw unknownPrice(call);
  }
}

function unknownPrice({ operation }: AwsCall): Error {
  return new Error(`The price of ${operation} is unknown: add it, or the figures are too low`);
}

const RecordsSchema = z.object({
  Records: z.array(z.object({ attributes: z.object({ ApproximateReceiveCount: z.string() }).optional() })).optional(),
});

/** For each batch of a queue. */
const RECEIVE_AND_DELETE = 2;

/** An invocation, with the requests that take its batch from a queue and that brought the messages there. */
export function usageOfInvocation(
  name: string,
  { event, durationMs, memoryMb }: { readonly event: unknown; readonly durationMs: number; readonly memoryMb: number },
): Usage {
  const invocation: Usage = { invocations: 1, gbSeconds: (Math.ceil(durationMs) / 1_000) * (memoryMb / 1_024) };
  if (name === 'sell' || name === 'settle') return { ...invocation, queueRequests: RECEIVE_AND_DELETE };
  if (name !== 'discord') return invocation;
  const { Records = [] } = RecordsSchema.parse(event);
  const newCount = Records.filter(({ attributes }) => attributes?.ApproximateReceiveCount === '1').length;
  // Each notice was published once, and the topic sent it to the queue.
  return { ...invocation, publishes: newCount, queueRequests: RECEIVE_AND_DELETE + newCount };
}
