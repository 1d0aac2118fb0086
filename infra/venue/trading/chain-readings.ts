import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import type { Market } from '#lib/domain/market/market.ts';
import type { VenueHoldings } from '#lib/venue/engine/venue-balance.ts';
import type { VenueChain } from '../chain/venue-chain.ts';

/** Stands for the collateral where a token id is asked for. */
export const COLLATERAL = 'COLLATERAL';

type Reading = {
  readonly atMs: number;
  readonly amountMicros: bigint;
  readonly isApproved: boolean;
  readonly allowanceMicros: bigint;
};

/**
 * The venue's cache of the chain: what it read, and when. It reads when it first hears of a wallet's token, when a trade of
 * the wallet has settled, and when it is asked to; in between it believes what it read last.
 */
export type ChainReadings = {
  readonly holdings: VenueHoldings;
  /** Collateral of a wallet and how much of it the exchange may move. */
  cashAt(wallet: string, atMs: number): { readonly balanceMicros: bigint; readonly allowanceMicros: bigint };
  /** Reads anew. */
  refresh(market: Pick<Market, 'negRisk'>, wallet: string, asset: string): Promise<void>;
  /** Reads what was never read. */
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
    // A cache that stopped before the first reading holds nothing of the token; approvals are not cached with it.
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
