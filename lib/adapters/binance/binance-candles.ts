import * as z from 'zod/mini';
import { getJson, joinUrl } from '#lib/adapters/http/request-json.ts';
import { binanceSymbolOf, type Span } from '#lib/domain/market/up-down-markets.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { PriceHistory, PricePoint } from '#lib/ports/venue/price-history.ts';
import { type BinanceReferencePriceDeps, PriceTextSchema, toPriceMicros } from './binance-reference-price.ts';

/**
 * `GET /api/v3/klines`: open time, open, high, low, close, volume, close time, and more. Times are in milliseconds.
 * https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
 */
const CandlesSchema = z.array(
  z.pipe(
    z.tuple([z.int(), z.unknown(), z.unknown(), z.unknown(), PriceTextSchema, z.unknown(), z.int()], z.unknown()),
    z.transform(([, , , , close, , closesAtMs]): PricePoint | null => {
      const priceMicros = toPriceMicros(close);
      return priceMicros === null ? null : { atMs: closesAtMs, priceMicros };
    }),
  ),
);

/** Candles of one answer at most; same source. */
const CANDLE_COUNT_MAX = 1_000;
const CANDLE_BYTES_MAX = 300;

const INTERVALS = [
  ['1s', 1_000],
  ['1m', 60_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
] as const;

/** Closing prices of Binance's candles, as fine as one answer holds for the span. Quoted in USDT. */
export function createBinanceCandles(deps: BinanceReferencePriceDeps): Pick<PriceHistory, 'listUnderlying'> {
  return {
    async listUnderlying(asset, span, deadlineAtMs) {
      const symbol = binanceSymbolOf(asset);
      if (symbol === null) return [];
      const { status, body } = await getJson(deps, {
        url: joinUrl(deps.binanceHost, '/api/v3/klines', queryOf(symbol, span)),
        what: 'the candles',
        deadlineAtMs,
        bytesMax: CANDLE_COUNT_MAX * CANDLE_BYTES_MAX,
      });
      const candles = CandlesSchema.safeParse(body);
      if (status !== 200 || !candles.success) {
        throw new UnexpectedReplyError('Binance’s answer is not a list of candles', { status });
      }
      return candles.data.filter((point) => point !== null);
    },
  };
}

function queryOf(symbol: string, { startsAtMs, endsAtMs }: Span): Readonly<Record<string, string>> {
  const isFineEnough = ([, ms]: (typeof INTERVALS)[number]) => endsAtMs - startsAtMs <= ms * CANDLE_COUNT_MAX;
  const [interval] = INTERVALS.find(isFineEnough) ?? ['1d'];
  return {
    symbol,
    interval,
    startTime: String(startsAtMs),
    endTime: String(endsAtMs),
    limit: String(CANDLE_COUNT_MAX),
  };
}
