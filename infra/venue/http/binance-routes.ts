import type { FastifyInstance } from 'fastify';
import { formatMicros } from '#lib/domain/market/money.ts';
import { ASSETS, type Asset, binanceSymbolOf } from '#lib/domain/market/up-down-markets.ts';
import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';

export type BinanceRoutesDeps = { readonly venue: Pick<PlayingVenue, 'underlyingMicros'>; nowMs(): number };

type CandleQuery = Readonly<Partial<Record<'symbol' | 'interval' | 'startTime' | 'endTime' | 'limit', string>>>;

const CANDLE_MS: Readonly<Record<string, number>> = {
  '1s': 1_000,
  '1m': 60_000,
  '5m': 300_000,
  '1h': 3_600_000,
  '1d': 86_400_000,
};
const LIMIT_DEFAULT = 500;
const LIMIT_MAX = 1_000;
/** A candle's high and low are the highest and lowest of this many prices. */
const PRICES_PER_CANDLE = 5;

/** Binance's public ticker and candles, with the prices that the running markets imply. */
export function registerBinanceRoutes(app: FastifyInstance, { venue, nowMs }: BinanceRoutesDeps): void {
  const priceText = (micros: bigint): string => `${formatMicros(micros, 6)}00`;

  app.get<{ Querystring: { symbol?: string } }>('/api/v3/ticker/price', ({ query: { symbol } }, reply) => {
    const asset = findAsset(symbol);
    if (asset === undefined) return reply.code(400).send(INVALID_SYMBOL);
    return reply.send({ symbol, price: priceText(venue.underlyingMicros(asset, nowMs())) });
  });

  app.get<{ Querystring: CandleQuery }>('/api/v3/klines', ({ query }, reply) => {
    const asset = findAsset(query.symbol);
    if (asset === undefined) return reply.code(400).send(INVALID_SYMBOL);
    const lengthMs = CANDLE_MS[query.interval ?? ''];
    if (lengthMs === undefined) return reply.code(400).send({ code: -1120, msg: 'Invalid interval.' });
    return reply.send(openTimes(query, lengthMs, nowMs()).map((opensAtMs) => candleOf(asset, opensAtMs, lengthMs)));
  });

  function candleOf(asset: Asset, opensAtMs: number, lengthMs: number): readonly (number | string)[] {
    const closesAtMs = opensAtMs + lengthMs - 1;
    const prices = Array.from({ length: PRICES_PER_CANDLE }, (_, index) =>
      venue.underlyingMicros(asset, opensAtMs + Math.floor((index / (PRICES_PER_CANDLE - 1)) * (lengthMs - 1))),
    );
    const [open = 0n] = prices;
    const close = prices.at(-1) ?? open;
    const [low = open, ...others] = prices.toSorted((one, other) => Number(one - other));
    const high = others.at(-1) ?? low;
    const figures = [open, high, low, close].map(priceText);
    return [opensAtMs, ...figures, '1.00000000', closesAtMs, priceText(close), 1, '0.50000000', '0.50000000', '0'];
  }
}

const INVALID_SYMBOL = { code: -1121, msg: 'Invalid symbol.' };

function findAsset(symbol: string | undefined): Asset | undefined {
  return ASSETS.find((asset) => symbol !== undefined && symbol === binanceSymbolOf(asset));
}

/** Whole candles from `startTime`, or the newest ones; none that opens later than now. */
function openTimes({ startTime, endTime, limit }: CandleQuery, lengthMs: number, nowMs: number): readonly number[] {
  const countMax = Math.min(Number(limit ?? LIMIT_DEFAULT), LIMIT_MAX);
  const lastMs = Math.floor(Math.min(Number(endTime ?? nowMs), nowMs) / lengthMs) * lengthMs;
  const firstMs =
    startTime === undefined ? lastMs - (countMax - 1) * lengthMs : Math.ceil(Number(startTime) / lengthMs) * lengthMs;
  const count = Math.max(Math.min((lastMs - firstMs) / lengthMs + 1, countMax), 0);
  return Array.from({ length: count }, (_, index) => firstMs + index * lengthMs);
}
