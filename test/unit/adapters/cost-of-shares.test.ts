import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOfShares } from '#lib/adapters/polymarket/data-api/cost-of-shares.ts';
import type { IndexedActivity } from '#lib/ports/wallet/wallet-positions.ts';

const TOKEN = '7';
const row = (changes: Partial<IndexedActivity>): IndexedActivity => ({
  ...{ atMs: 1_790_000_000_000, type: 'TRADE', transactionHash: `0x${'1'.repeat(64)}`, conditionId: '0xc' },
  ...{ tokenId: TOKEN, side: 'BUY', sharesMicros: 10_000_000n, cashMicros: 5_200_000n },
  ...changes,
});
const buy = row({});
const dear = row({ sharesMicros: 10_000_000n, cashMicros: 9_000_000n });
const sellOf = (sharesMicros: bigint) => row({ side: 'SELL', sharesMicros, cashMicros: 1n });
/** Oldest first. */
const costOf = (sharesMicros: bigint, ...rows: readonly IndexedActivity[]) =>
  costOfShares(rows.toReversed(), TOKEN, sharesMicros);

describe('what shares in the wallet cost, by what the index says the wallet did', () => {
  it('is what the buys cost with their fees, within the rounding of sizes', () => {
    expect(costOf(10_000_000n, buy)).toBe(5_200_000n);
    expect(costOf(20_000_001n, buy, dear)).toBe(14_200_000n);
  });

  it('is by average while some are sold, and begins anew when all are', () => {
    expect(costOf(15_000_000n, buy, dear, sellOf(5_000_000n))).toBe(10_650_000n);
    expect(costOf(10_000_000n, buy, sellOf(10_000_000n), dear)).toBe(9_000_000n);
    const merge = row({ type: 'MERGE', side: null, sharesMicros: 10_000_000n, cashMicros: 10_000_000n });
    expect(costOf(10_000_000n, buy, dear, merge)).toBe(7_100_000n);
  });

  it('does not mind other tokens, cash alone, and a loser redeemed for nothing', () => {
    const other = row({ tokenId: '8', cashMicros: 1n });
    const deposit = row({ type: 'DEPOSIT', tokenId: null, conditionId: null, side: null });
    const empty = row({ type: 'REDEEM', side: null, sharesMicros: 0n, cashMicros: 0n });
    expect(costOf(10_000_000n, other, buy, deposit, empty)).toBe(5_200_000n);
  });

  it.each([
    { name: 'knows none of it', rows: [] },
    { name: 'left a buy out', rows: [buy], shares: 20_000_000n },
    { name: 'repeats a buy', rows: [buy, buy] },
    { name: 'does not know of a gift', rows: [buy], shares: 15_000_000n },
    { name: 'left out the buy of what was sold', rows: [sellOf(5_000_000n), buy] },
    { name: 'knows a split, which paid for both outcomes', rows: [row({ type: 'SPLIT', side: null })] },
    { name: 'has a type that is not known', rows: [row({ type: 'OTHER', side: null })] },
    { name: 'has a trade without a side', rows: [row({ side: null })] },
    {
      name: 'has an older redemption, which names no token',
      rows: [buy, row({ type: 'REDEEM', tokenId: null, side: null })],
    },
  ])('is not guessed where the index $name', ({ rows, shares = 10_000_000n }) => {
    expect(costOf(shares, ...rows)).toBeNull();
  });

  it('is the sum of what was paid, or unknown, whatever rows are left out or repeated', () => {
    const aBuy = fc.record({ shares: fc.bigInt(1_000n, 10n ** 9n), cash: fc.bigInt(1n, 10n ** 9n), copies: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(aBuy, { minLength: 1, maxLength: 6 }), (buys) => {
        const rows = buys.flatMap(({ shares, cash, copies }) =>
          Array.from({ length: copies }, () => row({ sharesMicros: shares, cashMicros: cash })),
        );
        const heldMicros = buys.reduce((sum, { shares }) => sum + shares, 0n);
        const shownMicros = rows.reduce((sum, { sharesMicros }) => sum + sharesMicros, 0n);
        const paidMicros = rows.reduce((sum, { cashMicros }) => sum + cashMicros, 0n);
        const isSame = heldMicros - shownMicros < 100n && shownMicros - heldMicros < 100n;
        expect(costOf(heldMicros, ...rows)).toBe(isSame ? paidMicros : null);
      }),
    );
  });
});
