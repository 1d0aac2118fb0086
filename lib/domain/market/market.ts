export const ASSETS = ['BTC', 'ETH'] as const;
export type Asset = (typeof ASSETS)[number];

export const OUTCOMES = ['UP', 'DOWN'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const OTHER_OUTCOME = { UP: 'DOWN', DOWN: 'UP' } as const satisfies Record<Outcome, Outcome>;

/** Length of the market's window, spelled as in the venue's slugs. */
export const WINDOWS = ['5m', '15m'] as const;
export type Window = (typeof WINDOWS)[number];

export const WINDOW_MS = { '5m': 300_000, '15m': 900_000 } as const satisfies Record<Window, number>;

/**
 * Protocol versions whose orders we sign. They differ in exchange, share ledger, ids and approvals (venue §1.3); one
 * market has one version for its whole life.
 */
export const MARKET_VERSIONS = ['v1', 'v2'] as const;
export type MarketVersion = (typeof MARKET_VERSIONS)[number];

/** Times are Unix milliseconds. */
export type Market = {
  readonly slug: string;
  readonly conditionId: string;
  readonly asset: Asset;
  /** `unsupported`: a protocol version whose orders we cannot sign. `open` refuses such a market. */
  readonly version: MarketVersion | 'unsupported';
  readonly startsAtMs: number;
  /** T, the end of the window. Nothing can be sold after it. */
  readonly endsAtMs: number;
  readonly tokenIds: Readonly<Record<Outcome, string>>;
  readonly negRisk: boolean;
  readonly acceptingOrders: boolean;
  readonly closed: boolean;
  readonly tickMicros: bigint;
  /** Smallest order that may rest on the book. */
  readonly minOrderSharesMicros: bigint;
  /** Taker fee rate in millionths: 0.07 is 70_000. */
  readonly feeRateMicros: bigint;
};

export type TradableMarket = Market & { readonly version: MarketVersion };

export function isTradable(market: Market): market is TradableMarket {
  return market.version !== 'unsupported';
}

export type BookLevel = { readonly priceMicros: bigint; readonly sharesMicros: bigint };

/** Resting orders of one token, best price first on both sides. Never crossed. */
export type OrderBook = {
  readonly tokenId: string;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  readonly tickMicros: bigint;
  readonly atMs: number;
};

/** Slug of the window that contains `atMs`. It ends in the window's start in seconds: `btc-updown-5m-1773307200`. */
export function marketSlug(asset: Asset, window: Window, atMs: number): string {
  const windowMs = WINDOW_MS[window];
  const startsAtSeconds = (Math.floor(atMs / windowMs) * windowMs) / 1_000;
  return `${asset.toLowerCase()}-updown-${window}-${startsAtSeconds}`;
}

export type SlugParts = { readonly asset: Asset; readonly window: Window; readonly startsAtMs: number };

const SLUG = /^(btc|eth)-updown-(5m|15m)-(\d{1,12})$/;

/** Parses a slug such as `btc-updown-5m-1773307200`. Undefined for any other market. */
export function parseMarketSlug(slug: string): SlugParts | undefined {
  const match = SLUG.exec(slug);
  if (match === null) return undefined;
  return {
    asset: match[1] === 'btc' ? 'BTC' : 'ETH',
    window: match[2] === '5m' ? '5m' : '15m',
    startsAtMs: Number(match[3]) * 1_000,
  };
}
