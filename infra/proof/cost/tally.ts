import { addUsage, type Usage } from './bill.ts';

/** What each function has used so far, by its name; `PAPER_LEDGER` is kept apart. */
export type Tally = {
  add(name: string, usage: Usage): void;
  usageOf(name: string): Usage;
  /** All functions together, but for those named. */
  sum(but?: readonly string[]): Usage;
  /** Metrics that have been written, as `service/name`: each is billed for as long as somebody writes it. */
  readonly metrics: Set<string>;
  /** Forgets what was used: to get going, or in an earlier part of the run. */
  clear(): void;
};

export function createTally(): Tally {
  const usages = new Map<string, Usage>();
  const metrics = new Set<string>();
  return {
    add: (name, usage) => void usages.set(name, addUsage(usages.get(name) ?? {}, usage)),
    usageOf: (name) => usages.get(name) ?? {},
    sum: (but = []) => addUsage(...[...usages].filter(([name]) => !but.includes(name)).map(([, usage]) => usage)),
    metrics,
    clear: () => usages.clear(),
  };
}

/**
 * Not a function: the rows of the paper exchange, which stand for the venue. With real money the venue keeps them, and no table of
 * ours; what trades on paper pays for them all the same.
 */
export const PAPER_LEDGER = 'paper-ledger';
