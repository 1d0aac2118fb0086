import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { easternMoments, easternTimeAt } from '#lib/domain/market/eastern-time.ts';
import {
  ASSETS,
  assetOfSlug,
  binanceSymbolOf,
  findWindow,
  findWindowName,
  marketSlug,
  parseMarketSlug,
  parseSeriesSlug,
  possibleSlugs,
  seriesSlug,
  WINDOWS,
  windowAt,
} from '#lib/domain/market/up-down-markets.ts';

const at = (text: string): number => Date.parse(text);
const HOUR_MS = 3_600_000;
const YEARS = { min: at('2025-01-01T00:00:00Z'), max: at('2035-12-31T00:00:00Z') };

describe('eastern time', () => {
  const newYork = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
  });
  const byTimeZoneData = (atMs: number) => {
    const parts = new Map(newYork.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const [year, month, day, hour] = [parts.get('year'), parts.get('month'), parts.get('day'), parts.get('hour')];
    return { year, month: Number(month) - 1, day, hour };
  };

  it('is what the time zone data of the runtime say, in every hour around the changes of the clock', () => {
    for (let year = 2025; year <= 2035; year += 1) {
      for (const [from, days] of [
        [Date.UTC(year, 2, 7), 9],
        [Date.UTC(year, 9, 31), 9],
        [Date.UTC(year, 11, 31), 2],
      ] as const) {
        for (let atMs = from; atMs < from + days * 24 * HOUR_MS; atMs += HOUR_MS / 2) {
          expect(easternTimeAt(atMs)).toEqual(byTimeZoneData(atMs));
        }
      }
    }
  });

  it('is found again by its moment', () => {
    fc.assert(
      fc.property(fc.integer(YEARS), (anyMs) => {
        const atMs = anyMs - (anyMs % HOUR_MS);
        expect(easternMoments(easternTimeAt(atMs))).toContain(atMs);
      }),
    );
  });

  it('has two moments in the repeated hour, none in the hour left out, and none on a date that does not exist', () => {
    const one = { year: 2026, month: 10, day: 1, hour: 1 };
    expect(easternMoments(one)).toEqual([at('2026-11-01T05:00:00Z'), at('2026-11-01T06:00:00Z')]);
    expect(easternMoments({ year: 2026, month: 2, day: 8, hour: 2 })).toEqual([]);
    expect(easternMoments({ year: 2026, month: 1, day: 30, hour: 2 })).toEqual([]);
    expect(easternMoments({ year: 2026, month: 12, day: 1, hour: 2 })).toEqual([]);
  });
});

describe('marketSlug', () => {
  it.each([
    ['BTC', '5m', '2026-03-12T09:23:00Z', 'btc-updown-5m-1773307200'],
    ['SOL', '15m', '2026-03-12T09:23:00Z', 'sol-updown-15m-1773306900'],
    // Seen on Gamma: 16:00 in New York in winter, 8:00 in summer.
    ['SOL', '4h', '2026-01-19T22:30:00Z', 'sol-updown-4h-1768856400'],
    ['SOL', '4h', '2026-05-23T12:00:00Z', 'sol-updown-4h-1779537600'],
    ['BTC', '1h', '2026-11-30T08:59:59Z', 'bitcoin-up-or-down-november-30-2026-3am-et'],
    ['ETH', '1h', '2026-11-30T05:00:00Z', 'ethereum-up-or-down-november-30-2026-12am-et'],
    ['DOGE', '1h', '2026-04-07T11:30:00Z', 'dogecoin-up-or-down-april-7-2026-7am-et'],
    ['HYPE', '1h', '2026-06-19T12:30:00Z', 'hyperliquid-up-or-down-june-19-2026-8am-et'],
    ['XRP', '1h', '2026-05-10T22:00:00Z', 'xrp-up-or-down-may-10-2026-6pm-et'],
    ['BNB', '1h', '2026-05-10T16:00:00Z', 'bnb-up-or-down-may-10-2026-12pm-et'],
    ['BTC', '1d', '2026-11-30T16:59:59Z', 'bitcoin-up-or-down-on-november-30-2026'],
    ['BTC', '1d', '2026-11-30T17:00:00Z', 'bitcoin-up-or-down-on-december-1-2026'],
  ] as const)('names the %s window of %s at %s', (asset, window, time, slug) => {
    expect(marketSlug(asset, window, at(time))).toBe(slug);
  });

  it('names both hours of the change in November alike, and leaves an hour out in March', () => {
    const hourly = (time: string) => marketSlug('BTC', '1h', at(time));
    expect(hourly('2026-11-01T05:30:00Z')).toBe('bitcoin-up-or-down-november-1-2026-1am-et');
    expect(hourly('2026-11-01T06:30:00Z')).toBe('bitcoin-up-or-down-november-1-2026-1am-et');
    expect(hourly('2026-11-01T07:00:00Z')).toBe('bitcoin-up-or-down-november-1-2026-2am-et');
    expect(hourly('2026-03-08T06:30:00Z')).toBe('bitcoin-up-or-down-march-8-2026-1am-et');
    expect(hourly('2026-03-08T07:00:00Z')).toBe('bitcoin-up-or-down-march-8-2026-3am-et');
  });

  it('may be without its year, and HYPE under two names', () => {
    expect(possibleSlugs('BTC', '1h', at('2025-11-23T11:30:00Z'))).toEqual([
      'bitcoin-up-or-down-november-23-2025-6am-et',
      'bitcoin-up-or-down-november-23-6am-et',
    ]);
    expect(possibleSlugs('HYPE', '1d', at('2026-05-20T10:00:00Z'))).toContain('hyperliquid-up-or-down-on-may-20');
    expect(possibleSlugs('HYPE', '1d', at('2026-05-20T10:00:00Z'))).toContain('hype-up-or-down-on-may-20-2026');
    expect(possibleSlugs('ETH', '5m', at('2026-05-20T10:00:00Z'))).toEqual(['eth-updown-5m-1779271200']);
  });
});

describe('windowAt', () => {
  it('contains its moment, follows the one before, and has a slug that names it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ASSETS), fc.constantFrom(...WINDOWS), fc.integer(YEARS), (asset, window, atMs) => {
        const span = windowAt(window, atMs);
        expect(span.startsAtMs <= atMs && atMs < span.endsAtMs).toBe(true);
        expect(windowAt(window, span.startsAtMs)).toEqual(span);
        expect(windowAt(window, span.startsAtMs - 1).endsAtMs).toBe(span.startsAtMs);
        for (const slug of possibleSlugs(asset, window, atMs)) {
          expect(parseMarketSlug(slug, atMs)).toMatchObject({ asset, spans: expect.arrayContaining([span]) });
        }
      }),
    );
  });

  it('runs from noon to noon in New York, for 25 or 23 hours where the clock changes', () => {
    const day = (time: string) => {
      const { startsAtMs, endsAtMs } = windowAt('1d', at(time));
      return [new Date(startsAtMs).toISOString(), (endsAtMs - startsAtMs) / HOUR_MS];
    };
    expect(day('2026-09-22T14:00:00Z')).toEqual(['2026-09-21T16:00:00.000Z', 24]);
    expect(day('2026-10-31T20:00:00Z')).toEqual(['2026-10-31T16:00:00.000Z', 25]);
    expect(day('2026-03-07T18:00:00Z')).toEqual(['2026-03-07T17:00:00.000Z', 23]);
  });

  it('is recognised by its times', () => {
    for (const window of WINDOWS) expect(findWindow(windowAt(window, at('2026-11-01T06:10:00Z')))).toBe(window);
    expect(findWindow({ startsAtMs: 1_773_307_200_000, endsAtMs: 1_773_307_201_000 })).toBeUndefined();
    expect(findWindow({ startsAtMs: 1_773_307_201_000, endsAtMs: 1_773_307_500_000 })).toBeUndefined();
  });
});

describe('parseMarketSlug', () => {
  const NEAR_MS = at('2026-11-30T00:00:00Z');

  it('finds both windows that the repeated hour may mean, and none in the hour left out', () => {
    const spans = parseMarketSlug('bitcoin-up-or-down-november-1-2026-1am-et', NEAR_MS)?.spans;
    expect(spans?.map(({ startsAtMs }) => new Date(startsAtMs).toISOString())).toEqual([
      '2026-11-01T05:00:00.000Z',
      '2026-11-01T06:00:00.000Z',
    ]);
    expect(parseMarketSlug('bitcoin-up-or-down-march-8-2026-2am-et', NEAR_MS)?.spans).toEqual([]);
  });

  it('reads any length in the form by seconds', () => {
    const startsAtMs = 1_773_307_200_000;
    expect(parseMarketSlug('btc-updown-30m-1773307200', NEAR_MS)).toEqual({
      asset: 'BTC',
      spans: [{ startsAtMs, endsAtMs: startsAtMs + 1_800_000 }],
    });
  });

  it('finds both lengths that four hours may have where the clock changes, and one elsewhere', () => {
    const hoursOf = (slug: string) =>
      parseMarketSlug(slug, NEAR_MS)?.spans.map(({ startsAtMs, endsAtMs }) => (endsAtMs - startsAtMs) / HOUR_MS);
    const seconds = at('2026-11-01T04:00:00Z') / 1_000;
    expect(hoursOf(`btc-updown-4h-${seconds}`)).toEqual([4, 5]);
    expect(hoursOf(`btc-updown-4h-${seconds + 3_600}`)).toEqual([4]);
    expect(hoursOf(`btc-updown-5m-${seconds}`)).toEqual([1 / 12]);
    expect(hoursOf(`btc-updown-4h-${at('2026-03-08T05:00:00Z') / 1_000}`)).toEqual([4, 3]);
  });

  it('takes a slug without a year for one of the year before, of this and of the next', () => {
    const spans = parseMarketSlug('bitcoin-up-or-down-on-december-31', at('2026-01-01T12:00:00Z'))?.spans ?? [];
    expect(spans.map(({ endsAtMs }) => new Date(endsAtMs).toISOString())).toEqual([
      '2025-12-31T17:00:00.000Z',
      '2026-12-31T17:00:00.000Z',
      '2027-12-31T17:00:00.000Z',
    ]);
  });

  it.each([
    ['btc-updown-5m-1773307200', '5m'],
    ['btc-updown-30m-1773307200', '30m'],
    ['ada-updown-15m-1773307200', '15m'],
    ['btc-updown-300s-1773307200', '5m'],
    ['btc-updown-30s-1773307200', undefined],
    // Midnight of the night in November in which these four hours have five.
    ['btc-updown-14400s-1793505600', '4h'],
    ['btc-updown-30m-1773307200-again', undefined],
    ['bitcoin-up-or-down-november-30-2026-3am-et', '1h'],
    ['bitcoin-up-or-down-on-november-30-2026', '1d'],
    ['will-it-rain-in-lisbon-tomorrow', undefined],
  ])('names the window of %s: %s', (slug, name) => {
    expect(findWindowName(slug, NEAR_MS)).toBe(name);
  });

  it('names the asset of a slug', () => {
    expect(assetOfSlug('eth-updown-5m-1773307200')).toBe('ETH');
    expect(assetOfSlug('hyperliquid-up-or-down-on-may-20-2026')).toBe('HYPE');
  });

  it('takes a slug without a year for one near the given time', () => {
    const spans = parseMarketSlug('bitcoin-up-or-down-on-january-1', at('2025-12-31T20:00:00Z'))?.spans ?? [];
    expect(spans.map(({ endsAtMs }) => endsAtMs)).toContain(at('2026-01-01T17:00:00Z'));
  });

  it.each([
    'will-it-rain-in-lisbon-tomorrow',
    'ada-updown-5m-1773307200',
    'btc-updown-0m-1773307200',
    'btc-updown-5w-1773307200',
    'bitcoin-up-or-down-smarch-1-2026-1am-et',
    'bitcoin-up-or-down-november-1-2026',
    'bitcoin-up-or-down-on-november-1-2026-1am-et',
    'bitcoin-up-or-down-november-1-2026-13am-et',
    'bitcoin-above-115k-on-august-24',
    'amzn-up-or-down-on-november-28-2025',
  ])('takes %s for another market', (slug) => {
    expect(parseMarketSlug(slug, NEAR_MS)).toBeUndefined();
    expect(assetOfSlug(slug)).toBeUndefined();
  });
});

describe('series', () => {
  it('are those that Gamma lists', () => {
    expect(seriesSlug('BTC', '5m')).toBe('btc-up-or-down-5m');
    expect(seriesSlug('SOL', '1h')).toBe('solana-up-or-down-hourly');
    expect(seriesSlug('DOGE', '1h')).toBe('doge-up-or-down-hourly');
    expect(seriesSlug('DOGE', '1d')).toBe('dogecoin-up-or-down-daily');
    expect(seriesSlug('DOGE', '5m')).toBe('doge-up-or-down-5m');
    expect(seriesSlug('HYPE', '4h')).toBe('hype-up-or-down-4h');
  });

  it('are told apart', () => {
    for (const asset of ASSETS) {
      for (const window of WINDOWS) expect(parseSeriesSlug(seriesSlug(asset, window))).toEqual({ asset, window });
    }
    expect(parseSeriesSlug('best-ai-company')).toBeUndefined();
  });
});

it('knows the underlying on Binance, where there is one', () => {
  expect(ASSETS.map(binanceSymbolOf)).toEqual([
    'BTCUSDT',
    'ETHUSDT',
    'SOLUSDT',
    'XRPUSDT',
    'DOGEUSDT',
    'BNBUSDT',
    null,
  ]);
});
