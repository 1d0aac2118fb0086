import { describe, expect, it } from 'vitest';
import { type Account, findLimitReached, utcDay } from '#lib/domain/position/risk-limits.ts';
import { listNotLower } from '#lib/domain/position/tightened-limits.ts';

const limits = { openCountMax: 3, exposureMicrosMax: 100n, dayLossMicrosMax: 50n };
const account: Account = { mode: 'paper', openCount: 0, exposureMicros: 0n, dayLossMicros: 0n, halt: null };
const halt = { sinceMs: 1, by: null, reason: null };

describe('one more position', () => {
  it.each<[string, Partial<Account>, bigint, unknown]>([
    ['is allowed without any other', {}, 100n, undefined],
    ['is allowed below the count', { openCount: 2 }, 1n, undefined],
    ['is not at the count', { openCount: 3 }, 1n, { code: 'open-count-limit' }],
    ['is allowed up to the exposure', { exposureMicros: 60n }, 40n, undefined],
    ['is not beyond it', { exposureMicros: 60n }, 41n, { code: 'exposure-limit' }],
    ['is allowed below the loss of a day', { dayLossMicros: 49n }, 1n, undefined],
    ['is not at that loss', { dayLossMicros: 50n }, 1n, { code: 'day-loss-limit' }],
    ['is not while openings are halted', { halt, openCount: 3 }, 1n, { code: 'halted', halt }],
    ['is refused for the first limit', { openCount: 3, dayLossMicros: 50n }, 101n, { code: 'open-count-limit' }],
  ])('%s', (_, overrides, budgetMicros, reached) => {
    expect(findLimitReached({ ...account, ...overrides }, budgetMicros, limits)).toEqual(reached);
  });
});

it('a day of losses is one of UTC', () => {
  expect(utcDay(Date.UTC(2026, 10, 30, 23, 59, 59, 999))).toBe('2026-11-30');
  expect(utcDay(Date.UTC(2026, 11, 1))).toBe('2026-12-01');
});

describe('limits asked for', () => {
  it('are named where they are not lower than those known', () => {
    const known = { openCountMax: 3, exposureMicrosMax: 100n, budgetMicrosMax: 20n, dayLossMicrosMax: 50n };
    const asked = { openCountMax: 4, exposureMicrosMax: 100n, budgetMicrosMax: 19n, dayLossMicrosMax: 51n };
    expect(listNotLower(known, asked)).toEqual(['openCountMax', 'exposureMicrosMax', 'dayLossMicrosMax']);
    expect(listNotLower(known, { openCountMax: 2, dayLossMicrosMax: 49n })).toEqual([]);
  });

  it('are lower than none where one of both is not given', () => {
    expect(listNotLower({ openCountMax: 3 }, { exposureMicrosMax: 100n })).toEqual([]);
    expect(listNotLower({}, { openCountMax: 3 })).toEqual([]);
    expect(listNotLower({ openCountMax: 3 }, {})).toEqual([]);
  });
});
