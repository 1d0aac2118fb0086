import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { tightestOf } from '#lib/domain/position/tightened-limits.ts';

const micros = fc.bigInt({ min: 0n, max: 999_999_999_999_999n });
const limits = { openCountMax: fc.nat(), exposureMicrosMax: micros, budgetMicrosMax: micros, dayLossMicrosMax: micros };
const row = fc.record(limits, { requiredKeys: [] });
const names = ['openCountMax', 'exposureMicrosMax', 'budgetMicrosMax', 'dayLossMicrosMax'] as const;

const property = fc.property(fc.record(limits), row, (stage: RiskLimits, tightened) => {
  const now = tightestOf(stage, { limits: tightened, atMs: 0, by: null, reason: null });
  for (const name of names) {
    expect(now[name] <= stage[name]).toBe(true);
    expect(now[name]).toBe((tightened[name] ?? stage[name]) < stage[name] ? tightened[name] : stage[name]);
  }
  expect(tightestOf(stage, undefined)).toEqual(stage);
});

it('a row never raises a limit, and each limit is the lower of both', () => fc.assert(property));
