import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';
import type { SwitchableConditions, SwitchedFaults } from '#lib/venue/engine/switchable-conditions.ts';
import type { VenueRefusal } from '#lib/venue/engine/venue-door.ts';
import { createVenueEngine, type VenueEngine, type VenueEngineDeps } from '#lib/venue/engine/venue-engine.ts';
import { tradeStatusAt, type VenueOrderTerms, type VenueTrade } from '#lib/venue/engine/venue-ledger.ts';
import { createRandom, hex256 } from '#lib/venue/random.ts';
import type { SignedVenueOrder } from '../chain/venue-chain.ts';

/** An order as it was posted: what the engine does not need to know. */
export type PlacedOrder = {
  readonly order: SignedVenueOrder;
  readonly exchange: string;
  readonly orderType: 'FAK' | 'FOK' | 'GTC' | 'GTD';
  /** Null for an order that does not expire. */
  readonly expiresAtMs: number | null;
};

/** Where one market is traded: its engine, and what surrounds it. */
export type Desk = SwitchedFaults & {
  readonly playing: PlayingMarket;
  readonly engine: VenueEngine;
  readonly placed: Map<string, PlacedOrder>;
  /** Hashes of transactions that carried trades out; without a chain they are made up. */
  transactionHash(trade: VenueTrade, atMs: number): string;
  readonly hashes: Map<string, string>;
};

export type VenueDesks = {
  ofPlaying(playing: PlayingMarket): Desk;
  ofToken(tokenId: string): Desk | undefined;
  /** Every desk that was ever used. */
  all(): readonly Desk[];
};

export type VenueDesksDeps = {
  readonly seed: string;
  readonly venue: PlayingVenue;
  readonly conditions: SwitchableConditions;
  /** Shares and approvals of a market's wallets on a chain; the engine's own ledger without. */
  readonly holdings?: NonNullable<VenueEngineDeps['holdings']>;
  readonly cashGate: (desk: Desk, order: VenueOrderTerms, atMs: number) => VenueRefusal | null;
  readonly settlementMs?: NonNullable<VenueEngineDeps['settlementMs']>;
  nowMs(): number;
  /** Called whenever an engine's ledger has changed. */
  onChange(desk: Desk): void;
};

/** Books without orders of ours cost little to make anew; with orders they are kept. */
const UNUSED_DESK_COUNT_MAX = 128;

export function createVenueDesks(deps: VenueDesksDeps): VenueDesks {
  const desks = new Map<string, Desk>();
  const ofPlaying = (playing: PlayingMarket): Desk => {
    const known = desks.get(playing.market.slug);
    if (known !== undefined) return known;
    const unused = [...desks].filter(([, desk]) => desk.engine.ledger.orders.size === 0).map(([slug]) => slug);
    if (unused.length >= UNUSED_DESK_COUNT_MAX && unused[0] !== undefined) desks.delete(unused[0]);
    const desk = openDesk(deps, playing);
    desks.set(playing.market.slug, desk);
    return desk;
  };
  return {
    ofPlaying,
    ofToken: (tokenId) => {
      const playing = deps.venue.findByToken(tokenId, deps.nowMs());
      return playing === undefined ? undefined : ofPlaying(playing);
    },
    all: () => [...desks.values()],
  };
}

function openDesk(deps: VenueDesksDeps, playing: PlayingMarket): Desk {
  const { market } = playing;
  const { conditions, dice } = deps.conditions.of(market.slug);
  const random = createRandom(`${deps.seed}|${market.slug}|engine`);
  const engine = createVenueEngine({
    playing,
    conditions,
    dice,
    draw: (endExclusive) => random.nextInt(endExclusive),
    cashGate: (order, atMs) => deps.cashGate(desk, order, atMs),
    ...(deps.holdings === undefined ? {} : { holdings: deps.holdings }),
    ...(deps.settlementMs === undefined ? {} : { settlementMs: deps.settlementMs }),
  });
  const hashes = new Map<string, string>();
  const desk: Desk = {
    ...{ playing, engine, conditions, dice, hashes },
    placed: new Map(),
    transactionHash: (trade, atMs) => {
      const status = tradeStatusAt(trade, atMs);
      if (deps.holdings !== undefined || (status !== 'MINED' && status !== 'CONFIRMED'))
        return hashes.get(trade.tradeId) ?? '';
      return `0x${hex256(`${trade.tradeId}|transaction`)}`;
    },
  };
  engine.onChange = () => deps.onChange(desk);
  return desk;
}
