import type { PaperOrder } from '#lib/ports/paper-ledger.ts';
import { chainShares, countsAt, type VenueLedger } from '#lib/venue/engine/venue-ledger.ts';
import { type Post, sumShares, type TrueTrade, type Truth } from './evidence.ts';

/** The venue's ledger and the paper exchange's, seen from one side. Orders that are not ours are left out. */
export function createTruth(
  venue: VenueLedger,
  paperOrders: readonly PaperOrder[],
  posts: ReadonlyMap<string, Post>,
  nowMs: () => number,
): Truth {
  return {
    trades: () => {
      const atMs = nowMs();
      const trades: TrueTrade[] = [];
      for (const trade of venue.trades) {
        if (!posts.has(trade.orderHash)) continue;
        const { tradeId, orderHash, side, sharesMicros, valueMicros, feesMicros, isFeeInShares } = trade;
        const counts = countsAt(trade, atMs);
        trades.push({ tradeId, orderHash, side, sharesMicros, valueMicros, feesMicros, isFeeInShares, counts });
      }
      for (const order of paperOrders) trades.push(...tradesOnPaper(order));
      return trades;
    },
    isWorking: (orderHash) => {
      const order = venue.orders.get(orderHash);
      return order !== undefined && posts.has(orderHash) && (order.status === 'held' || order.status === 'live');
    },
    isTaken: (orderHash) => venue.orders.has(orderHash) || paperOrders.some((order) => order.orderHash === orderHash),
    liveOrderCount: () => venue.orders.size,
    heldMicros: (wallet, tokenId) => {
      const onPaper = paperOrders.flatMap(tradesOnPaper);
      const sharesOf = (side: TrueTrade['side']) => sumShares(onPaper.filter((trade) => trade.side === side));
      return chainShares(venue, wallet, tokenId, Number.MAX_SAFE_INTEGER) + sharesOf('BUY') - sharesOf('SELL');
    },
  };
}

function tradesOnPaper({ orderHash, side, slices }: PaperOrder): readonly TrueTrade[] {
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
