import { describe, expect, it } from 'vitest';
import { ClobMarketSchema, GammaMarketSchema } from '#lib/adapters/polymarket/market-data/market-schemas.ts';
import { findFlaw, identifyMarket, toMarket } from '#lib/adapters/polymarket/market-data/to-market.ts';
import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import type { Market } from '#lib/domain/market/market.ts';
import type { UntradableMarket } from '#lib/domain/refusal/opening-refusal.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import { V2_CONDITION_ID, V2_DOWN_ID, V2_UP_ID } from '#test/factories/a-market.ts';
import {
  CLOB_MARKET,
  CONDITION_ID,
  DOWN_TOKEN,
  GAMMA_MARKET,
  SLUG,
  UP_TOKEN,
  V2_CLOB_MARKET,
  V2_GAMMA_MARKET,
} from '#test/fixtures/polymarket-replies.ts';
import { tradable } from '#test/fixtures/tradable-market.ts';

type Change = Readonly<Record<string, unknown>>;

/** `null` as CLOB answer: the CLOB does not know the market. */
function find(gamma: Change = {}, clob: Change | null = {}): Market | UntradableMarket {
  const listed = parseReply(GammaMarketSchema, { ...GAMMA_MARKET, ...gamma }, 'the Gamma market');
  const traded =
    clob === null ? undefined : parseReply(ClobMarketSchema, { ...CLOB_MARKET, ...clob }, 'the CLOB market');
  const identity = findFlaw(listed) ?? identifyMarket(listed);
  return 'refusal' in identity ? identity : toMarket(identity, listed, traded);
}

const read = (gamma: Change = {}, clob: Change | null = {}): Market => tradable(find(gamma, clob));

function refusalOf(gamma: Change, clob: Change | null = null) {
  const found = find(gamma, clob);
  return 'refusal' in found ? found.refusal : undefined;
}

describe('toMarket', () => {
  it('reads the documented answers', () => {
    expect(read()).toEqual({
      slug: SLUG,
      conditionId: CONDITION_ID,
      asset: 'BTC',
      version: 'v1',
      startsAtMs: Date.parse('2026-03-12T09:20:00Z'),
      endsAtMs: Date.parse('2026-03-12T09:25:00Z'),
      tokenIds: { UP: UP_TOKEN, DOWN: DOWN_TOKEN },
      outcomeNames: { UP: 'Up', DOWN: 'Down' },
      negRisk: false,
      acceptingOrders: true,
      closed: false,
      tickMicros: 10_000n,
      minOrderSharesMicros: 5_000_000n,
      feeRateMicros: 70_000n,
    });
  });

  it('finds each token by the name of its outcome, whatever the order', () => {
    const swapped = { outcomes: '["Down", "Up"]', clobTokenIds: `["${DOWN_TOKEN}", "${UP_TOKEN}"]` };
    expect(read(swapped).tokenIds).toEqual({ UP: UP_TOKEN, DOWN: DOWN_TOKEN });
  });

  it('takes lists that are lists, and numbers that are text', () => {
    const gamma = { outcomes: ['Up', 'Down'], clobTokenIds: [UP_TOKEN, DOWN_TOKEN], orderMinSize: '5' };
    expect(read(gamma, { mts: '0.01', mos: '5', fd: { r: '0.07', e: 1, to: true } })).toEqual(read());
  });

  it('accepts other letter cases, numbers without a leading zero, and tokens without an outcome', () => {
    const gamma = { outcomes: ['up', ' DOWN '], version: 'V1', orderPriceMinTickSize: '.01' };
    const t = [{ t: DOWN_TOKEN, o: 'DOWN' }, { t: UP_TOKEN }];
    expect(read(gamma, { t, mts: '.01', fd: { r: '.07', e: '1.0' } })).toEqual(read());
    expect(read({ version: 1 }).version).toBe('v1');
  });

  it('reads the taker delay where the venue says it, and leaves it open where it does not', () => {
    expect(read({}, { itode: true, sd: 0 }).takerDelayMs).toBeUndefined();
    expect(read({}, { itode: false, sd: 0 }).takerDelayMs).toBe(0);
    expect(read({}, { itode: false, sd: 3 }).takerDelayMs).toBe(3_000);
    expect(read({}, { itode: true, sd: 3 }).takerDelayMs).toBe(3_000);
    expect(read({}, { itode: 'yes', sd: '3s' }).takerDelayMs).toBeUndefined();
  });

  it('completes a partial fee of the CLOB with Gamma’s', () => {
    expect(read({}, { fd: { r: '0.05' } }).feeRateMicros).toBe(50_000n);
    expect(read({}, { fd: { to: true } }).feeRateMicros).toBe(70_000n);
    expect(read({ feeSchedule: null }, { fd: { r: 0, e: 0 } }).feeRateMicros).toBe(0n);
  });

  it('reads an end in another zone', () => {
    expect(read({ endDate: '2026-03-12T10:25:00.000+01:00' })).toEqual(read());
  });

  it('takes what the CLOB leaves out from Gamma', async () => {
    const clob = { c: undefined, mts: undefined, mos: undefined, ao: undefined, fd: { r: '0.07', e: '1' } };
    expect(read({}, clob)).toEqual(read());
    expect(read({ acceptingOrders: undefined }).acceptingOrders).toBe(true);
    expect(read({ acceptingOrders: undefined }, { ao: false }).acceptingOrders).toBe(false);
  });

  it('never uses the listing time as the start', () => {
    expect(read({ eventStartTime: undefined }).startsAtMs).toBe(1_773_307_200_000);
    expect(read({ eventStartTime: '2026-03-12 09:20:00+00' }).startsAtMs).toBe(1_773_307_200_000);
  });

  it('reads the fee of the market, not the one of today', () => {
    expect(read({}, { fd: { r: 0.05, e: 1, to: true } }).feeRateMicros).toBe(50_000n);
    expect(read({ feesEnabled: false, feeSchedule: null }, { fd: null }).feeRateMicros).toBe(0n);
    expect(read({}, { fd: { r: 0, e: 0, to: true } }).feeRateMicros).toBe(0n);
  });

  it.each<[string, Change, string]>([
    ['an unknown version', { version: 'v9' }, 'is of version "v9", which this release does not know'],
    ['a version without a name', { version: '' }, 'is of version "", which this release does not know'],
    [
      'ids of version 2 under the name of version 1',
      { clobTokenIds: [V2_UP_ID, V2_DOWN_ID] },
      'is called v1, but its ids are not those of v1',
    ],
    ['ids of version 2 without a version', { version: null, clobTokenIds: [V2_UP_ID, V2_DOWN_ID] }, 'is called v1'],
    ['a condition of 31 bytes', { conditionId: V2_CONDITION_ID }, 'its ids are not those of v1'],
    [
      'ids of version 1 under the name of version 2',
      { version: 'v2', positionIds: [UP_TOKEN, DOWN_TOKEN] },
      'called v2',
    ],
  ])('refuses a market with %s by name', (_what, gamma, why) => {
    const refusal = refusalOf(gamma);
    expect(refusal?.code).toBe('market-version-unsupported');
    expect(refusal?.message).toMatch(new RegExp(`^The market ${SLUG} .*${why}.* Choose another market\\.$`));
  });

  it.each(['v2', 'v9'])('refuses a market of version 1 that is of version %s by the CLOB by name', (v) => {
    const refusal = refusalOf({}, { v });
    expect(refusal?.code).toBe('market-version-unsupported');
    expect(refusal?.message).toContain(`is of version v1 by Gamma and of version "${v}" by the CLOB`);
    const second = refusalOf({ ...V2_GAMMA_MARKET }, { ...V2_CLOB_MARKET, v: 'v1' });
    expect(second?.code).toBe('market-version-unsupported');
  });

  it.each([
    ['version 1 without ids', { clobTokenIds: null, positionIds: [V2_UP_ID, V2_DOWN_ID] }],
    ['version 1 with empty ids', { clobTokenIds: '[]' }],
    ['version 2 without ids', { ...V2_GAMMA_MARKET, positionIds: null, clobTokenIds: [UP_TOKEN, DOWN_TOKEN] }],
    ['version 2 with empty ids', { ...V2_GAMMA_MARKET, positionIds: [] }],
    ['version 2 with ids of no text', { ...V2_GAMMA_MARKET, positionIds: ['', ''] }],
    ['version 2 with ids that are null', { ...V2_GAMMA_MARKET, positionIds: [null, null] }],
  ])('says of a market of %s that they are not published yet', (_what, gamma) => {
    const message = `The market ${SLUG} has no token ids at the venue yet. Try again in a minute, or choose another market.`;
    expect(refusalOf(gamma)).toEqual({ code: 'market-not-ready', message });
  });

  it.each(['', 'null', '[]', '["",""]'])('reads version 2 while the ids of version 1 are "%s"', (clobTokenIds) => {
    expect(read({ ...V2_GAMMA_MARKET, clobTokenIds }, V2_CLOB_MARKET)).toMatchObject({ version: 'v2' });
  });

  describe('of version 2', () => {
    const readV2 = (gamma: Change = {}, clob: Change | null = {}) =>
      read({ ...V2_GAMMA_MARKET, ...gamma }, clob === null ? null : { ...V2_CLOB_MARKET, ...clob });

    it('reads the documented answers', () => {
      const ids = { conditionId: V2_CONDITION_ID, tokenIds: { UP: V2_UP_ID, DOWN: V2_DOWN_ID } };
      expect(readV2()).toEqual({ ...read(), version: 'v2', ...ids });
    });

    it.each<[string, Change]>([
      ['a condition of 32 bytes', { conditionId: `${V2_CONDITION_ID}00` }],
      ['a condition in capitals', { conditionId: `0x${V2_CONDITION_ID.slice(2).toUpperCase()}` }],
      ['ids of Conditional Tokens beside its own', { clobTokenIds: [UP_TOKEN, DOWN_TOKEN] }],
      ['ids as JSON text', { positionIds: `["${V2_UP_ID}", "${V2_DOWN_ID}"]` }],
    ])('is the same with %s', (_what, gamma) => {
      expect(readV2(gamma)).toEqual(readV2());
    });

    it('stays of version 1 with position ids of which the CLOB knows nothing', () => {
      expect(read({ positionIds: [V2_UP_ID, V2_DOWN_ID] })).toEqual(read());
    });

    it('is over once it is resolved', () => {
      expect(readV2({ resolutionStatus: 'active' }).closed).toBe(false);
      expect(readV2({ resolutionStatus: 'resolved' }).closed).toBe(true);
    });

    it.each<[string, Change]>([
      ['ids in another order', { positionIds: [V2_DOWN_ID, V2_UP_ID] }],
      ['ids of another condition', { conditionId: `0x01${'7'.repeat(32)}${'00'.repeat(14)}` }],
      ['one id twice', { positionIds: [V2_UP_ID, V2_UP_ID] }],
      ['a condition whose last byte is not zero', { conditionId: `${V2_CONDITION_ID}01` }],
      [
        'ids of the module that combines conditions',
        {
          conditionId: `0x03${V2_CONDITION_ID.slice(4)}`,
          positionIds: [V2_UP_ID, V2_DOWN_ID].map((id) => String(BigInt(id) + (2n << 248n))),
        },
      ],
    ])('is refused with %s', (_what, gamma) => {
      expect(refusalOf({ ...V2_GAMMA_MARKET, ...gamma })?.code).toBe('market-version-unsupported');
    });

    it.each<[string, Change]>([
      ['of another condition', { c: CONDITION_ID }],
      ['of other tokens', { t: [{ t: UP_TOKEN, o: 'Up' }] }],
    ])('refuses an answer of the CLOB %s', (_what, clob) => {
      expect(() => readV2({}, clob)).toThrow(UnexpectedReplyError);
    });
  });

  it.each<[string, Change, Change | null]>([
    ['Gamma says so', { acceptingOrders: false }, {}],
    ['the CLOB says so', {}, { ao: false }],
    ['the CLOB does not know the market', {}, null],
  ])('takes no orders when %s', (_when, gamma, clob) => {
    expect(read(gamma, clob).acceptingOrders).toBe(false);
  });

  it('prefers the CLOB for negative risk, tick and minimum order size', () => {
    expect(read({}, { nr: true, mts: 0.001, mos: 15 })).toMatchObject({
      negRisk: true,
      tickMicros: 1_000n,
      minOrderSharesMicros: 15_000_000n,
    });
  });

  it('keeps Gamma’s terms of a market that is off the CLOB', () => {
    expect(read({ closed: true }, null)).toMatchObject({ closed: true, tickMicros: 10_000n, feeRateMicros: 70_000n });
  });

  it.each<[string, Change, string, RegExp]>([
    [
      'three outcomes',
      { outcomes: '["Up", "Down", "Flat"]' },
      'market-unsupported',
      /has 3 outcomes, and T-minus trades/,
    ],
    ['no outcomes', { outcomes: null }, 'market-unsupported', /has 0 outcomes/],
    ['outcomes of one name', { outcomes: '["Up", "up "]' }, 'market-unsupported', /both outcomes the same name/],
    [
      'outcomes of other names',
      { outcomes: '["Yes", "No"]' },
      'market-unsupported',
      /not call its outcomes Up and Down/,
    ],
    ['no end', { endDate: null }, 'market-unsupported', /has no end at the venue/],
    ['no order book', { enableOrderBook: false }, 'market-unsupported', /is not traded in an order book/],
    ['no condition yet', { conditionId: '' }, 'market-not-ready', /has no condition id at the venue yet/],
    ['no ids yet', { clobTokenIds: null }, 'market-not-ready', /has no token ids at the venue yet/],
    ['an end that is a date', { endDate: '2026-03-12' }, 'market-unsupported', /has no end at the venue/],
    ['an empty end', { endDate: '' }, 'market-unsupported', /has no end at the venue/],
    ['ids that are empty', { clobTokenIds: '[]' }, 'market-not-ready', /has no token ids at the venue yet/],
    ['an empty text for ids', { clobTokenIds: '' }, 'market-not-ready', /has no token ids at the venue yet/],
    ['null as text for ids', { clobTokenIds: 'null' }, 'market-not-ready', /has no token ids at the venue yet/],
    ['ids of no text', { clobTokenIds: '["",""]' }, 'market-not-ready', /has no token ids at the venue yet/],
    ['one id', { clobTokenIds: `["${UP_TOKEN}"]` }, 'market-not-ready', /has no token ids at the venue yet/],
  ])('calls a market with %s unsupported or not ready, and says why', (_what, gamma, code, message) => {
    expect(refusalOf(gamma)).toEqual({ code, message: expect.stringMatching(message) });
    expect(refusalOf(gamma)?.message).toMatch(new RegExp(`^The market ${SLUG} .* another market\\.$`));
  });

  it.each<[string, Change]>([
    ['an unknown fee formula', { fd: { r: 0.25, e: 2, to: true } }],
    ['a fee without an exponent', { fd: { r: 0.07, e: 3 } }],
  ])('calls a market with %s unsupported', (_what, clob) => {
    expect(refusalOf({}, clob)).toMatchObject({
      code: 'market-unsupported',
      message: expect.stringMatching(/fee formula/),
    });
  });

  describe('the end', () => {
    it.each([
      ['2026-03-12T09:30:00Z', '2026-03-12 09:30:00'],
      ['2026-03-12T09:24:00Z', '2026-03-12 09:24:00'],
      ['2026-03-12T09:25:06Z', '2026-03-12 09:25:06'],
      ['2026-03-12T00:00:00Z', '2026-03-12 00:00:00'],
    ])(
      'is disputed when slug and Gamma disagree by more than seconds, and both times are named: %s',
      (endDate, text) => {
        expect(refusalOf({ endDate }, {})).toEqual({
          code: 'market-end-disputed',
          message: `The market ${SLUG} ends at 2026-03-12 09:25:00 UTC by its slug, but at ${text} UTC by Gamma. Choose another market.`,
        });
      },
    );

    it('is the earlier one when they differ by seconds', () => {
      expect(read({ endDate: '2026-03-12T09:25:05Z' }).endsAtMs).toBe(Date.parse('2026-03-12T09:25:00Z'));
      expect(read({ endDate: '2026-03-12T09:24:57Z' }).endsAtMs).toBe(Date.parse('2026-03-12T09:24:57Z'));
    });

    const hourOf = (startsAt: string, slug: string) => ({
      slug,
      eventStartTime: startsAt,
      endDate: new Date(Date.parse(startsAt) + 3_600_000).toISOString(),
    });

    it('is that of the hour that Gamma means, where November repeats it', () => {
      const slug = 'bitcoin-up-or-down-november-1-2026-1am-et';
      for (const startsAt of ['2026-11-01T05:00:00Z', '2026-11-01T06:00:00Z']) {
        const market = read(hourOf(startsAt, slug));
        expect(market).toMatchObject({
          asset: 'BTC',
          startsAtMs: Date.parse(startsAt),
          endsAtMs: Date.parse(startsAt) + 3_600_000,
        });
      }
      expect(refusalOf(hourOf('2026-11-01T07:00:00Z', slug), {})).toMatchObject({
        code: 'market-end-disputed',
        message: expect.stringContaining('ends at 2026-11-01 06:00:00 UTC or 2026-11-01 07:00:00 UTC by its slug'),
      });
    });

    it('is disputed in an hour that does not exist', () => {
      expect(refusalOf(hourOf('2026-03-08T07:00:00Z', 'bitcoin-up-or-down-march-8-2026-2am-et'), {})).toMatchObject({
        code: 'market-end-disputed',
        message: expect.stringContaining('names an hour that does not exist'),
      });
    });

    it('comes from the series where the slug says nothing', () => {
      const listed = {
        ...hourOf('2026-11-01T06:00:00Z', 'btc-1am-again'),
        events: [{ seriesSlug: 'btc-up-or-down-hourly' }],
      };
      expect(read(listed)).toMatchObject({ asset: 'BTC', endsAtMs: Date.parse('2026-11-01T07:00:00Z') });
      expect(read({ ...listed, endDate: '2026-11-01T08:00:00Z' })).toMatchObject({ asset: null });
    });
  });

  it('reads any other market with two outcomes, in the order of the venue', () => {
    const rain = {
      slug: 'will-it-rain',
      outcomes: '["Yes", "No\\u001b[31m"]',
      eventStartTime: null,
      endDate: '2026-12-31T12:00:00Z',
      events: null,
    };
    const t = [{ t: UP_TOKEN, o: 'Yes' }, { t: DOWN_TOKEN }];
    expect(read(rain, { t, fd: null, nr: true })).toMatchObject({
      asset: null,
      outcomeNames: { UP: 'Yes', DOWN: 'No [31m' },
      tokenIds: { UP: UP_TOKEN, DOWN: DOWN_TOKEN },
      endsAtMs: Date.parse('2026-12-31T12:00:00Z'),
      negRisk: true,
    });
    expect(() => read(rain, { t: [{ t: UP_TOKEN, o: 'No' }] })).toThrow(UnexpectedReplyError);
  });

  it.each<[string, Change, Change | null]>([
    ['an invalid condition id', { conditionId: '0x12' }, {}],
    ['outcomes that are not a list', { outcomes: 'Up,Down' }, {}],
    ['the same token twice', { clobTokenIds: `["${UP_TOKEN}", "${UP_TOKEN}"]` }, {}],
    ['a token that is not a number', { clobTokenIds: `["0xabc", "${DOWN_TOKEN}"]` }, {}],
    ['a tick of 2', {}, { mts: 2 }],
    ['a negative minimum order size', {}, { mos: -5 }],
    ['a fee of the whole price', {}, { fd: { r: 1, e: 1, to: true } }],
    ['a token of the other outcome’s name', {}, { t: [{ t: DOWN_TOKEN, o: 'UP' }] }],
    ['an unknown token on the CLOB', {}, { t: [{ t: '7' }] }],
    ['fees of no rate', { feeSchedule: null }, { fd: null }],
    ['another market on the CLOB', {}, { c: '0xdead' }],
    [
      'other tokens on the CLOB',
      {},
      {
        t: [
          { t: DOWN_TOKEN, o: 'Up' },
          { t: UP_TOKEN, o: 'Down' },
        ],
      },
    ],
  ])('refuses a market with %s', (_what, gamma, clob) => {
    expect(() => read(gamma, clob)).toThrow(UnexpectedReplyError);
  });

  it('accepts empty tokens on a CLOB that is still listing the market', () => {
    expect(read({}, { t: [null, { t: '', o: '' }] }).tokenIds.UP).toBe(UP_TOKEN);
  });
});
