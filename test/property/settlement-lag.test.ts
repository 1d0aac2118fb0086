import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTLEMENT_LAG, settlementLagMs } from '#lib/adapters/paper/settlement-lag.ts';

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((value) => value.toString(16).padStart(8, '0'));
const orderHash = fc.array(word, { minLength: 8, maxLength: 8 }).map((words) => `0x${words.join('')}`);
const settings = fc
  .record({
    minMs: fc.nat(10_000),
    spreadMs: fc.nat(10_000),
    tailSpreadMs: fc.nat(60_000),
    tailPercent: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ minMs, spreadMs, tailSpreadMs, tailPercent }) => {
    const maxMs = minMs + spreadMs;
    return { minMs, maxMs, tailPercent, tailMaxMs: maxMs + tailSpreadMs };
  });

describe('settlementLagMs', () => {
  it('is whole milliseconds within the settings, and the same whenever it is drawn', () => {
    fc.assert(
      fc.property(orderHash, settings, (hash, lag) => {
        const lagMs = settlementLagMs(hash, lag);
        expect(Number.isInteger(lagMs)).toBe(true);
        expect(lagMs >= lag.minMs && lagMs <= lag.tailMaxMs).toBe(true);
        expect(settlementLagMs(hash, lag)).toBe(lagMs);
      }),
    );
  });

  it('has no tail at 0 % and nothing else at 100 %', () => {
    fc.assert(
      fc.property(orderHash, settings, (hash, lag) => {
        expect(settlementLagMs(hash, { ...lag, tailPercent: 0 }) <= lag.maxMs).toBe(true);
        expect(settlementLagMs(hash, { ...lag, tailPercent: 100 }) >= lag.maxMs).toBe(true);
      }),
    );
  });

  it('is the fixed one when one is fixed', () => {
    fc.assert(
      fc.property(orderHash, fc.nat(60_000), (hash, fixedMs) => {
        expect(settlementLagMs(hash, { fixedMs })).toBe(fixedMs);
      }),
    );
  });

  it('is 2 to 4 s for 95 orders of 100, and longer for the others', () => {
    const hashes = Array.from({ length: 1_000 }, (_, index) => {
      const first = Math.floor(((index + 0.5) / 1_000) * 2 ** 32);
      return `0x${first.toString(16).padStart(8, '0')}${'8000'.repeat(14)}`;
    });
    const lags = hashes.map((hash) => settlementLagMs(hash, DEFAULT_SETTLEMENT_LAG));
    expect(lags.filter((lagMs) => lagMs > 4_000)).toHaveLength(50);
    expect(lags.filter((lagMs) => lagMs >= 2_000 && lagMs <= 4_000)).toHaveLength(950);
    expect(Math.max(...lags)).toBe(27_000);
  });
});
