import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agrees, bookingsOf, isMissing } from '#lib/domain/ledger/booking.ts';
import { entriesOfPosition } from '#lib/domain/ledger/entries-of-position.ts';
import { isMismatch } from '#lib/domain/ledger/finding.ts';
import { sumCash } from '#lib/domain/ledger/ledger-entry.ts';
import { checkBalances } from '#lib/domain/ledger/ledger-report.ts';
import { reconcile as reconcileIn } from '#lib/domain/ledger/reconcile.ts';
import { kindOfMovement, splitByMarket, type WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const HOUR_MS = 3_600_000;
const reconcile = (positions: readonly Position[], movements: readonly WalletMovement[], nowMs: number) =>
  reconcileIn(positions, movements, { fromMs: 0, untilMs: nowMs, nowMs });
const exited = aPosition({
  state: 'exited',
  trades: [aBuyTrade({ feeDriftMicros: 0n }), aSellTrade({ feeDriftMicros: 0n })],
});
const LATER = exited.closedAtMs + HOUR_MS;
const { tokenId, otherTokenId, conditionId } = exited;
const redeemed = aPosition({ state: 'redeemed', trades: [aBuyTrade({ feeDriftMicros: 0n })], gasWei: 30_000n });

let count = 0;
function aMovement(overrides: Partial<WalletMovement> = {}): WalletMovement {
  count += 1;
  return {
    transactionHash: `0x${String(count).padStart(64, '0')}`,
    atMs: exited.openedAtMs + 3_000,
    cashMicros: 0n,
    shares: [],
    movedBy: 'other',
    payouts: [],
    gasWei: 0n,
    ...overrides,
  };
}

/** The movements that the rows say there were, some seconds later. */
function movementsOf(...positions: readonly Position[]): readonly WalletMovement[] {
  return positions.flatMap(bookingsOf).flatMap((booking) => {
    if (isMissing(booking)) return [];
    const { cashMicros, shares, transactionHash, atMs } = booking;
    const isTrade = transactionHash === null;
    const cited = transactionHash === null ? {} : { transactionHash, payouts: [{ conditionId, cashMicros }] };
    return [
      aMovement({ cashMicros, shares, atMs: atMs + 3_000, movedBy: isTrade ? 'exchange' : 'redeemer', ...cited }),
    ];
  });
}

const kindsOf = (findings: readonly { readonly kind: string }[]) => findings.map(({ kind }) => kind);

describe('a ledger that the chain confirms', () => {
  it.each([
    ['exited', exited],
    ['redeemed', redeemed],
    ['worthless', aPosition({ state: 'worthless', trades: [aBuyTrade({ feeDriftMicros: 0n })] })],
  ])('has no finding for a position that is %s, and cites the transactions', (_state, position) => {
    const movements = movementsOf(position);
    const { entries, findings } = reconcile([position], movements, LATER);
    expect(findings).toEqual([]);
    expect(sumCash(entries)).toBe(movements.reduce((sum, { cashMicros }) => sum + cashMicros, 0n));
    const hashes = movements.map(({ transactionHash }) => transactionHash);
    for (const entry of entries) expect(hashes).toContain(entry.transactionHash);
    for (const { atMs } of entries) expect(movements.map((each) => each.atMs)).toContain(atMs);
  });

  describe('of a guarded position', () => {
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 6_000n };
    const sold = { origin: 'guard', found, trades: [aSellTrade({ feeDriftMicros: 0n })] } as const;
    const guarded = aPosition({ state: 'exited', ...sold });
    const own = movementsOf(guarded).slice(-1);
    const buys = [10_000_000n, 26_000_000n].map((sharesMicros) =>
      aMovement({ cashMicros: -sharesMicros / 2n, shares: [{ tokenId, sharesMicros }], movedBy: 'exchange' }),
    );

    it('takes the cost of what others bought from the chain', () => {
      const { entries, findings } = reconcile([guarded], [...buys, ...own], LATER);
      expect(findings).toEqual([]);
      expect(sumCash(entries)).toBe([...buys, ...own].reduce((sum, { cashMicros }) => sum + cashMicros, 0n));
    });

    it('does not miss what was bought before the time that was read', () => {
      expect(reconcile([guarded], own, LATER).findings).toEqual([]);
    });

    it('knows what was bought after the part that is too old to be read, and taken in later', () => {
      expect(reconcile([guarded], [...buys.slice(1), ...own], LATER).findings).toEqual([]);
    });

    it('tells when the chain brought more shares than were found, or took more than the row says', () => {
      const more = aMovement({ cashMicros: -1n, shares: [{ tokenId, sharesMicros: 1n }], movedBy: 'exchange' });
      expect(kindsOf(reconcile([guarded], [...buys, more, ...own], LATER).findings)).toEqual(['amounts-differ']);
      const taken = aMovement({ shares: [{ tokenId, sharesMicros: -1n }] });
      expect(kindsOf(reconcile([guarded], [...buys, taken, ...own], LATER).findings)).toEqual(['amounts-differ']);
    });

    it('knows what others took by its transaction, or by the sum of many', () => {
      const halves = [1n, 2n].map((third) =>
        aMovement({ cashMicros: third * 1_000_000n, shares: [{ tokenId, sharesMicros: third * -12_000_000n }] }),
      );
      const taken = aMovement({ cashMicros: 3_000_000n, shares: [{ tokenId, sharesMicros: -36_000_000n }] });
      const left = [{ transactionHash: taken.transactionHash, sharesMicros: 36_000_000n, cashMicros: 3_000_000n }];
      const gone = aPosition({ state: 'exited', origin: 'guard', found, left, trades: [] });
      expect(reconcile([gone], [...buys, taken], LATER).findings).toEqual([]);
      expect(reconcile([gone], [taken], LATER).findings).toEqual([]);
      const summed = { transactionCount: 1, sharesMicros: 36_000_000n, cashMicros: 3_000_000n };
      const sums = aPosition({ ...gone, left: [], leftEarlier: [summed] });
      expect(reconcile([sums], [...buys, taken], LATER).findings).toEqual([]);
      expect(reconcile([sums], [...buys, ...halves], LATER).findings).toEqual([]);
      expect(reconcile([sums], halves.slice(1), LATER).findings).toEqual([]);
      const more = aMovement({ cashMicros: 1n, shares: [{ tokenId, sharesMicros: -1_000_000n }] });
      expect(kindsOf(reconcile([sums], [...buys, ...halves, more], LATER).findings)).toEqual(['amounts-differ']);
      const unknown = aPosition({ ...gone, left: left.map((each) => ({ ...each, cashMicros: null })) });
      expect(reconcile([unknown], [...buys, taken], LATER).findings).toEqual([]);
    });
  });

  it('tells two positions of one market apart, whatever the order of the transactions', () => {
    const second = aPosition({
      state: 'exited',
      positionId: 'position-2',
      trades: [
        aBuyTrade({ tradeId: 'trade-3', feeDriftMicros: 0n, priceMicros: 640_000n }),
        aSellTrade({ tradeId: 'trade-4', feeDriftMicros: 0n, priceMicros: 610_000n }),
      ],
    });
    const movements = movementsOf(exited, second);
    fc.assert(
      fc.property(fc.shuffledSubarray([...movements], { minLength: movements.length }), (shuffled) => {
        const { entries, findings } = reconcile([exited, second], shuffled, LATER);
        expect(findings).toEqual([]);
        expect(new Set(entries.map(({ transactionHash }) => transactionHash)).size).toBe(4);
      }),
    );
  });

  it('tells fills of the same size apart by their cash, where their fees are estimates', () => {
    const fills = [650_000n, 640_000n, 660_000n].map((priceMicros, index) =>
      aBuyTrade({ tradeId: `fill-${index}`, priceMicros }),
    );
    const position = aPosition({ state: 'worthless', trades: fills });
    const movements = movementsOf(position).map((each) => ({
      ...each,
      atMs: exited.openedAtMs,
      cashMicros: each.cashMicros - 10n,
    }));
    const { findings } = reconcile([position], movements.toReversed(), LATER);
    expect(findings.map(({ kind, cashMicros }) => [kind, cashMicros])).toEqual([['fee-estimated', -30n]]);
  });

  it('takes the fee of an order that was charged with its smallest fill', () => {
    const fills = [
      aBuyTrade({ tradeId: 'small', sharesMicros: 100_000n }),
      aBuyTrade({ tradeId: 'large', sharesMicros: 90_000_000n }),
    ];
    const position = aPosition({ state: 'worthless', trades: fills });
    const feesMicros = fills.reduce((sum, fill) => sum + fill.feesMicros, 0n);
    const movements = movementsOf(position).map((each, index) => ({
      ...each,
      cashMicros: -(fills[index]?.valueMicros ?? 0n) - (index === 0 ? feesMicros : 0n),
    }));
    expect(reconcile([position], movements, LATER).findings).toEqual([]);
    const [first, second] = movements;
    const more = first && { ...first, cashMicros: first.cashMicros - 10n };
    const { findings } = reconcile([position], more && second ? [more, second] : [], LATER);
    expect(findings).toMatchObject([{ kind: 'fee-estimated', cashMicros: -10n }]);
  });

  it('takes one payout in two transactions, and two fills in one', () => {
    const [buy, payout] = movementsOf(redeemed);
    if (buy === undefined || payout === undefined) throw new Error('two movements expected');
    const half = { ...payout, cashMicros: payout.cashMicros / 2n, shares: [{ tokenId, sharesMicros: -18_000_000n }] };
    const rest = aMovement({ ...half, cashMicros: payout.cashMicros - half.cashMicros });
    expect(reconcile([redeemed], [buy, half, rest], LATER).findings).toEqual([]);
    const inParts = aPosition({
      state: 'redeemed',
      trades: [
        aBuyTrade({ tradeId: 'a', sharesMicros: 16_000_000n, feeDriftMicros: 0n }),
        aBuyTrade({ tradeId: 'b', sharesMicros: 20_000_000n, feeDriftMicros: 0n }),
      ],
    });
    const [one, other, cash] = movementsOf(inParts);
    const both = aMovement({
      cashMicros: (one?.cashMicros ?? 0n) + (other?.cashMicros ?? 0n),
      shares: [{ tokenId, sharesMicros: 36_000_000n }],
      movedBy: 'exchange',
    });
    const { entries, findings } = reconcile([inParts], cash === undefined ? [] : [both, cash], LATER);
    expect(findings).toEqual([]);
    expect(entries.filter(({ kind }) => kind === 'buy').map((entry) => entry.transactionHash)).toEqual([
      both.transactionHash,
      both.transactionHash,
    ]);
  });

  it('takes fewer shares than were bought where the row knows them as missing', () => {
    const short = aPosition({
      ...exited,
      state: 'exited',
      shortfallMicros: 500_000n,
      trades: [aBuyTrade({ feeDriftMicros: 0n }), aSellTrade({ feeDriftMicros: 0n, sharesMicros: 35_500_000n })],
    });
    const [buy, sell] = movementsOf(short);
    const fewer = { ...buy, shares: [{ tokenId, sharesMicros: 35_500_000n }] } as WalletMovement;
    expect(reconcile([short], sell === undefined ? [] : [fewer, sell], LATER).findings).toEqual([]);
  });

  it('shares out a batch that redeemed two markets', () => {
    const other = aPosition({
      ...redeemed,
      ...{ state: 'redeemed', positionId: 'position-2', conditionId: `0x${'ab'.repeat(32)}` },
      ...{ tokenId: '555', otherTokenId: '556', payoutMicros: 36_000_000n },
    });
    const batch = aMovement({
      transactionHash: redeemed.transactionHash,
      movedBy: 'redeemer',
      cashMicros: redeemed.payoutMicros + 36_000_000n,
      shares: [tokenId, '555'].map((each) => ({ tokenId: each, sharesMicros: -36_000_000n })),
      payouts: [
        { conditionId, cashMicros: redeemed.payoutMicros },
        { conditionId: other.conditionId.toUpperCase().replace('0X', '0x'), cashMicros: 36_000_000n },
      ],
    });
    const buys = movementsOf(redeemed, other).filter(({ movedBy }) => movedBy === 'exchange');
    expect(reconcile([redeemed, other], [...buys, batch], LATER).findings).toEqual([]);
  });
});

describe('what no row explains', () => {
  it('is listed as made by hand: cash, shares, trades and redemptions of other markets', () => {
    const foreign = (sharesMicros: bigint) => [{ tokenId: '777', sharesMicros }];
    const byHand = [
      aMovement({ cashMicros: 100_000_000n }),
      aMovement({ cashMicros: -40_000_000n, gasWei: 21_000n }),
      aMovement({ shares: foreign(5_000_000n) }),
      aMovement({ shares: foreign(-1_000_000n) }),
      aMovement({ shares: foreign(5_000_000n), cashMicros: -2_000_000n, movedBy: 'exchange' }),
      aMovement({ shares: foreign(-5_000_000n), cashMicros: 5_000_000n, movedBy: 'redeemer' }),
      aMovement({ shares: foreign(-5_000_000n), movedBy: 'redeemer' }),
    ];
    const { entries, findings } = reconcile([exited], [...movementsOf(exited), ...byHand], LATER);
    expect(findings).toEqual([]);
    const listed = entries.filter(({ positionId }) => positionId === null);
    expect(kindsOf(listed).toSorted()).toEqual(
      ['deposit', 'withdrawal', 'gas', 'shares-in', 'shares-out', 'buy', 'redeem', 'redeem'].toSorted(),
    );
    expect(sumCash(listed)).toBe(63_000_000n);
  });

  it('may be a redemption of what a closed position left: dust and losing shares', () => {
    const worthless = aPosition({ state: 'worthless', trades: [aBuyTrade({ feeDriftMicros: 0n })] });
    const swept = aMovement({ shares: [{ tokenId, sharesMicros: -36_000_000n }], movedBy: 'redeemer' });
    expect(reconcile([worthless], [...movementsOf(worthless), swept], LATER).findings).toEqual([]);
    const more = aMovement({ ...swept, shares: [{ tokenId, sharesMicros: -36_000_001n }] });
    expect(kindsOf(reconcile([worthless], [...movementsOf(worthless), more], LATER).findings)).toEqual([
      'not-on-record',
    ]);
  });

  it('is a mismatch where it moves shares of a market that a position traded', () => {
    const sold = aMovement({ shares: [{ tokenId, sharesMicros: -9n }], cashMicros: 5n, movedBy: 'exchange' });
    const { findings } = reconcile([exited], [...movementsOf(exited), sold], LATER);
    expect(findings).toMatchObject([
      { kind: 'not-on-record', positionIds: ['position-1'], cashMicros: 5n, shares: [{ tokenId, sharesMicros: -9n }] },
    ]);
    expect(findings[0]?.transactionHashes).toEqual([sold.transactionHash]);
    const bought = aMovement({ shares: [{ tokenId: otherTokenId, sharesMicros: 9n }], movedBy: 'exchange' });
    expect(kindsOf(reconcile([exited], [...movementsOf(exited), bought], LATER).findings)).toEqual(['not-on-record']);
  });
});

describe('what the chain does not confirm', () => {
  it('is named with its position and amount: any booking that is missing there', () => {
    for (const position of [exited, redeemed]) {
      const movements = movementsOf(position);
      for (const gone of movements) {
        const { findings } = reconcile(
          [position],
          movements.filter((each) => each !== gone),
          LATER,
        );
        expect(findings).toMatchObject([
          { kind: 'not-on-chain', positionIds: ['position-1'], cashMicros: -gone.cashMicros, transactionHashes: [] },
        ]);
      }
    }
  });

  it('is named to the micro, in cash and in shares', () => {
    for (const position of [exited, redeemed]) {
      for (const [index] of movementsOf(position).entries()) {
        const change = (changed: (each: WalletMovement) => WalletMovement) =>
          movementsOf(position).map((each, at) => (at === index ? changed(each) : each));
        const cash = change((each) => ({ ...each, cashMicros: each.cashMicros + 1n }));
        expect(reconcile([position], cash, LATER).findings).toMatchObject([{ kind: 'amounts-differ', cashMicros: 1n }]);
        const shares = change((each) => ({
          ...each,
          shares: each.shares.map((moved) => ({ ...moved, sharesMicros: moved.sharesMicros - 1n })),
        }));
        expect(reconcile([position], shares, LATER).findings).toMatchObject([
          { kind: 'amounts-differ', cashMicros: 0n, shares: [{ tokenId, sharesMicros: -1n }] },
        ]);
      }
    }
  });

  it('is only noted where the fee was an estimate, and counts from a cent on', () => {
    const estimated = aPosition({ state: 'exited', trades: [aBuyTrade(), aSellTrade()] });
    const [buy, sell] = movementsOf(estimated);
    if (buy === undefined || sell === undefined) throw new Error('two movements expected');
    const charged = (micros: bigint) => [{ ...buy, cashMicros: buy.cashMicros - micros }, sell];
    expect(reconcile([estimated], charged(0n), LATER).findings).toEqual([]);
    const little = reconcile([estimated], charged(10n), LATER).findings;
    expect(little).toMatchObject([{ kind: 'fee-estimated', cashMicros: -10n, positionIds: ['position-1'] }]);
    expect(little.some(isMismatch)).toBe(false);
    expect(kindsOf(reconcile([estimated], charged(10_000n), LATER).findings)).toEqual(['amounts-differ']);
  });

  it('may be under way for ten minutes while the position is open, and not longer', () => {
    const holding = aPosition({ state: 'holding', trades: [aBuyTrade({ status: 'provisional' })] });
    const boughtAtMs = holding.trades[0]?.matchedAtMs ?? 0;
    const kindsAt = (nowMs: number) => kindsOf(reconcile([holding], [], nowMs).findings);
    expect(kindsAt(boughtAtMs + 60_000)).toEqual(['under-way']);
    expect(kindsAt(boughtAtMs + 600_000)).toEqual(['not-on-chain']);
    const buying = aPosition({ state: 'buying' });
    const mined = aMovement({ shares: [{ tokenId, sharesMicros: 1n }], cashMicros: -1n, movedBy: 'exchange' });
    expect(kindsOf(reconcile([buying], [mined], mined.atMs + 1).findings)).toEqual(['under-way']);
    expect(kindsOf(reconcile([buying], [mined], mined.atMs + 600_000).findings)).toEqual(['not-on-record']);
  });
});

describe('a range of time', () => {
  const [bought, paid] = movementsOf(redeemed);
  const boughtAtMs = bought?.atMs ?? 0;
  const within = (movements: readonly (WalletMovement | undefined)[], fromMs: number, untilMs: number) =>
    reconcileIn(
      [redeemed],
      movements.flatMap((each) => each ?? []),
      { fromMs, untilMs, nowMs: LATER },
    );

  it('lists by the time of the chain, and expects no counterpart outside it', () => {
    const kinds = (range: ReturnType<typeof within>) => ({ ...range, entries: kindsOf(range.entries) });
    const all = [bought, paid];
    expect(kinds(within(all, 0, boughtAtMs))).toEqual({ entries: [], findings: [] });
    expect(kinds(within(all, boughtAtMs, boughtAtMs + 1))).toEqual({ entries: ['buy', 'fee'], findings: [] });
    expect(kinds(within(all, boughtAtMs + 1, LATER))).toEqual({ entries: ['redeem', 'gas'], findings: [] });
    expect(within([paid], boughtAtMs + 1, LATER).findings).toEqual([]);
    expect(within([bought], 0, boughtAtMs + 1).findings).toEqual([]);
    expect(kindsOf(within([paid], 0, boughtAtMs + 1).findings)).toEqual(['not-on-chain']);
  });

  it('accepts a trade mined after it and a payout booked after it', () => {
    const midnight = boughtAtMs - 1;
    expect(within([bought, paid], 0, midnight).entries).toEqual([]);
    expect(kindsOf(within([bought, paid], midnight, LATER).entries)).toEqual(['buy', 'fee', 'redeem', 'gas']);
    const early = paid && { ...paid, atMs: midnight - 1 };
    expect(kindsOf(within([bought, early], 0, midnight).entries)).toEqual(['redeem', 'gas']);
    expect(within([bought, early], midnight, LATER).findings).toEqual([]);
  });

  it('expects fewer shares than were bought where the row finds them missing later', () => {
    const short = { ...redeemed, shortfallMicros: 500_000n, exitAtMs: boughtAtMs + HOUR_MS / 2 };
    const fewer = bought && { ...bought, shares: [{ tokenId, sharesMicros: 35_500_000n }] };
    const movements = [fewer, paid && { ...paid, shares: [{ tokenId, sharesMicros: -35_500_000n }] }];
    const range = { fromMs: 0, untilMs: boughtAtMs + 1, nowMs: LATER };
    expect(
      reconcileIn(
        [short],
        movements.flatMap((each) => each ?? []),
        range,
      ).findings,
    ).toEqual([]);
  });
});

describe('a movement of the wallet', () => {
  const sharesOf = (...amounts: readonly bigint[]) =>
    amounts.map((sharesMicros, index) => ({ tokenId: `${index}`, sharesMicros }));

  it.each([
    ['withdrawal', [], -1n, 'other'],
    ['deposit', [], 1n, 'other'],
    ['deposit', [], 0n, 'other'],
    ['sell', [-5n], 3n, 'exchange'],
    ['buy', [5n], -3n, 'exchange'],
    ['buy', [-5n, 5n], 0n, 'exchange'],
    ['merge', [-5n, -7n], 5n, 'redeemer'],
    ['merge', [-7n, -5n], 5n, 'other'],
    ['redeem', [-5n, -7n], 4n, 'redeemer'],
    ['split', [5n, 7n], -5n, 'redeemer'],
    ['split', [7n, 5n], -5n, 'other'],
    ['shares-in', [5n, 7n], -4n, 'redeemer'],
    ['shares-in', [-5n, 7n], 0n, 'other'],
    ['shares-in', [-5n, 5n], 0n, 'redeemer'],
    ['shares-out', [5n, -7n], 0n, 'other'],
    ['shares-out', [-5n, 0n], 0n, 'other'],
    ['redeem', [-5n], 3n, 'other'],
    ['redeem', [-5n], 0n, 'redeemer'],
    ['shares-out', [-5n], 0n, 'other'],
    ['shares-out', [-5n], -1n, 'other'],
    ['shares-in', [5n], 1n, 'redeemer'],
    // No pair left or arrived: one outcome came and the other went.
    ['shares-in', [-5n, 7n], -7n, 'other'],
    ['shares-in', [7n, -5n], -7n, 'other'],
    ['shares-in', [-5n, 7n], 5n, 'other'],
    ['shares-in', [7n, -5n], 5n, 'other'],
  ] as const)('is a %s with shares %o and cash %s by %s', (kind, amounts, cashMicros, movedBy) => {
    const { payouts: _payouts, ...part } = aMovement({ shares: sharesOf(...amounts), cashMicros, movedBy });
    expect(kindOfMovement({ ...part, conditionId })).toBe(kind);
  });

  const markets = ['a', 'b'].map((each) => ({ conditionId: each, tokenId: `${each}1`, otherTokenId: `${each}2` }));
  const merged = ['b1', 'b2'].map((each) => ({ tokenId: each, sharesMicros: -5n }));
  const batch = aMovement({
    movedBy: 'redeemer',
    cashMicros: 41n,
    shares: [{ tokenId: 'a1', sharesMicros: -36n }, ...merged],
    payouts: [{ conditionId: 'a', cashMicros: 36n }],
    gasWei: 7n,
  });
  const cashOf = (movement: WalletMovement) =>
    splitByMarket(movement, markets).map((part) => [part.conditionId, part.cashMicros, part.gasWei]);

  it('is shared out between a redemption and a merge, the gas once', () => {
    expect(cashOf(batch)).toEqual([
      ['a', 36n, 7n],
      ['b', 5n, 0n],
    ]);
    expect(splitByMarket(batch, markets).map(({ shares }) => shares)).toEqual([batch.shares.slice(0, 1), merged]);
  });

  it('leaves what is of no market of a position, in cash or in shares', () => {
    expect(cashOf({ ...batch, cashMicros: 42n }).slice(2)).toEqual([[null, 1n, 0n]]);
    const foreign = { tokenId: 'c1', sharesMicros: 1n };
    expect(splitByMarket({ ...batch, shares: [...batch.shares, foreign] }, markets).slice(2)).toMatchObject([
      { conditionId: null, cashMicros: 0n, shares: [foreign] },
    ]);
  });
});

describe('a booking', () => {
  const [booking] = bookingsOf(exited);
  const { payouts: _payouts, ...movement } = aMovement({ shares: booking?.shares ?? [] });
  const agreesAt = (grossMicros: bigint | null, cashMicros: bigint) =>
    booking !== undefined &&
    agrees({ ...booking, grossMicros, cashMicros: grossMicros ?? -100n }, { ...movement, cashMicros, conditionId });

  it.each([
    [-100n, -100n, true],
    [-100n, -99n, false],
    [-100n, -200n, true],
    [-100n, -201n, false],
    [100n, 101n, false],
    [100n, 100n, true],
    [100n, 0n, true],
    [100n, -1n, false],
    [null, -100n, true],
    [null, -101n, false],
  ])('before a fee of unknown amount of %s agrees with %s: %s', (grossMicros, cashMicros, isAgreed) => {
    expect(agreesAt(grossMicros, cashMicros)).toBe(isAgreed);
  });

  it('agrees with no other shares', () => {
    const shares = [{ tokenId, sharesMicros: 1n }];
    expect(booking && agrees(booking, { ...movement, cashMicros: booking.cashMicros, shares, conditionId })).toBe(
      false,
    );
  });
});

describe('a redemption of both outcomes', () => {
  const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n };
  const trades = [aBuyTrade(), aHedgeTrade({ sharesMicros: 10_000_000n })];
  it.each([
    ['v1', 1n, 0n, [-36_000_000n, -10_000_000n]],
    ['v2', 1n, 0n, [-36_000_000n]],
    ['v2', 0n, 1n, [0n, -10_000_000n]],
    ['v2', 1n, 1n, [-36_000_000n, -10_000_000n]],
  ] as const)('takes in version %s with payouts of %s and %s: %o', (marketVersion, own, other, taken) => {
    const payout = { own, other, total: own + other };
    const position = aPosition({ state: 'redeemed', hedge, trades, marketVersion, payout, gasWei: 30_000n });
    const entries = entriesOfPosition(position);
    expect(entries.filter(({ kind }) => kind === 'redeem').map(({ sharesMicros }) => sharesMicros)).toEqual(taken);
    expect(entries.filter(({ kind }) => kind === 'gas')).toMatchObject([{ gasWei: -30_000n, tokenId: null }]);
  });
});

describe('balances at two blocks', () => {
  const sideOf = (cashMicros: bigint, shares: Readonly<Record<string, bigint>>) => ({
    blockNumber: 1n,
    blockAtMs: 1_000,
    balances: { cashMicros, polWei: 3n, shares: new Map(Object.entries(shares)) },
  });
  const opening = sideOf(10n, { a: 5n, b: 1n });
  const movements = [aMovement({ cashMicros: 2n, shares: [{ tokenId: 'a', sharesMicros: -1n }] })];

  it('are explained by the movements between them', () => {
    const closing = sideOf(12n, { a: 4n, b: 1n });
    const seen = { blockNumber: 1n, atMs: 1_000, polWei: 3n, isComputed: false };
    expect(checkBalances({ opening, closing }, movements)).toEqual({
      opening: { ...seen, cashMicros: 10n },
      closing: { ...seen, cashMicros: 12n },
      findings: [],
    });
  });

  it('are named with what no movement explains, in cash and by token', () => {
    const closing = sideOf(13n, { a: 3n, b: 1n, c: 2n });
    const shares = [
      { tokenId: 'a', sharesMicros: -1n },
      { tokenId: 'c', sharesMicros: 2n },
    ];
    const { findings } = checkBalances({ opening, closing }, movements);
    expect(findings).toMatchObject([
      { kind: 'balance', cashMicros: 1n, shares, positionIds: [], transactionHashes: [] },
    ]);
    expect(checkBalances({ opening, closing: sideOf(13n, { a: 4n, b: 1n }) }, movements).findings).toHaveLength(1);
    expect(checkBalances({ opening, closing: sideOf(12n, { a: 3n, b: 1n }) }, movements).findings).toHaveLength(1);
  });

  it('prove nothing where the first is computed or the last is not known', () => {
    const closing = sideOf(13n, {});
    const computed = { cashMicros: 11n, polWei: null, isComputed: true };
    expect(checkBalances({ opening: { ...opening, balances: null }, closing }, movements)).toMatchObject({
      opening: computed,
      findings: [],
    });
    expect(checkBalances({ opening, closing: { ...closing, balances: null } }, movements)).toEqual({
      opening: null,
      closing: null,
      findings: [],
    });
  });
});
