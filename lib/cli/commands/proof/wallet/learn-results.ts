import type { MarketHistory } from '#infra/proof/replay/wallet/group-history.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { createPolymarketResults } from '#lib/adapters/polymarket/market-data/polymarket-results.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import type { Outcome } from '#lib/domain/market/market.ts';
import { TminusError } from '#lib/errors/errors.ts';

export type Payouts = Map<string, readonly [bigint, bigint]>;

const BATCH = 200;
const DEADLINE_MS = 20_000;
/** Gamma is asked for each market by itself. */
const SINGLE_COUNT_MAX = 200;
const SINGLE_DEADLINE_MS = 4_000;

export const PAYOUT_OF = {
  UP: [1_000_000n, 0n],
  DOWN: [0n, 1_000_000n],
} as const satisfies Record<Outcome, readonly [bigint, bigint]>;

/**
 * Adds what the venue says of these markets' results: the Data API by condition, and Gamma by name where that does not
 * know. Returns why some are missing, as a sentence; null when all could be asked for.
 */
export async function learnResults(
  { dataHost, gammaHost }: { readonly dataHost: string; readonly gammaHost: string },
  markets: readonly MarketHistory[],
  payouts: Payouts,
): Promise<string | null> {
  const missing = () => markets.filter(({ watched }) => !payouts.has(watched.conditionId));
  try {
    await askIndex(dataHost, missing(), payouts);
  } catch (error) {
    if (!(error instanceof TminusError)) throw error;
    return askGamma(gammaHost, missing(), payouts);
  }
  return missing().length === 0 ? null : askGamma(gammaHost, missing(), payouts);
}

async function askIndex(dataHost: string, markets: readonly MarketHistory[], payouts: Payouts): Promise<void> {
  const index = createPolymarketWalletPositions({ clock, dataHost });
  for (let from = 0; from < markets.length; from += BATCH) {
    const ids = markets.slice(from, from + BATCH).map(({ watched }) => watched.conditionId);
    const found = await index.findResolutions(ids, clock.nowMs() + DEADLINE_MS);
    for (const [id, { payoutsMicros }] of found) {
      const [first, second] = payoutsMicros ?? [];
      if (first !== undefined && second !== undefined) payouts.set(id, [first, second]);
    }
  }
}

async function askGamma(
  gammaHost: string,
  markets: readonly MarketHistory[],
  payouts: Payouts,
): Promise<string | null> {
  const { findWinner } = createPolymarketResults({ clock, gammaHost });
  // Only of windows is the order of the outcomes known.
  const named = markets.filter(({ window }) => window !== null).slice(0, SINGLE_COUNT_MAX);
  for (const { slug, watched } of named) {
    const { conditionId } = watched;
    try {
      const winner = await findWinner({ marketSlug: slug ?? '', conditionId }, clock.nowMs() + SINGLE_DEADLINE_MS);
      if (winner !== null) payouts.set(conditionId, PAYOUT_OF[winner]);
    } catch (error) {
      if (!(error instanceof TminusError)) throw error;
      return 'The results of some markets could not be read from the venue.';
    }
  }
  return null;
}
