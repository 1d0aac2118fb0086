import type { Asset } from '#lib/domain/market/market.ts';
import { createRandom } from '../random.ts';

/** Rough price of the underlying and its standard deviation over five minutes. Judgement. */
const UNDERLYINGS = {
  BTC: { centreUsd: 96_000, moveOfFiveMinutes: 0.0011 },
  ETH: { centreUsd: 3_200, moveOfFiveMinutes: 0.0016 },
} as const satisfies Record<Asset, { readonly centreUsd: number; readonly moveOfFiveMinutes: number }>;

const FIVE_MINUTES_MS = 300_000;

/** The price to beat: within two percent of the centre, by the seed. */
export function strikeUsd(asset: Asset, seed: string): number {
  const random = createRandom(`${seed}|strike`);
  return UNDERLYINGS[asset].centreUsd * (0.98 + 0.04 * random.nextFloat());
}

/** In micro-dollars and whole cents, `deviations` (standard deviations over a whole window) away from the strike. */
export function underlyingMicros(asset: Asset, strike: number, windowMs: number, deviations: number): bigint {
  const movePerWindow = UNDERLYINGS[asset].moveOfFiveMinutes * Math.sqrt(windowMs / FIVE_MINUTES_MS);
  const cents = Math.round(100 * strike * Math.exp(movePerWindow * deviations));
  return BigInt(cents) * 10_000n;
}
