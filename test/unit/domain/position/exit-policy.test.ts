import { describe, expect, it } from 'vitest';
import {
  DEFAULT_EXIT_POLICY,
  type ExitTerms,
  fruitlessMsMax,
  holdsAtAnyPrice,
  leaseUntilMs,
  mayStillPost,
  trailingLevelMicros,
  withExitTerms,
} from '#lib/domain/position/exit-policy.ts';

describe('the terms of an exit', () => {
  it('replace those of the policy that are named, and leave the others', () => {
    const terms: ExitTerms = { exitLeadMs: 60_000, minPriceMicros: 300_000n, slackTicks: 7, mayMerge: true };
    expect(withExitTerms(DEFAULT_EXIT_POLICY, terms)).toEqual({
      ...DEFAULT_EXIT_POLICY,
      exitLeadMs: 60_000,
      minPriceMicros: 300_000n,
      mayMerge: true,
      priceLadder: [
        { fromLeadMs: Number.MAX_SAFE_INTEGER, slackTicks: 7, blindPercent: 80 },
        { fromLeadMs: 90_000, slackTicks: 7, blindPercent: 50 },
        { fromLeadMs: 45_000, slackTicks: 10, blindPercent: 20 },
        { fromLeadMs: 15_000, slackTicks: 'any', blindPercent: 0 },
      ],
    });
    expect(withExitTerms(DEFAULT_EXIT_POLICY, {})).toEqual(DEFAULT_EXIT_POLICY);
  });

  it('may make the first sells stricter, and no later ones', () => {
    const { priceLadder } = withExitTerms(DEFAULT_EXIT_POLICY, { slackTicks: 0 });
    expect(priceLadder.map(({ slackTicks }) => slackTicks)).toEqual([0, 5, 10, 'any']);
  });
});

describe('the lease of an attempt', () => {
  const policy = { requestDeadlineMs: 6_000, leaseGraceMs: 2_000 };

  it('ends after the deadline of its request and the grace', () => {
    expect(leaseUntilMs(policy, 100_000)).toBe(108_000);
  });

  it('is too old to post once the grace is over', () => {
    expect(mayStillPost(policy, 100_000, 102_000)).toBe(true);
    expect(mayStillPost(policy, 100_000, 102_001)).toBe(false);
  });
});

describe('exit rules', () => {
  it('hold at any price only where that price is zero', () => {
    expect(holdsAtAnyPrice({ rules: { holdAboveMicros: 0n } })).toBe(true);
    expect(holdsAtAnyPrice({ rules: { holdAboveMicros: 1n } })).toBe(false);
    expect(holdsAtAnyPrice({ rules: {} })).toBe(false);
    expect(holdsAtAnyPrice({})).toBe(false);
  });

  it('trail the highest price seen at a distance', () => {
    expect(trailingLevelMicros({ trailingStopMicros: 100_000n }, 750_000n)).toBe(650_000n);
    expect(trailingLevelMicros({ trailingStopMicros: 100_000n }, undefined)).toBeUndefined();
    expect(trailingLevelMicros({}, 750_000n)).toBeUndefined();
    expect(trailingLevelMicros(undefined, 750_000n)).toBeUndefined();
  });
});

it.each([
  [15_000, 3_750],
  [120_000, 30_000],
  [3_600_000, 30_000],
])('an exit %d ms before the end may achieve nothing for %d ms', (exitLeadMs, maxMs) => {
  expect(fruitlessMsMax({ exitLeadMs })).toBe(maxMs);
});
