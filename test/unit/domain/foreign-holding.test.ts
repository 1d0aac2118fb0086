import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxMicros } from '#lib/domain/market/money.ts';
import {
  explainToken,
  type ForeignHolding,
  findExcess,
  holdingKeyOf,
  isToJudge,
  isWorthTelling,
  mergeTold,
  payingTokens,
  SETTLING_MS,
} from '#lib/domain/news/foreign-holding.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { aPosition } from '#test/factories/a-position.ts';

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
    expect(isToJudge(held, told, tells)).toBe(false);
    expect(isToJudge(held, told, { ...tells, endsAtMs: 10 })).toBe(true);
    expect(isToJudge(held, told, { ...tells, endsAtMs: null })).toBe(true);
    expect(isToJudge(held, told, { ...tells, isRedeemable: true })).toBe(true);
    expect(isToJudge(held, { ...told, isResolved: true }, { ...tells, isRedeemable: true })).toBe(false);
    expect(isToJudge(held, told, guards)).toBe(true);
    expect(isToJudge(held, { ...told, by: 'guard' }, guards)).toBe(true);
    expect(isToJudge(held, { ...told, by: 'guard', isResolved: true }, guards)).toBe(false);
    expect(isToJudge(held, told, { ...tells, policy: { isGuarding: false, isRedeeming: true } })).toBe(true);
  });

  it('have a key by market and amounts', () => {
    const holding = {
      afterPositionId: null,
      wallet: '0xAB',
      conditionId: '0x1',
      outcomes: [{ tokenId: '123456789', sharesMicros: '5' }],
    };
    const keyOf = (changes: object) => holdingKeyOf({ ...holding, ...changes } as unknown as ForeignHolding);
    expect(keyOf({ atMs: 1 })).toBe(keyOf({ atMs: 2, wallet: '0xab' }));
    expect(keyOf({ conditionId: '0x2' })).not.toBe(keyOf({}));
    expect(keyOf({ isResolved: true })).not.toBe(keyOf({ isResolved: false }));
    expect(keyOf({ outcomes: [{ tokenId: '123456789', sharesMicros: '6' }] })).not.toBe(keyOf({}));
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
  });

  it('waits after the row has ended until the block must show it', () => {
    expect(explain(tokenId, endedAt('exited', BLOCK_MS - SETTLING_MS + 1))).toEqual({ kind: 'settling' });
    expect(explain(tokenId, endedAt('exited', BLOCK_MS + 5_000))).toEqual({ kind: 'settling' });
    expect(explain(tokenId, endedAt('exited', BLOCK_MS - SETTLING_MS))).toEqual({ kind: 'foreign' });
  });

  it('was told by the alert of a row that ended stranded', () => {
    expect(explain(tokenId, endedAt('stranded', BLOCK_MS - SETTLING_MS))).toEqual({ kind: 'reported' });
  });
});
