import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGuarded } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { explainLoss, explainsArrival, needsTransfers } from '#lib/domain/plan/explain-transfers.ts';
import { canTakeIn, isBalanceInDoubt, joinedSharesMicros, planTakeIn } from '#lib/domain/plan/plan-take-in.ts';
import { remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { aSellTrade, aTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';

const TERMS = somePositionTerms({ origin: 'guard', mode: 'live' });
const NOW_MS = TERMS.openedAtMs + 60_000;
const FOUND = { sharesMicros: 40_000_000n, costMicros: 20_000_000n, blockNumber: 100n };
const guarded = createGuarded(TERMS, FOUND);
const at = (sharesMicros: bigint, blockNumber = 200n, blockAtMs = NOW_MS) => ({ sharesMicros, blockNumber, blockAtMs });
const moved = (sharesMicros: bigint, name: string, cashMicros: bigint | null = null) => ({
  transactionHash: `0x${name}`,
  sharesMicros,
  cashMicros,
});

it('shares that came after a sell of ours are those that transactions brought, and not those of a block before it', () => {
  const sold = { ...guarded, trades: [aSellTrade({ sharesMicros: 10_000_000n })] };
  expect([needsTransfers(guarded), needsTransfers(sold)]).toEqual([false, true]);
  expect(explainsArrival(sold, [], 10_000_000n)).toBe(false);
  const own = moved(-10_000_000n, 'own');
  expect(explainsArrival(sold, [own, moved(5_000_000n, 'bot')], 5_000_000n)).toBe(true);
  expect(explainsArrival(sold, [own, moved(5_000_000n, 'bot')], 6_000_000n)).toBe(false);
});

describe('a reading of the wallet', () => {
  it('tells what came, as far as it is managed', () => {
    const more = { kind: 'more', sharesMicros: 45_000_000n, isWhole: true };
    expect(planTakeIn(guarded, at(45_000_000n), NOW_MS)).toEqual(more);
    const capped = { ...guarded, guardedSharesMicros: 42_000_000n };
    const part = { kind: 'more', sharesMicros: 42_000_000n, isWhole: false };
    expect(planTakeIn(capped, at(45_000_000n), NOW_MS)).toEqual(part);
    const full = { ...guarded, guardedSharesMicros: 40_000_000n };
    expect(planTakeIn(full, at(45_000_000n), NOW_MS).kind).toBe('nothing');
  });

  it('of a block that is known, or of one before a trade of ours, proves nothing', () => {
    expect(planTakeIn(guarded, at(45_000_000n, 100n), NOW_MS).kind).toBe('nothing');
    const sold = { ...guarded, trades: [aSellTrade({ matchedAtMs: NOW_MS, sharesMicros: 10_000_000n })] };
    // The chain still shows what was sold: it must not be found again.
    expect(planTakeIn(sold, at(40_000_000n, 200n, NOW_MS + 59_999), NOW_MS).kind).toBe('nothing');
    expect(planTakeIn(sold, at(30_000_000n, 200n, NOW_MS + 60_000), NOW_MS).kind).toBe('nothing');
    const more = planTakeIn(sold, at(35_000_000n, 200n, NOW_MS + 60_000), NOW_MS);
    expect(more).toEqual({ kind: 'more', sharesMicros: 45_000_000n, isWhole: false });
  });

  it('that is older than a refusal does not find the shares again that were missing', () => {
    const state = { state: 'exiting', mode: 'live', origin: 'guard', found: FOUND, trades: [], attempts: [] } as const;
    const exiting = aPosition({ ...state, shortfallMicros: 15_000_000n });
    expect(planTakeIn(exiting, at(40_000_000n), NOW_MS).kind).toBe('nothing');
    expect(planTakeIn(exiting, at(42_000_000n), NOW_MS)).toMatchObject({ kind: 'more', sharesMicros: 42_000_000n });
  });

  it('says nothing while an order is open, or of what was opened by a buy and was not asked to take in', () => {
    expect(canTakeIn({ ...guarded, attempts: [aLiveAttempt()] })).toBe(false);
    const { found: _found, ...bought } = { ...guarded, origin: 'request' } as const;
    expect(canTakeIn(bought)).toBe(false);
    expect(canTakeIn({ ...bought, found: { ...FOUND, sharesMicros: 0n } })).toBe(true);
    expect(canTakeIn({ ...guarded, hedge: { orderHash: '0x1', costMicrosMax: 1n } })).toBe(false);
  });

  it('tells what the wallet holds beside what the suite bought, and what all of it cost', () => {
    const trades = [aTrade({ matchedAtMs: NOW_MS - 60_000, sharesMicros: 10_000_000n })];
    const { found: _found, ...bought } = { ...guarded, origin: 'request', trades } as const;
    expect(joinedSharesMicros(bought, at(16_000_000n))).toBe(6_000_000n);
    expect(joinedSharesMicros(bought, at(10_009_999n))).toBe(0n);
    expect(joinedSharesMicros(bought, at(4_000_000n))).toBe(0n);
    expect(joinedSharesMicros(bought, at(16_000_000n, 200n, NOW_MS - 1))).toBeNull();
    expect(joinedSharesMicros({ ...bought, attempts: [aLiveAttempt()] }, at(16_000_000n))).toBeNull();
    // A block that may not show a sale yet would count it among the others.
    const sold = { ...bought, trades: [...trades, aSellTrade({ matchedAtMs: NOW_MS - 599_999 })] };
    expect(joinedSharesMicros(sold, at(16_000_000n))).toBeNull();
    expect(joinedSharesMicros(sold, at(16_000_000n, 200n, NOW_MS + 1))).not.toBeNull();
    const joined = { ...bought, found: { ...FOUND, sharesMicros: 6_000_000n, costMicros: null } };
    const isToLearn = { kind: 'cost-unknown', sharesMicros: 6_000_000n };
    expect(planTakeIn(joined, at(16_000_000n), NOW_MS)).toEqual(isToLearn);
  });

  it('below a hundredth of a share is no difference', () => {
    expect(planTakeIn(guarded, at(40_009_999n), NOW_MS).kind).toBe('nothing');
    expect(planTakeIn(guarded, at(39_990_001n), NOW_MS).kind).toBe('nothing');
    expect(planTakeIn(guarded, at(39_990_000n), NOW_MS)).toEqual({ kind: 'fewer', missingMicros: 10_000n });
  });

  it('leaves what is missing after the deadline to settlement', () => {
    const awaiting = aPosition({ ...TERMS, state: 'awaiting-resolution', trades: [], found: FOUND });
    expect(planTakeIn(awaiting, at(0n), NOW_MS).kind).toBe('nothing');
  });

  it('asks what shares cost while that is unknown and may become known', () => {
    const unknown = { ...guarded, found: { ...FOUND, costMicros: null } };
    expect(planTakeIn(unknown, at(40_000_000n), NOW_MS)).toEqual({ kind: 'cost-unknown', sharesMicros: 40_000_000n });
    expect(planTakeIn(unknown, at(40_000_000n, 900n), NOW_MS + 3_600_000).kind).toBe('nothing');
  });
});

it('the same shares are counted again after an hour, so that a later loss is looked for from there', () => {
  expect(planTakeIn(guarded, at(40_000_000n, 1_899n), NOW_MS).kind).toBe('nothing');
  expect(planTakeIn(guarded, at(40_000_000n, 1_900n), NOW_MS).kind).toBe('same');
  expect(planTakeIn({ ...guarded, mode: 'paper' }, at(40_000_000n, 1_900n), NOW_MS).kind).toBe('nothing');
  // A difference below the dust limit would be missing in the sum of what left.
  expect(planTakeIn(guarded, at(40_000_001n, 1_900n), NOW_MS).kind).toBe('nothing');
  const found = { ...FOUND, costMicros: null, blockNumber: 1_900n };
  const counted = evolvePosition(guarded, { type: 'shares-found', atMs: NOW_MS, found });
  expect(counted).toMatchObject({ state: 'holding', found: { ...FOUND, blockNumber: 1_900n } });
});

describe('shares that are missing', () => {
  it('are explained by transactions of others alone, each once', () => {
    const position = {
      ...guarded,
      trades: [aSellTrade({ matchedAtMs: 0, sharesMicros: 5_000_000n })],
      left: [{ transactionHash: '0xBEEF', sharesMicros: 1_000_000n, cashMicros: null }],
    };
    const transfers = [
      moved(-5_000_000n, 'own', 3_000_000n),
      moved(-1_000_000n, 'beef'),
      moved(2_000_000n, 'came'),
      moved(-10_000_000n, 'bot', 6_000_000n),
    ];
    expect(explainLoss(position, transfers, 8_000_000n)).toEqual({
      arrivedMicros: 2_000_000n,
      left: [{ transactionHash: '0xbot', sharesMicros: 10_000_000n, cashMicros: 6_000_000n }],
    });
    expect(explainLoss(position, transfers, 9_000_000n)).toBeNull();
    expect(explainLoss(position, [], 8_000_000n)).toBeNull();
  });

  it('may be as many as a sell of ours took before, and as one that is among the transactions', () => {
    const sells = [0, 1_000].map((matchedAtMs) => aSellTrade({ matchedAtMs, sharesMicros: 10_000_000n }));
    const before = { ...guarded, trades: sells.slice(0, 1) };
    const bot = moved(-10_000_000n, 'bot', 6_000_000n);
    expect(explainLoss(before, [bot], 10_000_000n)?.left).toMatchObject([{ transactionHash: '0xbot' }]);
    expect(explainLoss(before, [bot], 0n)?.left).toEqual([]);
    const both = { ...guarded, trades: sells };
    expect(explainLoss(both, [moved(-10_000_000n, 'own'), bot], 10_000_000n)?.left).toHaveLength(1);
  });

  it('of a part of the wallet are the last that left, and a part of a transaction brought an unknown amount', () => {
    const capped = { ...guarded, guardedSharesMicros: 40_000_000n };
    const transfers = [moved(-60_000_000n, 'first', 30_000_000n), moved(-5_000_000n, 'last', 2_500_000n)];
    expect(explainLoss(capped, transfers, 20_000_000n)?.left).toEqual([
      { transactionHash: '0xfirst', sharesMicros: 15_000_000n, cashMicros: null },
      { transactionHash: '0xlast', sharesMicros: 5_000_000n, cashMicros: 2_500_000n },
    ]);
    expect(explainLoss(capped, transfers, 66_000_000n)).toBeNull();
  });

  it('are not those of a sell of ours of the same size, whose cash tells them apart', () => {
    const sale = aSellTrade({ sharesMicros: 3_000_000n, valueMicros: 1_500_000n, feesMicros: 0n });
    const transfers = [moved(-3_000_000n, 'bot', 900_000n), moved(-3_000_000n, 'own', 1_500_000n)];
    expect(explainLoss({ ...guarded, trades: [sale] }, transfers, 3_000_000n)?.left).toEqual([
      { transactionHash: '0xbot', sharesMicros: 3_000_000n, cashMicros: 900_000n },
    ]);
  });

  it('are not those of a sell whose fee was estimated, beside a merge of the same size', () => {
    const sale = aSellTrade({ sharesMicros: 3_000_000n, valueMicros: 1_500_000n, feesMicros: 20_000n });
    const transfers = [moved(-3_000_000n, 'merge', 3_000_000n), moved(-3_000_000n, 'own', 1_495_000n)];
    expect(explainLoss({ ...guarded, trades: [sale] }, transfers, 3_000_000n)?.left).toMatchObject([
      { transactionHash: '0xmerge' },
    ]);
  });

  it('given away brought nothing that is known', () => {
    const gift = explainLoss(guarded, [moved(-1_000_000n, 'gift', 0n)], 1_000_000n);
    expect(gift?.left).toMatchObject([{ cashMicros: null }]);
  });
});

it('the chain is read again after a refusal for want of a balance, and while there is no buyer', () => {
  const exiting = aPosition({ state: 'exiting', refusals: {}, noBuyerCount: 0 });
  expect(isBalanceInDoubt(exiting)).toBe(false);
  expect(isBalanceInDoubt({ ...exiting, refusals: { 'balance-unexplained': 1 } })).toBe(true);
  expect(isBalanceInDoubt({ ...exiting, noBuyerCount: 4 })).toBe(true);
});

type Transfer = ReturnType<typeof moved> & { readonly blockNumber: bigint };

/** As the use case does it, with a node that shows everything. */
function takeIn(position: OpenPosition, transfers: readonly Transfer[], reading: ReturnType<typeof at>): Position {
  const plan = planTakeIn(position, reading, NOW_MS);
  const { blockNumber } = reading;
  const foundAt = (sharesMicros: bigint) => ({ sharesMicros, costMicros: null, blockNumber });
  if (plan.kind === 'more') {
    return evolvePosition(position, { type: 'shares-found', atMs: NOW_MS, found: foundAt(plan.sharesMicros) });
  }
  if (plan.kind !== 'fewer') return position;
  const recent = transfers.filter((each) => each.blockNumber > (position.found?.blockNumber ?? 0n));
  const loss = explainLoss(position, recent, plan.missingMicros);
  if (loss === null) throw new Error('not explained');
  const found = foundAt((position.found?.sharesMicros ?? 0n) + loss.arrivedMicros);
  return evolvePosition(position, { type: 'shares-left', atMs: NOW_MS, left: loss.left, found });
}

const amounts = fc.integer({ min: -60, max: 60 }).map((units) => BigInt(units) * 1_000_000n);

it('the record follows the wallet through any moves of others', () => {
  fc.assert(
    fc.property(fc.array(fc.array(amounts, { maxLength: 4 }), { maxLength: 6 }), (looks) => {
      let held = FOUND.sharesMicros;
      let position: Position = guarded;
      const transfers: Transfer[] = [];
      for (const [look, moves] of looks.entries()) {
        const blockNumber = BigInt(101 + look);
        const heldBefore = held;
        for (const wanted of moves) {
          const micros = held + wanted < 0n ? -held : wanted;
          if (micros === 0n) continue;
          held += micros;
          transfers.push({ ...moved(micros, `${transfers.length}`), blockNumber });
        }
        if (isClosed(position)) break;
        position = takeIn(position, transfers, at(held, blockNumber));
        expect(remainingSharesMicros(position)).toBe(held);
        // An older node, which still shows what the wallet held one look before.
        if (!isClosed(position)) expect(takeIn(position, transfers, at(heldBefore, blockNumber - 1n))).toBe(position);
        if (isClosed(position)) expect([held, position.state]).toEqual([0n, 'exited']);
      }
    }),
  );
});
