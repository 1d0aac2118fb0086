import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { createCatalogue } from '#test/fixtures/foreign-venue/catalogue.ts';
import { BY_THE_BOOK, type Dialect, EASY_GOING } from '#test/fixtures/foreign-venue/dialect.ts';
import type { ForeignMarket } from '#test/fixtures/foreign-venue/markets.ts';
import { startBothVersions } from '#test/fixtures/foreign-venue/start-both-versions.ts';
import type { ForeignVenue } from '#test/fixtures/foreign-venue/start-foreign-venue.ts';

const DIALECTS = [{ dialect: BY_THE_BOOK }, { dialect: EASY_GOING }];

const stops: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(dialect: Dialect, signatureType: 0 | 3 = 0) {
  const started = await startBothVersions(dialect, signatureType);
  stops.push(started.venue.stop);
  return started;
}

// biome-ignore lint/suspicious/noExplicitAny: what another server writes has no type here; the tests say what it is.
type Json = any;
const get = async (url: string): Promise<{ status: number; headers: Headers; body: Json }> => {
  const response = await fetch(url);
  return { status: response.status, headers: response.headers, body: await response.json() };
};
const clob = ({ hosts }: ForeignVenue, path: string) => get(`${hosts.CLOB_HOST}${path}`);
const gamma = ({ hosts }: ForeignVenue, path: string) => get(`${hosts.GAMMA_HOST}/${path}`);
const gammaRow = async (venue: ForeignVenue, { slug }: ForeignMarket) => {
  const { body } = await gamma(venue, `markets/slug/${slug}`);
  return body.markets?.[0] ?? body;
};

describe.each(DIALECTS)('how the other venue says what a market is ($dialect.name)', ({ dialect }) => {
  it('names the version on Gamma, where the ids of the other version may be filled too', async () => {
    const { venue, v1, v2 } = await start(dialect);
    const [first, second] = [await gammaRow(venue, v1), await gammaRow(venue, v2)];
    expect(first).toMatchObject({ version: 'v1', conditionId: expect.stringMatching(/^0x[0-9a-fA-F]{64}$/) });
    expect(second).toMatchObject({ version: 'v2', positionIds: v2.tokenIds });
    expect(second.conditionId).toHaveLength(dialect === BY_THE_BOOK ? 64 : 66);
    for (const id of v2.tokenIds) expect(id).toMatch(/^\d{75}$/);
    expect(BigInt(v2.tokenIds[1])).toBe(BigInt(v2.tokenIds[0]) + 1n);
    if (dialect === BY_THE_BOOK) {
      expect(second).toMatchObject({ clobTokenIds: null, resolutionStatus: 'active' });
      return;
    }
    expect(second.clobTokenIds).toEqual(v2.deadIds);
    expect(new Set(first.positionIds)).toEqual(new Set(v1.deadIds));
    for (const id of [...v1.deadIds, ...v2.deadIds])
      expect(await clob(venue, `book?token_id=${id}`)).toMatchObject({ status: 404 });
  });

  it('knows a condition by its 32 bytes only, and says the version there and in the book', async () => {
    const { venue, v1, v2 } = await start(dialect);
    expect(v2.conditionId).toMatch(/^0x01[0-9a-f]{60}00$/);
    expect(await clob(venue, `clob-markets/${v2.conditionId.slice(0, 64)}`)).toMatchObject({
      status: 404,
      body: { error: 'market not found' },
    });
    expect((await clob(venue, `clob-markets/${v2.conditionId}`)).body).toMatchObject({ v: 'v2', cbos: true, ao: true });
    const { body } = await clob(venue, `clob-markets/${v1.conditionId}`);
    expect(body).toMatchObject({ v: 'v1' });
    expect(body).not.toHaveProperty('cbos');
    expect((await clob(venue, `book?token_id=${v2.tokenIds[0]}`)).body).toMatchObject({ version: 'v2' });
    expect((await clob(venue, `book?token_id=${v1.tokenIds[0]}`)).body).not.toHaveProperty('version');
    expect(Number((await clob(venue, 'version')).body.version)).toBe(2);
  });

  it('keeps ids back that are not published, and what is over out of its lists', async () => {
    const { venue, v1, v2 } = await start(dialect);
    v2.arePublished = false;
    expect(await gammaRow(venue, v2)).toMatchObject({ clobTokenIds: null, positionIds: [] });
    expect(await clob(venue, `clob-markets/${v2.conditionId}`)).toMatchObject({ status: 404 });
    v1.payouts = [1_000_000n, 0n];
    const listed = async (more: string) => (await gamma(venue, `markets/keyset?slug=${v1.slug}${more}`)).body.markets;
    expect(await listed('')).toEqual([]);
    expect(await listed('&closed=true')).toMatchObject([{ slug: v1.slug, closed: true }]);
    expect(await clob(venue, `book?token_id=${v1.tokenIds[0]}`)).toMatchObject({ status: 404 });
  });

  it('lists by cursor, and its old lists are past their sunset', async () => {
    const { venue } = await start(dialect);
    const seen = new Set<string>();
    for (let cursor = ''; ; ) {
      const { body } = await gamma(venue, `markets/keyset?limit=1000&after_cursor=${cursor || 'MA=='}`);
      for (const { slug } of body.markets) seen.add(slug);
      if (body.next_cursor === undefined) break;
      expect(body.markets).toHaveLength(100);
      cursor = body.next_cursor;
    }
    expect(seen.size).toBe(venue.catalogue.all().length);
    expect(await gamma(venue, 'markets/keyset?offset=20')).toMatchObject({ status: 422 });
    const { headers, body } = await gamma(venue, 'events?series_slug=sol-up-or-down-15m&limit=3');
    if (dialect === BY_THE_BOOK) expect(headers.get('sunset')).toContain('May 2026');
    const [event] = dialect === BY_THE_BOOK ? body : body.events;
    expect(event.markets[0].slug).toMatch(/^sol-updown-15m-\d+$/);
  });
});

function runningAt(now: string): readonly string[] {
  vi.useFakeTimers({ now: new Date(now), toFake: ['Date'] });
  const running = createCatalogue()
    .all()
    .filter(({ startsAtMs, endsAtMs, seriesSlug }) => startsAtMs <= Date.now() && Date.now() < endsAtMs && seriesSlug);
  return running.map(({ slug }) => slug);
}

describe('what the other venue lists', () => {
  it.each([
    ['2026-07-01T12:31:00Z', 'july-1-2026-8am-et', 1_782_907_200, 'july-1-2026'],
    ['2026-11-30T16:59:59Z', 'november-30-2026-11am-et', 1_796_043_600, 'november-30-2026'],
    ['2026-11-30T17:00:00Z', 'november-30-2026-12pm-et', 1_796_058_000, 'december-1-2026'],
    ['2026-03-08T07:30:00Z', 'march-8-2026-3am-et', 1_772_946_000, 'march-8-2026'],
    ['2026-11-01T06:30:00Z', 'november-1-2026-1am-et', 1_793_505_600, 'november-1-2026'],
  ])('has one running window of each length for each asset at %s', (now, hour, fourHours, day) => {
    const slugs = runningAt(now);
    expect(slugs).toHaveLength(7 * 5);
    expect(slugs).toContain(`bitcoin-up-or-down-${hour}`);
    expect(slugs).toContain(`xrp-updown-4h-${fourHours}`);
    expect(slugs).toContain(`hyperliquid-up-or-down-on-${day}`);
  });
});

describe.each(DIALECTS)('what is wrong with the other venue’s index on demand ($dialect.name)', ({ dialect }) => {
  it('lags, repeats and omits rows, freezes and refuses', async () => {
    const { venue, v1, v2 } = await start(dialect);
    const [one, two] = [v1.tokenIds[0], v2.tokenIds[1]];
    const index = createPolymarketWalletPositions({ clock: { nowMs: Date.now }, dataHost: venue.hosts.DATA_HOST });
    const held = async () => {
      const { holdings } = await index.listHoldings(venue.wallet, Date.now() + 5_000);
      return holdings.map(({ tokenId, sharesMicros }) => [tokenId, sharesMicros]);
    };
    venue.ledger.move({ tokenId: one, sharesMicros: 5_000_000n, cashMicros: 0n });
    venue.ledger.move({ tokenId: two, sharesMicros: 6_000_000n, cashMicros: 0n });
    const all = [
      [one, 5_000_000n],
      [two, 6_000_000n],
    ];
    expect(await held()).toEqual(all);
    venue.index.lagMs = 60_000;
    expect(await held()).toEqual([]);
    venue.index.lagMs = 0;
    venue.index.copiesOf = (row) => 2 * row;
    // Rows of one token are one holding.
    expect(await held()).toEqual([[two, 6_000_000n]]);
    venue.index.copiesOf = () => 1;
    await held();
    venue.index.isFrozen = true;
    venue.ledger.move({ tokenId: one, sharesMicros: -5_000_000n, cashMicros: 0n });
    expect(await held()).toEqual(all);
    venue.index.isFrozen = false;
    expect(await held()).toEqual([[two, 6_000_000n]]);
    venue.index.refusal = 429;
    await expect(held()).rejects.toThrow(UpstreamUnavailableError);
  });
});
