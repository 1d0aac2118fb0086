import * as z from 'zod/mini';
import { DecimalMicrosSchema, PriceMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { TimeMsSchema } from '#lib/adapters/polymarket/time-schema.ts';
import { orElse } from '#lib/contracts/parse-input.ts';
import type { BookLevel, OrderBook } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import { versionOfToken } from './market-ids.ts';

const LevelSchema = z.looseObject({
  price: DecimalMicrosSchema.check(z.refine((micros) => micros <= ONE_MICROS, { message: 'may be 1 at most' })),
  size: DecimalMicrosSchema,
});

/** CLOB `GET /book?token_id=`. The order of the levels is not documented (venue §2.4). */
export const BookSchema = z.looseObject({
  asset_id: z.nullish(z.string()),
  /** Books of version 2 name it; those of version 1 do not. */
  version: orElse(z.nullish(z.string()), undefined),
  /** Unix milliseconds. An invalid time or tick does not invalidate the prices. */
  timestamp: orElse(z.nullish(TimeMsSchema.check(z.positive())), undefined),
  /** A side without orders may be missing. */
  bids: z.nullish(z.array(LevelSchema)),
  asks: z.nullish(z.array(LevelSchema)),
  tick_size: orElse(z.nullish(PriceMicrosSchema), undefined),
});

type BookReply = z.output<typeof BookSchema>;

/** From coarse to fine (venue §2.5). */
const TICKS_MICROS: readonly bigint[] = [10_000n, 1_000n];
const FINEST_TICK_MICROS = 100n;

/**
 * Levels sorted best first, without empty ones. A missing time becomes `nowMs`, a missing tick the coarsest one that
 * fits all prices.
 * @throws UnexpectedReplyError
 */
export function toOrderBook(tokenId: string, reply: BookReply, nowMs: number): OrderBook {
  if ((reply.asset_id ?? tokenId) !== tokenId)
    throw new UnexpectedReplyError("The venue answered with another token's book");
  if (/^v[12]$/.test(reply.version ?? '') && reply.version !== versionOfToken(tokenId))
    throw new UnexpectedReplyError("The venue answered with another version's book");
  // Other JSON, such as a refusal with status 200, is not an empty book.
  if (!reply.bids && !reply.asks && !reply.asset_id)
    throw new UnexpectedReplyError('The answer for the book is not a book');
  const bids = toLevels(reply.bids).sort((a, b) => comparePrices(b, a));
  const asks = toLevels(reply.asks).sort(comparePrices);
  const tickMicros = reply.tick_size ?? coarsestTickMicros([...bids, ...asks]);
  return { tokenId, bids, asks, tickMicros, atMs: reply.timestamp ?? nowMs };
}

function toLevels(levels: BookReply['bids']): BookLevel[] {
  return (
    (levels ?? [])
      // Nothing trades at 0 or at a dollar. Such a level does not invalidate the others.
      .filter(({ price, size }) => size > 0n && price > 0n && price < ONE_MICROS)
      .map(({ price, size }) => ({ priceMicros: price, sharesMicros: size }))
  );
}

function comparePrices(a: BookLevel, b: BookLevel): number {
  if (a.priceMicros === b.priceMicros) return 0;
  return a.priceMicros < b.priceMicros ? -1 : 1;
}

/** A price on a coarse tick is valid on every finer one. */
function coarsestTickMicros(levels: readonly BookLevel[]): bigint {
  const tick = TICKS_MICROS.find((micros) => levels.every(({ priceMicros }) => priceMicros % micros === 0n));
  return tick ?? FINEST_TICK_MICROS;
}
