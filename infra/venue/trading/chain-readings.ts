import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import type { Market } from '#lib/domain/market/market.ts';
import type { VenueHoldings } from '#lib/venue/engine/venue-balance.ts';
import type { VenueChain } from '../chain/venue-chain.ts';

/** Takes the place of a token id. */
export const COLLATERAL = 'COLLATERAL';

type Reading = { readonly atMs: number; readonly amountMicros: bigint; readonly isApproved: boolean };
type TermsOfMarket = Pick<Market, 'version' | 'negRisk'>;

/**
 * The venue's cache of balances and approvals on the chain. An entry is read when a wallet's token is first named,
 * after each settlement of the wallet, and on request. Entries do not expire.
 */
export type ChainReadings = {
  readonly holdings: VenueHoldings;
  cashAt(wallet: string, atMs: number): bigint;
  /** Cash that the market's exchange may take, as last read. */
  allowance(market: TermsOfMarket, wallet: string): bigint;
  /** Reads from the chain: balance and approval for the market's exchange. */
  refresh(market: TermsOfMarket, wallet: string, asset: string): Promise<void>;
  /** Reads from the chain unless there is an entry. */
  ensure(market: TermsOfMarket, wallet: string, asset: string): Promise<void>;
};

const UNREAD: Reading = { atMs: 0, amountMicros: 0n, isApproved: false };

export function createChainReadings(chain: VenueChain, nowMs: () => number): ChainReadings {
  const readings = new Map<string, Reading[]>();
  const allowances = new Map<string, bigint>();
  const keyOf = (wallet: string, asset: string): string => `${wallet.toLowerCase()}|${asset}`;
  const lastAt = (wallet: string, asset: string, atMs: number): Reading => {
    const known = readings.get(keyOf(wallet, asset)) ?? [];
    const last = known.findLast((each) => each.atMs <= atMs);
    if (last !== undefined) return last;
    // A stale cache from before the first reading shows no balance. Approvals are not cached with it.
    return known[0] === undefined ? UNREAD : { ...known[0], amountMicros: 0n };
  };
  const refresh: ChainReadings['refresh'] = async (market, wallet, asset) => {
    const exchange = exchangeOf(market);
    const [amountMicros, approvals] = await Promise.all([
      asset === COLLATERAL ? chain.collateralOf(wallet) : chain.sharesOf(wallet, asset),
      chain.approvalsOf(wallet, exchange),
    ]);
    const key = keyOf(wallet, asset);
    const reading = { atMs: nowMs(), amountMicros, isApproved: approvals.shares };
    readings.set(key, [...(readings.get(key) ?? []), reading]);
    if (asset === COLLATERAL) allowances.set(keyOf(wallet, exchange), approvals.collateralMicros);
  };
  return {
    refresh,
    ensure: async (market, wallet, asset) => {
      const isKnown =
        asset === COLLATERAL ? allowances.has(keyOf(wallet, exchangeOf(market))) : readings.has(keyOf(wallet, asset));
      if (!isKnown) await refresh(market, wallet, asset);
    },
    cashAt: (wallet, atMs) => lastAt(wallet, COLLATERAL, atMs).amountMicros,
    allowance: (market, wallet) => allowances.get(keyOf(wallet, exchangeOf(market))) ?? 0n,
    holdings: {
      sharesAt: (wallet, tokenId, atMs) => lastAt(wallet, tokenId, atMs).amountMicros,
      isApproved: (wallet, tokenId, atMs) => lastAt(wallet, tokenId, atMs).isApproved,
    },
  };
}
