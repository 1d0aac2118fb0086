import { describe, expect, it } from 'vitest';
import { marketSlug } from '#lib/domain/market/up-down-markets.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { parseRecording } from '#lib/venue/books/parse-recording.ts';
import type { MarketRequest } from '#lib/venue/books/plan-added-market.ts';
import { planAddedMarket } from '#lib/venue/books/plan-added-market.ts';
import type { RecordingSource } from '#lib/venue/books/playing-venue.ts';
import { createPlayingVenue } from '#lib/venue/books/playing-venue.ts';
import { aRecordingText } from '#test/factories/a-recording.ts';

const NOW_MS = Date.UTC(2026, 2, 12, 9, 22, 30);
const SLUG = 'btc-updown-5m-1773307200';

/** Three recordings whose DOWN token trades at 0.05, 0.35 and 0.9 two minutes before the end. */
const recordings: RecordingSource = {
  names: ['low', 'middle', 'high'],
  get(name) {
    const bid = { low: '0.04', middle: '0.34', high: '0.89' }[name] ?? '';
    const ask = { low: '0.06', middle: '0.36', high: '0.91' }[name] ?? '';
    const line = `{"t":1776081600200,"down":{"bids":[["${bid}","50"]],"asks":[["${ask}","50"]]}}`;
    return parseRecording(name, aRecordingText({ lines: [line] }));
  },
};

describe('createPlayingVenue', () => {
  it('lists the regular windows of both assets a day ahead', () => {
    const venue = createPlayingVenue({ seed: 'a' });
    expect(venue.findBySlug(SLUG, NOW_MS)?.market.endsAtMs).toBe(NOW_MS + 150_000);
    expect(venue.findBySlug(marketSlug('ETH', '15m', NOW_MS + 86_000_000), NOW_MS)).toBeDefined();
    expect(venue.findBySlug(marketSlug('ETH', '15m', NOW_MS + 90_000_000), NOW_MS)).toBeUndefined();
    expect(venue.findBySlug('btc-updown-5m-1773307201', NOW_MS)).toBeUndefined();
  });

  it('dates no book ahead of the time it is read, before the start of its window either', () => {
    const venue = createPlayingVenue({ seed: 'a' });
    const later = venue.findBySlug(marketSlug('BTC', '15m', NOW_MS + 3_600_000), NOW_MS);
    const bookAtMs = later?.bookAt(later.market.tokenIds.UP, NOW_MS)?.atMs ?? 0;
    expect(bookAtMs).toBeLessThanOrEqual(NOW_MS);
    expect(bookAtMs).toBeGreaterThan(NOW_MS - 1_000);
  });

  it('is the same venue for the same seed, and another one for another', () => {
    const market = (seed: string) => createPlayingVenue({ seed }).findBySlug(SLUG, NOW_MS);
    const [one, again, other] = [market('a'), market('a'), market('b')];
    expect(one?.market).toEqual(again?.market);
    const up = one?.market.tokenIds.UP ?? '';
    expect(one?.bookAt(up, NOW_MS)).toEqual(again?.bookAt(up, NOW_MS));
    expect(other?.market.conditionId).not.toBe(one?.market.conditionId);
  });

  it('finds a regular window by its ids before its slug was requested', () => {
    const market = createPlayingVenue({ seed: 'a' }).findBySlug(SLUG, NOW_MS)?.market;
    const restarted = createPlayingVenue({ seed: 'a' });
    expect(restarted.findByToken(market?.tokenIds.DOWN ?? '', NOW_MS)?.market.slug).toBe(SLUG);
    expect(restarted.findByCondition(market?.conditionId ?? '', NOW_MS)?.market.slug).toBe(SLUG);
    expect(restarted.findByToken('12345', NOW_MS)).toBeUndefined();
  });

  it('gives every token an id of the Conditional Tokens', () => {
    const venue = createPlayingVenue({ seed: 'a' });
    for (let index = 0; index < 200; index += 1) {
      const playing = venue.findBySlug(marketSlug('BTC', '5m', NOW_MS - index * 300_000), NOW_MS);
      const bits = (BigInt(playing?.market.tokenIds.UP ?? 0) >> 40n) & ((1n << 64n) - 1n);
      expect(bits).not.toBe(0n);
    }
  });

  it('plays the recordings in turn, the two assets not the same one', () => {
    const venue = createPlayingVenue({ seed: 'a', recordings });
    const bestBids = (asset: 'BTC' | 'ETH') =>
      [0, 1, 2, 3].map((index) => {
        const playing = venue.findBySlug(marketSlug(asset, '5m', NOW_MS + index * 300_000), NOW_MS);
        return playing?.bookAt(playing.market.tokenIds.DOWN, NOW_MS)?.bids[0]?.priceMicros;
      });
    const btc = bestBids('BTC');
    expect(new Set(btc.slice(0, 3))).toEqual(new Set([40_000n, 340_000n, 890_000n]));
    expect(btc[3]).toBe(btc[0]);
    expect(bestBids('ETH')[0]).not.toBe(btc[0]);
  });

  it('gives the underlying’s price at any time', () => {
    const venue = createPlayingVenue({ seed: 'a' });
    const btc = venue.underlyingMicros('BTC', NOW_MS);
    expect(btc > 80_000_000_000n && btc < 110_000_000_000n).toBe(true);
    expect(venue.underlyingMicros('ETH', NOW_MS) < btc).toBe(true);
  });
});

describe('planAddedMarket', () => {
  const plan = (request: Partial<MarketRequest> = {}, taken: readonly string[] = [], addedCount = 0) =>
    planAddedMarket(
      { seed: 'a', recordings, isSlugTaken: (slug) => taken.includes(slug), addedCount },
      { asset: 'BTC', window: '5m', endsAtMs: NOW_MS + 150_001, ...request },
    );

  it('names the market so that its slug tells its end', () => {
    expect(plan({ asset: 'ETH', startsAtMs: NOW_MS - 10_000 }).slug).toBe('eth-updown-5m-1773307201');
    expect(plan()).toMatchObject({
      slug: 'btc-updown-5m-1773307201',
      startsAtMs: NOW_MS - 149_999,
      endsAtMs: NOW_MS + 150_001,
    });
  });

  it('takes the next longer length when the slug is taken, and keeps the times', () => {
    const second = plan({}, ['btc-updown-5m-1773307201']);
    expect(second.slug).toBe('btc-updown-301s-1773307200');
    expect(second.startsAtMs).toBe(NOW_MS - 149_999);
  });

  it('plays the recordings in turn', () => {
    expect([0, 1, 2, 3].map((count) => plan({}, [], count).recordingName)).toEqual(['low', 'middle', 'high', 'low']);
  });

  it('takes the recording whose price is nearest to the wanted one', () => {
    const at = (outcome: 'UP' | 'DOWN', priceMicros: bigint) =>
      plan({ tokenMidAt: { outcome, priceMicros, atMs: NOW_MS } }).recordingName;
    expect(at('UP', 650_000n)).toBe('middle');
    expect(at('DOWN', 800_000n)).toBe('high');
    expect(at('UP', 990_000n)).toBe('low');
  });

  it.each<[string, Partial<MarketRequest>]>([
    ['ends before it starts', { startsAtMs: NOW_MS, endsAtMs: NOW_MS - 1 }],
    ['lasts less than a second', { startsAtMs: NOW_MS, endsAtMs: NOW_MS + 999 }],
    ['has a time that is no number', { endsAtMs: Number.NaN }],
    ['is priced after its end', { tokenMidAt: { outcome: 'UP', priceMicros: 500_000n, atMs: NOW_MS + 200_000 } }],
    ['is priced at one', { tokenMidAt: { outcome: 'UP', priceMicros: 1_000_000n, atMs: NOW_MS } }],
  ])('refuses a market that %s', (_what, request) => {
    expect(() => plan(request)).toThrow(InvalidInputError);
  });
});
