import type { LocalStack } from '#infra/shared/local-stack.ts';
import type { SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import { EXIT_LEAD_MS } from './bench-times.ts';
import { mapInParallel } from './in-parallel.ts';

export type OpenBenchPositionsDeps = {
  readonly stack: Pick<LocalStack, 'venue'>;
  readonly suite: Pick<SuiteClient, 'open'>;
};

/** As many callers of `open` as keep the machine busy without making each other late. */
const CALLER_COUNT = 8;
const PRICE_MICROS = 550_000n;
const PRICE_PIN_MS = 1_000;

/**
 * Opens positions through the real function, each in a market of its own, all with exits due at `dueAtMs`.
 * @throws UpstreamUnavailableError when one was not opened: a benchmark of fewer would be another one
 */
export async function openBenchPositions(
  deps: OpenBenchPositionsDeps,
  positionCount: number,
  dueAtMs: number,
): Promise<readonly string[]> {
  const { venue } = deps.stack;
  const startsAtMs = Date.now();
  const endsAtMs = dueAtMs + EXIT_LEAD_MS;
  const numbers = Array.from({ length: positionCount }, (_, index) => index + 1);
  return mapInParallel(numbers, CALLER_COUNT, async (number) => {
    const atMs = Math.max(Date.now(), startsAtMs + PRICE_PIN_MS);
    const marketSlug = venue.addMarket({
      asset: 'BTC',
      window: '5m',
      startsAtMs,
      endsAtMs,
      tokenMidAt: { outcome: 'UP', priceMicros: PRICE_MICROS, atMs },
    });
    const requestId = `bench-${number}`;
    const reply = await deps.suite.open({ requestId, asset: 'BTC', side: 'UP', usd: '10', mode: 'paper', marketSlug });
    return getOpened(reply).positionId;
  });
}
