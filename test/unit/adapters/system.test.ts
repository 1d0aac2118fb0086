import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';

describe('systemClock', () => {
  it('never wakes early, also when many sleep at once', async () => {
    const startMs = systemClock.nowMs();
    const wokenEarly = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const atMs = startMs + index;
        await systemClock.sleepUntil(atMs);
        return systemClock.nowMs() < atMs;
      }),
    );
    expect(wokenEarly).not.toContain(true);
  });

  it('does not sleep for a time that has passed', async () => {
    await systemClock.sleepUntil(0);
    await systemClock.sleepUntil(Number.NEGATIVE_INFINITY);
    expect(Number.isInteger(systemClock.nowMs())).toBe(true);
  });
});

describe('createSystemIdSource', () => {
  it('makes ids that are unique, URL-safe and sort in the order they were made', () => {
    // Also within a millisecond, and while the clock steps back.
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 47 }), { minLength: 2, maxLength: 50 }), (times) => {
        let index = 0;
        const source = createSystemIdSource({ nowMs: () => times[index++ % times.length] ?? 0 });
        const ids = Array.from({ length: 100 }, () => source.nextId());
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.toSorted()).toEqual(ids);
        expect(ids.every((id) => /^[0-9a-z]{26}$/.test(id))).toBe(true);
      }),
    );
  });

  it('makes ids of two sources that differ', () => {
    const nowMs = () => 1_773_307_200_000;
    expect(createSystemIdSource({ nowMs }).nextId()).not.toBe(createSystemIdSource({ nowMs }).nextId());
  });

  it('makes salts that survive as JSON numbers', () => {
    const source = createSystemIdSource({ nowMs: () => 0 });
    const salts = Array.from({ length: 1_000 }, () => source.nextSalt());
    expect(salts.every((salt) => Number.isSafeInteger(Number(salt)) && String(JSON.parse(salt)) === salt)).toBe(true);
    expect(new Set(salts).size).toBe(salts.length);
    // All 53 bits are used: an order's salt is what keeps two equal orders apart.
    expect(salts.some((salt) => BigInt(salt) >= 2n ** 52n)).toBe(true);
  });
});
