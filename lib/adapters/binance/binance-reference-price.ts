import * as z from 'zod/mini';
import { getJson, joinUrl, statusOf, waitOf } from '#lib/adapters/http/request-json.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import { type Asset, binanceSymbolOf } from '#lib/domain/market/up-down-markets.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ReferencePrice } from '#lib/ports/venue/reference-price.ts';

export type BinanceReferencePriceDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly binanceHost: string;
};

/** Prices have eight decimals; other servers may send numbers. */
export const PriceTextSchema = z.pipe(
  z.union([z.string(), z.pipe(z.number(), z.transform(String))]),
  z.string().check(z.regex(/^\d{1,12}(\.\d{1,18})?$/)),
);

/** `GET /api/v3/ticker/price`. */
const TickerSchema = z.looseObject({ symbol: z.string(), price: PriceTextSchema });

const TICKER_BYTES_MAX = 10_000;

/** When Binance limits us and names no time. Requests during a limit turn it into a ban (418) of minutes to days. */
const REST_MS = 60_000;

/**
 * The last price of Binance's public ticker, quoted in USDT. The market does not resolve by it (venue §7); it is
 * recorded for people.
 */
export function createBinanceReferencePrice(deps: BinanceReferencePriceDeps): ReferencePrice {
  let restUntilMs = 0;
  return shareReads({
    async findPriceMicros(asset, deadlineAtMs) {
      if (deps.clock.nowMs() < restUntilMs) return null;
      const symbol = asset === null ? null : binanceSymbolOf(asset);
      if (symbol === null) return null;
      const url = joinUrl(deps.binanceHost, '/api/v3/ticker/price', { symbol });
      try {
        const { status, body } = await getJson(deps, {
          url,
          what: 'the ticker',
          deadlineAtMs,
          bytesMax: TICKER_BYTES_MAX,
        });
        const ticker = TickerSchema.safeParse(body);
        if (status !== 200 || !ticker.success || ticker.data.symbol !== symbol) return null;
        return toPriceMicros(ticker.data.price);
      } catch (error) {
        const isLimited = statusOf(error) === 429 || statusOf(error) === 418;
        const restMs = waitOf(error) ?? (isLimited ? REST_MS : 0);
        restUntilMs = deps.clock.nowMs() + restMs;
        // The exit does not need this price, so no failure is reported.
        return null;
      }
    },
  });
}

/** Concurrent exits share one request for the same price. */
function shareReads({ findPriceMicros }: ReferencePrice): ReferencePrice {
  const underWay = new Map<Asset | null, { readonly deadlineAtMs: number; readonly price: Promise<bigint | null> }>();
  return {
    async findPriceMicros(asset, deadlineAtMs) {
      const shared = underWay.get(asset);
      // A request with an earlier deadline might give up too early for this caller.
      if (shared !== undefined && shared.deadlineAtMs >= deadlineAtMs) return shared.price;
      const read = { deadlineAtMs, price: findPriceMicros(asset, deadlineAtMs) };
      underWay.set(asset, read);
      const price = await read.price;
      if (underWay.get(asset) === read) underWay.delete(asset);
      return price;
    },
  };
}

/** Null for a price of nothing. */
export function toPriceMicros(text: string): bigint | null {
  const [whole = '', fraction = ''] = text.split('.');
  const micros = parseMicros(`${whole}.${fraction.slice(0, 6).padEnd(1, '0')}`);
  return micros > 0n ? micros : null;
}
