import { describe, expect, it } from 'vitest';
import type { Market } from '#lib/domain/market/market.ts';
import type { Window } from '#lib/domain/market/up-down-markets.ts';
import type { UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';
import { findWindowMarket } from '#lib/lifecycle/buy/find-window-market.ts';
import { aMarket, UNTRADABLE_MARKET, WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';

const SLUG = 'btc-updown-5m-1773307200';
const END_MS = WINDOW_STARTS_AT_MS + 300_000;

async function find(
  listed: Readonly<Record<string, Market | UntradableMarket>>,
  inSeries?: string,
  length: Window = '5m',
) {
  const asked: unknown[] = [];
  const marketData = {
    findMarket: async (slug: string) => {
      asked.push(slug);
      return listed[slug];
    },
    findInSeries: async (...question: readonly unknown[]) => {
      asked.push(question);
      return inSeries;
    },
  };
  const choice = { asset: 'BTC', length, atMs: WINDOW_STARTS_AT_MS + 70_000 } as const;
  return { market: await findWindowMarket(marketData, choice), asked };
}

describe('the market of a window', () => {
  it('is the one under its slug, and the series is not read', async () => {
    const market = aMarket();
    expect(await find({ [SLUG]: market })).toEqual({ market, asked: [SLUG] });
  });

  it('is looked for in the series under no known slug', async () => {
    const market = aMarket({ slug: 'other' });
    const span = { startsAtMs: WINDOW_STARTS_AT_MS, endsAtMs: END_MS };
    expect(await find({ other: market }, 'other')).toEqual({
      ...{ market, asked: [SLUG, ['btc-up-or-down-5m', span], 'other'] },
    });
  });

  it('is missing where slug and series show none', async () => {
    const { market, asked } = await find({});
    expect(market).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it('that cannot be traded is given with its refusal', async () => {
    expect((await find({ [SLUG]: UNTRADABLE_MARKET }, 'other')).market).toBe(UNTRADABLE_MARKET);
  });

  it.each([
    [true, { startsAtMs: WINDOW_STARTS_AT_MS + 59_999 }],
    [false, { startsAtMs: WINDOW_STARTS_AT_MS + 60_000 }],
    [true, { startsAtMs: WINDOW_STARTS_AT_MS - 59_999 }],
    [false, { startsAtMs: WINDOW_STARTS_AT_MS - 60_000 }],
    [true, { endsAtMs: END_MS + 59_999 }],
    [false, { endsAtMs: END_MS + 60_000 }],
    [true, { endsAtMs: END_MS - 59_999 }],
    [false, { endsAtMs: END_MS - 60_000 }],
  ])('has its times within a minute: %s for %o', async (isFound, times) => {
    const market = aMarket({ startsAtMs: WINDOW_STARTS_AT_MS, endsAtMs: END_MS, ...times });
    expect((await find({ [SLUG]: market })).market).toBe(isFound ? market : undefined);
  });

  it('may have one of several slugs, which are tried in turn', async () => {
    const { asked } = await find({}, undefined, '1h');
    const slugs = asked.filter((question) => typeof question === 'string');
    expect(slugs.length).toBeGreaterThan(1);
    const last = slugs.at(-1) ?? '';
    const hourMs = Math.floor(WINDOW_STARTS_AT_MS / 3_600_000) * 3_600_000;
    const market = aMarket({ startsAtMs: hourMs, endsAtMs: hourMs + 3_600_000 });
    expect(await find({ [last]: market }, undefined, '1h')).toEqual({ market, asked: slugs });
  });
});
