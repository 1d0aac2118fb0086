import { describe, expect, it } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import {
  cents,
  centsOf,
  dollars,
  fillPrice,
  shares,
  signedDollars,
  signedPercent,
  underlyingPrice,
} from '#lib/words/money-text.ts';
import { countdown, holdingTime, pause, tMinus, utcClockMs, utcTime } from '#lib/words/time-text.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';

describe('money', () => {
  it('carries a sign only where it is a gain or a loss', () => {
    expect([dollars(25_000_000n), dollars(-1_204_999n)]).toEqual(['$25.00', '-$1.20']);
    expect([840_000n, -1_200_000n, 0n, 1_000n, -1_000n].map(signedDollars)).toEqual([
      '+$0.84',
      '-$1.20',
      '$0.00',
      '$0.00',
      '$0.00',
    ]);
  });

  it('shows prices in cents with one decimal, and a dash without a price', () => {
    expect([cents(650_000n), cents(5_000n), centsOf('0.655000'), centsOf(null)]).toEqual([
      '65.0¢',
      '0.5¢',
      '65.5¢',
      '–',
    ]);
    expect(shares(36_470_000n)).toBe('36.47');
  });

  it('rounds a price half up from micros, wherever it is shown', () => {
    expect([816_500n, 816_499n, 999_999n].map(cents)).toEqual(['81.7¢', '81.6¢', '100.0¢']);
    const fill = { sharesMicros: 30_000_000n, valueMicros: 24_495_000n, feesMicros: 0n };
    expect([fillPrice(fill), centsOf('0.816500')]).toEqual(['81.7¢', '81.7¢']);
    const view = { ...describePosition(aPosition({ state: 'exited' })), exitPrice: '0.816500' };
    const alert = anAlert({ position: view });
    const { fields } = toEmbed({
      kind: 'event',
      event: { type: 'position-alert', positionId: 'p', version: 1, alert },
    });
    expect(fields.find(({ name }) => name === 'Got')?.value).toContain('at 81.7¢');
  });

  it('shows a price of the underlying to the cent, a small one to the hundredth of a cent', () => {
    expect(['97412.555000', '0.500000', 'unknown'].map(underlyingPrice)).toEqual(['$97,412.56', '$0.5000', 'unknown']);
  });

  it('shows a result in percent of the cost with its sign', () => {
    expect([-3_508_154n, 1_230_000n, 0n].map((micros) => signedPercent(micros, 25_000_000n))).toEqual([
      '-14.0 %',
      '+4.9 %',
      '0.0 %',
    ]);
  });
});

describe('time', () => {
  it('counts down in the second that has begun and stops at zero', () => {
    expect([150_000, 120_000, 119_999, 119_001, 60_000, 1, 0, -5_000].map(countdown)).toEqual([
      '2:30',
      '2:00',
      '2:00',
      '2:00',
      '1:00',
      '0:01',
      '0:00',
      '0:00',
    ]);
  });

  it('names a moment by its distance to the end of the market, before and after it', () => {
    const endsAtMs = 1_773_307_500_000;
    expect(tMinus(endsAtMs, endsAtMs - 120_000)).toBe('T−2:00');
    expect(tMinus(endsAtMs, endsAtMs - 30_227_000)).toBe('T−8:23:47');
    expect(tMinus(endsAtMs, endsAtMs)).toBe('T−0:00');
    expect(tMinus(endsAtMs, endsAtMs + 65_000)).toBe('T+1:05');
  });

  it('shows a moment in UTC, with the date when that is not today', () => {
    const atMs = Date.UTC(2026, 10, 22, 9, 4, 5, 7);
    expect(utcTime(atMs, Date.UTC(2026, 10, 22, 23, 59, 59))).toBe('09:04:05 UTC');
    expect(utcTime(atMs, Date.UTC(2026, 10, 23))).toBe('2026-11-22 09:04:05 UTC');
    expect(utcClockMs(atMs)).toBe('09:04:05.007');
  });

  it('does not fail on a time that no calendar holds', () => {
    expect(utcTime(Number.NaN, 1e300)).toBe('00:00:00 UTC');
  });

  it('shows how long a position was held', () => {
    expect([0, 59.4, 59.6, 151].map(holdingTime)).toEqual(['0 s', '59 s', '1 min 0 s', '2 min 31 s']);
  });

  it('shows a pause without needless decimals', () => {
    expect([1_000, 2_460, 10_000, -3].map(pause)).toEqual(['1 s', '2.5 s', '10 s', '0 s']);
  });
});
