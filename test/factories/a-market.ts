import { type Market, UP_DOWN_NAMES } from '#lib/domain/market/market.ts';
import { marketSlug, WINDOW_MS } from '#lib/domain/market/up-down-markets.ts';
import type { UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';

/** Start of the default window, `btc-updown-5m-1773307200`. */
export const WINDOW_STARTS_AT_MS = 1_773_307_200_000;

/** 77 digits, as the venue's token ids; a number cannot hold them. */
export const UP_TOKEN_ID = '21742633143463906290569050155826241533067272736897614950488156847949938836455';
export const DOWN_TOKEN_ID = '48331043336612883890938759509493159234755048973500640148014422747788308965732';

/** The BTC five-minute market of the default window. */
export function aMarket(overrides: Partial<Market> = {}): Market {
  const startsAtMs = overrides.startsAtMs ?? WINDOW_STARTS_AT_MS;
  const asset = overrides.asset === undefined ? 'BTC' : overrides.asset;
  return {
    slug: marketSlug(asset ?? 'BTC', '5m', startsAtMs),
    conditionId: `0x${'c0'.repeat(32)}`,
    asset,
    version: 'v1',
    startsAtMs,
    endsAtMs: startsAtMs + WINDOW_MS['5m'],
    outcomeNames: UP_DOWN_NAMES,
    tokenIds: { UP: UP_TOKEN_ID, DOWN: DOWN_TOKEN_ID },
    negRisk: false,
    acceptingOrders: true,
    closed: false,
    tickMicros: 10_000n,
    minOrderSharesMicros: 5_000_000n,
    feeRateMicros: 70_000n,
    ...overrides,
  };
}

/** A market of a version that this release does not know. */
export const UNTRADABLE_MARKET: UntradableMarket = {
  slug: 'btc-updown-5m-1773307200',
  refusal: { code: 'market-version-unsupported', message: 'The version is unknown. Choose another market.' },
};

/** Ids of version 2, as they were seen for an open market in October 2026: 31 bytes, and 75 digits. */
export const V2_CONDITION_ID = `0x017791f201d5a788e0039e511fc1900e5f${'00'.repeat(14)}`;
export const V2_UP_ID = '663574927012476832975694178961957910328055987427402067619466963999000625152';
export const V2_DOWN_ID = '663574927012476832975694178961957910328055987427402067619466963999000625153';

/** The market of the default window in version 2. */
export function aV2Market(overrides: Partial<Market> = {}): Market {
  const tokenIds = { UP: V2_UP_ID, DOWN: V2_DOWN_ID };
  return aMarket({ version: 'v2', conditionId: V2_CONDITION_ID, tokenIds, ...overrides });
}
