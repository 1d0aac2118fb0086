import type { PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import { FILLED_LATE_MS_MAX } from '#lib/venue/engine/venue-engine.ts';
import { chainShares, countsAt, type VenueLedger, type VenueOrder } from '#lib/venue/engine/venue-ledger.ts';
import { type LedgerFacts, type LedgerTrade, type Post, sumShares } from './evidence.ts';

/** The ledgers of venue and paper exchange as one, without orders that the suite did not post. */
export function createLedgerFacts(
  venue: VenueLedger,
  paperOrders: readonly PaperOrder[],
  posts: ReadonlyMap<string, Post>,
  nowMs: () => number,
): LedgerFacts {
  return {
    trades: () => {
      const atMs = nowMs();
      const trades: LedgerTrade[] = [];
      for (const trade of venue.trades) {
        if (!posts.has(trade.orderHash)) continue;
        const { tradeId, orderHash, side, sharesMicros, valueMicros, feesMicros, isFeeInShares } = trade;
        const counts = countsAt(trade, atMs);
        trades.push({ tradeId, orderHash, side, sharesMicros, valueMicros, feesMicros, isFeeInShares, counts });
      }
      // Shares that a request put into the paper wallet are no trade.
      for (const order of paperOrders) if (posts.has(order.orderHash)) trades.push(...tradesOnPaper(order));
      return trades;
    },
    isWorking: (orderHash) => {
      const order = venue.orders.get(orderHash);
      if (order === undefined || !posts.has(orderHash)) return false;
      return (order.status === 'held' || order.status === 'live') && !isOver(order, nowMs());
    },
    isAccepted: (orderHash) =>
      venue.orders.has(orderHash) || paperOrders.some((order) => order.orderHash === orderHash),
    liveOrderCount: () => venue.orders.size,
    heldMicros: (wallet, tokenId) => {
      const isOfToken = ({ orderHash }: PaperOrder): boolean => posts.get(orderHash)?.intent.tokenId === tokenId;
      const onPaper = paperOrders.filter(isOfToken).flatMap(tradesOnPaper);
      const sharesOf = (side: LedgerTrade['side']) => sumShares(onPaper.filter((trade) => trade.side === side));
      return chainShares(venue, wallet, tokenId, Number.MAX_SAFE_INTEGER) + sharesOf('BUY') - sharesOf('SELL');
    },
    isDisturbed: (wallet) =>
      venue.outsideMoves.some((move) => move.wallet === wallet && move.isPaid !== true) ||
      venue.trades.some(
        (trade) =>
          trade.wallet === wallet &&
          trade.minedAtMs !== null &&
          (!posts.has(trade.orderHash) ||
            (trade.side === 'BUY' &&
              (trade.deliveredMicros !== trade.sharesMicros || trade.deliveredTokenId !== trade.tokenId))),
      ),
  };
}

/** The engine matches a due order when it is next asked; until then the order keeps its status. */
function isOver({ orderType, status, matchAtMs }: VenueOrder, atMs: number): boolean {
  const mayBeLate = status === 'held' ? FILLED_LATE_MS_MAX : 0;
  return orderType !== 'GTC' && matchAtMs !== null && atMs > matchAtMs + mayBeLate;
}

function tradesOnPaper({ orderHash, side, slices }: PaperOrder): readonly LedgerTrade[] {
  return slices.map(({ sharesMicros, valueMicros, feesMicros }, index) => ({
    tradeId: `${orderHash}-${index + 1}`,
    orderHash,
    side,
    sharesMicros,
    valueMicros,
    feesMicros,
    isFeeInShares: false,
    counts: true,
  }));
}
