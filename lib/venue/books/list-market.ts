import { type Market, type MarketVersion, UP_DOWN_NAMES } from '#lib/domain/market/market.ts';
import type { Asset } from '#lib/domain/market/up-down-markets.ts';
import { USUAL_FEE_RATE_MICROS, USUAL_MIN_ORDER_SHARES_MICROS } from '#lib/domain/market/venue-rules.ts';
import { hex256 } from '../random.ts';
import { type MarketIds, v2MarketIds } from './market-version.ts';

export type MarketListing = {
  readonly seed: string;
  readonly slug: string;
  readonly asset: Asset | null;
  /** Default: `Up` and `Down`. */
  readonly outcomeNames?: Market['outcomeNames'];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** v1 unless given. */
  readonly version?: MarketVersion;
  readonly identity?: MarketIds;
};

/** An up/down market with today's usual terms (venue §4, §5.1). Its ids follow from seed and slug. */
export function listMarket(listing: MarketListing): Market {
  const { seed, slug, asset, version = 'v1', startsAtMs, endsAtMs, outcomeNames = UP_DOWN_NAMES, identity } = listing;
  const { conditionId, tokenIds } = identity ?? drawIdentity(seed, slug, version);
  return {
    slug,
    conditionId,
    asset,
    version,
    startsAtMs,
    endsAtMs,
    tokenIds,
    outcomeNames,
    negRisk: false,
    acceptingOrders: true,
    closed: false,
    tickMicros: 10_000n,
    minOrderSharesMicros: USUAL_MIN_ORDER_SHARES_MICROS,
    feeRateMicros: USUAL_FEE_RATE_MICROS,
  };
}

export function drawIdentity(seed: string, slug: string, version: MarketVersion): MarketIds {
  if (version === 'v2') return v2MarketIds(hex256(`${seed}|${slug}|condition`));
  return {
    conditionId: `0x${hex256(`${seed}|${slug}|condition`)}`,
    tokenIds: { UP: tokenId(`${seed}|${slug}|UP`), DOWN: tokenId(`${seed}|${slug}|DOWN`) },
  };
}

/**
 * Bits 40 to 103 of a Conditional Tokens id are not all zero, unlike those of protocol version 2 (`ts-sdk`,
 * protocol.ts).
 */
function tokenId(seed: string): string {
  return (BigInt(`0x${hex256(seed)}`) | (1n << 40n)).toString();
}
