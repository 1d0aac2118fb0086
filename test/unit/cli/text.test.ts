import { describe, expect, it } from 'vitest';
import { cents, centsOf, dollars, shares, signedDollars } from '#lib/cli/render/money-text.ts';
import { countdown, pause, tMinus, wallTimeMs } from '#lib/cli/render/time-text.ts';
import { shorten, wrapText } from '#lib/cli/render/wrap-text.ts';
import { createPaint, printable } from '#lib/cli/terminal.ts';

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
    expect(tMinus(endsAtMs, endsAtMs)).toBe('T−0:00');
    expect(tMinus(endsAtMs, endsAtMs + 65_000)).toBe('T+1:05');
  });

  it('shows the wall time of this machine to the millisecond', () => {
    expect(wallTimeMs(new Date(2026, 10, 22, 9, 4, 5, 7).getTime())).toBe('09:04:05.007');
  });

  it('shows a pause without needless decimals', () => {
    expect([1_000, 2_460, 10_000, -3].map(pause)).toEqual(['1 s', '2.5 s', '10 s', '0 s']);
  });
});

describe('text', () => {
  it('breaks between words, and inside a word only when it is longer than a line', () => {
    expect(wrapText('the shares had not settled', 12)).toEqual(['the shares', 'had not', 'settled']);
    expect(wrapText('a 0123456789abcdef b', 8)).toEqual(['a', '01234567', '89abcdef', 'b']);
    expect(wrapText('', 8)).toEqual(['']);
  });

  it('says that there is more when it cuts', () => {
    expect([shorten('1234567890', 5), shorten('12345', 5)]).toEqual(['1234…', '12345']);
  });

  it('takes escape sequences and line breaks out of what others wrote', () => {
    expect(printable('\u001b[31mnot enough\u001b[0m\n  balance\t ')).toBe('not enough balance');
  });

  it('leaves colours out where the stream shows none', () => {
    expect(createPaint(process.stdout)('plain', 'text')).toBe('text');
  });
});
