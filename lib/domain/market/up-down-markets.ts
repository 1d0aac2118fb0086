import { type EasternTime, easternMoments, easternTimeAt } from './eastern-time.ts';

/**
 * The venue's up/down markets: which assets and lengths there are, what they are called and when they begin and end.
 * Sources, read in September to November 2026: venue §5.1; the list of series that Gamma served on 2026-09-17.
 */
const ASSET_FACTS = {
  BTC: { ticker: 'btc', names: ['bitcoin'], hourlySeries: 'btc', dailySeries: 'btc', binanceSymbol: 'BTCUSDT' },
  ETH: { ticker: 'eth', names: ['ethereum'], hourlySeries: 'eth', dailySeries: 'eth', binanceSymbol: 'ETHUSDT' },
  SOL: { ticker: 'sol', names: ['solana'], hourlySeries: 'solana', dailySeries: 'solana', binanceSymbol: 'SOLUSDT' },
  XRP: { ticker: 'xrp', names: ['xrp'], hourlySeries: 'xrp', dailySeries: 'xrp', binanceSymbol: 'XRPUSDT' },
  DOGE: {
    ticker: 'doge',
    names: ['dogecoin'],
    hourlySeries: 'doge',
    dailySeries: 'dogecoin',
    binanceSymbol: 'DOGEUSDT',
  },
  BNB: { ticker: 'bnb', names: ['bnb'], hourlySeries: 'bnb', dailySeries: 'bnb', binanceSymbol: 'BNBUSDT' },
  // Binance has a perpetual future of HYPE, but no spot market.
  HYPE: {
    ticker: 'hype',
    names: ['hyperliquid', 'hype'],
    hourlySeries: 'hype',
    dailySeries: 'hype',
    binanceSymbol: null,
  },
} as const satisfies Record<string, AssetFacts>;

type AssetFacts = {
  /** Begins the slugs of the windows that are named by seconds. */
  readonly ticker: string;
  /** Begins the slugs of hourly and daily markets; the usual one first. */
  readonly names: readonly [string, ...string[]];
  readonly hourlySeries: string;
  readonly dailySeries: string;
  /** The underlying on Binance's spot market; null where it has none. */
  readonly binanceSymbol: string | null;
};

export const ASSETS = ['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'BNB', 'HYPE'] as const satisfies readonly AssetName[];
type AssetName = keyof typeof ASSET_FACTS;
export type Asset = (typeof ASSETS)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Lengths of the markets that are listed without a gap.
 * - `seconds`: `btc-updown-5m-1773307200`, after the start in Unix seconds. Windows of four hours begin at midnight,
 *   4 a.m., … Eastern time, so that in winter their start is no multiple of four hours in UTC.
 * - `eastern-hour`: `bitcoin-up-or-down-november-30-2026-3am-et`, after the hour in which the window starts.
 * - `eastern-day`: `bitcoin-up-or-down-on-november-30-2026`, after the day at whose noon, Eastern time, it ends. It
 *   begins at noon of the day before.
 */
const WINDOW_FACTS = {
  '5m': { lengthMs: 5 * MINUTE_MS, slugForm: 'seconds', series: '5m' },
  '15m': { lengthMs: 15 * MINUTE_MS, slugForm: 'seconds', series: '15m' },
  '1h': { lengthMs: HOUR_MS, slugForm: 'eastern-hour', series: 'hourly' },
  '4h': { lengthMs: 4 * HOUR_MS, slugForm: 'seconds', series: '4h' },
  '1d': { lengthMs: 24 * HOUR_MS, slugForm: 'eastern-day', series: 'daily' },
} as const satisfies Record<string, WindowFacts>;

type WindowFacts = {
  /** Usual length: a day with a change of the clock has 23 or 25 hours. */
  readonly lengthMs: number;
  readonly slugForm: 'seconds' | 'eastern-hour' | 'eastern-day';
  readonly series: string;
};

export const WINDOWS = ['5m', '15m', '1h', '4h', '1d'] as const satisfies readonly (keyof typeof WINDOW_FACTS)[];
export type Window = (typeof WINDOWS)[number];

export const WINDOW_MS: Readonly<Record<Window, number>> = {
  '5m': WINDOW_FACTS['5m'].lengthMs,
  '15m': WINDOW_FACTS['15m'].lengthMs,
  '1h': WINDOW_FACTS['1h'].lengthMs,
  '4h': WINDOW_FACTS['4h'].lengthMs,
  '1d': WINDOW_FACTS['1d'].lengthMs,
};

/** Null where Binance's spot market does not have the asset. */
export function binanceSymbolOf(asset: Asset): string | null {
  return ASSET_FACTS[asset].binanceSymbol;
}

/** From its start, inclusive, to its end, T. Unix milliseconds. */
export type Span = { readonly startsAtMs: number; readonly endsAtMs: number };

/** The window that has exactly these times; undefined for any other time. */
export function findWindow({ startsAtMs, endsAtMs }: Span): Window | undefined {
  return WINDOWS.find((window) => {
    const span = windowAt(window, startsAtMs);
    return span.startsAtMs === startsAtMs && span.endsAtMs === endsAtMs;
  });
}

/** The window of this length that contains `atMs`. */
export function windowAt(window: Window, atMs: number): Span {
  const { lengthMs } = WINDOW_FACTS[window];
  if (window === '1d') return dayAt(atMs);
  if (window === '4h') return fourHoursAt(atMs);
  const startsAtMs = Math.floor(atMs / lengthMs) * lengthMs;
  return { startsAtMs, endsAtMs: startsAtMs + lengthMs };
}

/** From noon to noon in New York: 23 or 25 hours when the clock changes in between. */
function dayAt(atMs: number): Span {
  const local = easternTimeAt(atMs);
  const first = local.hour < 12 ? -1 : 0;
  return { startsAtMs: noonOf(local, first), endsAtMs: noonOf(local, first + 1) };
}

function noonOf({ year, month, day }: EasternTime, daysLater: number): number {
  const date = new Date(Date.UTC(year, month, day + daysLater));
  const noon = { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), hour: 12 };
  return easternMoments(noon)[0] ?? date.getTime();
}

/** In the night in which the clock changes, the slot with the change has three or five hours. */
function fourHoursAt(atMs: number): Span {
  const isBoundary = (ms: number): boolean => {
    const { hour } = easternTimeAt(ms);
    return hour % 4 === 0 && easternTimeAt(ms - HOUR_MS).hour !== hour;
  };
  let startsAtMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
  while (!isBoundary(startsAtMs)) startsAtMs -= HOUR_MS;
  let endsAtMs = startsAtMs + HOUR_MS;
  while (!isBoundary(endsAtMs)) endsAtMs += HOUR_MS;
  return { startsAtMs, endsAtMs };
}

/** The venue's usual slug of the window that contains `atMs`. */
export function marketSlug(asset: Asset, window: Window, atMs: number): string {
  return slugWith(asset, ASSET_FACTS[asset].names[0], window, windowAt(window, atMs), true);
}

/** All slugs under which that window may be listed, the usual one first: the slugs of 2025 had no year. */
export function possibleSlugs(asset: Asset, window: Window, atMs: number): readonly string[] {
  const span = windowAt(window, atMs);
  const { names } = ASSET_FACTS[asset];
  const slugs = [true, false].flatMap((withYear) => names.map((name) => slugWith(asset, name, window, span, withYear)));
  return [...new Set(slugs)];
}

function slugWith(asset: Asset, name: string, window: Window, span: Span, withYear: boolean): string {
  const { slugForm } = WINDOW_FACTS[window];
  const year = (date: EasternTime): string => (withYear ? `-${date.year}` : '');
  switch (slugForm) {
    case 'seconds':
      return `${ASSET_FACTS[asset].ticker}-updown-${window}-${Math.floor(span.startsAtMs / 1_000)}`;
    case 'eastern-hour': {
      const start = easternTimeAt(span.startsAtMs);
      const hour = `${start.hour % 12 === 0 ? 12 : start.hour % 12}${start.hour < 12 ? 'am' : 'pm'}`;
      return `${name}-up-or-down-${MONTHS[start.month]}-${start.day}${year(start)}-${hour}-et`;
    }
    case 'eastern-day': {
      const end = easternTimeAt(span.endsAtMs);
      return `${name}-up-or-down-on-${MONTHS[end.month]}-${end.day}${year(end)}`;
    }
  }
}

const MONTHS: readonly string[] = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/** What the slug of an up/down market says. */
export type SlugParts = {
  readonly asset: Asset;
  /**
   * The windows it may name. Several where the slug is ambiguous: in the hour that November repeats, and without a
   * year.
   */
  readonly spans: readonly Span[];
};

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: MINUTE_MS, h: HOUR_MS, d: 24 * HOUR_MS };

const BY_SECONDS = /^([a-z]+)-updown-(\d{1,6})([smhd])-(\d{1,12})$/;
const BY_DATE = /^([a-z]+)-up-or-down-(?:(on)-)?([a-z]{3,9})-(\d{1,2})(?:-(\d{4}))?(?:-(1[0-2]|[1-9])(am|pm)-et)?$/;

/**
 * Parses the slug of an up/down market: one of `WINDOWS`, or any other length in the form by seconds. A slug without a
 * year is taken to lie within a year of `nearMs`. Undefined for any other slug.
 */
export function parseMarketSlug(slug: string, nearMs: number): SlugParts | undefined {
  return parseBySeconds(slug) ?? parseByDate(slug, nearMs);
}

/**
 * `5m`, `1d`; undefined for a market that is no up/down window. The slug of some says the length, even of an odd one.
 */
export function findWindowName(slug: string, nearMs: number): string | undefined {
  const named = /-updown-(\d+[mhd])-\d+$/.exec(slug)?.[1];
  if (named !== undefined) return named;
  const spans = parseMarketSlug(slug, nearMs)?.spans ?? [];
  return spans.map(findWindow).find((window) => window !== undefined);
}

/** The asset of an up/down market's slug; undefined for any other market. */
export function assetOfSlug(slug: string): Asset | undefined {
  return parseMarketSlug(slug, 0)?.asset;
}

function parseBySeconds(slug: string): SlugParts | undefined {
  const [, ticker = '', count = '', unit = '', seconds = ''] = BY_SECONDS.exec(slug) ?? [];
  const asset = ASSETS.find((each) => ASSET_FACTS[each].ticker === ticker);
  const lengthMs = Number(count) * (UNIT_MS[unit] ?? 0);
  if (asset === undefined || lengthMs === 0) return undefined;
  const startsAtMs = Number(seconds) * 1_000;
  const spans = [{ startsAtMs, endsAtMs: startsAtMs + lengthMs }];
  const clockSpan = windowAt('4h', startsAtMs);
  // The four hours in which the clock changes: the venue has not said whether they are three, four or five.
  if (lengthMs === WINDOW_MS['4h'] && clockSpan.startsAtMs === startsAtMs) spans.push(clockSpan);
  return { asset, spans };
}

function parseByDate(slug: string, nearMs: number): SlugParts | undefined {
  const [, name = '', isDay, monthName = '', day = '', yearText, hourText, half] = BY_DATE.exec(slug) ?? [];
  const asset = ASSETS.find((each) => namesOf(each).includes(name));
  const month = MONTHS.indexOf(monthName);
  if (asset === undefined || month < 0 || (isDay === undefined) === (hourText === undefined)) return undefined;
  const near = easternTimeAt(nearMs).year;
  const years = yearText === undefined ? [near - 1, near, near + 1] : [Number(yearText)];
  const hour = hourText === undefined ? 12 : (Number(hourText) % 12) + (half === 'pm' ? 12 : 0);
  const moments = years.flatMap((year) => easternMoments({ year, month, day: Number(day), hour }));
  // A day's window ends at the moment named, so it is the one just before it.
  const spans = moments.map((atMs) => (isDay === undefined ? windowAt('1h', atMs) : windowAt('1d', atMs - 1)));
  return { asset, spans };
}

function namesOf(asset: Asset): readonly string[] {
  return ASSET_FACTS[asset].names;
}

/** The slug of the series in which Gamma lists these markets. */
export function seriesSlug(asset: Asset, window: Window): string {
  const { ticker, hourlySeries, dailySeries } = ASSET_FACTS[asset];
  const name = window === '1h' ? hourlySeries : window === '1d' ? dailySeries : ticker;
  return `${name}-up-or-down-${WINDOW_FACTS[window].series}`;
}

/** The asset and length of a series; undefined for any other series. */
export function parseSeriesSlug(slug: string): { readonly asset: Asset; readonly window: Window } | undefined {
  for (const asset of ASSETS) {
    const window = WINDOWS.find((each) => seriesSlug(asset, each) === slug);
    if (window !== undefined) return { asset, window };
  }
  return undefined;
}
