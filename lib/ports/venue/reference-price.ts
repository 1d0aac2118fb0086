import type { Asset } from '#lib/domain/market/up-down-markets.ts';

/** Price of the underlying, for the record only: no step waits for it. */
export type ReferencePrice = {
  /** Micro-dollars; null without an asset, and without a usable answer by `deadlineAtMs`. Never throws. */
  findPriceMicros(asset: Asset | null, deadlineAtMs: number): Promise<bigint | null>;
};
