import type { MarketVersion } from '#lib/domain/market/market.ts';
import type { SharesByToken } from '#lib/domain/news/foreign-holding.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { IndexedHolding } from '#lib/ports/wallet/wallet-positions.ts';
import type { WalletShares, WalletTokens } from '#lib/ports/wallet/wallet-tokens.ts';

/** A market of the wallet as the index names it. Its amounts and result are the chain's. */
export type WatchedMarket = {
  readonly conditionId: string;
  readonly marketVersion: MarketVersion;
  readonly negRisk: boolean;
  readonly marketSlug: string | null;
  readonly endsAtMs: number | null;
  /** The index knows its result. */
  readonly isRedeemable: boolean;
  /** Of the venue's first outcome; null where the index does not know it. */
  readonly firstTokenId: string | null;
  /** One, or both of the market's. */
  readonly tokenIds: readonly string[];
};

/** Those that end next come first, then those that have ended, then those without a known end. */
export function groupByMarket(
  { identify }: Pick<WalletTokens, 'identify'>,
  holdings: readonly IndexedHolding[],
  nowMs: number,
): readonly WatchedMarket[] {
  const markets = new Map<string, WatchedMarket>();
  for (const holding of holdings) {
    const { conditionId, tokenId, oppositeTokenId, negRisk } = holding;
    const { marketVersion, otherTokenId } = identify(tokenId);
    const known = markets.get(conditionId);
    const others = [tokenId, otherTokenId ?? oppositeTokenId].filter((id) => id !== null);
    markets.set(conditionId, {
      ...{ conditionId, marketVersion, negRisk },
      marketSlug: known?.marketSlug ?? holding.marketSlug,
      endsAtMs: known?.endsAtMs ?? holding.marketEndsAtMs,
      isRedeemable: known?.isRedeemable === true || holding.isRedeemable,
      firstTokenId: known?.firstTokenId ?? firstOf(holding, otherTokenId),
      tokenIds: [...new Set([...(known?.tokenIds ?? []), ...others])],
    });
  }
  const rank = ({ endsAtMs }: WatchedMarket) =>
    endsAtMs === null ? Number.MAX_SAFE_INTEGER : endsAtMs > nowMs ? endsAtMs : Number.MAX_SAFE_INTEGER - 1;
  return [...markets.values()].toSorted((a, b) => rank(a) - rank(b));
}

function firstOf({ tokenId, outcomeIndex, oppositeTokenId }: IndexedHolding, otherTokenId: string | null) {
  if (outcomeIndex === null) return null;
  return outcomeIndex === 0 ? tokenId : (otherTokenId ?? oppositeTokenId);
}

/** Whether a market can be redeemed without the venue's description. */
export function isNamed({ tokenIds, firstTokenId, marketSlug }: WatchedMarket): boolean {
  return tokenIds.length === 2 && firstTokenId !== null && marketSlug !== null;
}

/** What the wallet holds of a market by the chain, without dust. */
export function heldOf({ tokenIds }: WatchedMarket, { sharesOf }: WalletShares): SharesByToken {
  const held = tokenIds.map((tokenId): [string, bigint] => [tokenId, sharesOf.get(tokenId) ?? 0n]);
  return new Map(held.filter(([, sharesMicros]) => sharesMicros >= DUST_SHARES_MICROS));
}
