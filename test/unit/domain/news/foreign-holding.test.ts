import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxMicros } from '#lib/domain/market/money.ts';
import {
  explainToken,
  type ForeignHolding,
  findExcess,
  forgetEnded,
  holdingKeyOf,
  isToJudge,
  isWorthTelling,
  mergeTold,
  payingTokens,
  SETTLING_MS,
} from '#lib/domain/news/foreign-holding.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';

const shares = (amounts: Readonly<Record<string, bigint>>) => new Map(Object.entries(amounts));

describe('shares without a position', () => {
  it('are told from 0.01 share on, once', () => {
    expect(isWorthTelling(shares({ up: 9_999n }), null)).toBe(false);
    expect(isWorthTelling(shares({ up: 10_000n }), null)).toBe(true);
    expect(isWorthTelling(shares({ up: 10_000n }), shares({ up: 10_000n }))).toBe(false);
  });

  it.each([
    ['less than a share', { up: 2_000_000n }, { up: 2_999_999n }, false],
    ['a share', { up: 2_000_000n }, { up: 3_000_000n }, true],
    ['less than a tenth', { up: 100_000_000n }, { up: 109_999_999n }, false],
    ['a tenth', { up: 100_000_000n }, { up: 110_000_000n }, true],
    ['the other outcome, by a share', { up: 5_000_000n }, { up: 5_000_000n, down: 1_000_000n }, true],
    ['nothing: they shrank', { up: 5_000_000n }, { up: 1_000_000n }, false],
  ])('are told again when they grew by %s', (_, told, held, isTold) => {
    expect(isWorthTelling(shares(held), shares(told))).toBe(isTold);
  });

  it('are told at most as often as their largest amount grew, however they come and go', () => {
    const amount = fc.bigInt({ min: 0n, max: 50_000_000n });
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 40 }), (amounts) => {
        let told: ReadonlyMap<string, bigint> | null = null;
        const toldAmounts: bigint[] = [];
        for (const up of amounts) {
          const held = shares({ up });
          if (!isWorthTelling(held, told)) continue;
          told = mergeTold(held, told);
          toldAmounts.push(up);
        }
        for (const [index, each] of toldAmounts.entries()) {
          if (index > 0) expect(each - (toldAmounts[index - 1] ?? 0n)).toBeGreaterThanOrEqual(1_000_000n);
        }
        const largest = amounts.reduce((max, each) => maxMicros(max, each), 0n);
        const last = toldAmounts.at(-1);
        // Nothing larger than what was told, by more than a step, is kept back.
        if (last === undefined) expect(largest).toBeLessThan(10_000n);
        else expect(largest - last).toBeLessThan(last / 10n > 1_000_000n ? last / 10n : 1_000_000n);
      }),
    );
  });

  it('of a resolved market are those that pay: the winner, both of a split, never the loser', () => {
    const held = shares({ up: 3_000_000n, down: 5_000_000n });
    expect(payingTokens(held, 'up', { own: 1n, other: 0n, total: 1n })).toEqual(shares({ up: 3_000_000n }));
    expect(payingTokens(held, 'down', { own: 1n, other: 0n, total: 1n })).toEqual(shares({ down: 5_000_000n }));
    expect(payingTokens(held, 'up', { own: 1n, other: 1n, total: 2n })).toEqual(
      shares({ up: 1_500_000n, down: 2_500_000n }),
    );
  });

  it('are looked at again after the result, under other settings, and each time while they may be guarded', () => {
    const held = shares({ up: 5_000_000n });
    const told = { shares: held, isResolved: false, by: 'tell', atMs: 5 };
    const over = { isRedeemable: false, endsAtMs: 8, nowMs: 9 };
    const tells = { ...over, policy: { isGuarding: false, isRedeeming: false } };
    const guards = { ...over, policy: { isGuarding: true, isRedeeming: false } };
    expect(isToJudge(held, null, tells)).toBe(true);
    expect(isToJudge(shares({}), null, tells)).toBe(false);
    expect(isToJudge(shares({}), told, guards)).toBe(false);
    expect(isToJudge(held, told, tells)).toBe(false);
    expect(isToJudge(held, told, { ...tells, endsAtMs: 10 })).toBe(true);
    expect(isToJudge(held, told, { ...tells, endsAtMs: 9 })).toBe(false);
    expect(isToJudge(held, told, { ...tells, endsAtMs: null })).toBe(true);
    expect(isToJudge(held, told, { ...tells, isRedeemable: true })).toBe(true);
    expect(isToJudge(held, { ...told, isResolved: true }, { ...tells, isRedeemable: true })).toBe(false);
    expect(isToJudge(held, told, guards)).toBe(true);
    expect(isToJudge(held, { ...told, by: 'guard' }, guards)).toBe(true);
    expect(isToJudge(held, { ...told, by: 'guard', isResolved: true }, guards)).toBe(false);
    expect(isToJudge(held, told, { ...tells, policy: { isGuarding: false, isRedeeming: true } })).toBe(true);
  });

  it('are remembered by their largest amounts', () => {
    expect(mergeTold(shares({ up: 5n }), null)).toEqual(shares({ up: 5n }));
    const told = shares({ up: 5n, down: 7n });
    expect(mergeTold(shares({ up: 6n, down: 6n }), told)).toEqual(shares({ up: 6n, down: 7n }));
    expect(told).toEqual(shares({ up: 5n, down: 7n }));
  });

  it('are forgotten once a position managed and ended them after they were told', () => {
    const told = { shares: shares({ up: 5n, down: 7n }), isResolved: true, by: 'guard', atMs: 1_000 };
    const ended = (tokenId: string, closedAtMs: number) => aPosition({ state: 'exited', tokenId, closedAtMs });
    expect(forgetEnded(null, [ended('up', 1_001)])).toBeNull();
    expect(forgetEnded(told, [ended('other', 1_001), ended('up', 1_001)])).toEqual({
      ...told,
      shares: shares({ down: 7n }),
    });
    expect(forgetEnded(told, [ended('up', 1_001), ended('down', 1_001)])).toBeNull();
    expect(forgetEnded(told, [ended('up', 1_000)])).toBe(told);
    expect(forgetEnded(told, [aPosition({ state: 'holding', tokenId: 'up' })])).toBe(told);
  });

  it('have a key by market, amounts, what they came after, and the result', () => {
    const holding = {
      afterPositionId: null,
      wallet: '0xAB',
      conditionId: '0x1',
      isResolved: false,
      outcomes: [
        { tokenId: '123456789', sharesMicros: '5' },
        { tokenId: '1987654321', sharesMicros: '6' },
      ],
    };
    const keyOf = (changes: object) => holdingKeyOf({ ...holding, ...changes } as unknown as ForeignHolding);
    expect(keyOf({})).toBe('0xab#0x1#456789:5+654321:6');
    expect(keyOf({ isResolved: true })).toBe('0xab#0x1#456789:5+654321:6#resolved');
    expect(keyOf({ afterPositionId: 'p-9', isResolved: true })).toBe('0xab#0x1#456789:5+654321:6#p-9#resolved');
  });
});

describe('a token in the wallet', () => {
  const BLOCK_MS = 1_800_000_000_000;
  const endedAt = (state: 'exited' | 'stranded', closedAtMs: number) => ({ ...aPosition({ state }), closedAtMs });
  const { tokenId, otherTokenId } = aPosition({ state: 'holding' });
  const explain = (token: string, ...rows: Parameters<typeof explainToken>[1]) => explainToken(token, rows, BLOCK_MS);

  it('is foreign without a row', () => {
    expect(explain(tokenId)).toEqual({ kind: 'foreign' });
  });

  it.each(['buying', 'holding', 'exiting', 'awaiting-resolution'] as const)(
    'is managed by a row that is %s',
    (state) => {
      expect(explain(tokenId, aPosition({ state }))).toEqual({ kind: 'managed' });
    },
  );

  it('of the other outcome is beside the open row', () => {
    const position = aPosition({ state: 'holding' });
    expect(explain(otherTokenId, position)).toEqual({ kind: 'beside', positionId: position.positionId });
  });

  it('of the other outcome is managed by a row that bought it to make pairs', () => {
    const position = aPosition({ state: 'exiting', hedge: { orderHash: '0x1', costMicrosMax: 1n } });
    expect(explain(otherTokenId, position)).toEqual({ kind: 'managed' });
  });

  it('is in excess of what a row took in beside a pair, and of no other row that takes in', () => {
    const found = { sharesMicros: 3_000_000n, costMicros: null, blockNumber: 1n };
    const rest = { trades: [], found, guardedSharesMicros: 3_000_000n, origin: 'watch' } as const;
    const position = aPosition({ state: 'holding', ...rest });
    const held = (ownMicros: bigint) =>
      new Map([
        [tokenId, ownMicros],
        [otherTokenId, 2_000_000n],
      ]);
    const ofRows = (row: Position) => ({ positions: [row], block: { number: 9n, atMs: BLOCK_MS } });
    expect(findExcess(tokenId, held(5_009_999n), ofRows(position))).toBeNull();
    const excess = { positionId: position.positionId, sharesMicros: 10_000n, canJoin: false };
    expect(findExcess(tokenId, held(5_010_000n), ofRows(position))).toEqual(excess);
    expect(findExcess(otherTokenId, held(9_000_000n), ofRows(position))).toBeNull();
    expect(findExcess(tokenId, held(9_000_000n), ofRows(aPosition({ ...position, origin: 'guard' })))).toBeNull();
    expect(findExcess(tokenId, held(9_000_000n), ofRows(aPosition({ state: 'exiting', ...rest })))).toBeNull();
    const takesAll = { ...rest, guardedSharesMicros: undefined };
    expect(findExcess(tokenId, held(9_000_000n), ofRows(aPosition({ state: 'holding', ...takesAll })))).toBeNull();
  });

  it('is in excess of what a settled row bought, and joins it where the other outcome is not held', () => {
    const trades = [aBuyTrade({ matchedAtMs: BLOCK_MS - 600_000 })];
    const position = aPosition({ state: 'holding', mode: 'live', trades });
    const excessOf = (row: Position, own: bigint, other = 0n, atMs = BLOCK_MS) =>
      findExcess(tokenId, shares({ [tokenId]: own, [otherTokenId]: other }), {
        positions: [aPosition({ state: 'exited' }), aPosition({ state: 'holding', tokenId: 'other' }), row],
        block: { number: 9n, atMs },
      });
    const excess = (sharesMicros: bigint, canJoin = true) => ({ positionId: 'position-1', sharesMicros, canJoin });
    expect(excessOf(position, 41_000_000n)).toEqual(excess(5_000_000n));
    expect(excessOf(position, 41_000_000n, 9_999n)).toEqual(excess(4_990_001n));
    expect(excessOf(position, 41_000_000n, 10_000n)).toEqual(excess(4_990_000n, false));
    expect(excessOf(position, 36_000_000n)).toBeNull();
    // The block may not show the sale of others yet.
    expect(excessOf(position, 41_000_000n, 0n, BLOCK_MS - 540_001)).toBeNull();
    // Nor does a canary take shares in, or a row whose buy is not final.
    expect(excessOf({ ...position, origin: 'canary' }, 41_000_000n)).toBeNull();
    const provisional = [aBuyTrade({ matchedAtMs: BLOCK_MS - 600_000, status: 'provisional' })];
    expect(excessOf({ ...position, trades: provisional }, 41_000_000n)).toBeNull();
    const pair = { trades: [...trades, ...provisional], origin: 'watch', guardedSharesMicros: 1n } as const;
    expect(excessOf({ ...position, ...pair }, 99_000_000n)).toBeNull();
  });

  it('is in no excess of a row that has ended', () => {
    const rows = { positions: [aPosition({ state: 'exited' })], block: { number: 9n, atMs: BLOCK_MS } };
    expect(findExcess(tokenId, shares({ [tokenId]: 9_000_000n }), rows)).toBeNull();
  });

  it('waits after the row has ended until the block must show it', () => {
    expect(explain(tokenId, endedAt('exited', BLOCK_MS - SETTLING_MS + 1))).toEqual({ kind: 'settling' });
    expect(explain(tokenId, endedAt('exited', BLOCK_MS + 5_000))).toEqual({ kind: 'settling' });
    expect(explain(tokenId, endedAt('exited', BLOCK_MS - SETTLING_MS))).toEqual({ kind: 'foreign' });
  });

  it('was told by the alert of a row that ended stranded', () => {
    expect(explain(tokenId, endedAt('stranded', BLOCK_MS - SETTLING_MS))).toEqual({ kind: 'reported' });
    expect(explain(otherTokenId, endedAt('stranded', BLOCK_MS - SETTLING_MS))).toEqual({ kind: 'foreign' });
  });
});
