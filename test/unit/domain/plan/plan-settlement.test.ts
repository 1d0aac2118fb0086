import { describe, expect, test } from 'vitest';
import { parsePositionRow, toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { entriesOfPosition } from '#lib/domain/ledger/entries-of-position.ts';
import { sumTokens } from '#lib/domain/ledger/finding.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import { confirmPayout } from '#lib/domain/plan/plan-payout.ts';
import { planSettlement, toBlockRead } from '#lib/domain/plan/plan-settlement.ts';
import type { AwaitingResolutionPosition } from '#lib/domain/position/position.ts';
import {
  type ConditionReading,
  NOTHING_SETTLED,
  type Payout,
  type SettlementProgress,
} from '#lib/domain/position/settlement-progress.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const HELD = 36_000_000n;
const NOW_MS = aPosition({ state: 'awaiting-resolution' }).marketEndsAtMs + 300_000;
const WON: TokenPayout = { own: 1n, other: 0n, total: 1n };
const LOST: TokenPayout = { own: 0n, other: 1n, total: 1n };
const VOID: TokenPayout = { own: 1n, other: 1n, total: 2n };

/** 36 shares unsold, with what is known of their end. */
function awaiting(known: Partial<SettlementProgress> = {}, isBuyOpen = false): AwaitingResolutionPosition {
  const attempts = isBuyOpen ? [aLiveAttempt({ phase: { phase: 'unknown', sinceMs: NOW_MS - 400_000 } })] : [];
  return aPosition({ state: 'awaiting-resolution', attempts, settlement: { ...NOTHING_SETTLED, ...known } });
}

const reading = (overrides: Partial<ConditionReading> = {}): ConditionReading => ({
  blockNumber: 100n,
  blockAtMs: NOW_MS - 3_000,
  payout: WON,
  sharesMicros: HELD,
  otherSharesMicros: 0n,
  ...overrides,
});

const paid = (cashMicros: bigint, overrides: Partial<Payout> = {}): Payout => ({
  kind: 'redemption',
  transactionHash: '0xa',
  cashMicros,
  blockNumber: 99n,
  gasWei: null,
  ...overrides,
});

const GONE = { sharesMicros: 0n };
const known = (payout: TokenPayout, rest: Partial<SettlementProgress> = {}) =>
  awaiting({ payout, seenBlock: 90n, ...rest });

type Row = readonly [
  name: string,
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  payouts: readonly Payout[] | null,
  step: object,
];

const ROWS: readonly Row[] = [
  ['waits for a result', awaiting(), reading({ payout: null }), null, { step: 'wait', reason: 'unresolved' }],
  ['records the result first', awaiting(), reading(), null, { step: 'record-result', payout: WON }],
  ['redeems shares that won', known(WON), reading(), null, { step: 'redeem' }],
  ['redeems a void market, too', known(VOID), reading({ payout: VOID }), null, { step: 'redeem' }],
  [
    'takes equal fractions for the same result',
    known(VOID),
    reading({ payout: { own: 5n, other: 5n, total: 10n } }),
    null,
    { step: 'redeem' },
  ],
  ['books a loss at a later block', known(LOST), reading({ payout: LOST }), null, { step: 'confirm-loss' }],
  [
    'books no loss at the block that showed it first',
    known(LOST, { seenBlock: 100n }),
    reading({ payout: LOST }),
    null,
    { step: 'wait', reason: 'node-behind' },
  ],
  [
    'distrusts a result that changed',
    known(WON),
    reading({ payout: LOST }),
    null,
    { step: 'wait', reason: 'result-changed' },
  ],
  [
    'distrusts a result that is gone',
    known(WON),
    reading({ payout: null }),
    null,
    { step: 'wait', reason: 'result-changed' },
  ],
  [
    'distrusts a block before one it has seen',
    known(WON, { seenBlock: 101n }),
    reading(),
    null,
    { step: 'wait', reason: 'node-behind' },
  ],
  [
    'distrusts a block of two minutes ago',
    known(WON),
    reading({ blockAtMs: NOW_MS - 120_001 }),
    null,
    { step: 'wait', reason: 'node-behind' },
  ],
  [
    'distrusts a block from the future',
    known(WON),
    reading({ blockAtMs: NOW_MS + 120_001 }),
    null,
    { step: 'wait', reason: 'node-behind' },
  ],
  [
    'sends nothing while a redemption is paused',
    known(WON, { redeemAgainAtMs: NOW_MS + 1 }),
    reading(),
    null,
    { step: 'wait', reason: 'redemption-paused' },
  ],
  ['redeems when the pause is over', known(WON, { redeemAgainAtMs: NOW_MS }), reading(), null, { step: 'redeem' }],
  [
    'sends nothing that was refused for good',
    known(WON, { isRefusedForGood: true }),
    reading(),
    null,
    { step: 'wait', reason: 'redemption-paused' },
  ],
  [
    'looks for payouts when the shares are gone',
    known(WON, { heldAtBlock: 95n }),
    reading(GONE),
    null,
    { step: 'find-payouts', afterBlock: 95n },
  ],
  [
    'books the cash that arrived',
    known(WON),
    reading(GONE),
    [paid(HELD)],
    { step: 'confirm-payout', payoutMicros: HELD, transactionHash: '0xa', gasWei: null },
  ],
  [
    'adds up several payouts and their gas',
    known(WON),
    reading(GONE),
    [paid(HELD - 6_000_000n, { gasWei: 3n }), paid(6_000_000n, { transactionHash: '0xb', gasWei: 4n })],
    { step: 'confirm-payout', payoutMicros: HELD, transactionHash: '0xb', gasWei: 7n },
  ],
  [
    'books no cash for shares that are not its own',
    known(WON),
    reading(GONE),
    [paid(HELD + 5_000_000n)],
    { step: 'confirm-payout', payoutMicros: HELD },
  ],
  [
    'books what came, if it is less',
    known(WON),
    reading(GONE),
    [paid(1n)],
    { step: 'confirm-payout', payoutMicros: 1n },
  ],
  [
    'books half of each share of a void market',
    known(VOID),
    reading({ ...GONE, payout: VOID }),
    [paid(HELD / 2n)],
    { step: 'confirm-payout', payoutMicros: HELD / 2n },
  ],
  [
    'takes missing shares alone for no end',
    known(WON, { missingSinceMs: NOW_MS - 599_999 }),
    reading(GONE),
    [],
    { step: 'wait', reason: 'payout-not-seen' },
  ],
  [
    'gives up after ten minutes without a payout',
    known(WON, { missingSinceMs: NOW_MS - 600_000 }),
    reading(GONE),
    [],
    { step: 'contradict' },
  ],
  [
    'redeems the rest when a part is gone without cash',
    known(WON),
    reading({ sharesMicros: 1_000_000n }),
    [],
    { step: 'redeem' },
  ],
  [
    'sees that the wallet holds the other outcome',
    awaiting(),
    reading({ ...GONE, payout: null, otherSharesMicros: HELD }),
    null,
    { step: 'contradict' },
  ],
  [
    'knows that its own shares were there before',
    known(WON, { heldAtBlock: 95n }),
    reading({ ...GONE, otherSharesMicros: HELD }),
    [paid(HELD)],
    { step: 'confirm-payout', payoutMicros: HELD },
  ],
  [
    'books no cash of a split market that was paid for the other outcome',
    known(VOID, { heldAtBlock: 95n, partPaidSinceMs: 0 }),
    reading({ ...GONE, payout: VOID }),
    // Ten of the shares had left; twenty of the other outcome were a bot's.
    [paid(23_000_000n, { takenMicros: { own: 26_000_000n, other: 20_000_000n } })],
    { step: 'confirm-payout', payoutMicros: 13_000_000n },
  ],
  [
    'takes a payout of the other outcome alone for none',
    known(VOID, { heldAtBlock: 95n }),
    reading({ ...GONE, payout: VOID }),
    [paid(10_000_000n, { takenMicros: { own: 0n, other: 20_000_000n } })],
    { step: 'wait', reason: 'payout-not-seen' },
  ],
  [
    'takes cash that the shares do not explain as it arrived',
    known(VOID, { heldAtBlock: 95n }),
    reading({ ...GONE, payout: VOID }),
    [paid(17_000_000n, { takenMicros: { own: 0n, other: 0n } })],
    { step: 'confirm-payout', payoutMicros: 17_000_000n },
  ],
];

describe('the next step of a settlement', () => {
  test.each(ROWS)('%s', (_name, position, at, payouts, step) => {
    expect(planSettlement(position, at, payouts, NOW_MS)).toMatchObject(step);
  });

  const open = (rest: Partial<SettlementProgress> = {}, payout = WON) =>
    awaiting({ payout, seenBlock: 90n, ...rest }, true);

  test('does not redeem as ours what an open order may have sold', () => {
    const half = reading({ sharesMicros: HELD / 2n });
    expect(planSettlement(open(), half, null, NOW_MS)).toMatchObject({ step: 'find-payouts' });
    expect(planSettlement(open(), half, [], NOW_MS)).toEqual({ step: 'wait', reason: 'open-orders' });
  });

  test('redeems beside an open order when the wallet agrees with the record', () => {
    expect(planSettlement(open(), reading(), null, NOW_MS)).toEqual({ step: 'redeem' });
  });

  test('books no loss that an open order may have sold before', () => {
    const at = reading({ payout: LOST, sharesMicros: HELD / 2n });
    expect(planSettlement(open({}, LOST), at, null, NOW_MS)).toEqual({ step: 'wait', reason: 'open-orders' });
    expect(planSettlement(open({ missingSinceMs: NOW_MS - 86_400_000 }, LOST), at, null, NOW_MS).step).toBe(
      'contradict',
    );
  });
});

describe('pairs beside those of another program', () => {
  const hedged: AwaitingResolutionPosition = {
    ...awaiting(),
    hedge: { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n },
    trades: [aBuyTrade(), aHedgeTrade()],
  };
  const both = reading({ payout: null, sharesMicros: 5n * HELD, otherSharesMicros: 5n * HELD });
  const merged = (cashMicros: bigint) => paid(cashMicros, { kind: 'merge' });

  test.each<[string, readonly Payout[] | null, object]>([
    ['looks for a merge before it sends one', null, { step: 'find-payouts', afterBlock: null }],
    ['merges its own pairs', [], { step: 'merge', sharesMicros: HELD }],
    ['books a merge of its size', [merged(HELD - 1n), merged(HELD)], { step: 'confirm-merge', cashMicros: HELD }],
    ['leaves a merge of another size to the other', [merged(2n * HELD)], { step: 'merge', sharesMicros: HELD }],
  ])('%s', (_name, payouts, step) => {
    expect(planSettlement(hedged, both, payouts, NOW_MS)).toMatchObject(step);
  });

  test('looks since the first pair, which may have been merged before the end', () => {
    const step = planSettlement(hedged, { ...both, sharesMicros: 0n, otherSharesMicros: 0n }, null, NOW_MS);
    const pairedAtMs = aHedgeTrade().matchedAtMs;
    expect('sinceMs' in step && step.sinceMs).toBeLessThan(Math.min(pairedAtMs, hedged.marketEndsAtMs));
  });
});

describe('a payout that came before the shares of a late hedge', () => {
  const late = (payout: TokenPayout, rest: Partial<SettlementProgress> = {}, isFinal = true) => ({
    ...known(payout, rest),
    hedge: { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n },
    trades: [aBuyTrade(), aHedgeTrade({ status: isFinal ? 'confirmed' : 'provisional' })],
  });
  const gone = (payout: TokenPayout, rest: Partial<ConditionReading> = {}) => reading({ ...GONE, payout, ...rest });
  const first = paid(HELD / 2n, { takenMicros: { own: HELD, other: 0n } });
  const second = paid(HELD / 2n, { transactionHash: '0xb', takenMicros: { own: 0n, other: HELD } });
  const unredeemed = { own: 0n, other: HELD };
  const blockAtMs = NOW_MS - 3_000;

  test.each<readonly [string, AwaitingResolutionPosition, ConditionReading, readonly Payout[], object]>([
    ['waits for those that pay as well', late(VOID), gone(VOID), [first], { step: 'wait', reason: 'paid-in-part' }],
    ['redeems them, too', late(VOID), gone(VOID, { otherSharesMicros: HELD }), [first], { step: 'redeem' }],
    [
      'books both payouts',
      late(VOID),
      gone(VOID),
      [first, second],
      { step: 'confirm-payout', payoutMicros: HELD, transactionHash: '0xb' },
    ],
    [
      'waits for a block two minutes later',
      late(VOID, { partPaidSinceMs: blockAtMs - 119_999 }),
      gone(VOID),
      [first],
      { step: 'wait', reason: 'paid-in-part' },
    ],
    [
      'books what arrived, and says what did not, when such a block shows nothing',
      late(VOID, { partPaidSinceMs: blockAtMs - 120_000 }),
      gone(VOID),
      [first],
      { step: 'confirm-payout', payoutMicros: HELD / 2n, unredeemed },
    ],
    [
      'waits longer while the hedge is not final',
      late(VOID, { missingSinceMs: NOW_MS - 86_399_999, partPaidSinceMs: 0 }, false),
      gone(VOID),
      [first],
      { step: 'wait', reason: 'open-orders' },
    ],
    [
      'does not wait for those that lost',
      late(WON),
      gone(WON),
      [paid(HELD, { takenMicros: { own: HELD, other: 0n } })],
      { step: 'confirm-payout', payoutMicros: HELD, unredeemed },
    ],
  ])('%s', (_name, position, at, payouts, step) => {
    expect(planSettlement(position, at, payouts, NOW_MS)).toEqual(expect.objectContaining(step));
  });

  test('says nothing of shares where all were taken, or where the payout does not name them', () => {
    for (const payouts of [[first, second], [paid(HELD)]]) {
      expect(planSettlement(late(VOID), gone(VOID), payouts, NOW_MS)).not.toHaveProperty('unredeemed');
    }
  });

  test('waits for late shares of the own outcome, but not for those that others took from a guarded wallet', () => {
    const half = paid(HELD / 2n, { takenMicros: { own: HELD / 2n, other: 0n } });
    expect(planSettlement(known(WON), gone(WON), [half], NOW_MS)).toMatchObject({ reason: 'paid-in-part' });
    const guarded = {
      ...known(WON),
      origin: 'guard',
      trades: [],
      found: { sharesMicros: HELD, costMicros: null, blockNumber: 80n },
    } as const;
    expect(planSettlement(guarded, gone(WON), [half], NOW_MS)).toMatchObject({ payoutMicros: HELD / 2n });
  });

  test('the row remembers since when, and its ledger says what is left in the wallet', () => {
    const read = { blockNumber: 100n, holdsAll: false };
    const waited = { type: 'settlement-waited', reason: 'paid-in-part', text: null, read } as const;
    const once = evolvePosition(late(VOID), { ...waited, atMs: NOW_MS });
    const twice = evolvePosition(once, { ...waited, atMs: NOW_MS + 10_000 });
    expect(twice).toMatchObject({ settlement: { partPaidSinceMs: NOW_MS, progressAtMs: NOW_MS } });
    const reopened = evolvePosition(twice, { ...waited, reason: 'open-orders', atMs: NOW_MS + 20_000 });
    expect(reopened.state === 'awaiting-resolution' && reopened.settlement.partPaidSinceMs).toBeUndefined();
    const { step: _, ...payout } = confirmPayout(late(WON), [first], unredeemed);
    const closed = evolvePosition(twice, { type: 'redemption-confirmed', atMs: NOW_MS + 130_000, ...payout });
    const left = sumTokens(
      entriesOfPosition(closed).flatMap(({ tokenId, sharesMicros }) =>
        tokenId === null ? [] : [{ tokenId, sharesMicros }],
      ),
    );
    expect(closed).toMatchObject({ state: 'redeemed', unredeemed });
    expect(left).toEqual([{ tokenId: closed.otherTokenId, sharesMicros: HELD }]);
    expect(parsePositionRow(toPositionRow(closed, 'c'))).toEqual(closed);
    expect(parsePositionRow(toPositionRow(twice, 'c'))).toEqual(twice);
  });
});

describe('what a reading says of the record', () => {
  test.each([
    [HELD, true],
    [HELD - 9_999n, true],
    [HELD - 10_000n, false],
    [0n, false],
  ])('%d micros of 36 shares: held %s', (sharesMicros, holdsAll) => {
    expect(toBlockRead(awaiting(), reading({ sharesMicros }))).toEqual({ blockNumber: 100n, holdsAll });
  });
});
