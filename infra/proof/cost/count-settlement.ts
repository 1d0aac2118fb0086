import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { addUsage, type Usage } from './bill.ts';
import { type Bench, EXIT_LEAD_MS, openOne, PERIODIC, TIME_TO_EXIT_MS, untilEnded } from './cost-bench.ts';
import { usageOfColdStarts } from './tally.ts';

export type SettlementCount = {
  readonly positionCount: number;
  readonly stepCount: number;
  /** Everything after the markets' end, for all of them together. */
  readonly usage: Usage;
  /** Positions that were not closed in time. */
  readonly unfinishedCount: number;
};

/** A live opening and its preparations, on a busy machine. */
const OPENING_MS_MAX = 3_000;
/** The bids leave before the exit reads its book. */
const BIDS_LEAVE_LEAD_MS = 3_000;
/** The deadline's notices are sent by then. */
const DEADLINE_QUIET_MS = 10_000;
/** Half of the results are on chain 85 s after the end of their market (venue §5.3). */
const RESULT_LAG_MS = 85_000;

/**
 * Counts what positions cost from the end of their market until they are closed. Nobody bids for their shares. The
 * result cannot be read before the time at which half of the real ones can be, so that the usual waits are counted.
 */
export async function countSettlement(bench: Bench, positionCount: number): Promise<SettlementCount> {
  const { stack, tally, say } = bench;
  const endsAtMs = Date.now() + positionCount * OPENING_MS_MAX + TIME_TO_EXIT_MS + EXIT_LEAD_MS;
  say(`Holding ${positionCount} positions into the result of their market: three to four minutes.`);
  const ids: string[] = [];
  for (let number = 0; number < positionCount; number += 1) {
    const opened = await openOne(bench, `settled-${number}`, endsAtMs);
    const fromMs = opened.endsAtMs - EXIT_LEAD_MS - BIDS_LEAVE_LEAD_MS;
    stack.venue.setCondition({ kind: 'no-bids', market: opened.marketSlug, fromMs });
    ids.push(opened.positionId);
  }
  await systemClock.sleepUntil(endsAtMs + DEADLINE_QUIET_MS, 'rough');
  tally.clear();
  stack.venue.setFault({ path: '/', kind: 'status' });
  await systemClock.sleepUntil(endsAtMs + RESULT_LAG_MS, 'rough');
  stack.venue.clearFaults();
  const unfinishedCount = await untilEnded(bench, ids);
  const stepCount = tally.usageOf('settle').invocations ?? 0;
  const usage = addUsage(tally.sum(PERIODIC), usageOfColdStarts(tally, PERIODIC));
  return { positionCount, stepCount, usage, unfinishedCount };
}
