import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';
import type { Usage } from './bill.ts';
import type { Tally } from './tally.ts';

/**
 * A start is billed like a run. The canary wakes most functions every five minutes, which keeps one of each awake; that one call in ten
 * starts cold all the same is an assumption, on the dear side. The time is what `npm run bench:cold` measures for the largest bundles, at a
 * gigabyte; it is spent loading code, so half the memory takes twice as long and costs the same.
 */
export const COLD_SHARE = 0.1;
export const COLD_START_GB_SECONDS = 0.4;

/** To be added to what was counted in warm processes. */
export function usageOfColdStarts(tally: Pick<Tally, 'usageOf'>, but: readonly string[] = []): Usage {
  const gbSeconds = FUNCTION_NAMES.filter((name) => !but.includes(name)).reduce((sum, name) => {
    const { invocations = 0 } = tally.usageOf(name);
    return sum + invocations * COLD_SHARE * COLD_START_GB_SECONDS;
  }, 0);
  return { gbSeconds };
}
