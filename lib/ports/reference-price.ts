import type { Asset } from '#lib/domain/market/market.ts';

/** Price of the underlying, for the record only: nothing waits for it and nothing depends on it. */
export type ReferencePrice = {
  /** Micro-dollars, or null when the source gave no usable answer by `deadlineAtMs`. Never throws. */
  findPriceMicros(asset: Asset, deadlineAtMs: number): Promise<bigint | null>;
};
