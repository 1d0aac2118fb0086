import type { Asset } from '#lib/domain/market/up-down-markets.ts';
import { createRandom } from '../random.ts';

/** Rough price of the underlying and its standard deviation over five minutes. Judgement. */
const UNDERLYINGS = {
  BTC: { centreUsd: 96_000, moveOfFiveMinutes: 0.0011 },
  ETH: { centreUsd: 3_200, moveOfFiveMinutes: 0.0016 },
  SOL: { centreUsd: 140, moveOfFiveMinutes: 0.0019 },
  XRP: { centreUsd: 2.2, moveOfFiveMinutes: 0.0018 },
  DOGE: { centreUsd: 0.15, moveOfFiveMinutes: 0.0021 },
  BNB: { centreUsd: 850, moveOfFiveMinutes: 0.0013 },
  HYPE: { centreUsd: 30, moveOfFiveMinutes: 0.0025 },
} as const satisfies Record<Asset, { readonly centreUsd: number; readonly moveOfFiveMinutes: number }>;

const FIVE_MINUTES_MS = 300_000;

/** The price to beat: within two percent of the centre, by the seed. */
export function strikeUsd(asset: Asset, seed: string): number {
  const random = createRandom(`${seed}|strike`);
  return UNDERLYINGS[asset].centreUsd * (0.98 + 0.04 * random.nextFloat());
}

/**
 * In micro-dollars, `deviations` (standard deviations over a whole window) away from the strike. In whole cents, below
 * $100 in hundredths of a cent.
 */
export function underlyingMicros(asset: Asset, strike: number, windowMs: number, deviations: number): bigint {
  const movePerWindow = UNDERLYINGS[asset].moveOfFiveMinutes * Math.sqrt(windowMs / FIVE_MINUTES_MS);
  const usd = strike * Math.exp(movePerWindow * deviations);
  return strike < 100 ? BigInt(Math.round(usd * 10_000)) * 100n : BigInt(Math.round(usd * 100)) * 10_000n;
}
