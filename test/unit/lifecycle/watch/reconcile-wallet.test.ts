import { describe, expect, it } from 'vitest';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import type { WalletDifference } from '#lib/domain/news/wallet-difference.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { reconcileWallet } from '#lib/lifecycle/watch/reconcile-wallet.ts';
import type { HandRecord } from '#lib/ports/store/hand-records.ts';
import type { HistoryRange } from '#lib/ports/wallet/wallet-history.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 10, 30, 12);
const minutesAgo = (minutes: number): number => NOW_MS - minutes * MINUTE_MS;
const hashOf = (n: number): string => `0x${String(n).padStart(64, '0')}`;

const terms = { mode: 'live', conditionId: `0x${'aa'.repeat(32)}`, tokenId: '71', otherTokenId: '72' } as const;
const bought = aBuyTrade({ feeDriftMicros: 0n, matchedAtMs: minutesAgo(600) });
const held = aPosition({
  ...{ ...terms, state: 'holding', positionId: 'held', marketSlug: 'held-market' },
  ...{ marketEndsAtMs: minutesAgo(-600), openedAtMs: minutesAgo(601), trades: [bought] },
});
const closed = aPosition({
  ...{ ...terms, state: 'exited', positionId: 'closed', marketSlug: 'closed-market' },
  ...{ openedAtMs: minutesAgo(601), closedAtMs: minutesAgo(180) },
  trades: [bought, aSellTrade({ feeDriftMicros: 0n, matchedAtMs: minutesAgo(181) })],
});

function moved(n: number, changes: Partial<WalletMovement> = {}): WalletMovement {
  const nothing = { cashMicros: 0n, shares: [], movedBy: 'other', payouts: [], gasWei: 0n } as const;
  return { ...nothing, transactionHash: hashOf(n), atMs: minutesAgo(20), ...changes };
}
const deposits = (count: number): readonly WalletMovement[] =>
  Array.from({ length: count }, (_, n) => moved(n, { cashMicros: 1_000_000n }));
const cameIn = (n: number) => moved(n, { shares: [{ tokenId: '71', sharesMicros: 5_000_000n }] });

type Given = {
  readonly lastMs?: number | null;
  readonly dueAtMs?: number;
  readonly deadlineAtMs?: number;
  readonly rows?: readonly Position[];
  readonly movements?: readonly WalletMovement[];
  readonly heldMicros?: bigint;
  readonly closingAtMs?: number;
  readonly byHand?: readonly HandRecord[];
  readonly marks?: readonly string[];
  readonly error?: Error;
};

/** One run at noon, by default the first of a wallet. */
function aRun(given: Given = {}) {
  const { lastMs = null, dueAtMs = 0, deadlineAtMs = NOW_MS + 55_000, rows = [], movements = [] } = given;
  const { heldMicros = 36_000_000n, closingAtMs = NOW_MS - 4_000, byHand = [], marks = [] } = given;
  const published: WalletDifference[] = [];
  const asked: unknown[] = [];
  const ranges: HistoryRange[] = [];
  const saved: unknown[] = [];
  const told = new Set(marks);
  const reconciliation = { dueAtMs };
  const side = (blockAtMs: number) => ({ blockNumber: 9n, blockAtMs, balances: null });
  const run = () =>
    reconcileWallet(
      {
        ...{ clock: { nowMs: () => NOW_MS }, reconciliation, hands: { list: async () => byHand } },
        bus: {
          publish: async (events) =>
            void published.push(...events.flatMap((each) => ('difference' in each ? [each.difference] : []))),
        },
        store: {
          listDue: async () => rows.flatMap((row) => (isClosed(row) ? [] : [row.positionId])),
          listClosed: async (day) => ({
            positionIds: rows.flatMap((row) => (isClosed(row) && utcDay(row.closedAtMs) === day ? row.positionId : [])),
          }),
          findMany: async (ids) => {
            asked.push(ids);
            return { positions: rows.filter(({ positionId }) => ids.includes(positionId)), corruptIds: [] };
          },
        },
        history: {
          readHistory: async (range) => {
            if (given.error !== undefined) throw given.error;
            ranges.push(range);
            asked.push('history');
            return { movements, opening: side(range.fromMs), closing: side(closingAtMs) };
          },
        },
        tokens: {
          readShares: async (...args) => {
            asked.push(args);
            return { block: { number: 9n, atMs: closingAtMs }, sharesOf: new Map([['71', heldMicros]]) };
          },
        },
        log: {
          findReconciledUntilMs: async () => {
            asked.push('log');
            return lastMs;
          },
          saveReconciledUntilMs: async (...args) => void saved.push(args),
          isTold: async (_, key) => told.has(key),
          markTold: async (_, key) => void told.add(key),
        },
      },
      { walletAddress: WALLET, deadlineAtMs },
    );
  return { run, published, asked, ranges, saved, told, reconciliation };
}

const UNTIL_MS = NOW_MS - 3_999;
const AGREES = { outcome: 'reconciled', untilMs: UNTIL_MS, skippedFromMs: null, told: [], leftCount: 0 };
const NOT_DUE = { outcome: 'not-due' };

describe('a comparison of wallet and table is due', () => {
  it('at the time that the process remembers; until then it reads nothing', async () => {
    const early = aRun({ dueAtMs: NOW_MS + 1 });
    expect([await early.run(), early.asked]).toEqual([NOT_DUE, []]);
    expect(await aRun({ dueAtMs: NOW_MS }).run()).toMatchObject(AGREES);
  });

  it('while ten seconds are left for it', async () => {
    const late = aRun({ deadlineAtMs: NOW_MS + 9_999 });
    expect([await late.run(), late.asked]).toEqual([NOT_DUE, []]);
    expect(await aRun({ deadlineAtMs: NOW_MS + 10_000 }).run()).toMatchObject(AGREES);
  });

  it('45 minutes after the last one, by the log, which is then not read again until that time', async () => {
    const early = aRun({ lastMs: minutesAgo(45) + 1 });
    expect([await early.run(), early.asked]).toEqual([NOT_DUE, ['log']]);
    expect(early.reconciliation).toEqual({ dueAtMs: NOW_MS + 1 });
    expect(await early.run()).toEqual(NOT_DUE);
    expect(early.asked).toEqual(['log']);
    expect(await aRun({ lastMs: minutesAgo(45) }).run()).toMatchObject(AGREES);
  });

  it('next 45 minutes after the newest final block, up to which this one went', async () => {
    const { run, saved, reconciliation } = aRun();
    await run();
    expect(saved).toEqual([[WALLET, UNTIL_MS]]);
    expect(reconciliation).toEqual({ dueAtMs: UNTIL_MS + 45 * MINUTE_MS });
  });
});

describe('what a comparison covers', () => {
  it.each([
    ['two hours, when it is the first', null, minutesAgo(120), null],
    ['the time since the last one and 15 minutes before', minutesAgo(60), minutesAgo(75), null],
    ['a day at most', minutesAgo(1_425), minutesAgo(1_440), null],
    ['and names what it leaves out', minutesAgo(1_425) - 1, minutesAgo(1_440), minutesAgo(1_440) - 1],
  ])('%s', async (_what, lastMs, fromMs, skippedFromMs) => {
    const { run, ranges } = aRun({ lastMs });
    expect(await run()).toEqual({ ...AGREES, fromMs, skippedFromMs });
    expect(ranges).toMatchObject([{ fromMs, untilMs: NOW_MS, deadlineAtMs: NOW_MS + 55_000 }]);
  });

  it('reads the movements of an open position up to two hours before', async () => {
    const { run, ranges } = aRun({ rows: [held] });
    await run();
    expect(ranges).toMatchObject([{ readFromMs: minutesAgo(240) }]);
  });
});

describe('a comparison that is blind', () => {
  const error = new UpstreamUnavailableError('out of order');

  it.each([
    ['late when there was none before', null, true],
    ['not late 90 minutes after the last one', minutesAgo(90), false],
    ['late after that', minutesAgo(90) - 1, true],
  ])('is %s', async (_when, lastMs, isLate) => {
    const { run, saved, reconciliation } = aRun({ lastMs, error });
    expect(await run()).toEqual({ outcome: 'blind', reason: 'out of order', isLate });
    expect([saved, reconciliation]).toEqual([[], { dueAtMs: NOW_MS + 5 * MINUTE_MS }]);
  });

  it('is so when the newest final block is more than ten minutes old', async () => {
    expect(await aRun({ closingAtMs: minutesAgo(10) - 1 }).run()).toMatchObject({ outcome: 'reconciled' });
    const reason = 'The node is behind: its newest final block is of 2026-11-30T11:49:59.999Z';
    const behind = aRun({ closingAtMs: minutesAgo(10) - 2 });
    expect(await behind.run()).toEqual({ outcome: 'blind', reason, isLate: true });
  });

  it('throws a bug, and is not tried again at once after it', async () => {
    const { run, reconciliation } = aRun({ error: new InvariantError('A bug') });
    await expect(run()).rejects.toBeInstanceOf(InvariantError);
    expect(reconciliation).toEqual({ dueAtMs: NOW_MS + 5 * MINUTE_MS });
  });
});

describe('the shares of open rows', () => {
  it('are read once for each token, and the rows again after them', async () => {
    const other = aPosition({ ...held, positionId: 'held-2' });
    const { run, asked } = aRun({ rows: [held, other], heldMicros: 72_000_000n });
    expect(await run()).toMatchObject(AGREES);
    const shares = asked.findIndex((each) => Array.isArray(each) && each[0] === WALLET);
    expect(asked[shares]).toEqual([WALLET, ['71'], NOW_MS + 55_000]);
    expect(asked.slice(shares + 1)).toEqual([expect.arrayContaining(['held', 'held-2'])]);
  });

  it('are not read where no row is open', async () => {
    const { run, asked } = aRun({ rows: [closed] });
    expect(await run()).toMatchObject(AGREES);
    expect(asked.filter((each) => Array.isArray(each) && each[0] === WALLET)).toEqual([]);
  });

  it('are told where the wallet lacks them', async () => {
    const { run, published, told } = aRun({ rows: [held], heldMicros: 6_000_000n });
    const difference = {
      ...{ wallet: WALLET, kind: 'shares-missing', atMs: NOW_MS - 4_000, marketSlug: 'held-market' },
      ...{ conditionId: terms.conditionId, positionIds: ['held'], cashMicros: '0', transactionHashes: [] },
      shares: [{ tokenId: '71', sharesMicros: '-30000000' }],
    };
    expect(await run()).toMatchObject({ told: [difference], leftCount: 0 });
    expect(published).toEqual([difference]);
    expect([...told]).toEqual(['shares-missing#held#-30000000']);
  });

  it('are told once where a transaction says how they left, and never again by the balance', async () => {
    const gone = moved(1, { shares: [{ tokenId: '71', sharesMicros: -30_000_000n }] });
    const { run, published, told } = aRun({ rows: [held], movements: [gone], heldMicros: 6_000_000n });
    await run();
    expect(published).toMatchObject([{ kind: 'not-on-record', transactionHashes: [hashOf(1)] }]);
    expect([...told].sort()).toEqual([`${terms.conditionId}#${hashOf(1)}`, 'shares-missing#held#-30000000']);
  });

  it('are left to the next comparison while a transaction of minutes ago may still reach the row', async () => {
    const gone = moved(1, { atMs: minutesAgo(1), shares: [{ tokenId: '71', sharesMicros: -30_000_000n }] });
    const { run, told } = aRun({ rows: [held], movements: [gone], heldMicros: 6_000_000n });
    expect(await run()).toMatchObject(AGREES);
    expect([...told]).toEqual([]);
  });
});

describe('a market in what is told', () => {
  it('has its name from an open row, which is not read a third time', async () => {
    const { run, published, asked } = aRun({ rows: [held], movements: [cameIn(1)], heldMicros: 41_000_000n });
    await run();
    expect(published).toMatchObject([{ kind: 'not-on-record', marketSlug: 'held-market', positionIds: ['held'] }]);
    expect(asked.at(-1)).toEqual(['held']);
    expect(asked.at(-2)).toEqual([WALLET, ['71'], NOW_MS + 55_000]);
  });

  it('has its name from a row that ended', async () => {
    const { run, published, asked } = aRun({ rows: [closed], movements: [cameIn(1)] });
    await run();
    expect(published).toMatchObject([{ kind: 'not-on-record', marketSlug: 'closed-market', positionIds: ['closed'] }]);
    expect(asked.at(-1)).toEqual(['closed']);
  });
});

describe('what is told', () => {
  it('is ten differences at a time; the rest is left, and the time is compared again', async () => {
    const { run, published, saved, reconciliation } = aRun({ movements: deposits(12) });
    expect(await run()).toMatchObject({ outcome: 'reconciled', leftCount: 2 });
    expect(published.map(({ transactionHashes }) => transactionHashes[0])).toEqual([...Array(10).keys()].map(hashOf));
    expect([saved, reconciliation]).toEqual([[], { dueAtMs: NOW_MS + 5 * MINUTE_MS }]);
  });

  it('counts without what was told before', async () => {
    const marks = [`cash-moved#${hashOf(0)}`, `cash-moved#${hashOf(11)}`];
    const { run, published, saved } = aRun({ movements: deposits(12), marks });
    expect(await run()).toMatchObject({ leftCount: 0, told: published });
    expect([published.length, saved.length]).toEqual([10, 1]);
  });

  it('has all of a difference of which a part is new', async () => {
    const marks = [1, 2].map((n) => `${terms.conditionId}#${hashOf(n)}`);
    const movements = [cameIn(1), cameIn(2)];
    const { run, published } = aRun({ rows: [closed], movements, marks: marks.slice(0, 1) });
    await run();
    expect(published).toMatchObject([{ transactionHashes: [hashOf(1), hashOf(2)] }]);
    expect(await aRun({ rows: [closed], movements, marks }).run()).toMatchObject(AGREES);
  });

  it.each([
    ['not what the owner wrote down since two hours before', minutesAgo(240), 0],
    ['what has only an older record', minutesAgo(240) - 1, 1],
  ])('is %s', async (_what, atMs, count) => {
    const none = { marketSlug: null, conditionId: null };
    const record: HandRecord = { ...none, atMs, action: 'withdrawn', cashMicros: 1_000_000n, references: [hashOf(0)] };
    const { run, published } = aRun({ movements: deposits(1), byHand: [record] });
    await run();
    expect(published).toHaveLength(count);
  });
});
