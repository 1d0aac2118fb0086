import { outcomeOfToken } from '#lib/venue/books/playing-market.ts';
import type { OutsideMove, VenueTrade } from '#lib/venue/engine/venue-ledger.ts';
import type { VenueChain } from '../chain/venue-chain.ts';
import { type ChainReadings, COLLATERAL } from './chain-readings.ts';
import type { TradedMarket } from './traded-markets.ts';

/** Settles on the chain what the engines match. */
export type ChainSettlement = {
  /** Takes over the settlement of a market's new trades, which stay pending until the chain has mined them. */
  takeOver(traded: TradedMarket): void;
  /**
   * Repeats on the chain the transfers that the engine's conditions made outside the exchange. Resolves when they are
   * mined.
   */
  followOutside(traded: TradedMarket): Promise<void>;
  /** Starts what is due: trades that are to be mined, the resolution of the market. */
  advance(traded: TradedMarket, atMs: number): void;
  isPending(traded: TradedMarket): boolean;
  /** Resolves when everything that was started has ended. */
  drain(): Promise<void>;
};

export type ChainSettlementDeps = {
  readonly chain: VenueChain;
  readonly readings: ChainReadings;
  nowMs(): number;
};

type PlannedTrade = { readonly index: number; readonly minedAtMs: number; readonly finalAfterMs: number };
type MarketState = {
  seenTradeCount: number;
  seenMoveCount: number;
  planned: PlannedTrade[];
  isPrepared: boolean;
  isResolved: boolean;
};

const NEVER_MS = Number.MAX_SAFE_INTEGER;

/**
 * The engine plans when a trade is mined; with a chain it is mined when its transaction is. Until then the ledger says
 * "not yet". A trade that the contract refuses becomes a failed one. Trades that the engine lets fail are never sent.
 * Fills are sent one after the other, in the order in which they are due.
 */
export function createChainSettlement(deps: ChainSettlementDeps): ChainSettlement {
  const states = new Map<TradedMarket, MarketState>();
  let tail: Promise<void> = Promise.resolve();
  const stateOf = (traded: TradedMarket): MarketState => {
    const known = states.get(traded);
    if (known !== undefined) return known;
    const state = { seenTradeCount: 0, seenMoveCount: 0, planned: [], isPrepared: false, isResolved: false };
    states.set(traded, state);
    return state;
  };
  const enqueue = (task: () => Promise<void>): void => {
    tail = tail.then(task);
  };
  return {
    takeOver: (traded) => {
      const state = stateOf(traded);
      const { trades } = traded.engine.ledger;
      for (let index = state.seenTradeCount; index < trades.length; index += 1) {
        const trade = trades[index];
        if (trade === undefined || trade.minedAtMs === null) continue;
        state.planned.push({ index, minedAtMs: trade.minedAtMs, finalAfterMs: trade.finalAtMs - trade.minedAtMs });
        trades[index] = { ...trade, minedAtMs: NEVER_MS, finalAtMs: NEVER_MS };
      }
      state.seenTradeCount = trades.length;
    },
    followOutside: async (traded) => {
      const state = stateOf(traded);
      const moves = traded.engine.ledger.outsideMoves.slice(state.seenMoveCount);
      if (moves.length === 0) return;
      state.seenMoveCount += moves.length;
      for (const move of moves) enqueue(() => moveOutside(deps, traded, move).catch(() => undefined));
      await tail;
    },
    advance: (traded, atMs) => {
      const state = stateOf(traded);
      const due = state.planned.filter(({ minedAtMs }) => minedAtMs <= atMs).sort((a, b) => a.minedAtMs - b.minedAtMs);
      state.planned = state.planned.filter((planned) => !due.includes(planned));
      if (due.length > 0) state.isPrepared = true;
      for (const planned of due) enqueue(() => settlePlanned(deps, traded, planned));
      const { market, winner, resolvesAtMs } = traded.playing;
      if (!state.isPrepared || state.isResolved || atMs < resolvesAtMs) return;
      state.isResolved = true;
      // If this fails, a later redemption fails and shows it.
      enqueue(() => deps.chain.resolve(market.slug, winner, market.version).catch(() => undefined));
    },
    isPending: (traded) => {
      const state = states.get(traded);
      return state !== undefined && (state.planned.length > 0 || (state.isPrepared && !state.isResolved));
    },
    drain: () => tail,
  };
}

async function settlePlanned(
  { chain, readings, nowMs }: ChainSettlementDeps,
  traded: TradedMarket,
  planned: PlannedTrade,
): Promise<void> {
  const { trades } = traded.engine.ledger;
  const trade = trades[planned.index];
  if (trade === undefined) return;
  const { market } = traded.playing;
  const hash = await settleTrade(chain, traded, trade);
  if (hash === null) {
    trades[planned.index] = { ...trade, minedAtMs: null, finalAtMs: nowMs() };
    return;
  }
  traded.transactionHashes.set(trade.tradeId, hash);
  if (trade.deliveredTokenId !== trade.tokenId) await swapDelivered(chain, traded, trade).catch(() => undefined);
  const assets = new Set([trade.tokenId, trade.deliveredTokenId, COLLATERAL]);
  const refreshing = [...assets].map((asset) => readings.refresh(market, trade.wallet, asset));
  await Promise.all(refreshing).catch(() => undefined);
  const minedAtMs = nowMs();
  trades[planned.index] = { ...trade, minedAtMs, finalAtMs: minedAtMs + planned.finalAfterMs };
}

/** The transaction's hash, or null when the contract refused the fill or the order was never posted. */
async function settleTrade(chain: VenueChain, traded: TradedMarket, trade: VenueTrade): Promise<string | null> {
  const placed = traded.placed.get(trade.orderHash);
  if (placed === undefined) return null;
  const { order, exchange } = placed;
  const { sharesMicros, valueMicros, feesMicros } = trade;
  const withheldSharesMicros = trade.side === 'BUY' ? sharesMicros - trade.deliveredMicros : 0n;
  try {
    const { slug, version } = traded.playing.market;
    await chain.prepareMarket(slug, version);
    const fill = { order, exchange, sharesMicros, withheldSharesMicros, valueMicros, feesMicros };
    return (await chain.settle(fill)).transactionHash;
  } catch {
    return null;
  }
}

/**
 * The exchange contract delivers only what was signed for, so the shares are exchanged for the other outcome
 * afterwards.
 */
async function swapDelivered(chain: VenueChain, { playing }: TradedMarket, trade: VenueTrade): Promise<void> {
  const { wallet, tokenId, deliveredTokenId, deliveredMicros: sharesMicros } = trade;
  const { market } = playing;
  const { slug, version } = market;
  const [outcome, other] = [outcomeOfToken(market, tokenId), outcomeOfToken(market, deliveredTokenId)];
  if (outcome === undefined || other === undefined) return;
  await chain.moveSharesAway({ wallet, slug, version, outcome, sharesMicros });
  await chain.mintShares({ wallet, slug, version, outcome: other, sharesMicros });
}

async function moveOutside(
  { chain, readings }: ChainSettlementDeps,
  { playing: { market } }: TradedMarket,
  { wallet, tokenId, sharesMicros }: OutsideMove,
): Promise<void> {
  const outcome = outcomeOfToken(market, tokenId);
  if (outcome === undefined || sharesMicros >= 0n) return;
  const { slug, version } = market;
  await chain.moveSharesAway({ wallet, slug, version, outcome, sharesMicros: -sharesMicros });
  await readings.refresh(market, wallet, tokenId);
}
