import type { OrderBook } from '#lib/domain/market/market.ts';
import { floorTo } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS, TAKER_DELAY_MS } from '#lib/domain/market/venue-rules.ts';
import { isFilledBy, walkBook } from '#lib/domain/market/walk-book.ts';
import { outcomeOfToken, type PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { shownBook } from '#lib/venue/books/shown-book.ts';
import type { VenueDice } from '../faults/venue-faults.ts';
import { crosses, findOrderRefusal, noMatchRefusal, type VenueRefusal } from './check-order.ts';
import { type TakenLiquidity, withoutTaken } from './taken-liquidity.ts';
import {
  applyOutsideConditions,
  balanceAt,
  findBalanceRefusal,
  isApprovalMissing,
  type VenueBalance,
  type VenueHoldings,
} from './venue-balance.ts';
import type { VenueConditions } from './venue-conditions.ts';
import type { VenueLedger, VenueOrder, VenueOrderTerms } from './venue-ledger.ts';
import { areCovered, createVenueLedger, firstShares, sharesOf } from './venue-ledger.ts';
import { planTrades } from './venue-settlement.ts';

export type VenueEngineDeps = {
  readonly playing: PlayingMarket;
  readonly conditions: VenueConditions;
  readonly dice: VenueDice;
  readonly draw: (endExclusive: number) => number;
  /** Shares and approvals on a chain; the engine's own ledger unless given. */
  readonly holdings?: VenueHoldings;
  /** Refuses a buy that cannot be paid; cash is not limited unless given. */
  readonly cashGate?: (order: VenueOrderTerms, atMs: number) => VenueRefusal | null;
  /** From match to block, in milliseconds: at least `min` and less than `min + spread`; 2 to 4 s unless given. */
  readonly settlementMs?: { readonly min: number; readonly spread: number };
};

/**
 * Matching engine and settlement of one market, in virtual time: every method takes the time, which never goes back,
 * and first does what is due by then.
 */
export type VenueEngine = {
  readonly ledger: VenueLedger;
  lookUpLagMs(atMs: number): number;
  /** Refuses the order, or accepts it to be matched at `matchAtMs`. */
  submit(order: VenueOrderTerms, atMs: number): VenueRefusal | { readonly matchAtMs: number };
  /** The answer after the match: the order with its fills, or the refusal when nothing matched. */
  answerTo(orderHash: string, atMs: number): VenueOrder | VenueRefusal;
  bookAt(tokenId: string, atMs: number): OrderBook | undefined;
  /** The book that `/book` shows, which may be a ghost or out of date. */
  shownBookAt(tokenId: string, atMs: number): OrderBook | undefined;
  balanceAt(wallet: string, tokenId: string, atMs: number): VenueBalance;
  /** Is the exchange approved on chain for the wallet's shares? */
  isApproved(wallet: string, atMs: number): boolean;
  approve(wallet: string): void;
  refreshBalance(wallet: string, tokenId: string, atMs: number): void;
  restingOrders(wallet: string, tokenId: string, atMs: number): readonly string[];
  cancelResting(wallet: string, tokenId: string, atMs: number): void;
  advanceTo(atMs: number): void;
  onChange: (() => void) | null;
};

/** A FAK or FOK order that is answered as live is matched within this time after its taker delay. */
export const FILLED_LATE_MS_MAX = 6_000;

export function createVenueEngine(deps: VenueEngineDeps): VenueEngine {
  const ledger = createVenueLedger();
  const refreshedAtMs = new Map<string, number>();
  const taken: TakenLiquidity[] = [];
  const approvedWallets = new Set<string>();
  const balanceDeps = {
    ledger,
    conditions: deps.conditions,
    refreshedAtMs,
    approvedWallets,
    holdings: deps.holdings,
  };
  const bookAt = (tokenId: string, atMs: number) => visibleBook(deps, taken, tokenId, atMs);
  const match = (order: VenueOrder, atMs: number): void => {
    order.matchAtMs = null;
    const filledBeforeMicros = order.filledMicros;
    const filled = fill(deps, ledger, taken, order, bookAt(order.tokenId, atMs), atMs);
    if (filled === 'later') return;
    if (order.orderType !== 'GTC') order.status = order.filledMicros > 0n ? 'done' : 'killed';
    else order.status = order.filledMicros >= order.sharesMicros ? 'done' : 'live';
    if (order.filledMicros !== filledBeforeMicros) engine.onChange?.();
  };
  const engine: VenueEngine = {
    ledger,
    lookUpLagMs: (atMs) => (deps.conditions.isOn('look-up-behind', atMs) ? deps.conditions.lookUpLagMs : 0),
    onChange: null,
    advanceTo: (atMs) => {
      for (const order of ledger.orders.values()) {
        if (order.matchAtMs !== null && order.matchAtMs <= atMs) match(order, order.matchAtMs);
        else if (order.orderType === 'GTC' && order.status === 'live') {
          match(order, atMs);
          // The venue removes resting orders when the market ends.
          if (atMs >= deps.playing.market.endsAtMs) endResting(order);
        }
      }
      applyOutsideConditions(balanceDeps, deps.playing.market, atMs, deps.draw);
    },
    submit: (terms, atMs) => {
      engine.advanceTo(atMs);
      const refusal =
        findOrderRefusal({ ...deps, ledger, book: bookAt(terms.tokenId, atMs) }, terms, atMs) ??
        findBalanceRefusal(deps.playing.market, terms, balanceAt(balanceDeps, terms.wallet, terms.tokenId, atMs)) ??
        deps.cashGate?.(terms, atMs) ??
        null;
      if (refusal !== null) return refusal;
      const isHeld = terms.orderType !== 'GTC' || crosses(bookAt(terms.tokenId, atMs), terms);
      const matchAtMs = isHeld ? atMs + (deps.playing.market.takerDelayMs ?? TAKER_DELAY_MS) : atMs;
      ledger.orders.set(terms.orderHash, { ...terms, receivedAtMs: atMs, matchAtMs, status: 'held', filledMicros: 0n });
      engine.onChange?.();
      return { matchAtMs };
    },
    answerTo: (orderHash, atMs) => {
      engine.advanceTo(atMs);
      const order = ledger.orders.get(orderHash);
      return order === undefined || order.status === 'killed' ? noMatchRefusal(order) : order;
    },
    bookAt,
    shownBookAt: (tokenId, atMs) => shownBook(deps, bookAt(tokenId, atMs), atMs),
    balanceAt: (wallet, tokenId, atMs) => {
      engine.advanceTo(atMs);
      return balanceAt(balanceDeps, wallet, tokenId, atMs);
    },
    isApproved: (wallet, atMs) => !isApprovalMissing(balanceDeps, wallet, atMs),
    approve: (wallet) => void approvedWallets.add(wallet),
    refreshBalance: (wallet, tokenId, atMs) => void refreshedAtMs.set(`${wallet}|${tokenId}`, atMs),
    restingOrders: (wallet, tokenId, atMs) => {
      engine.advanceTo(atMs);
      return [...ledger.orders.values()].filter((order) => isResting(order, wallet, tokenId)).map((o) => o.orderHash);
    },
    cancelResting: (wallet, tokenId, atMs) => {
      engine.advanceTo(atMs);
      for (const order of ledger.orders.values()) {
        if (isResting(order, wallet, tokenId)) endResting(order);
      }
    },
  };
  return engine;
}

function endResting(order: VenueOrder): void {
  if (order.status === 'live') order.status = order.filledMicros > 0n ? 'done' : 'killed';
}

function isResting(order: VenueOrder, wallet: string, tokenId: string): boolean {
  return order.orderType === 'GTC' && order.status === 'live' && order.wallet === wallet && order.tokenId === tokenId;
}

/** The book under the conditions of the moment, without what was taken from it. */
function visibleBook(
  { playing, conditions }: VenueEngineDeps,
  taken: readonly TakenLiquidity[],
  tokenId: string,
  atMs: number,
): OrderBook | undefined {
  const outcome = outcomeOfToken(playing.market, tokenId);
  if (outcome === undefined || conditions.isOn('market-over', atMs)) return undefined;
  const full = playing.bookAt(tokenId, atMs);
  if (full === undefined) return undefined;
  const book = taken.length === 0 ? full : withoutTaken(full, outcome, taken);
  const change = conditions.window('tick-change', atMs);
  const tickMicros = change !== undefined && atMs < change.fromMs ? 1_000n : book.tickMicros;
  if (tickMicros === book.tickMicros && !conditions.isOn('no-bids', atMs)) return book;
  return { ...book, tickMicros, bids: conditions.isOn('no-bids', atMs) ? [] : book.bids };
}

/** Matches an order against the book of the moment. `later`: it stays live and is matched again. */
function fill(
  deps: VenueEngineDeps,
  ledger: VenueLedger,
  taken: TakenLiquidity[],
  order: VenueOrder,
  book: OrderBook | undefined,
  atMs: number,
): 'filled' | 'later' {
  const { dice, playing } = deps;
  if (order.status === 'held' && order.orderType !== 'GTC' && dice.roll('filled-late')) {
    order.status = 'live';
    order.matchAtMs = atMs + dice.between('filled-late', 1_000, FILLED_LATE_MS_MAX);
    return 'later';
  }
  const outcome = outcomeOfToken(playing.market, order.tokenId);
  if (book === undefined || outcome === undefined) return 'filled';
  const wanted = { ...order, sharesMicros: order.sharesMicros - order.filledMicros };
  const slices = walkBook(book, wanted);
  const offered = sharesOf(slices);
  if (order.orderType === 'FOK' && !isFilledBy(wanted, slices)) return 'filled';
  const isPartial = order.orderType === 'FAK' && offered > 1_000_000n && dice.roll('partial-fill');
  const share = isPartial ? BigInt(dice.between('partial-fill', 0, 99)) : 100n;
  const found = firstShares(slices, isPartial ? floorTo((offered * share) / 100n, SHARES_STEP_MICROS) : offered);
  const isMaker = order.orderType === 'GTC' && order.status === 'live';
  const got = isMaker ? found.map((slice) => ({ ...slice, priceMicros: order.limitPriceMicros })) : found;
  if (got.length === 0) return 'filled';
  order.filledMicros += sharesOf(got);
  for (const slice of found) taken.push({ outcome, side: order.side, ...slice, bookAtMs: book.atMs });
  const trades = planTrades(deps, order, got, { atMs, countBefore: ledger.trades.length, isMaker });
  const isCovered = deps.holdings !== undefined || areCovered(ledger, trades);
  ledger.trades.push(...(isCovered ? trades : trades.map((trade) => ({ ...trade, minedAtMs: null }))));
  return 'filled';
}
