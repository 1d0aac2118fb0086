import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { toTimelineRow } from '#lib/adapters/dynamodb/positions/timeline-row.ts';
import { createGuarded } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { explainLoss } from '#lib/domain/plan/explain-transfers.ts';
import { planSettlement } from '#lib/domain/plan/plan-settlement.ts';
import { EXIT_WAKE_UP_ID, lastTakeInAtMs } from '#lib/domain/plan/plan-wake-up.ts';
import { remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import {
  type FoundShares,
  LEFT_NAMED_MAX,
  type LeftShares,
  leftCashMicros,
  leftSharesMicros,
  listLeft,
} from '#lib/domain/position/guarded-shares.ts';
import { deadlineAtMs, isClosed, type OpenPosition, type PositionTerms } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { countsTowardsLimits } from '#lib/domain/position/risk-limits.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';

const FOUND: FoundShares = { sharesMicros: 36_000_000n, costMicros: 18_000_000n, blockNumber: 6_000n };
const guard = (terms: Partial<PositionTerms> = {}, found: FoundShares | null = FOUND) =>
  createGuarded(somePositionTerms({ origin: 'guard', ...terms }), found);
const find = (position: OpenPosition, found: Partial<FoundShares>) =>
  evolvePosition(position, anEvent({ type: 'shares-found', found: { ...FOUND, ...found } }));
const leave = (position: OpenPosition, transactionHash: string, sharesMicros: bigint, cashMicros: bigint | null) =>
  evolvePosition(position, anEvent({ type: 'shares-left', left: [{ transactionHash, sharesMicros, cashMicros }] }));
const open = (position: ReturnType<typeof evolvePosition>): OpenPosition => {
  if (isClosed(position)) throw new Error(`The position is ${position.state}`);
  return position;
};

describe('a guarded position', () => {
  it('holds what was found, at its cost, and waits for its exit', () => {
    const position = guard();
    expect(position.wakeUp).toEqual({ id: EXIT_WAKE_UP_ID, atMs: position.exitDueAtMs });
    expect(describePosition(position)).toMatchObject({
      state: 'holding',
      sharesMicros: '36000000',
      foundMicros: '36000000',
      remainingMicros: '36000000',
      costMicros: '18000000',
      entryPrice: '0.500000',
    });
    expect(countsTowardsLimits(position)).toBe(true);
  });

  it('manages no more shares than its request names, and their part of the cost', () => {
    const position = guard({ guardedSharesMicros: 9_000_000n });
    expect(position.found).toEqual({ ...FOUND, sharesMicros: 9_000_000n, costMicros: 4_500_000n });
    expect(find(position, { sharesMicros: 72_000_000n, blockNumber: 6_001n })).toBe(position);
  });

  it('ignores a reading that is repeated, older or shows fewer shares', () => {
    const position = guard();
    expect(find(position, {})).toBe(position);
    expect(find(position, { sharesMicros: 40_000_000n, blockNumber: 5_999n })).toBe(position);
    expect(find(position, { sharesMicros: 40_000_000n })).toBe(position);
    expect(find(position, { sharesMicros: 35_000_000n, blockNumber: 6_001n })).toBe(position);
    expect(find(position, { sharesMicros: 35_000_000n, blockNumber: 7_800n })).toBe(position);
  });

  it('counts the same shares again after an hour of blocks', () => {
    const position = guard();
    expect(find(position, { blockNumber: 7_799n })).toBe(position);
    expect(find(position, { blockNumber: 7_800n })).toMatchObject({ version: 2, found: { blockNumber: 7_800n } });
  });

  it('without shares takes in the first, and one that bought takes in from then on', () => {
    const waiting = guard({}, null);
    expect(find(waiting, { sharesMicros: 0n })).toBe(waiting);
    expect(find(waiting, { sharesMicros: 1n })).toMatchObject({ found: { sharesMicros: 1n } });
    const bought = aPosition({ state: 'holding' });
    expect(find(bought, { sharesMicros: 0n })).toMatchObject({ version: 4, found: { sharesMicros: 0n } });
    const buying = aPosition({ state: 'buying' });
    expect(find(buying, {})).toBe(buying);
  });

  it('no longer believes the venue’s last figure of what can be sold, once more shares came', () => {
    const exiting = aPosition({ state: 'exiting', origin: 'guard', found: FOUND, trades: [], sellableMicros: 5n });
    const more = { sharesMicros: 40_000_000n, blockNumber: 6_001n };
    expect(find(exiting, more)).toMatchObject({ state: 'exiting', sellableMicros: null });
    const awaiting = aPosition({ state: 'awaiting-resolution', origin: 'guard', found: FOUND, trades: [] });
    expect(find(awaiting, more)).not.toHaveProperty('sellableMicros');
  });

  it('learns a cost later, and forgets none', () => {
    const unknown = guard({}, { ...FOUND, costMicros: null });
    expect(describePosition(unknown)).toMatchObject({ costMicros: null, entryPrice: null });
    const known = open(find(unknown, { blockNumber: 6_001n }));
    expect(describePosition(known)).toMatchObject({ costMicros: '18000000' });
    expect(find(known, { costMicros: null, blockNumber: 6_002n })).toBe(known);
    expect(find(unknown, { costMicros: null, blockNumber: 6_002n })).toBe(unknown);
    // With more shares the cost of all is unknown again.
    const more = find(known, { costMicros: null, blockNumber: 6_002n, sharesMicros: 40_000_000n });
    expect(more.found).toEqual({ sharesMicros: 40_000_000n, costMicros: null, blockNumber: 6_002n });
  });

  it('takes in nothing while a sell is under way, and everything at the next settled moment', () => {
    const found = { ...FOUND, sharesMicros: 50_000_000n, blockNumber: 6_001n };
    const exiting = aPosition({ state: 'exiting', origin: 'guard', found: FOUND, trades: [] });
    const intent = anEvent({ type: 'sell-intended' });
    const selling = evolvePosition(exiting, { ...intent, intent: { ...intent.intent, attemptNumber: 2 } });
    expect(evolvePosition(selling, anEvent({ type: 'shares-found', found }))).toBe(selling);
    const refused = evolvePosition(selling, anEvent({ type: 'order-refused' }));
    const after = evolvePosition(refused, anEvent({ type: 'shares-found', found }));
    expect(describePosition(after)).toMatchObject({ state: 'exiting', remainingMicros: '50000000' });
  });

  it('counts each transaction of others once, and no more shares than it holds', () => {
    const once = open(leave(guard(), '0xa', 10_000_000n, 6_000_000n));
    expect(leave(once, '0xa', 10_000_000n, 6_000_000n)).toBe(once);
    expect(remainingSharesMicros(once)).toBe(26_000_000n);
    const gone = leave(once, '0xb', 52_000_000n, 20_000_000n);
    expect(gone).toMatchObject({ state: 'exited', exitReason: 'elsewhere', forceClosed: false });
    // 6 and half of 20 dollars for what cost 18.
    expect(describePosition(gone)).toMatchObject({ leftMicros: '36000000', pnlMicros: '-2000000' });
  });

  it('counts the transactions of one reading one after the other, up to what it holds', () => {
    const taken = (transactionHash: string, sharesMicros: bigint) => ({
      transactionHash,
      sharesMicros,
      cashMicros: 0n,
    });
    const left = [taken('0xa', 30_000_000n), taken('0xa', 30_000_000n), taken('0xb', 20_000_000n), taken('0xc', 1n)];
    const gone = evolvePosition(guard(), anEvent({ type: 'shares-left', left }));
    expect(gone.left).toEqual([taken('0xa', 30_000_000n), taken('0xb', 6_000_000n)]);
    expect(gone.leftEarlier).toBeUndefined();
    expect(gone.state).toBe('exited');
  });

  it('knows what a refusal showed to be missing, once it is known who took it', () => {
    const short = {
      state: 'exiting',
      origin: 'guard',
      found: FOUND,
      trades: [],
      shortfallMicros: 10_000_000n,
    } as const;
    const exiting = aPosition(short);
    const of = (sharesMicros: bigint) => leave(exiting, '0xa', sharesMicros, null);
    expect(of(30_000_000n)).toMatchObject({ left: [{ sharesMicros: 30_000_000n }], shortfallMicros: 6_000_000n });
    expect(of(20_000_000n)).toMatchObject({ left: [{ sharesMicros: 20_000_000n }], shortfallMicros: 10_000_000n });
    expect(of(99_000_000n)).toMatchObject({ left: [{ sharesMicros: 36_000_000n }], shortfallMicros: 0n });
    expect(leave(guard(), '0xa', 1n, null)).not.toHaveProperty('shortfallMicros');
  });

  it('counts what left a position that bought, from any block on', () => {
    const bought = aPosition({ state: 'holding' });
    const left = [{ transactionHash: '0xa', sharesMicros: 1_000_000n, cashMicros: null }];
    const found = { sharesMicros: 0n, costMicros: 0n, blockNumber: 0n };
    expect(evolvePosition(bought, anEvent({ type: 'shares-left', left, found }))).toMatchObject({ left, found });
    const unsettled = aPosition({ state: 'holding', trades: [aBuyTrade({ status: 'provisional' })] });
    const buying = aPosition({ state: 'buying', trades: [aBuyTrade()] });
    for (const position of [unsettled, buying]) {
      expect(evolvePosition(position, anEvent({ type: 'shares-left', left, found }))).toBe(position);
    }
  });

  it('names all transactions of an older release, which told of no block, and counts none of its sums', () => {
    const left = Array.from({ length: 26 }, (_, index) => {
      return { transactionHash: `0x${index}`, sharesMicros: 1_000_000n, cashMicros: 0n };
    });
    const after = evolvePosition(guard(), anEvent({ type: 'shares-left', left }));
    expect(after.left).toEqual(left);
    expect(after).not.toHaveProperty('leftEarlier');
    const position = guard();
    const leftEarlier = [{ transactionCount: 1, sharesMicros: 1n, cashMicros: 0n }];
    expect(evolvePosition(position, anEvent({ type: 'shares-left', left, leftEarlier }))).toBe(position);
  });

  it('has no result where another program took shares that no transaction of the record explains', () => {
    const exited = { state: 'exited', origin: 'guard', found: FOUND, trades: [] } as const;
    const pnlOf = (shortfallMicros: bigint) => describePosition(aPosition({ ...exited, shortfallMicros })).pnlMicros;
    expect([pnlOf(0n), pnlOf(9_999n)]).toEqual(['-18000000', '-18000000']);
    expect(pnlOf(10_000n)).toBeNull();
  });

  it('moves on to the block at which it counted what left', () => {
    const left = [{ transactionHash: '0xa', sharesMicros: 10_000_000n, cashMicros: 6_000_000n }];
    const found = { ...FOUND, blockNumber: 6_010n };
    const once = open(evolvePosition(guard(), anEvent({ type: 'shares-left', left, found })));
    expect(once).toMatchObject({ found: { ...FOUND, blockNumber: 6_010n } });
    // An older node still shows all shares.
    expect(find(once, { sharesMicros: 46_000_000n, blockNumber: 6_009n })).toBe(once);
    const late = { ...left[0], transactionHash: '0xb', sharesMicros: 1n, cashMicros: null };
    expect(evolvePosition(once, anEvent({ type: 'shares-left', left: [late], found }))).toBe(once);
  });

  it('has no result where the cash of others is unknown', () => {
    expect(describePosition(leave(guard(), '0xa', 36_000_000n, null))).toMatchObject({
      state: 'exited',
      leftCashMicros: null,
      pnlMicros: null,
    });
  });
});

/** Shares that a bot takes out with each match of its orders, reading by reading. */
describe('a guarded position beside a bot that trades all day', () => {
  const MANY: FoundShares = { sharesMicros: 90_000_000_000n, costMicros: 45_000_000_000n, blockNumber: 6_000n };
  const anyTaken = fc.record({
    sharesMicros: fc.bigInt({ min: 1n, max: 5_000_000n }),
    cashMicros: fc.option(fc.bigInt({ min: 1n, max: 4_000_000n }), { freq: 4, nil: null }),
  });
  const anyReadings = fc.array(fc.array(anyTaken, { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 5 });

  /** As it is looked for: what the transactions of this reading explain, by its block. */
  function lose(position: OpenPosition, taken: readonly LeftShares[], blockNumber: bigint) {
    const transfers = taken.map((each) => ({ ...each, sharesMicros: -each.sharesMicros }));
    const loss = explainLoss(position, transfers, leftSharesMicros({ left: taken }));
    if (loss === null) throw new Error('The transactions explain what is missing');
    const { arrivedMicros: _none, ...left } = loss;
    const event = anEvent({ type: 'shares-left', ...left, found: { ...(position.found ?? MANY), blockNumber } });
    return { event, after: open(evolvePosition(position, event)) };
  }

  it('keeps every share and every dollar, and names the newest transactions', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        let position: OpenPosition = guard({}, MANY);
        const all: LeftShares[] = [];
        for (const [index, taken] of readings.entries()) {
          const named = taken.map((each, at) => ({ ...each, transactionHash: `0x${index}-${at}` }));
          all.push(...named);
          const { event, after } = lose(position, named, 6_001n + BigInt(index));
          expect(evolvePosition(after, event)).toBe(after);
          position = after;
        }
        expect(leftSharesMicros(position)).toBe(leftSharesMicros({ left: all }));
        expect(leftCashMicros(position)).toBe(leftCashMicros({ left: all }));
        const knownCash = (each: Parameters<typeof listLeft>[0]) =>
          listLeft(each).reduce((sum, { cashMicros }) => sum + (cashMicros ?? 0n), 0n);
        expect(knownCash(position)).toBe(knownCash({ left: all }));
        expect(position.left).toEqual(all.slice(-LEFT_NAMED_MAX));
        const summed = position.leftEarlier ?? [];
        expect(summed.length).toBeLessThanOrEqual(2);
        const count = summed.reduce((sum, each) => sum + each.transactionCount, 0);
        expect(count).toBe(Math.max(0, all.length - LEFT_NAMED_MAX));
      }),
      { numRuns: 40 },
    );
  });

  it('has a row and an entry of its timeline that do not grow with it', () => {
    const taken = Array.from({ length: 3_000 }, (_, index): LeftShares => {
      return {
        transactionHash: `0x${String(index).padStart(64, '0')}`,
        sharesMicros: 1_000_000n,
        cashMicros: 500_000n,
      };
    });
    const { event, after } = lose(guard({}, MANY), taken, 6_001n);
    const size = (row: unknown) => JSON.stringify(row).length;
    expect(size(toPositionRow(after, 'c')) - size(toPositionRow(guard({}, MANY), 'c'))).toBeLessThan(4_000);
    expect(size(toTimelineRow('position-1', { version: 2, event, evidence: {} }, 'c'))).toBeLessThan(6_000);
  });

  it('names the transaction that took the last shares, and ends with the cash of all', () => {
    const taken = Array.from({ length: 40 }, (_, index): LeftShares => {
      return { transactionHash: `0x${index}`, sharesMicros: 900_000n, cashMicros: 600_000n };
    });
    const found = { ...FOUND, blockNumber: 6_001n };
    const gone = explainLoss(
      guard(),
      taken.map((each) => ({ ...each, sharesMicros: -each.sharesMicros })),
      36_000_000n,
    );
    const ended = evolvePosition(guard(), anEvent({ type: 'shares-left', ...gone, left: gone?.left ?? [], found }));
    expect(ended).toMatchObject({ state: 'exited', exitReason: 'elsewhere' });
    expect(ended.left?.at(-1)?.transactionHash).toBe('0x39');
    expect(describePosition(ended)).toMatchObject({ leftCashMicros: '24000000', pnlMicros: '6000000' });
  });

  it('does not count by name where names are gone: only a newer block shows something new', () => {
    const taken = Array.from({ length: 30 }, (_, index): LeftShares => {
      return { transactionHash: `0x${index}`, sharesMicros: 900_000n, cashMicros: 600_000n };
    });
    const { after } = lose(guard(), taken, 6_001n);
    expect(remainingSharesMicros(after)).toBe(9_000_000n);
    for (const each of taken)
      expect(leave(after, each.transactionHash, each.sharesMicros, each.cashMicros)).toBe(after);
  });
});

describe('a guarded position without shares', () => {
  const nothing = (position: OpenPosition, atMs: number, blockNumber: bigint | null = 6_000n) =>
    evolvePosition(position, anEvent({ type: 'nothing-found', atMs, blockNumber }));

  it('looks for them soon, and until it is too late to sell', () => {
    const position = guard({}, null);
    expect(position.wakeUp.atMs).toBeLessThan(position.openedAtMs + 5_000);
    const waiting = open(nothing(position, position.exitDueAtMs));
    expect(waiting).toMatchObject({ state: 'holding', version: 2, wakeUp: { atMs: position.exitDueAtMs + 5_000 } });
    expect(nothing(waiting, lastTakeInAtMs(position))).toMatchObject({
      state: 'voided',
      exitReason: 'void:nothing-found',
    });
  });

  it('is not voided without an answer of the chain: the deadline leaves that to settlement', () => {
    const position = guard({}, null);
    const unread = open(nothing(position, lastTakeInAtMs(position), null));
    expect(unread.state).toBe('holding');
    const after = evolvePosition(unread, anEvent({ type: 'deadline-reached', atMs: deadlineAtMs(position) }));
    expect(after).toMatchObject({ state: 'awaiting-resolution', exitReason: 'emergency:timeout_buy_unknown' });
    if (after.state !== 'awaiting-resolution') return;
    const nowMs = position.marketEndsAtMs + 60_000;
    const reading = { blockNumber: 7_000n, blockAtMs: nowMs, payout: null, sharesMicros: 0n, otherSharesMicros: 0n };
    expect(planSettlement(after, reading, null, nowMs)).toEqual({ step: 'confirm-nothing' });
    expect(nothing(after, nowMs)).toMatchObject({ state: 'voided' });
  });

  it('is void after the deadline at the next block that shows nothing, and waits for one', () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', origin: 'guard', trades: [] });
    expect(nothing(awaiting, awaiting.openedAtMs, null)).toBe(awaiting);
    expect(nothing(awaiting, awaiting.openedAtMs)).toMatchObject({ state: 'voided' });
  });

  it('is none while it holds shares, sells them, buys or waits for trades', () => {
    for (const position of [
      guard(),
      aPosition({ state: 'holding' }),
      aPosition({ state: 'exiting', origin: 'guard', trades: [] }),
      aPosition({ state: 'buying', origin: 'guard', trades: [] }),
      aPosition({ state: 'holding', origin: 'guard', trades: [], attempts: [aLiveAttempt()] }),
    ]) {
      expect(nothing(position, lastTakeInAtMs(position))).toBe(position);
    }
  });

  it('waits no longer once its exit is requested', () => {
    const position = guard({}, null);
    const atMs = position.openedAtMs + 10_000;
    const asked = open(evolvePosition(position, anEvent({ type: 'exit-requested', atMs })));
    expect(nothing(asked, atMs)).toMatchObject({ state: 'voided' });
    expect(nothing(asked, atMs - 1)).toMatchObject({ state: 'holding', version: 3 });
  });

  it('exits what arrives after its exit was due', () => {
    const position = guard({}, null);
    const waiting = open(nothing(position, position.exitDueAtMs));
    const found = find(waiting, { blockNumber: 6_500n });
    expect(found).toMatchObject({ state: 'holding', wakeUp: { id: EXIT_WAKE_UP_ID, atMs: position.exitDueAtMs } });
  });
});
