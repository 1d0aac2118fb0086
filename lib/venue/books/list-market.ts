import type { Market } from '#lib/domain/market/market.ts';
import type { Asset } from '#lib/domain/market/up-down-markets.ts';
import { USUAL_MIN_ORDER_SHARES_MICROS } from '#lib/domain/market/venue-rules.ts';
import { hex256 } from '../random.ts';

export type MarketListing = {
  readonly seed: string;
  readonly slug: string;
  readonly asset: Asset;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly identity?: Pick<Market, 'conditionId' | 'tokenIds'>;
};

/** An up/down market with today's usual terms (venue §4, §5.1). Its ids follow from seed and slug. */
export function listMarket({ seed, slug, asset, startsAtMs, endsAtMs, identity }: MarketListing): Market {
  const { conditionId, tokenIds } = identity ?? drawIdentity(seed, slug);
  return {
    slug,
    conditionId,
    asset,
    version: 'v1',
    startsAtMs,
    endsAtMs,
    tokenIds,
    negRisk: false,
    acceptingOrders: true,
    closed: false,
    tickMicros: 10_000n,
    minOrderSharesMicros: USUAL_MIN_ORDER_SHARES_MICROS,
    feeRateMicros: 70_000n,
  };
}

function drawIdentity(seed: string, slug: string): Pick<Market, 'conditionId' | 'tokenIds'> {
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
