import type { MarketVersion } from '#lib/domain/market/market.ts';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import { maxMicros, mulDivFloor } from '#lib/domain/market/money.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import { SIM_LIVE_WALLET } from '#lib/simulation/world/sim-settlement.ts';
import type { ConditionChain } from '#lib/venue/engine/condition-chain.ts';
import { chainShares, countsAt, type VenueLedger, type VenueTrade } from '#lib/venue/engine/venue-ledger.ts';
import type { Situation } from './situation.ts';

/** An order of the strategy, when it first left. */
export type SentOrder = {
  readonly orderHash: string;
  readonly side: 'BUY' | 'SELL';
  readonly tokenId: string;
  readonly sharesMicros: bigint;
  readonly atMs: number;
};

/** What a strategy did in one life, judged by the venue's own ledger and the chain. */
export type PlayedLife = {
  readonly situation: Situation;
  readonly ledger: VenueLedger;
  readonly chain: ConditionChain;
  readonly orders: readonly SentOrder[];
  /** Shares that are left are on record as unsold, and are followed to their result. */
  readonly isRestManaged: boolean;
};

export type LifeFigures = {
  readonly version: MarketVersion;
  readonly boughtMicros: bigint;
  /** Shares of both outcomes left at the market's end, once every trade has settled. */
  readonly leftMicros: bigint;
  readonly unmanagedMicros: bigint;
  /** Sells were matched for more shares than were bought. */
  readonly isSoldTwice: boolean;
  /** A sell was taken by the venue for more shares than were there. */
  readonly isOversold: boolean;
  /** A sell asked for more shares than were there, refused or not. */
  readonly isAskedTooMuch: boolean;
  /** What the shares that are still in the wallet would pay. */
  readonly unclaimedMicros: bigint;
  /** What selling all of them at T − 2:00 would have brought, after fees. */
  readonly exitValueMicros: bigint;
  /** What sales and payouts brought, after fees. */
  readonly receivedMicros: bigint;
  /** Sells that were sent. */
  readonly sellCount: number;
  /** Null when no sell was sent. */
  readonly firstExitLateMs: number | null;
};

const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;
/** The strategies sell at any price; the tick of every market. */
const LOWEST_PRICE_MICROS = 10_000n;

/** Null when no share was bought: then there was nothing to lose. */
export function weighLife(life: PlayedLife): LifeFigures | null {
  const { situation, ledger, chain, orders, isRestManaged } = life;
  const { market } = situation.setup.playing;
  const boughtMicros = boughtOf(life);
  if (boughtMicros < DUST_SHARES_MICROS) return null;
  const leftMicros = leftOf(ledger, chain, market.tokenIds);
  const sells = orders.filter(({ side }) => side === 'SELL');
  const firstAtMs = sells.map(({ atMs }) => atMs).reduce((a, b) => Math.min(a, b), FOR_EVER_MS);
  return {
    version: market.version,
    boughtMicros,
    leftMicros,
    unmanagedMicros: isRestManaged ? 0n : leftMicros,
    isSoldTwice: isSoldTwice(life, sells),
    isOversold: sells.some((order) => {
      const takenAtMs = ledger.orders.get(order.orderHash)?.receivedAtMs;
      return takenAtMs !== undefined && isMoreThanHeld(life, order, takenAtMs);
    }),
    isAskedTooMuch: sells.some((order) => isMoreThanHeld(life, order, order.atMs)),
    unclaimedMicros: unclaimedOf(chain),
    exitValueMicros: exitValueOf(life),
    receivedMicros: receivedOf(life),
    sellCount: sells.length,
    firstExitLateMs: sells.length === 0 ? null : firstAtMs - situation.exitDueAtMs,
  };
}

/** Shares of either outcome that the opening buy brought. */
function boughtOf({ ledger, orders, situation }: PlayedLife): bigint {
  const ownTokenId = situation.setup.playing.market.tokenIds[situation.setup.outcome];
  const buys = new Set(orders.filter((o) => o.side === 'BUY' && o.tokenId === ownTokenId).map((o) => o.orderHash));
  return ledger.trades.reduce(
    (sum, trade) => (buys.has(trade.orderHash) && trade.minedAtMs !== null ? sum + trade.deliveredMicros : sum),
    0n,
  );
}

/** Below a hundredth of a share, which no order can sell, there is nothing left. */
function leftOf(ledger: VenueLedger, { payouts }: ConditionChain, tokenIds: Readonly<Record<'UP' | 'DOWN', string>>) {
  return OUTCOMES.reduce((sum, outcome) => {
    const heldMicros = chainShares(ledger, SIM_LIVE_WALLET, tokenIds[outcome], FOR_EVER_MS);
    // Redeemed after the end.
    const redeemedMicros = payouts.reduce((total, { takenMicros }) => total + takenMicros[outcome], 0n);
    const leftMicros = heldMicros + redeemedMicros;
    return leftMicros < DUST_SHARES_MICROS ? sum : sum + leftMicros;
  }, 0n);
}

/** Shares of the own token that the strategy's orders have moved, as far as was known then. */
function movedBy({ ledger, orders, situation }: PlayedLife, atMs: number, isSold: (trade: VenueTrade) => boolean) {
  const ownTokenId = situation.setup.playing.market.tokenIds[situation.setup.outcome];
  const own = new Set(orders.map(({ orderHash }) => orderHash));
  const moved = { boughtMicros: 0n, soldMicros: 0n };
  for (const trade of ledger.trades) {
    if (!own.has(trade.orderHash) || !countsAt(trade, atMs)) continue;
    if (trade.side === 'BUY' && trade.deliveredTokenId === ownTokenId && trade.matchedAtMs <= atMs) {
      moved.boughtMicros += trade.deliveredMicros;
    }
    if (trade.side === 'SELL' && isSold(trade)) moved.soldMicros += trade.sharesMicros;
  }
  return moved;
}

/** A sell was matched, and with it more shares were sold than the strategy had bought. */
function isSoldTwice(life: PlayedLife, sells: readonly SentOrder[]): boolean {
  const hashes = new Set(sells.map(({ orderHash }) => orderHash));
  return life.ledger.trades.some((trade) => {
    if (!hashes.has(trade.orderHash)) return false;
    const atMs = trade.matchedAtMs;
    const { boughtMicros, soldMicros } = movedBy(life, atMs, ({ matchedAtMs }) => matchedAtMs <= atMs);
    return soldMicros > boughtMicros + DUST_SHARES_MICROS;
  });
}

/** Shares are there to be sold while the owner has not moved them, and the venue has no earlier order for them. */
function isMoreThanHeld(life: PlayedLife, order: SentOrder, atMs: number): boolean {
  const { ledger } = life;
  // An order that the venue has taken holds its shares, matched or not.
  const isTaken = ({ orderHash }: VenueTrade): boolean =>
    orderHash !== order.orderHash && (ledger.orders.get(orderHash)?.receivedAtMs ?? FOR_EVER_MS) <= atMs;
  const { boughtMicros, soldMicros } = movedBy(life, atMs, isTaken);
  const movedMicros = ledger.outsideMoves.reduce(
    (sum, move) => (move.isPaid === true || move.atMs > atMs ? sum : sum + move.sharesMicros),
    0n,
  );
  return order.sharesMicros > boughtMicros - soldMicros + movedMicros + DUST_SHARES_MICROS;
}

function unclaimedOf({ resolution, sharesAt }: ConditionChain): bigint {
  if (resolution === null) return 0n;
  return OUTCOMES.reduce((sum, outcome) => {
    const sharesMicros = sharesAt(SIM_LIVE_WALLET, outcome, FOR_EVER_MS);
    if (sharesMicros < DUST_SHARES_MICROS) return sum;
    return sum + mulDivFloor(sharesMicros, resolution.pays[outcome], resolution.total);
  }, 0n);
}

/** Of the shares of the own token that arrived and that the owner did not sell elsewhere. */
function exitValueOf(life: PlayedLife): bigint {
  const { exitBook, setup } = life.situation;
  if (exitBook === undefined) return 0n;
  const { boughtMicros } = movedBy(life, FOR_EVER_MS, () => false);
  const movedMicros = life.ledger.outsideMoves.reduce(
    (sum, move) => (move.isPaid === true ? sum : sum + move.sharesMicros),
    0n,
  );
  const sharesMicros = maxMicros(boughtMicros + movedMicros, 0n);
  const order = { side: 'SELL', orderType: 'FAK', sharesMicros, limitPriceMicros: LOWEST_PRICE_MICROS } as const;
  const { valueMicros, feesMicros } = totalsOfSlices(walkBook(exitBook, order), setup.playing.market.feeRateMicros);
  return valueMicros - feesMicros;
}

/**
 * Cash of the sales that settled, also by an order that the owner had placed, of merges less what their other half
 * cost, and of payouts, by any redemption.
 */
function receivedOf({ ledger, chain, orders, situation }: PlayedLife): bigint {
  const ownTokenId = situation.setup.playing.market.tokenIds[situation.setup.outcome];
  const own = new Set(orders.map(({ orderHash }) => orderHash));
  let cashMicros = 0n;
  for (const { orderHash, side, tokenId, minedAtMs, valueMicros, feesMicros } of ledger.trades) {
    if (minedAtMs === null) continue;
    if (side === 'SELL') cashMicros += valueMicros - feesMicros;
    else if (own.has(orderHash) && tokenId !== ownTokenId) cashMicros -= valueMicros + feesMicros;
  }
  for (const { pairsMicros } of chain.merges) cashMicros += pairsMicros;
  for (const { cashMicros: paid } of chain.payouts) cashMicros += paid.UP + paid.DOWN;
  return cashMicros;
}
