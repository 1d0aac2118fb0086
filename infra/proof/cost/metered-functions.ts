import { FUNCTION_MEMORY_MB } from '#infra/shared/delivery-limits.ts';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { loadFunction } from '#infra/shared/load-functions.ts';
import { DUE_INDEX, PARTITION_KEY, SORT_KEY } from '#lib/adapters/dynamodb/table-schema.ts';
import { FUNCTION_NAMES, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { type CountingProxy, startCountingProxy } from './counting-proxy.ts';
import { PLATFORM_LOG_BYTES } from './log-meter.ts';
import { createUnitCounter } from './request-units.ts';
import { PAPER_LEDGER, type Tally } from './tally.ts';
import { usageOfCall, usageOfInvocation } from './usage-of-call.ts';

export type MeteredFunctions = {
  readonly handlers: Readonly<Record<FunctionName, FunctionHandler>>;
  /** Lets the functions begin: only a running stack knows the addresses in their environment. Events that come earlier wait. */
  connect(env: Readonly<Record<string, string>>): Promise<void>;
  /** Of the table's rows, as far as these functions have put them. */
  storedBytes(): number;
  /** Calls nobody has put a price to, and answers that could not be read. */
  readonly faults: readonly string[];
  stop(): Promise<void>;
};

/** The very functions, each behind a proxy of its own that counts what it asks of AWS. */
export function createMeteredFunctions(tally: Tally): MeteredFunctions {
  const units = createUnitCounter({
    keys: [DUE_INDEX.partitionAttribute, DUE_INDEX.sortAttribute],
    tableKeys: [PARTITION_KEY, SORT_KEY],
  });
  const proxies: CountingProxy[] = [];
  const faults: string[] = [];
  const loaded = Promise.withResolvers<Readonly<Record<string, FunctionHandler>>>();
  const load = async (name: FunctionName, env: Readonly<Record<string, string>>) => {
    const proxy = await startCountingProxy(env, (call) => {
      try {
        tally.add(call.text.includes('"PAPER#') ? PAPER_LEDGER : name, usageOfCall(units, call));
      } catch (error) {
        faults.push(`${name}: ${error instanceof Error ? error.message : 'unknown'}`);
      }
    });
    proxies.push(proxy);
    return [name, await loadFunction(name, proxy.env)] as const;
  };
  const metered =
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
    handlers: {
      open: metered('open'),
      sell: metered('sell'),
      sweep: metered('sweep'),
      announce: metered('announce'),
      discord: metered('discord'),
      canary: metered('canary'),
      summary: metered('summary'),
    },
    connect: async (env) => {
      loaded.resolve(Object.fromEntries(await Promise.all(FUNCTION_NAMES.map((name) => load(name, env)))));
    },
    storedBytes: units.storedBytes,
    faults,
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
}
