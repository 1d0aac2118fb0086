import type { BookLevel, OrderBook } from '#lib/domain/market.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { BookReply } from './book-schema.ts';

/** Sorted best first and without empty levels, in whatever order the venue sent them. @throws UnexpectedReplyError */
export function toOrderBook(tokenId: string, reply: BookReply): OrderBook {
  if (reply.asset_id !== tokenId) throw new UnexpectedReplyError("The venue answered with another token's book");
  const bids = toLevels(reply.bids).sort((a, b) => comparePrices(b, a));
  const asks = toLevels(reply.asks).sort(comparePrices);
  const [bestBid] = bids;
  const [bestAsk] = asks;
  if (bestBid !== undefined && bestAsk !== undefined && bestBid.priceMicros >= bestAsk.priceMicros) {
    throw new UnexpectedReplyError('The book is crossed');
  }
  return { tokenId, bids, asks, tickMicros: reply.tick_size, atMs: reply.timestamp };
}

function toLevels(levels: BookReply['bids']): BookLevel[] {
  return levels.filter(({ size }) => size > 0n).map(({ price, size }) => ({ priceMicros: price, sharesMicros: size }));
}

function comparePrices(a: BookLevel, b: BookLevel): number {
  if (a.priceMicros === b.priceMicros) return 0;
  return a.priceMicros < b.priceMicros ? -1 : 1;
}
