import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';
import { addUsage, type Usage } from './bill.ts';

/** Usage so far, by function. `PAPER_LEDGER` is counted apart. */
export type Tally = {
  add(name: string, usage: Usage): void;
  usageOf(name: string): Usage;
  sum(except?: readonly string[]): Usage;
  /** `service/name` of every metric written so far. Each is billed per month. */
  readonly metrics: Set<string>;
  /** Clears the usage, not the metrics. */
  clear(): void;
};

/** The rows of the paper exchange. In live trading the venue keeps orders and trades. */
export const PAPER_LEDGER = 'paper-ledger';

export function createTally(): Tally {
  const usages = new Map<string, Usage>();
  const metrics = new Set<string>();
  return {
    add: (name, usage) => void usages.set(name, addUsage(usages.get(name) ?? {}, usage)),
    usageOf: (name) => usages.get(name) ?? {},
    sum: (except = []) => addUsage(...[...usages].filter(([name]) => !except.includes(name)).map(([, usage]) => usage)),
    metrics,
    clear: () => usages.clear(),
  };
}

/**
 * Share of calls that start cold: an assumption, and a high one, because the canary wakes most functions every five
 * minutes. Cold starts are billed like runs. The time is that of the largest bundles in `npm run bench:cold`, at 1 GB;
 * with half the memory it takes twice as long.
 */
export const COLD_SHARE = 0.1;
export const COLD_START_GB_SECONDS = 0.4;

/** Cold starts for the counted invocations, which ran in warm processes. */
export function usageOfColdStarts(tally: Pick<Tally, 'usageOf'>, except: readonly string[] = []): Usage {
  const gbSeconds = FUNCTION_NAMES.filter((name) => !except.includes(name)).reduce((sum, name) => {
    const { invocations = 0 } = tally.usageOf(name);
    return sum + invocations * COLD_SHARE * COLD_START_GB_SECONDS;
  }, 0);
  return { gbSeconds };
}
