import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { decodeDomainEvent, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import { type DomainEvent, noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import type { DifferenceKind, WalletDifference } from '#lib/domain/news/wallet-difference.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type ReconcileWalletDeps, reconcileWallet } from '#lib/lifecycle/watch/reconcile-wallet.ts';
import type { HandRecord } from '#lib/ports/store/hand-records.ts';
import type { HistoryRange } from '#lib/ports/wallet/wallet-history.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 10, 30, 9, 30);
const DAY_MS = 86_400_000;
const verified = { feeDriftMicros: 0n };

/** Bought hours before the start, in a market that runs for days. */
const held = aPosition({
  ...{ state: 'holding', mode: 'live', positionId: 'held', conditionId: `0x${'aa'.repeat(32)}` },
  ...{ tokenId: '71', otherTokenId: '72', marketEndsAtMs: START_MS + 30 * DAY_MS },
  openedAtMs: START_MS - 10 * HOUR_MS,
  trades: [aBuyTrade({ ...verified, matchedAtMs: START_MS - 10 * HOUR_MS + 1_000 })],
});

let hashCount = 0;
function aMovement(changes: Partial<WalletMovement> & { readonly atMs: number }): WalletMovement {
  hashCount += 1;
  const transactionHash = `0x${hashCount.toString(16).padStart(8, '0').repeat(8)}`;
  return { transactionHash, cashMicros: 0n, shares: [], movedBy: 'other', payouts: [], gasWei: 0n, ...changes };
}

/** A wallet that others use too, and a table: the chain tells what is given here, four seconds after it happened. */
function aWorld(rows: readonly Position[], bought: bigint = 36_000_000n) {
  let nowMs = START_MS;
  let failure: string | null = null;
  const movements: WalletMovement[] = [];
  const told: WalletDifference[] = [];
  const [marks, byHand]: [Set<string>, HandRecord[]] = [new Set<string>(), []];
  let untilMs: number | null = null;
  const isMined = ({ atMs }: WalletMovement, at = nowMs - 4_000) => atMs <= at;
  const heldOf = (tokenId: string) =>
    movements
      .filter((each) => isMined(each))
      .flatMap(({ shares }) => shares)
      .filter((each) => each.tokenId === tokenId)
      .reduce((sum, { sharesMicros }) => sum + sharesMicros, tokenId === '71' ? bought : 0n);
  const failing = () => {
    if (failure !== null) throw new UpstreamUnavailableError(failure);
  };
  const sideAt = (atMs: number) => ({ blockNumber: BigInt(Math.floor(atMs / 2_000)), blockAtMs: atMs, balances: null });
  const log = {
    findReconciledUntilMs: async () => untilMs,
    saveReconciledUntilMs: async (_: string, savedMs: number) => {
      untilMs = savedMs;
    },
    isTold: async (_: string, key: string) => marks.has(key),
    markTold: async (_: string, key: string) => void marks.add(key),
  };
  const deps: Omit<ReconcileWalletDeps, 'reconciliation'> = {
    clock: { nowMs: () => nowMs },
    bus: {
      publish: async (events: readonly DomainEvent[]) => {
        for (const event of events) if (event.type === 'wallet-difference') told.push(event.difference);
      },
    },
    store: {
      listDue: async () => rows.flatMap((row) => (isClosed(row) ? [] : [row.positionId])),
      listClosed: async (day) => ({
        positionIds: rows.flatMap((row) => (isClosed(row) && utcDay(row.closedAtMs) === day ? [row.positionId] : [])),
      }),
      findMany: async (ids) => ({ positions: rows.filter((row) => ids.includes(row.positionId)), corruptIds: [] }),
    },
    history: {
      readHistory: async ({ readFromMs, readUntilMs, fromMs }: HistoryRange) => {
        failing();
        return {
          movements: movements.filter((each) => isMined(each) && each.atMs >= readFromMs && each.atMs < readUntilMs),
          opening: sideAt(fromMs),
          closing: sideAt(nowMs - 4_000),
        };
      },
    },
    tokens: {
      readShares: async (_, tokenIds) => {
        failing();
        const block = { number: BigInt(Math.floor(nowMs / 2_000)), atMs: nowMs - 4_000 };
        return { block, sharesOf: new Map(tokenIds.map((id) => [id, heldOf(id)])) };
      },
    },
    hands: { list: async () => byHand },
    log,
  };
  let reconciliation = { dueAtMs: 0 };
  const run = (changes: Partial<ReconcileWalletDeps> = {}) =>
    reconcileWallet({ ...deps, reconciliation, ...changes }, { walletAddress: WALLET, deadlineAtMs: nowMs + 55_000 });
  return {
    ...{ run, told, movements, byHand, log },
    at: (atMs: number) => (nowMs = atMs),
    fail: (reason: string | null) => (failure = reason),
    /** Another process of Lambda remembers nothing. */
    restart: () => (reconciliation = { dueAtMs: 0 }),
    /** Runs every minute, as the rule does. */
    runUntil: async (endMs: number) => {
      const outcomes = [];
      for (; nowMs < endMs; nowMs += MINUTE_MS) outcomes.push(await run());
      return outcomes.filter(({ outcome }) => outcome !== 'not-due');
    },
    take: () => told.splice(0),
  };
}

const kindsOf = (told: readonly WalletDifference[]): readonly DifferenceKind[] => told.map(({ kind }) => kind);

describe('comparing the wallet with the table', () => {
  it('is done about every three quarters of an hour, whichever process runs, and tells nothing where both agree', async () => {
    const world = aWorld([held]);
    expect(await world.runUntil(START_MS + HOUR_MS)).toHaveLength(2);
    world.restart();
    expect(await world.run()).toEqual({ outcome: 'not-due' });
    expect(world.told).toEqual([]);
  });

  it('names shares that left by an unrecorded transaction once, by the transaction', async () => {
    const world = aWorld([held]);
    await world.runUntil(START_MS + 10 * MINUTE_MS);
    const gone = aMovement({
      atMs: START_MS + 11 * MINUTE_MS,
      shares: [{ tokenId: '71', sharesMicros: -30_000_000n }],
    });
    world.movements.push(gone);
    await world.runUntil(START_MS + 5 * HOUR_MS);
    expect(world.told).toMatchObject([
      { kind: 'not-on-record', positionIds: ['held'], transactionHashes: [gone.transactionHash] },
    ]);
  });

  it('names recorded shares that the wallet does not hold, although no transaction of the span took them', async () => {
    const world = aWorld([held], 6_000_000n);
    await world.runUntil(START_MS + 4 * HOUR_MS);
    expect(world.told).toMatchObject([
      { kind: 'shares-missing', positionIds: ['held'], shares: [{ tokenId: '71', sharesMicros: '-30000000' }] },
    ]);
  });

  it('waits for a sale of minutes ago to reach its row, and is told nothing where it does', async () => {
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 1n };
    const guarded = aPosition({ ...held, origin: 'guard', trades: [], found });
    const rows: Position[] = [guarded];
    const world = aWorld(rows);
    const sold = aMovement({
      ...{ atMs: START_MS - MINUTE_MS, cashMicros: 9_000_000n, movedBy: 'exchange' },
      shares: [{ tokenId: '71', sharesMicros: -36_000_000n }],
    });
    world.movements.push(sold);
    await world.run();
    expect(world.told).toEqual([]);
    const left = [{ transactionHash: sold.transactionHash, sharesMicros: 36_000_000n, cashMicros: null }];
    rows[0] = aPosition({ ...guarded, left });
    await world.runUntil(START_MS + 2 * HOUR_MS);
    expect(world.told).toEqual([]);
    const unexplained = aWorld([guarded]);
    unexplained.movements.push(sold);
    await unexplained.runUntil(START_MS + 50 * MINUTE_MS);
    expect(kindsOf(unexplained.told)).toEqual(['not-on-record']);
  });

  it('leaves alone what is under way: a buy of seconds ago, an order without an outcome, a resolved market', async () => {
    const young = { ...held, trades: [aBuyTrade({ ...verified, matchedAtMs: START_MS - 30_000 })] };
    const buying = aPosition({ ...held, state: 'buying', positionId: 'buying' } as never);
    const provisional = { ...held, trades: [aBuyTrade({ status: 'provisional' })] };
    for (const row of [young, buying, provisional]) {
      const world = aWorld([row], 0n);
      await world.run();
      expect(kindsOf(world.take()).filter((kind) => kind === 'shares-missing')).toEqual([]);
    }
  });

  it('names deposits and withdrawals, except for those that the owner wrote down', async () => {
    const world = aWorld([]);
    const [deposit, unknown, own] = [
      aMovement({ atMs: START_MS - MINUTE_MS, cashMicros: 100_000_000n }),
      aMovement({ atMs: START_MS - MINUTE_MS, cashMicros: -40_000_000n }),
      aMovement({ atMs: START_MS - MINUTE_MS, cashMicros: -5_000_000n }),
    ];
    world.movements.push(deposit, unknown, own);
    const references = [own.transactionHash.toUpperCase().replace('0X', '0x')];
    const none = { marketSlug: null, conditionId: null };
    world.byHand.push({ atMs: START_MS, action: 'withdrawn', ...none, cashMicros: -5_000_000n, references });
    await world.runUntil(START_MS + 2 * HOUR_MS);
    expect(world.told).toMatchObject([
      { kind: 'cash-moved', cashMicros: '100000000', transactionHashes: [deposit.transactionHash] },
      { kind: 'cash-moved', cashMicros: '-40000000', transactionHashes: [unknown.transactionHash] },
    ]);
  });

  it('does not tell of a sale that the owner made by hand and wrote down', async () => {
    const sold = { shares: [{ tokenId: '71', sharesMicros: -36_000_000n }], movedBy: 'exchange' } as const;
    const closed = aPosition({
      ...{ state: 'exited', mode: 'live', positionId: 'closed', conditionId: held.conditionId },
      ...{ tokenId: '71', otherTokenId: '72', closedAtMs: START_MS - 3 * HOUR_MS, openedAtMs: START_MS - 5 * HOUR_MS },
      trades: [
        aBuyTrade({ ...verified, matchedAtMs: START_MS - 5 * HOUR_MS }),
        aSellTrade({ ...verified, matchedAtMs: START_MS - 4 * HOUR_MS }),
      ],
    });
    const record: HandRecord = {
      action: 'sold',
      ...{ marketSlug: closed.marketSlug, conditionId: held.conditionId, references: ['0xorder'] },
      ...{ atMs: START_MS - HOUR_MS, cashMicros: 20_000_000n },
    };
    for (const [cashMicros, expected] of [
      [20_000_000n, []],
      [17_000_000n, ['not-on-record']],
    ] as const) {
      const world = aWorld([held, closed]);
      world.byHand.push(record);
      world.movements.push(aMovement({ atMs: START_MS - HOUR_MS + 5_000, cashMicros, ...sold }));
      await world.run();
      const told = kindsOf(world.told).filter((kind) => kind !== 'shares-missing');
      expect(told).toEqual(expected);
    }
  });

  it('is blind while the node does not answer or is behind, says when that is too long, and misses nothing after it', async () => {
    const world = aWorld([held]);
    await world.runUntil(START_MS + MINUTE_MS);
    world.fail('out of order');
    const lost = aMovement({ atMs: START_MS + 20 * MINUTE_MS, cashMicros: 7_000_000n });
    world.movements.push(lost);
    const blind = await world.runUntil(START_MS + 4 * HOUR_MS);
    expect(blind.every(({ outcome }) => outcome === 'blind')).toBe(true);
    expect(blind.length).toBeLessThan(45);
    expect(blind[0]).toMatchObject({ isLate: false, reason: 'out of order' });
    expect(blind.at(-1)).toMatchObject({ isLate: true });
    world.fail(null);
    await world.runUntil(START_MS + 4 * HOUR_MS + 6 * MINUTE_MS);
    expect(world.told).toMatchObject([{ transactionHashes: [lost.transactionHash] }]);
    const behind = { blockNumber: 1n, blockAtMs: START_MS, balances: null };
    const stuck = { readHistory: async () => ({ movements: [], opening: behind, closing: behind }) };
    world.at(START_MS + 6 * HOUR_MS);
    expect(await world.run({ history: stuck })).toMatchObject({
      outcome: 'blind',
      reason: expect.stringMatching(/behind/),
    });
  });

  it('compares a day at most, and names what it left out', async () => {
    const world = aWorld([]);
    await world.run();
    world.at(START_MS + 3 * DAY_MS);
    const outcome = await world.run();
    expect(outcome).toMatchObject({
      outcome: 'reconciled',
      fromMs: START_MS + 2 * DAY_MS,
      skippedFromMs: expect.any(Number),
    });
  });

  it('tells ten at a time and goes on with the rest, and a crash after the event tells it again with the same key', async () => {
    const world = aWorld([]);
    for (let index = 0; index < 23; index += 1) {
      world.movements.push(aMovement({ atMs: START_MS - MINUTE_MS, cashMicros: BigInt(1_000_000 + index) }));
    }
    const dies = { ...world.log, markTold: () => Promise.reject(new Error('killed')) };
    await expect(world.run({ log: dies })).rejects.toThrow('killed');
    await world.runUntil(START_MS + 30 * MINUTE_MS);
    expect(world.told).toHaveLength(24);
    const keys = new Set(world.told.map((difference) => noticeKeyOf({ type: 'wallet-difference', difference })));
    expect(keys.size).toBe(23);
  });

  it('tells of every movement that no row explains once and within an hour, whatever fails in between', async () => {
    const times = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 });
    const outages = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 8 })), {
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(times, outages, async (minutes, down) => {
        const world = aWorld([held]);
        const toldAtMs = new Map<string, number>();
        const all = minutes.map((minute) => {
          const atMs = START_MS + minute * MINUTE_MS + 7_000;
          return aMovement({ atMs, shares: [{ tokenId: '72', sharesMicros: BigInt(minute) * 1_000_000n }] });
        });
        world.movements.push(...all);
        for (let minute = 0; minute < 380; minute += 1) {
          world.at(START_MS + minute * MINUTE_MS);
          const isDown = down.some(([from, count]) => minute >= from && minute < from + count);
          world.fail(isDown ? 'out of order' : null);
          if (isDown) world.restart();
          await world.run();
          for (const { transactionHashes } of world.take()) {
            expect(transactionHashes.some((hash) => !toldAtMs.has(hash))).toBe(true);
            for (const hash of transactionHashes) if (!toldAtMs.has(hash)) toldAtMs.set(hash, minute);
          }
        }
        for (const { transactionHash, atMs } of all) {
          const outageMinutes = down.reduce((sum, [, count]) => sum + count, 0);
          const lateMinutes =
            (toldAtMs.get(transactionHash) ?? Number.MAX_SAFE_INTEGER) - (atMs - START_MS) / MINUTE_MS;
          expect(lateMinutes).toBeLessThanOrEqual(60 + outageMinutes);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('the card of a difference', () => {
  const cardOf = (changes: Partial<WalletDifference>) => {
    const difference: WalletDifference = {
      ...{ wallet: WALLET, kind: 'shares-missing', atMs: START_MS, marketSlug: 'btc-updown-5m-1', conditionId: '0xab' },
      ...{ positionIds: ['held'], cashMicros: '0', transactionHashes: [] },
      shares: [{ tokenId: '71', sharesMicros: '-30000000' }],
      ...changes,
    };
    const event = decodeDomainEvent(JSON.parse(encodeDomainEvent({ type: 'wallet-difference', difference })));
    return JSON.stringify(toEmbed({ kind: 'event', event }));
  };

  it('says what is missing, of which position, and what to do', () => {
    const card = cardOf({});
    for (const text of ['-30.00 shares', 'held', 'tminus show held', 'btc-updown-5m-1']) expect(card).toContain(text);
  });

  it.each(['not-on-chain', 'not-on-record', 'amounts-differ', 'balance'] as const)('names the day of %s', (kind) => {
    expect(cardOf({ kind })).toContain('tminus ledger --day 2026-11-30');
  });

  it('names a withdrawal by its transaction, and what to do if it was not the owner', () => {
    const hash = `0x${'12'.repeat(32)}`;
    const none = { marketSlug: null, conditionId: null, positionIds: [], shares: [] };
    const card = cardOf({ kind: 'cash-moved', ...none, cashMicros: '-40000000', transactionHashes: [hash] });
    for (const text of ['withdrawal', '-$40.00', `polygonscan.com/tx/${hash}`, 'tminus halt'])
      expect(card).toContain(text);
  });
});
