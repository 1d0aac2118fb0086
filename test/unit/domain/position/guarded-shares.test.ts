import { describe, expect, it } from 'vitest';
import { foldLeft, isGuarded, takesIn, withinGuard, withinHolding } from '#lib/domain/position/guarded-shares.ts';
import { ORIGINS } from '#lib/domain/position/position.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';

const FOUND = { sharesMicros: 10_000_000n, costMicros: 5_000_001n, blockNumber: 6_000n };

it('shares are managed that were guarded or found, and taken in where some were found before', () => {
  expect(ORIGINS.filter((origin) => isGuarded({ origin }))).toEqual(['guard', 'watch']);
  expect(ORIGINS.filter((origin) => takesIn({ origin }))).toEqual(['guard', 'watch']);
  expect(takesIn({ origin: 'request', found: FOUND })).toBe(true);
});

describe('a request that names how many shares to guard', () => {
  const within = (guardedSharesMicros: bigint | undefined, found = FOUND) =>
    withinGuard(somePositionTerms({ guardedSharesMicros }), found);

  it('takes in as many as there are, up to that', () => {
    expect(within(undefined)).toBe(FOUND);
    expect(within(10_000_001n)).toBe(FOUND);
    expect(within(10_000_000n)).toBe(FOUND);
  });

  it('takes in no more, at their part of the cost to the nearest micro', () => {
    expect(within(5_000_000n)).toEqual({ ...FOUND, sharesMicros: 5_000_000n, costMicros: 2_500_001n });
    expect(within(2_000_000n)).toEqual({ ...FOUND, sharesMicros: 2_000_000n, costMicros: 1_000_000n });
  });

  it('knows no cost of a part where that of all is unknown', () => {
    const unknown = withinGuard(somePositionTerms({ guardedSharesMicros: 4_000_000n }), { ...FOUND, costMicros: null });
    expect(unknown).toEqual({ ...FOUND, sharesMicros: 4_000_000n, costMicros: null });
  });
});

describe('what a transaction of others took', () => {
  const left = { transactionHash: '0xa', sharesMicros: 10_000_000n, cashMicros: 6_000_001n };

  it('counts whole where the position holds as much', () => {
    expect(withinHolding(left, 10_000_000n)).toEqual(left);
    expect(withinHolding({ ...left, cashMicros: null }, 10_000_000n)).toEqual({ ...left, cashMicros: null });
  });

  it('counts for what the position holds, with that part of the cash to the nearest micro', () => {
    expect(withinHolding(left, 5_000_000n)).toEqual({ ...left, sharesMicros: 5_000_000n, cashMicros: 3_000_001n });
    expect(withinHolding({ ...left, cashMicros: null }, 5_000_000n)).toEqual({
      ...left,
      sharesMicros: 5_000_000n,
      cashMicros: null,
    });
  });

  it('counts for nothing where the position holds nothing', () => {
    expect(withinHolding(left, 1n)).toMatchObject({ sharesMicros: 1n, cashMicros: 1n });
    expect(withinHolding(left, 0n)).toBeNull();
  });
});

describe('what left a position', () => {
  const taken = (count: number, cashMicros: bigint | null = 2n) =>
    Array.from({ length: count }, (_, at) => ({ transactionHash: `0x${at}`, sharesMicros: 3n, cashMicros }));

  it('is named up to 25 transactions', () => {
    expect(foldLeft({ left: taken(25) })).toEqual({ left: taken(25) });
  });

  it('is summed before that, apart where its cash is unknown', () => {
    expect(foldLeft({ left: taken(27) })).toEqual({
      left: taken(27).slice(2),
      leftEarlier: [{ transactionCount: 2, sharesMicros: 6n, cashMicros: 4n }],
    });
    const leftEarlier = [
      { transactionCount: 5, sharesMicros: 50n, cashMicros: 10n },
      { transactionCount: 7, sharesMicros: 70n, cashMicros: null },
    ];
    expect(foldLeft({ left: taken(26, null), leftEarlier })).toEqual({
      left: taken(26, null).slice(1),
      leftEarlier: [
        { transactionCount: 5, sharesMicros: 50n, cashMicros: 10n },
        { transactionCount: 8, sharesMicros: 73n, cashMicros: null },
      ],
    });
  });
});
