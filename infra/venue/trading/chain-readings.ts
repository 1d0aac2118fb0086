import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import type { Market } from '#lib/domain/market/market.ts';
import type { VenueHoldings } from '#lib/venue/engine/venue-balance.ts';
import type { VenueChain } from '../chain/venue-chain.ts';

/** Takes the place of a token id. */
export const COLLATERAL = 'COLLATERAL';

type Reading = {
  readonly atMs: number;
  readonly amountMicros: bigint;
  readonly isApproved: boolean;
  readonly allowanceMicros: bigint;
};

/**
 * The venue's cache of balances and approvals on the chain. An entry is read when a wallet's token is first named,
 * after each settlement of the wallet, and on request. Entries do not expire.
 */
export type ChainReadings = {
  readonly holdings: VenueHoldings;
  cashAt(wallet: string, atMs: number): { readonly balanceMicros: bigint; readonly allowanceMicros: bigint };
  /** Reads from the chain. */
  refresh(market: Pick<Market, 'negRisk'>, wallet: string, asset: string): Promise<void>;
  /** Reads from the chain unless there is an entry. */
  ensure(market: Pick<Market, 'negRisk'>, wallet: string, asset: string): Promise<void>;
};

const UNREAD: Reading = { atMs: 0, amountMicros: 0n, isApproved: false, allowanceMicros: 0n };

export function createChainReadings(chain: VenueChain, nowMs: () => number): ChainReadings {
  const readings = new Map<string, Reading[]>();
  const keyOf = (wallet: string, asset: string): string => `${wallet.toLowerCase()}|${asset}`;
  const lastAt = (wallet: string, asset: string, atMs: number): Reading => {
    const known = readings.get(keyOf(wallet, asset)) ?? [];
    const last = known.findLast((each) => each.atMs <= atMs);
    if (last !== undefined) return last;
    // A stale cache from before the first reading shows no balance. Approvals are not cached with it.
    return known[0] === undefined ? UNREAD : { ...known[0], amountMicros: 0n };
  };
  const refresh = async (market: Pick<Market, 'negRisk'>, wallet: string, asset: string): Promise<void> => {
    const [amountMicros, approvals] = await Promise.all([
      asset === COLLATERAL ? chain.collateralOf(wallet) : chain.sharesOf(wallet, asset),
      chain.approvalsOf(wallet, exchangeOf(market)),
    ]);
    const key = keyOf(wallet, asset);
    const reading = {
      atMs: nowMs(),
      amountMicros,
      isApproved: approvals.shares,
      allowanceMicros: approvals.collateralMicros,
    };
    readings.set(key, [...(readings.get(key) ?? []), reading]);
  };
  return {
    refresh,
    ensure: async (market, wallet, asset) => {
      if (!readings.has(keyOf(wallet, asset))) await refresh(market, wallet, asset);
    },
    cashAt: (wallet, atMs) => {
      const { amountMicros, allowanceMicros } = lastAt(wallet, COLLATERAL, atMs);
      return { balanceMicros: amountMicros, allowanceMicros };
    },
    holdings: {
      sharesAt: (wallet, tokenId, atMs) => lastAt(wallet, tokenId, atMs).amountMicros,
      isApproved: (wallet, tokenId, atMs) => lastAt(wallet, tokenId, atMs).isApproved,
    },
  };
}
