import { outcomeOfToken } from '#lib/venue/books/playing-market.ts';
import type { OutsideMove, VenueTrade } from '#lib/venue/engine/venue-ledger.ts';
import { type ChainReadings, COLLATERAL } from './chain-readings.ts';
import type { SettlingChain } from './settling-chain.ts';
import type { Desk } from './venue-desks.ts';

/** Carries out on the chain what the engines match. */
export type ChainSettlement = {
  /** Takes note of a desk's new trades. They count as under way until the chain has them. */
  takeOver(desk: Desk): void;
  /** Carries out what moved outside the exchange by the engine's conditions, and waits for that: gates look at the result. */
  followOutside(desk: Desk): Promise<void>;
  /** Starts what is due by now: trades that are to be mined, markets that are resolved. */
  advance(desk: Desk, atMs: number): void;
  isPending(desk: Desk): boolean;
  /** When everything that was started is over. */
  drain(): Promise<void>;
};

export type ChainSettlementDeps = {
  readonly chain: SettlingChain;
  readonly readings: ChainReadings;
  nowMs(): number;
};

type PlannedTrade = { readonly index: number; readonly minedAtMs: number; readonly finalAfterMs: number };
type DeskState = {
  seenCount: number;
  seenMoveCount: number;
  planned: PlannedTrade[];
  isPrepared: boolean;
  isResolved: boolean;
};

const NEVER_MS = Number.MAX_SAFE_INTEGER;

/**
 * The engine plans when a trade is mined; here it is mined when the chain has mined it. Until then the ledger's entry says
 * "not yet"; one that the contract refuses becomes a failed trade. Trades the engine lets fail are never sent. Fills are
 * carried out one after the other, in the order in which they are due.
 */
export function createChainSettlement(deps: ChainSettlementDeps): ChainSettlement {
  const states = new Map<Desk, DeskState>();
  let tail: Promise<void> = Promise.resolve();
  const stateOf = (desk: Desk): DeskState => {
    const known = states.get(desk) ?? {
      ...{ seenCount: 0, seenMoveCount: 0, planned: [] },
      ...{ isPrepared: false, isResolved: false },
    };
    states.set(desk, known);
    return known;
  };
  const enqueue = (task: () => Promise<void>): void => {
    tail = tail.then(task);
  };
  return {
    takeOver: (desk) => {
      const state = stateOf(desk);
      const { trades } = desk.engine.ledger;
      for (let index = state.seenCount; index < trades.length; index += 1) {
        const trade = trades[index];
        if (trade === undefined || trade.minedAtMs === null) continue;
        state.planned.push({ index, minedAtMs: trade.minedAtMs, finalAfterMs: trade.finalAtMs - trade.minedAtMs });
        trades[index] = { ...trade, minedAtMs: NEVER_MS, finalAtMs: NEVER_MS };
      }
      state.seenCount = trades.length;
    },
    followOutside: async (desk) => {
      const state = stateOf(desk);
      const moves = desk.engine.ledger.outsideMoves.slice(state.seenMoveCount);
      if (moves.length === 0) return;
      state.seenMoveCount += moves.length;
      for (const move of moves) enqueue(() => moveOutside(deps, desk, move).catch(() => undefined));
      await tail;
    },
    advance: (desk, atMs) => {
      const state = stateOf(desk);
      const due = state.planned.filter(({ minedAtMs }) => minedAtMs <= atMs).sort((a, b) => a.minedAtMs - b.minedAtMs);
      state.planned = state.planned.filter((planned) => !due.includes(planned));
      if (due.length > 0) state.isPrepared = true;
      for (const planned of due) enqueue(() => carryOut(deps, desk, planned));
      const { market, winner, resolvesAtMs } = desk.playing;
      if (!state.isPrepared || state.isResolved || atMs < resolvesAtMs) return;
      state.isResolved = true;
      // A chain that cannot take the result leaves shares unredeemable: whoever redeems will see that.
      enqueue(() => deps.chain.resolve(market.slug, winner).catch(() => undefined));
    },
    isPending: (desk) => {
      const state = states.get(desk);
      return state !== undefined && (state.planned.length > 0 || (state.isPrepared && !state.isResolved));
    },
    drain: () => tail,
  };
}

async function carryOut({ chain, readings, nowMs }: ChainSettlementDeps, desk: Desk, planned: PlannedTrade) {
  const { trades } = desk.engine.ledger;
  const trade = trades[planned.index];
  if (trade === undefined) return;
  const { market } = desk.playing;
  const hash = await settle(chain, desk, trade);
  if (hash === null) {
    const atMs = nowMs();
    trades[planned.index] = { ...trade, minedAtMs: null, finalAtMs: atMs };
    return;
  }
  desk.hashes.set(trade.tradeId, hash);
  if (trade.deliveredTokenId !== trade.tokenId) await swapDelivered(chain, desk, trade).catch(() => undefined);
  const assets = new Set([trade.tokenId, trade.deliveredTokenId, COLLATERAL]);
  const refreshing = [...assets].map((asset) => readings.refresh(market, trade.wallet, asset));
  await Promise.all(refreshing).catch(() => undefined);
  const minedAtMs = nowMs();
  trades[planned.index] = { ...trade, minedAtMs, finalAtMs: minedAtMs + planned.finalAfterMs };
}

/** The hash of the transaction, or null when the contract refused the fill or nobody signed the order. */
async function settle(chain: SettlingChain, desk: Desk, trade: VenueTrade): Promise<string | null> {
  const placed = desk.placed.get(trade.orderHash);
  if (placed === undefined) return null;
  const { order, exchange } = placed;
  const { sharesMicros, valueMicros, feesMicros } = trade;
  const withheldSharesMicros = trade.side === 'BUY' ? sharesMicros - trade.deliveredMicros : 0n;
  try {
    await chain.prepareMarket(desk.playing.market.slug);
    const fill = { order, exchange, sharesMicros, withheldSharesMicros, valueMicros, feesMicros };
    return (await chain.settle(fill)).transactionHash;
  } catch {
    return null;
  }
}

/** The exchange can only deliver what was signed for: the wrong outcome takes its place behind the exchange's back. */
async function swapDelivered(chain: SettlingChain, desk: Desk, trade: VenueTrade): Promise<void> {
  const { wallet, tokenId, deliveredTokenId, deliveredMicros: sharesMicros } = trade;
  const { market } = desk.playing;
  const [outcome, other] = [outcomeOfToken(market, tokenId), outcomeOfToken(market, deliveredTokenId)];
  if (outcome === undefined || other === undefined) return;
  await chain.moveSharesAway?.({ wallet, slug: market.slug, outcome, sharesMicros });
  await chain.mintShares?.({ wallet, slug: market.slug, outcome: other, sharesMicros });
}

async function moveOutside({ chain, readings }: ChainSettlementDeps, desk: Desk, move: OutsideMove): Promise<void> {
  const { market } = desk.playing;
  const outcome = outcomeOfToken(market, move.tokenId);
  if (outcome === undefined || move.sharesMicros >= 0n) return;
  await chain.moveSharesAway?.({ wallet: move.wallet, slug: market.slug, outcome, sharesMicros: -move.sharesMicros });
  await readings.refresh(market, move.wallet, move.tokenId);
}
