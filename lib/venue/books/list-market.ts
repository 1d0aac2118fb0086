import type { Asset, Market } from '#lib/domain/market/market.ts';
import { USUAL_MIN_ORDER_SHARES_MICROS } from '#lib/domain/market/venue-rules.ts';
import { hex256 } from '../random.ts';

export type MarketListing = {
  readonly seed: string;
  readonly slug: string;
  readonly asset: Asset;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** Ids of the market on a chain; drawn from the seed unless given. */
  readonly identity?: Pick<Market, 'conditionId' | 'tokenIds'>;
};

/**
 * An up/down market with today's usual terms (venue §4, §5.1): one-cent tick, minimum of five shares, taker fee rate
 * 0.07, no negative risk. Its ids follow from seed and slug, so a restarted venue lists the same market.
 */
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
 * A Conditional Tokens id is a 256-bit number whose bits 40 to 103 are not all zero (`Polymarket/ts-sdk`, protocol.ts).
 * Setting one of them keeps the id out of the namespace of protocol version 2.
 */
function tokenId(seed: string): string {
  return (BigInt(`0x${hex256(seed)}`) | (1n << 40n)).toString();
}
