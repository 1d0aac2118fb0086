import type { Market } from '#lib/domain/market/market.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';
import type { VenueRefusal } from '#lib/venue/engine/check-order.ts';
import type { SwitchableConditions, SwitchedFaults } from '#lib/venue/engine/switchable-conditions.ts';
import { createVenueEngine, type VenueEngine, type VenueEngineDeps } from '#lib/venue/engine/venue-engine.ts';
import { tradeStatusAt, type VenueOrderTerms, type VenueTrade } from '#lib/venue/engine/venue-ledger.ts';
import { createRandom, hex256 } from '#lib/venue/random.ts';
import type { SignedVenueOrder } from '../chain/venue-chain.ts';

/** The part of a posted order that the matching engine does not need. */
export type PlacedOrder = {
  readonly order: SignedVenueOrder;
  readonly exchange: string;
  readonly orderType: 'FAK' | 'FOK' | 'GTC' | 'GTD';
  /** Null for an order that does not expire. */
  readonly expiresAtMs: number | null;
};

/** One market with its matching engine and its posted orders. */
export type TradedMarket = SwitchedFaults & {
  readonly playing: PlayingMarket;
  readonly engine: VenueEngine;
  /** By order hash. */
  readonly placed: Map<string, PlacedOrder>;
  /** Transactions on the chain, by trade id. */
  readonly transactionHashes: Map<string, string>;
  /** Empty before the trade is mined. Generated where there is no chain. */
  transactionHash(trade: VenueTrade, atMs: number): string;
};

export type TradedMarkets = {
  ofPlaying(playing: PlayingMarket): TradedMarket;
  ofToken(tokenId: string): TradedMarket | undefined;
  /** Every market that was asked for so far. */
  list(): readonly TradedMarket[];
};

export type TradedMarketsDeps = {
  readonly seed: string;
  readonly venue: PlayingVenue;
  readonly conditions: SwitchableConditions;
  /** Where the markets are kept, by slug. */
  readonly bySlug: Map<string, TradedMarket>;
  /** Shares and approvals on a chain. Default: the engine's own ledger. */
  readonly holdings?: NonNullable<VenueEngineDeps['holdings']>;
  readonly settlementMs?: NonNullable<VenueEngineDeps['settlementMs']>;
  cashGate(market: Market, order: VenueOrderTerms, atMs: number): VenueRefusal | null;
  nowMs(): number;
  /** Called after each change of an engine's ledger. */
  onChange(traded: TradedMarket): void;
};

/** A market without orders is cheap to create again; one with orders is kept. */
const UNUSED_MARKET_COUNT_MAX = 128;

export function createTradedMarkets(deps: TradedMarketsDeps): TradedMarkets {
  const { bySlug } = deps;
  const ofPlaying = (playing: PlayingMarket): TradedMarket => {
    const known = bySlug.get(playing.market.slug);
    if (known !== undefined) return known;
    const unused = [...bySlug].filter(([, { engine }]) => engine.ledger.orders.size === 0).map(([slug]) => slug);
    if (unused.length >= UNUSED_MARKET_COUNT_MAX && unused[0] !== undefined) bySlug.delete(unused[0]);
    const traded = createTradedMarket(deps, playing);
    bySlug.set(playing.market.slug, traded);
    return traded;
  };
  return {
    ofPlaying,
    ofToken: (tokenId) => {
      const playing = deps.venue.findByToken(tokenId, deps.nowMs());
      return playing === undefined ? undefined : ofPlaying(playing);
    },
    list: () => [...bySlug.values()],
  };
}

function createTradedMarket(deps: TradedMarketsDeps, playing: PlayingMarket): TradedMarket {
  const { market } = playing;
  const { seed, holdings, settlementMs, cashGate, onChange } = deps;
  const { conditions, dice } = deps.conditions.of(market.slug);
  const random = createRandom(`${seed}|${market.slug}|engine`);
  const engine = createVenueEngine({
    playing,
    conditions,
    dice,
    draw: (endExclusive) => random.nextInt(endExclusive),
    cashGate: (order, atMs) => cashGate(market, order, atMs),
    ...(holdings !== undefined && { holdings }),
    ...(settlementMs !== undefined && { settlementMs }),
  });
  const transactionHashes = new Map<string, string>();
  const transactionHash = (trade: VenueTrade, atMs: number): string => {
    if (holdings !== undefined) return transactionHashes.get(trade.tradeId) ?? '';
    const status = tradeStatusAt(trade, atMs);
    return status === 'MINED' || status === 'CONFIRMED' ? `0x${hex256(`${trade.tradeId}|transaction`)}` : '';
  };
  const placed = new Map<string, PlacedOrder>();
  const traded: TradedMarket = { playing, engine, conditions, dice, placed, transactionHashes, transactionHash };
  engine.onChange = () => onChange(traded);
  return traded;
}
