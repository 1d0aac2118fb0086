import { describe, expect, it } from 'vitest';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { findSmokeLimit } from '#lib/lifecycle/delivery/smoke-limits.ts';

const account = { mode: 'paper', openCount: 0, exposureMicros: 0n, dayLossMicros: 0n, halt: null } as const;
const storeOf = (of: Partial<{ openCount: number; exposureMicros: bigint; dayLossMicros: bigint }> = {}) => ({
  getAccount: async () => ({ ...account, ...of }),
  findTightened: async () => undefined,
});

describe('a limit that would refuse the smoke test', () => {
  it.each([
    [6_000_000n, null],
    [5_999_999n, expect.stringContaining('(budget-above-limit)')],
  ])('is a budget below its own, of %i', async (budgetMicrosMax, found) => {
    const limits = { ...DEFAULT_RISK_LIMITS, budgetMicrosMax };
    expect(await findSmokeLimit(storeOf(), limits, 0, 'before-exits')).toEqual(found);
  });

  it.each([
    [{ openCount: 20 }, 'open-count-limit'],
    [{ exposureMicros: 994_000_001n }, 'exposure-limit'],
  ])('is what open positions take, once they have been sold, case %#', async (of, code) => {
    const find = (when: 'before-exits' | 'after-exits') => findSmokeLimit(storeOf(of), DEFAULT_RISK_LIMITS, 0, when);
    expect(await find('before-exits')).toBeNull();
    expect(await find('after-exits')).toMatch(
      new RegExp(`^paper limits \\(${code}\\) would refuse the position of the smoke test: the limit of a day ends at`),
    );
  });

  it('is the loss of the day, at any time', async () => {
    const store = storeOf({ dayLossMicros: 200_000_000n });
    expect(await findSmokeLimit(store, DEFAULT_RISK_LIMITS, 0, 'before-exits')).toContain('(day-loss-limit)');
  });
});
