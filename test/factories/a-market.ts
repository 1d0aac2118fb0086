import type { Market } from '#lib/domain/market/market.ts';
import { marketSlug, WINDOW_MS } from '#lib/domain/market/up-down-markets.ts';

/** Start of the default window, `btc-updown-5m-1773307200`. */
export const WINDOW_STARTS_AT_MS = 1_773_307_200_000;

/** 77 digits, as the venue's token ids; a number cannot hold them. */
export const UP_TOKEN_ID = '21742633143463906290569050155826241533067272736897614950488156847949938836455';
export const DOWN_TOKEN_ID = '48331043336612883890938759509493159234755048973500640148014422747788308965732';

/** The BTC five-minute market of the default window. */
export function aMarket(overrides: Partial<Market> = {}): Market {
  const startsAtMs = overrides.startsAtMs ?? WINDOW_STARTS_AT_MS;
  const asset = overrides.asset ?? 'BTC';
  return {
    slug: marketSlug(asset, '5m', startsAtMs),
    conditionId: `0x${'c0'.repeat(32)}`,
    asset,
    version: 'v1',
    startsAtMs,
    endsAtMs: startsAtMs + WINDOW_MS['5m'],
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
