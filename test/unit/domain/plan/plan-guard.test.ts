import { describe, expect, it } from 'vitest';
import { GUARD_REFUSAL_CODES, type GuardInput, planGuard } from '#lib/domain/plan/plan-guard.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { aMarket, UNTRADABLE_MARKET, WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';

const MARKET = aMarket();
const ENDS_AT_MS = WINDOW_STARTS_AT_MS + 300_000;
const NOW_MS = WINDOW_STARTS_AT_MS + 60_000;

const plan = (changes: Partial<GuardInput> = {}) =>
  planGuard({
    ...{ marketSlug: MARKET.slug, market: MARKET, outcome: 'UP', nowMs: NOW_MS, exitPolicy: DEFAULT_EXIT_POLICY },
    ...changes,
  });

const BY_HAND =
  'Nothing is guarded. `tminus sell-now` sells shares by hand, `tminus redeem` takes what resolved ones pay.';
const NOT_SOLD = 'Nothing of it can be sold any more. Once it is resolved, `tminus redeem` takes what its shares pay.';

describe('a guard of shares', () => {
  it.each([
    ['Up', 'UP'],
    ['down', 'DOWN'],
  ])('is planned for the outcome %s', (outcome, expected) => {
    expect(plan({ outcome })).toEqual({ market: MARKET, outcome: expected });
  });

  it('is planned where the exit was due before, until the market ends', () => {
    expect(plan({ nowMs: ENDS_AT_MS - 1 })).toEqual({ market: MARKET, outcome: 'UP' });
  });

  it('is planned for an exit time from now on, until the exit lead before the end', () => {
    expect(plan({ exitAtMs: NOW_MS })).toHaveProperty('outcome', 'UP');
    expect(plan({ exitAtMs: ENDS_AT_MS - 120_000 })).toHaveProperty('outcome', 'UP');
    expect(plan({ exitAtMs: ENDS_AT_MS - 119_999 })).toHaveProperty('code', 'exit-time-invalid');
  });

  it('is planned in a market that takes no orders for now', () => {
    expect(plan({ market: aMarket({ acceptingOrders: false }) })).toHaveProperty('outcome', 'UP');
  });
});

describe('a guard is refused', () => {
  it.each<[string, Partial<GuardInput>, string, string]>([
    [
      'for a market that the venue does not list',
      { marketSlug: 'no-such-market', market: undefined },
      'market-unknown',
      'The venue lists no market "no-such-market". Check the slug.',
    ],
    [
      'for a market that this release cannot trade',
      { market: UNTRADABLE_MARKET },
      'market-version-unsupported',
      `The version is unknown. Choose another market. ${BY_HAND}`,
    ],
    [
      'from the end of the market on',
      { nowMs: ENDS_AT_MS },
      'market-over',
      `The market ${MARKET.slug} ended at 09:25:00 UTC. ${NOT_SOLD}`,
    ],
    [
      'for a market that is closed before its end',
      { market: aMarket({ closed: true }) },
      'market-closed',
      `The market ${MARKET.slug} is closed. ${NOT_SOLD}`,
    ],
    [
      'for an outcome that the market does not have',
      { outcome: 'Yes' },
      'outcome-unknown',
      `The market ${MARKET.slug} has the outcomes "Up" and "Down", and none called "Yes". Pass one of the two as side.`,
    ],
    [
      'for an exit time that has passed',
      { exitAtMs: NOW_MS - 1 },
      'exit-time-invalid',
      'The exit time 09:20:59 UTC has passed. Choose a later one; `tminus exit` sells what is guarded at once.',
    ],
  ])('%s', (_when, changes, code, message) => {
    expect(plan(changes)).toEqual({ code, message });
  });

  it('without an exit time where the end of trading is not known', () => {
    const market = aMarket({ asset: null });
    expect(plan({ market })).toMatchObject({ code: 'exit-time-required' });
    expect(plan({ market, exitAtMs: NOW_MS + 1_000 })).toEqual({ market, outcome: 'UP' });
  });

  it('for an exit lead that leaves no time for the last order', () => {
    const exitPolicy = { ...DEFAULT_EXIT_POLICY, exitLeadMs: 8_000 };
    expect(plan({ exitPolicy })).toMatchObject({ code: 'too-late-to-exit' });
    expect(plan({ exitPolicy: { ...exitPolicy, exitLeadMs: 8_001 } })).toHaveProperty('outcome', 'UP');
  });

  it('as unsupported where the code of the market belongs to openings alone', () => {
    const refusal = { code: 'book-too-thin', message: 'Too thin.' } as const;
    expect(plan({ market: { slug: MARKET.slug, refusal } })).toEqual({
      code: 'market-unsupported',
      message: `Too thin. ${BY_HAND}`,
    });
    expect(GUARD_REFUSAL_CODES).toContain('nothing-to-guard');
  });
});
