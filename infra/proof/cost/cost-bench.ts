import { setTimeout as delay } from 'node:timers/promises';
import type { LocalStack } from '#infra/shared/local-stack.ts';
import { SETTLEMENT_LAG_MS } from '#lib/domain/plan/plan-wake-up.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import type { Tally } from './tally.ts';

/** Production's steps in less time: the timer fires between the buy and the exit. */
export const TIME_TO_EXIT_MS = 30_000;
export const EXIT_LEAD_MS = 66_000;
export const OPENING_PAUSE_MS = 1_300;
/** Positions that no bid took are settled. */
const FINISH_WAIT_MS = EXIT_LEAD_MS + SETTLEMENT_LAG_MS + 90_000;
export const QUIET_MS = 3_000;
const POLL_MS = 500;
/** These also run without positions. */
export const PERIODIC: readonly FunctionName[] = ['sweep', 'canary', 'summary'];

export type Invoke = (name: FunctionName, event: object) => Promise<void>;
export type Bench = {
  readonly stack: Pick<LocalStack, 'venue'>;
  readonly suite: SuiteClient;
  readonly tally: Tally;
  readonly invoke: Invoke;
  readonly readTableBytes: () => Promise<number>;
  readonly say: (text: string) => void;
};

export type OpenedPosition = { readonly positionId: string; readonly marketSlug: string; readonly endsAtMs: number };

/**
 * Each position has a market of its own, which ends on a whole second, as at the venue. Queue messages are delayed by
 * whole seconds, so the time that `sell` waits depends on the fraction of the second in which the position was opened.
 */
export async function openOne(
  { stack, suite }: Bench,
  name: string,
  marketEndsAtMs = Date.now() + TIME_TO_EXIT_MS + EXIT_LEAD_MS,
): Promise<OpenedPosition> {
  const nowMs = Date.now();
  const endsAtMs = Math.ceil(marketEndsAtMs / 1_000) * 1_000;
  const marketSlug = stack.venue.addMarket({
    asset: 'BTC',
    window: '5m',
    endsAtMs,
    tokenMidAt: { outcome: 'UP', priceMicros: 550_000n, atMs: nowMs },
  });
  const reply = await suite.open({
    requestId: `cost-${name}`,
    asset: 'BTC',
    side: 'UP',
    usd: '10',
    mode: 'paper',
    marketSlug,
  });
  return { positionId: getOpened(reply).positionId, marketSlug, endsAtMs };
}

/** Resolves when all positions have ended and their notices are sent, or after a timeout. Returns how many are open. */
export async function untilEnded({ suite }: Bench, ids: readonly string[]): Promise<number> {
  const untilMs = Date.now() + FINISH_WAIT_MS;
  for (;;) {
    const found = await Promise.all(ids.map((id) => suite.store.find(id)));
    const openCount = found.filter((position) => position === undefined || !isClosed(position)).length;
    if (openCount === 0 || Date.now() > untilMs) {
      await delay(QUIET_MS);
      return openCount;
    }
    await delay(POLL_MS);
  }
}
