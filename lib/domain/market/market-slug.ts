import type { Asset, Window } from './market.ts';

export type SlugParts = { readonly asset: Asset; readonly window: Window; readonly startsAtMs: number };

const SLUG = /^(btc|eth)-updown-(5m|15m)-(\d{1,12})$/;

/** Reads a slug such as `btc-updown-5m-1773307200`; undefined when it is not one of an up/down market we know. */
export function parseMarketSlug(slug: string): SlugParts | undefined {
  const match = SLUG.exec(slug);
  if (match === null) return undefined;
  return {
    asset: match[1] === 'btc' ? 'BTC' : 'ETH',
    window: match[2] === '5m' ? '5m' : '15m',
    startsAtMs: Number(match[3]) * 1_000,
  };
}
