import { describe, expect, it } from 'vitest';
import { groupByMarket, heldOf, isNamed } from '#lib/lifecycle/watch/group-holdings.ts';
import type { IndexedHolding } from '#lib/ports/wallet/wallet-positions.ts';

const NOW_MS = 1_773_307_380_000;

const aHolding = (overrides: Partial<IndexedHolding> = {}): IndexedHolding => ({
  tokenId: 'yes',
  conditionId: '0xc1',
  marketSlug: 'will-it-rain',
  outcomeIndex: 0,
  oppositeTokenId: 'no',
  negRisk: false,
  sharesMicros: 5_000_000n,
  isRedeemable: false,
  marketEndsAtMs: NOW_MS + 1_000,
  ...overrides,
});

const group = (holdings: readonly IndexedHolding[], otherTokenId: string | null = null) =>
  groupByMarket({ identify: () => ({ marketVersion: 'v1', otherTokenId }) }, holdings, NOW_MS);

const RAIN = {
  ...{ conditionId: '0xc1', marketVersion: 'v1', negRisk: false, marketSlug: 'will-it-rain' },
  ...{ endsAtMs: NOW_MS + 1_000, isRedeemable: false, firstTokenId: 'yes', tokenIds: ['yes', 'no'] },
};

describe('holdings of the index by market', () => {
  it('name both tokens, and the first of them from either side', () => {
    expect(group([aHolding()])).toEqual([RAIN]);
    const other = aHolding({ tokenId: 'no', oppositeTokenId: 'yes', outcomeIndex: 1 });
    expect(group([other])).toEqual([{ ...RAIN, tokenIds: ['no', 'yes'] }]);
    expect(group([aHolding(), other])).toEqual([RAIN]);
  });

  it('trust the id of a token about the other one, and not the index', () => {
    const second = aHolding({ tokenId: 'no', oppositeTokenId: 'wrong', outcomeIndex: 1 });
    expect(group([second], 'yes')).toEqual([{ ...RAIN, tokenIds: ['no', 'yes'] }]);
  });

  it('leave unknown what neither says', () => {
    const alone = aHolding({ oppositeTokenId: null, outcomeIndex: null, marketSlug: null, marketEndsAtMs: null });
    const unknown = { marketSlug: null, endsAtMs: null, firstTokenId: null, tokenIds: ['yes'] };
    expect(group([alone])).toEqual([{ ...RAIN, ...unknown }]);
    expect(group([alone, aHolding()])).toEqual([RAIN]);
  });

  it.each([
    [false, false, false],
    [true, false, true],
    [false, true, true],
  ])('have a result where one of both sides (%s, %s) says so', (first, second, isRedeemable) => {
    const holdings = [first, second].map((each, index) =>
      aHolding({ isRedeemable: each, ...(index === 1 && { tokenId: 'no', outcomeIndex: 1, oppositeTokenId: 'yes' }) }),
    );
    expect(group(holdings)).toEqual([{ ...RAIN, isRedeemable }]);
  });

  it('come by their ends: those that are next, those that are over, those that are unknown', () => {
    const endsAtMs = [null, NOW_MS, NOW_MS + 2_000, NOW_MS - 1_000, NOW_MS + 1];
    const holdings = endsAtMs.map((marketEndsAtMs, n) => aHolding({ conditionId: `0xc${n}`, marketEndsAtMs }));
    expect(group(holdings).map((each) => each.endsAtMs)).toEqual([
      ...[NOW_MS + 1, NOW_MS + 2_000, NOW_MS, NOW_MS - 1_000, null],
    ]);
  });
});

it.each([
  [true, {}],
  [false, { oppositeTokenId: null }],
  [false, { outcomeIndex: null }],
  [false, { marketSlug: null }],
])(
  'a market can be redeemed without the venue (%s) where both tokens, their order and its name are known: %o',
  (isKnown, overrides) => {
    expect(group([aHolding(overrides)]).map(isNamed)).toEqual([isKnown]);
  },
);

it('a wallet holds a hundredth of a share, and less is dust', () => {
  const [market] = group([aHolding()]);
  const held = (yes: bigint) =>
    market && heldOf(market, { block: { number: 1n, atMs: NOW_MS }, sharesOf: new Map([['yes', yes]]) });
  expect(held(10_000n)).toEqual(new Map([['yes', 10_000n]]));
  expect(held(9_999n)).toEqual(new Map());
});
