import { describe, expect, it } from 'vitest';
import { OpenRequestSchema, toOpenTarget, toOwnTerms } from '#lib/contracts/open-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';

const NOW_MS = Date.parse('2026-11-30T08:30:00Z');
const BASE = { requestId: 'r-1', side: 'UP', usd: 25, mode: 'paper' };
const parse = (fields: object) => parseInput(OpenRequestSchema, { ...BASE, ...fields }, 'open request');
const target = (fields: object) => toOpenTarget(parse(fields), NOW_MS);

describe('open request', () => {
  it('names the running window of an asset', () => {
    expect(target({ asset: 'SOL', window: '1h' })).toEqual({
      asset: 'SOL',
      outcome: 'UP',
      marketSlug: 'solana-up-or-down-november-30-2026-3am-et',
      window: { length: '1h', atMs: NOW_MS },
    });
  });

  it('names another window by a time in it', () => {
    const windowAt = '2026-11-30T09:00:00Z';
    expect(target({ asset: 'BTC', windowAt })).toMatchObject({
      marketSlug: 'btc-updown-5m-1796029200',
      window: { length: '5m', atMs: Date.parse(windowAt) },
    });
  });

  it('names any market by its slug, its outcome by the name, and the exit time', () => {
    const named = { marketSlug: 'will-it-rain', side: ' Yes ' };
    const expected = { asset: null, outcome: 'Yes', marketSlug: 'will-it-rain', exitAtMs: 1_796_137_200_000 };
    expect(target({ ...named, exitAt: '2026-12-01T15:00:00Z' })).toEqual(expected);
    expect(target({ ...named, exitAt: '2026-12-01T16:00:00+01:00' })).toEqual(expected);
    expect(target({ ...named, exitAt: 1_796_137_200_000 })).toEqual(expected);
    expect(target({ ...named, exitAt: '1796137200000' })).toEqual(expected);
  });

  it.each<[object, RegExp]>([
    [{}, /asset: must be one of BTC, ETH, SOL/],
    [{ asset: 'ADA' }, /asset/],
    [{ asset: 'BTC', window: '2h' }, /window/],
    [{ asset: 'BTC', side: 'Yes' }, /side: must be UP or DOWN/],
    [{ marketSlug: 'btc-updown-5m-1796029200', side: 'Yes' }, /side: must be UP or DOWN/],
    [{ asset: 'ETH', marketSlug: 'btc-updown-5m-1796029200' }, /marketSlug: must be a market of the requested asset/],
    [{ asset: 'ETH', marketSlug: 'bitcoin-up-or-down-on-november-30-2026' }, /marketSlug/],
    [{ asset: 'BTC', marketSlug: 'will-it-rain' }, /marketSlug: must be .* leave out the asset/],
    [{ window: '15m', marketSlug: 'btc-updown-5m-1796029200' }, /window: must be left out, or be the length/],
    [{ window: '1h', marketSlug: 'bitcoin-up-or-down-on-november-30-2026' }, /window/],
    [{ window: '1d', marketSlug: 'will-it-rain' }, /window/],
    [{ asset: 'BTC', windowAt: NOW_MS, exitAt: NOW_MS + 600_000 }, /exitAt: must lie in the window/],
    [{ asset: 'BTC', windowAt: NOW_MS, exitAt: NOW_MS - 1_000 }, /exitAt/],
    [{ marketSlug: 'will-it-rain', windowAt: NOW_MS }, /windowAt: must be left out/],
    [{ marketSlug: 'will-it-rain', side: ' ' }, /side/],
    [{ marketSlug: 'will-it-rain', exitAt: '2026-12-01 15:00' }, /exitAt: must be a time with its zone such as/],
    [{ marketSlug: 'will-it-rain', exitAt: '2026-12-01T15:00:00' }, /exitAt: must be a time with its zone such as/],
    [{ marketSlug: 'will-it-rain', exitAt: 1_796_137_200 }, /exitAt: must be a time with its zone such as/],
    [{ marketSlug: 'will-it-rain', exitAt: '2026-13-01T15:00:00Z' }, /exitAt: must be a time with its zone such as/],
  ])('is refused as %o', (fields, message) => {
    expect(() => parse(fields)).toThrow(message);
  });

  it('takes asset and window beside the slug that they describe', () => {
    const marketSlug = 'bitcoin-up-or-down-november-30-2026-3am-et';
    expect(target({ asset: 'BTC', window: '1h', marketSlug })).toEqual({ asset: 'BTC', outcome: 'UP', marketSlug });
    expect(target({ window: '1d', marketSlug: 'bitcoin-up-or-down-on-november-30' })).toMatchObject({ asset: 'BTC' });
    expect(target({ window: '5m', marketSlug: 'btc-updown-5m-1796029200' })).toMatchObject({ asset: 'BTC' });
  });

  it('takes up and down in any letter case', () => {
    expect(target({ asset: 'BTC', side: 'down' })).toMatchObject({ outcome: 'down' });
  });
});

const BODY = { requestId: 'r-1', asset: 'BTC', side: 'UP', usd: 25, mode: 'paper' };
const termsOf = (own: object) => toOwnTerms(parseInput(OpenRequestSchema, { ...BODY, ...own }, 'open request'));

describe('the terms of an open request', () => {
  it('are the stage’s where it names none', () => {
    expect(termsOf({})).toEqual({});
  });

  it('are exit lead, floor, slack, merge and maintenance', () => {
    const maintenance = ['2026-12-01T12:00:00Z/2026-12-01T12:04:00Z'];
    expect(termsOf({ exitLeadSeconds: 180, floor: 0.05, slackTicks: 3, merge: true, maintenance })).toEqual({
      exitLeadMs: 180_000,
      minPriceMicros: 50_000n,
      slackTicks: 3,
      mayMerge: true,
      maintenance: [{ startsAtMs: Date.UTC(2026, 11, 1, 12), endsAtMs: Date.UTC(2026, 11, 1, 12, 4) }],
    });
    expect(termsOf({ exitLeadSeconds: 15, floor: '0.9', slackTicks: 0, merge: false })).toEqual({
      exitLeadMs: 15_000,
      minPriceMicros: 900_000n,
      slackTicks: 0,
      mayMerge: false,
    });
  });

  it.each<[object, RegExp]>([
    [{ exitLeadSeconds: 14 }, /exitLeadSeconds: must be a whole number of seconds from 15 to 43200/],
    [{ exitLeadSeconds: 43_201 }, /exitLeadSeconds: must be a whole number of seconds from 15 to 43200/],
    [{ exitLeadSeconds: 120.5 }, /exitLeadSeconds: must be a whole number of seconds from 15 to 43200/],
    [{ exitLeadSeconds: '180' }, /exitLeadSeconds: must be a whole number of seconds from 15 to 43200/],
    [{ floor: 0 }, /floor: must be more than 0 and at most 0.9 dollars a share/],
    [{ floor: 0.91 }, /floor: must be more than 0 and at most 0.9 dollars a share/],
    [{ floor: null }, /floor: must be a price in dollars such as 0.05/],
    [{ exitAt: true }, /exitAt: must be a time with its zone such as/],
    [{ floor: '5c' }, /floor: must be a price in dollars such as 0.05/],
    [{ slackTicks: 21 }, /slackTicks: must be a whole number of ticks from 0 to 20/],
    [{ slackTicks: -1 }, /slackTicks: must be a whole number of ticks from 0 to 20/],
    [{ merge: 'yes' }, /merge: /],
    [{ maintenance: ['tomorrow'] }, /maintenance.0: must be an interval such as/],
    // Without an offset the time would depend on the machine.
    [{ maintenance: ['2026-12-01T12:00:00/2026-12-01T12:04:00'] }, /maintenance.0: must be an interval/],
    [{ exitLeadMs: 180_000 }, /unknown field "exitLeadMs"/],
  ])('%o is refused by name', (own, message) => {
    expect(() => termsOf(own)).toThrow(message);
  });
});
