import type { OrderBook } from '#lib/domain/market/market.ts';
import { floorTo, maxMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import { sellBackOf } from '#lib/domain/plan/sell-back.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import { cents, dollars, fillPrice, shares } from '#lib/words/money-text.ts';
import type { ActionFact } from './action-message.ts';

export type QuoteDeps = { readonly findBook: MarketData['findBook']; readonly clock: Pick<Clock, 'nowMs'> };

/** Without an answer the preview says so: neither a sale nor a purchase needs our book. */
const BOOK_DEADLINE_MS = 3_000;

type Asked = { readonly tokenId: string; readonly feeRateMicros: bigint };

/** The best bid, and what these shares would bring now. `minPriceMicros`: nothing is sold below it. */
export async function quoteSale(
  deps: QuoteDeps,
  asked: Asked & {
    readonly marketEndsAtMs: number;
    readonly sharesMicros: bigint;
    readonly minPriceMicros?: bigint | undefined;
  },
): Promise<readonly ActionFact[]> {
  const look = await lookAt(deps, asked.tokenId);
  const sharesMicros = floorTo(asked.sharesMicros, DUST_SHARES_MICROS);
  const [best] = look.book?.bids ?? [];
  if (look.book === null) return [UNREAD];
  if (best === undefined || sellBackOf(look, sharesMicros, asked) === null) {
    return [{ name: 'Bid', text: 'none now: the sale is tried again until there is one' }];
  }
  const limitPriceMicros = maxMicros(asked.minPriceMicros ?? 1n, 1n);
  const sale = { side: 'SELL', orderType: 'FAK', sharesMicros, limitPriceMicros } as const;
  const sold = totalsOfSlices(walkBook(look.book, sale), asked.feeRateMicros);
  const bid = { name: 'Bid', text: cents(best.priceMicros) };
  if (sold.sharesMicros === 0n) {
    return [bid, { name: 'Would bring now', text: 'nothing: the bids are below the lowest price' }];
  }
  const some = sold.sharesMicros < sharesMicros ? ` for ${shares(sold.sharesMicros)} of them` : '';
  const text = `${dollars(sold.valueMicros - sold.feesMicros)} after fees, ${fillPrice(sold)} a share${some}`;
  return [bid, { name: 'Would bring now', text }];
}

/** The best offer, and what these dollars would buy now. */
export async function quotePurchase(
  deps: QuoteDeps,
  { tokenId, feeRateMicros, cashMicros }: Asked & { readonly cashMicros: bigint },
): Promise<readonly ActionFact[]> {
  const { book } = await lookAt(deps, tokenId);
  if (book === null) return [UNREAD];
  const [best] = book.asks;
  if (best === undefined) return [{ name: 'Offer', text: 'none now: nothing can be bought' }];
  const buy = { side: 'BUY', orderType: 'FAK', sharesMicros: 0n, limitPriceMicros: ONE_MICROS, cashMicros } as const;
  const bought = totalsOfSlices(walkBook(book, buy), feeRateMicros);
  const fee = bought.feesMicros === 0n ? '' : `, with a fee of about ${dollars(bought.feesMicros)} taken out of it`;
  const text = `about ${shares(bought.sharesMicros)} shares at ${fillPrice(bought)}${fee}`;
  return [
    { name: 'Offer', text: cents(best.priceMicros) },
    { name: 'Would buy now', text },
  ];
}

const UNREAD: ActionFact = { name: 'Price', text: 'not read: the venue did not answer' };

async function lookAt({ findBook, clock }: QuoteDeps, tokenId: string) {
  const atMs = clock.nowMs();
  const book: OrderBook | undefined = await findBook(tokenId, atMs + BOOK_DEADLINE_MS).catch(() => undefined);
  return { book: book ?? null, atMs };
}
