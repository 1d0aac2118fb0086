import { describe, expect, it } from 'vitest';
import type { AwaitingResolutionPosition } from '#lib/domain/position/position.ts';
import { type ConditionReading, NOTHING_SETTLED, type Payout } from '#lib/domain/position/settlement-progress.ts';
import {
  ConfigError,
  RateLimitedError,
  RejectedByUpstreamError,
  StoreUnavailableError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import type { SettleDeps } from '#lib/lifecycle/settle/settle-deps.ts';
import { settleStep } from '#lib/lifecycle/settle/settle-step.ts';
import type { WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { BUY_ORDER_HASH, HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';
import { createScriptedExchange } from '#test/fakes/scripted-exchange.ts';
import { createSettlingWallet, type SettlingWallet } from '#test/fakes/settling-wallet.ts';

const WON = { own: 1n, other: 0n, total: 1n };
const LOST = { own: 0n, other: 1n, total: 1n };
const awaiting = (overrides: Partial<AwaitingResolutionPosition> = {}) =>
  aPosition({ state: 'awaiting-resolution', mode: 'live', ...overrides });
const { marketEndsAtMs: ENDS_AT_MS } = awaiting();
const NOW_MS = ENDS_AT_MS + 90_000;
const progress = (overrides: Partial<AwaitingResolutionPosition['settlement']>) => ({
  settlement: { ...NOTHING_SETTLED, ...overrides },
});
const hedged = {
  hedge: { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n },
  trades: [aBuyTrade(), aHedgeTrade({ matchedAtMs: ENDS_AT_MS - 60_000 })],
};
const FOUND = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 6_900n };

type World = { readonly wallet: SettlingWallet; readonly deps: SettleDeps };

function worldOf(
  position: AwaitingResolutionPosition,
  reading: Partial<ConditionReading> | Error = {},
  deps: Partial<SettleDeps> = {},
  nowMs = NOW_MS,
): World {
  const wallet = createSettlingWallet(nowMs, position);
  const held = { sharesMicros: 36_000_000n, otherSharesMicros: 0n };
  wallet.script.reading =
    reading instanceof Error ? reading : ({ ...wallet.script.reading, ...held, ...reading } as ConditionReading);
  const settlements = { live: wallet.settlement };
  return { wallet, deps: { ...wallet.deps, accounts: {}, results: [], settlements, ...deps } };
}

async function step(...args: Parameters<typeof worldOf>) {
  const { wallet, deps } = worldOf(...args);
  const after = await settleStep(deps, args[0]);
  return { after, wallet, facts: wallet.facts(), calls: wallet.calls.map(({ call }) => call) };
}

const waited = (reason: string, rest: object = {}) => ({
  type: 'settlement-waited',
  ...{ reason, text: null, read: { blockNumber: 7_001n, holdsAll: true } },
  ...rest,
});

describe('a step of settlement', () => {
  it('begins 45 s after the market’s end, and asks nothing before', async () => {
    const early = await step(awaiting(), {}, {}, ENDS_AT_MS + 44_999);
    expect([early.facts, early.calls]).toEqual([[waited('unresolved', { read: null })], []]);
    const due = await step(awaiting(), {}, {}, ENDS_AT_MS + 45_000);
    expect([due.facts, due.calls]).toEqual([[waited('unresolved')], ['readCondition']]);
  });

  it('reads the chain for four seconds, and keeps what it has seen', async () => {
    const { wallet } = await step(awaiting(), { otherSharesMicros: 5n });
    expect(wallet.calls[0]).toEqual({ call: 'readCondition', deadlineAtMs: NOW_MS + 4_000, about: 'position-1' });
    expect(wallet.changes[0]?.evidence).toEqual({
      blockNumber: '7001',
      blockAtMs: NOW_MS,
      payout: null,
      chainSharesMicros: '36000000',
      chainOtherSharesMicros: '5',
    });
    expect(wallet.changes[0]?.event.atMs).toBe(NOW_MS);
  });

  it('waits where its mode is not configured, and settles in no other mode', async () => {
    const paper = awaiting({ mode: 'paper' });
    const { facts, calls } = await step(paper);
    expect([facts, calls]).toEqual([[waited('not-configured', { read: null })], []]);
  });

  it.each([
    new UpstreamUnavailableError('The node was not reached'),
    new UnexpectedReplyError('The node answered with a page'),
    new RateLimitedError('Too many requests', 1_000),
    new RejectedByUpstreamError('The key is blocked'),
    new ConfigError('The key cannot be used'),
  ])('waits where the chain cannot be read: %s', async (error) => {
    const { facts } = await step(awaiting(), error);
    expect(facts).toEqual([waited('unreadable', { read: null, text: error.message })]);
  });

  it.each([new StoreUnavailableError('No answer'), new TypeError('a bug')])(
    'fails with any other error: %s',
    async (error) => {
      const { wallet, deps } = worldOf(awaiting(), error);
      await expect(settleStep(deps, awaiting())).rejects.toBe(error);
      expect(wallet.facts()).toEqual([]);
    },
  );

  it('counts no reading of a node that is behind as one', async () => {
    const { facts } = await step(awaiting(progress({ seenBlock: 7_002n })));
    expect(facts).toEqual([waited('node-behind', { read: null })]);
  });
});

describe('the result of a market', () => {
  const resolved = (payout: object, rest: object = {}) => ({
    type: 'market-resolved',
    ...{ payout, read: { blockNumber: 7_001n, holdsAll: true }, venueWinner: null },
    ...rest,
  });

  it('is recorded, and shares that won are redeemed in the same step', async () => {
    const { facts, wallet } = await step(awaiting(), { payout: WON });
    expect(facts).toEqual([resolved(WON), { type: 'redemption-sent', reference: 'relayer-1', text: null }]);
    expect(wallet.changes[0]?.evidence).toMatchObject({ payout: '1:0 of 1' });
  });

  it('is recorded for lost shares, which a later block has to confirm', async () => {
    const first = await step(awaiting(), { payout: LOST });
    expect(first.facts).toEqual([resolved(LOST)]);
    expect(first.after.state).toBe('awaiting-resolution');
    const second = await step(awaiting(progress({ payout: LOST, seenBlock: 7_000n })), { payout: LOST });
    expect(second.facts).toEqual([{ type: 'loss-confirmed', read: { blockNumber: 7_001n, holdsAll: true } }]);
    expect(second.after.state).toBe('worthless');
    expect(second.wallet.changes[0]?.evidence).toMatchObject({ payout: '0:1 of 1' });
  });

  const says = (winner: 'UP' | 'DOWN' | null) => ({ findWinner: async () => winner });
  const silent = { findWinner: async () => Promise.reject(new UpstreamUnavailableError('not reached')) };

  it.each([
    ['the first source that answers', [silent, says(null), says('UP')], 'UP'],
    ['a source that contradicts the chain before others', [says('UP'), says('DOWN')], 'DOWN'],
    ['none without an answer', [silent, says(null)], null],
  ])('is told beside the winner of %s', async (_, results, venueWinner) => {
    const { facts } = await step(awaiting(), { payout: WON }, { results });
    expect(facts[0]).toEqual(resolved(WON, { venueWinner }));
  });

  it('waits a second for the sources, which are only compared', async () => {
    const deadlines: number[] = [];
    const findWinner = async (_: unknown, deadlineAtMs: number) => {
      deadlines.push(deadlineAtMs);
      return null;
    };
    await step(awaiting(), { payout: WON }, { results: [{ findWinner }] });
    expect(deadlines).toEqual([NOW_MS + 1_000]);
  });
});

describe('shares that have left the wallet', () => {
  const settling = awaiting(progress({ payout: WON, seenBlock: 7_000n, heldAtBlock: 6_990n }));
  const gone = { payout: WON, sharesMicros: 0n };
  const paid = (overrides: Partial<Payout> = {}): Payout => ({
    ...{ kind: 'redemption', transactionHash: '0xpaid', cashMicros: 36_000_000n, blockNumber: 7_000n, gasWei: 7n },
    ...overrides,
  });

  async function stepPaid(position: AwaitingResolutionPosition, reading: Partial<ConditionReading>, payouts: Payout[]) {
    const { wallet, deps } = worldOf(position, reading);
    wallet.script.payouts = payouts;
    return { after: await settleStep(deps, position), wallet };
  }

  it('were redeemed where a payout is found since they were last seen', async () => {
    const { after, wallet } = await stepPaid(settling, gone, [paid()]);
    expect(after).toMatchObject({
      state: 'redeemed',
      payoutMicros: 36_000_000n,
      transactionHash: '0xpaid',
      gasWei: 7n,
    });
    expect(wallet.calls[1]).toEqual({
      call: 'listPayouts',
      deadlineAtMs: NOW_MS + 4_000,
      about: { afterBlock: 6_990n, seenBlock: 7_001n, sinceMs: undefined },
    });
    expect(wallet.facts()).toEqual([
      { type: 'redemption-confirmed', payoutMicros: 36_000_000n, transactionHash: '0xpaid', gasWei: 7n },
    ]);
    expect(wallet.changes[0]?.evidence).toMatchObject({ payouts: '36000000 in 0xpaid' });
  });

  it('are waited for without a payout, and the reading is kept', async () => {
    const { wallet } = await stepPaid(settling, gone, []);
    expect(wallet.facts()).toEqual([waited('payout-not-seen', { read: { blockNumber: 7_001n, holdsAll: false } })]);
    expect(wallet.changes[0]?.evidence).not.toHaveProperty('payouts');
  });

  it('leave a position stranded where no payout comes', async () => {
    const { payout, seenBlock, heldAtBlock } = settling.settlement;
    const missingSinceMs = NOW_MS - 600_000;
    const position = awaiting(progress({ payout, seenBlock, heldAtBlock, missingSinceMs }));
    const { after, wallet } = await stepPaid(position, gone, []);
    expect(after).toMatchObject({ state: 'stranded' });
    expect(wallet.facts()).toMatchObject([
      { type: 'record-contradicted', contradiction: expect.stringContaining('no payout') },
    ]);
  });

  it('were merged where that is found, and what others redeem then is booked in the same step', async () => {
    const merged = paid({ kind: 'merge', transactionHash: '0xmerged', cashMicros: 30_000_000n });
    const position = awaiting({ ...hedged, ...progress({ payout: WON, seenBlock: 7_000n }) });
    const rest = paid({ cashMicros: 6_000_000n });
    const { after, wallet } = await stepPaid(position, gone, [merged, rest]);
    expect(wallet.facts()).toMatchObject([
      { type: 'merge-confirmed', cashMicros: 30_000_000n, transactionHash: '0xmerged', gasWei: 7n },
      { type: 'redemption-confirmed', payoutMicros: 6_000_000n, transactionHash: '0xpaid' },
    ]);
    expect(wallet.calls.map(({ call }) => call)).toEqual(['readCondition', 'listPayouts']);
    expect(wallet.changes[0]?.evidence).toMatchObject({ payouts: '30000000 in 0xmerged, 6000000 in 0xpaid' });
    expect(after.state).toBe('redeemed');
  });
});

describe('pairs of both outcomes', () => {
  it('that others merged are booked four in a step, and the others in the next', async () => {
    const merges = [1, 2, 3, 4, 5, 6].map((number): Payout => {
      const amounts = { cashMicros: 1_000_000n, blockNumber: 7_000n, gasWei: null };
      return { kind: 'merge', transactionHash: `0x${number}`, ...amounts };
    });
    const held = { sharesMicros: 30_000_000n, otherSharesMicros: 30_000_000n };
    const { wallet, deps } = worldOf(awaiting(hedged), held);
    wallet.script.payouts = merges;
    const after = await settleStep(deps, awaiting(hedged));
    expect(after.merges?.map(({ transactionHash }) => transactionHash)).toEqual(['0x1', '0x2', '0x3', '0x4']);
    if (after.state !== 'awaiting-resolution') throw new Error(`The position is ${after.state}`);
    const last = await settleStep(deps, after);
    expect(last.merges).toHaveLength(6);
    expect(wallet.facts().at(-1)).toMatchObject({ type: 'redemption-sent', isMerge: true });
  });

  it('are merged before the market’s end, once their payouts were looked for', async () => {
    const both = { otherSharesMicros: 36_000_000n };
    const { facts, wallet } = await step(awaiting(hedged), both, {}, ENDS_AT_MS - 4_000);
    expect(wallet.calls.map(({ call }) => call)).toEqual([
      'readCondition',
      'listPayouts',
      'prepareMerge',
      'sendRedemption',
    ]);
    expect(wallet.calls[1]?.about).toMatchObject({ afterBlock: null, sinceMs: ENDS_AT_MS - 120_000 });
    expect(facts).toEqual([{ type: 'redemption-sent', reference: 'relayer-1', text: null, isMerge: true }]);
  });

  it('wait for orders that are not settled', async () => {
    const trades = [aBuyTrade(), aHedgeTrade({ status: 'provisional' })];
    const exchange = createScriptedExchange(createSettlingWallet(0).clock);
    const account = { address: 'live-test', exchange, wallet: null };
    const position = awaiting({ ...hedged, trades });
    const { calls, facts } = await step(position, {}, { accounts: { live: account } }, ENDS_AT_MS - 4_000);
    expect(calls).toEqual([]);
    expect(facts).toMatchObject([{ type: 'orders-observed' }]);
  });
});

describe('orders that are not settled at the market’s end', () => {
  const open = awaiting({ attempts: [aLiveAttempt({ phase: { phase: 'unknown', sinceMs: ENDS_AT_MS } })] });
  const accountOf = (listOrders: () => Promise<readonly never[]>) => {
    const exchange = { ...createScriptedExchange(createSettlingWallet(0).clock), listOrders };
    return { accounts: { live: { address: 'live-test', exchange, wallet: null } } };
  };
  const down = accountOf(async () => Promise.reject(new UpstreamUnavailableError('not reached')));

  it('are looked up before the chain is read, which waits for five minutes', async () => {
    const early = await step(open, {}, down, ENDS_AT_MS + 299_999);
    expect([early.facts, early.calls]).toMatchObject([[{ type: 'look-up-failed' }], []]);
    const due = await step(open, {}, down, ENDS_AT_MS + 300_000);
    expect(due.facts).toMatchObject([{ type: 'look-up-failed' }, waited('unresolved')]);
    expect(due.calls).toEqual(['readCondition']);
  });

  it('cannot be looked up without an account of their mode', async () => {
    const { deps } = worldOf(open);
    await expect(settleStep(deps, open)).rejects.toThrow(ConfigError);
  });

  it('may show that nothing was bought, which ends the position', async () => {
    const attempt = aLiveAttempt({ phase: { phase: 'unknown', sinceMs: ENDS_AT_MS } });
    const buying = awaiting({
      attempts: [{ ...attempt, intent: { ...attempt.intent, side: 'BUY', orderHash: BUY_ORDER_HASH } }],
      trades: [],
      exitReason: 'emergency:timeout_buy_unknown',
    });
    const { after, calls } = await step(
      buying,
      {},
      accountOf(async () => []),
      ENDS_AT_MS + 86_400_000,
    );
    expect([after.state, calls]).toEqual(['voided', []]);
  });
});

describe('a guarded position after its market’s end', () => {
  const guarded = awaiting({ origin: 'guard', trades: [], found: FOUND });
  const waiting = awaiting({ origin: 'guard', trades: [], openedAtMs: ENDS_AT_MS - 200_000 });
  const held = (sharesMicros: bigint) => ({
    blockNumber: 7_000n,
    blockAtMs: NOW_MS,
    sharesMicros,
    otherSharesMicros: 0n,
  });

  function readingsOf(sharesMicros: bigint, transfers: Awaited<ReturnType<WalletReadings['listTransfers']>> = []) {
    const deadlines: number[] = [];
    const readings: WalletReadings = {
      readShares: async (_, deadlineAtMs) => {
        deadlines.push(deadlineAtMs);
        return held(sharesMicros);
      },
      findCost: async () => null,
      listTransfers: async () => transfers,
    };
    const exchange = createScriptedExchange(createSettlingWallet(0).clock);
    return { deadlines, accounts: { live: { address: 'live-test', exchange, wallet: null, readings } } };
  }

  it('takes in shares that arrive before the result', async () => {
    const { accounts, deadlines } = readingsOf(36_000_000n);
    const { facts } = await step(waiting, {}, { accounts });
    expect(facts[0]).toMatchObject({ type: 'shares-found', found: { sharesMicros: 36_000_000n } });
    expect(deadlines[0]).toBe(NOW_MS + 4_000);
  });

  it('looks for none once the result is recorded', async () => {
    const { accounts, deadlines } = readingsOf(50_000_000n);
    const settling = { ...guarded, ...progress({ payout: WON, seenBlock: 7_000n, heldAtBlock: 7_000n }) };
    const { facts } = await step(settling, { payout: WON }, { accounts });
    expect(facts).toMatchObject([{ type: 'redemption-sent' }]);
    expect(deadlines).toEqual([]);
  });

  it('is void where the chain shows no shares', async () => {
    const { after, facts } = await step(waiting, { sharesMicros: 0n });
    expect(facts).toEqual([{ type: 'nothing-found', blockNumber: 7_001n }]);
    expect(after.state).toBe('voided');
  });

  it('books shares that others took before the result, by the reading of the chain', async () => {
    const taken = {
      transactionHash: '0xtaken',
      blockNumber: 6_950n,
      sharesMicros: -36_000_000n,
      cashMicros: 20_000_000n,
    };
    const { accounts } = readingsOf(36_000_000n, [taken]);
    const { after, facts } = await step(guarded, { sharesMicros: 0n }, { accounts });
    expect(facts.at(-1)).toMatchObject({ type: 'shares-left', left: [{ transactionHash: '0xtaken' }] });
    expect(after).toMatchObject({ state: 'exited', exitReason: 'elsewhere' });
  });

  it('does not book shares as taken by others that were redeemed, or by a reading of another result', async () => {
    const redeemed = {
      transactionHash: '0xpaid',
      blockNumber: 6_950n,
      sharesMicros: -36_000_000n,
      cashMicros: 36_000_000n,
    };
    const { accounts } = readingsOf(36_000_000n, [redeemed]);
    const { wallet, deps } = worldOf(guarded, { payout: WON, sharesMicros: 0n }, { accounts });
    wallet.script.payouts = [
      {
        ...{ kind: 'redemption', transactionHash: '0xpaid' },
        cashMicros: 36_000_000n,
        blockNumber: 6_950n,
        gasWei: null,
      },
    ];
    expect(await settleStep(deps, guarded)).toMatchObject({ state: 'redeemed', transactionHash: '0xpaid' });
    const settling = { ...guarded, ...progress({ payout: WON, seenBlock: 7_000n, heldAtBlock: 6_900n }) };
    const other = await step(settling, { payout: LOST, sharesMicros: 0n }, { accounts });
    expect(other.facts).toMatchObject([{ type: 'settlement-waited', reason: 'result-changed' }]);
  });

  it('books shares that others took before the result also after it, where no payout explains them', async () => {
    const taken = {
      transactionHash: '0xtaken',
      blockNumber: 6_950n,
      sharesMicros: -36_000_000n,
      cashMicros: 20_000_000n,
    };
    const { accounts } = readingsOf(0n, [taken]);
    const settling = { ...guarded, ...progress({ payout: WON, seenBlock: 7_000n, heldAtBlock: 6_900n }) };
    const { after, facts } = await step(settling, { payout: WON, sharesMicros: 0n }, { accounts });
    expect(facts).toMatchObject([{ type: 'shares-left', left: [{ transactionHash: '0xtaken' }] }]);
    expect(after.state).toBe('exited');
    const unexplained = await step(settling, { payout: WON, sharesMicros: 0n }, { accounts: readingsOf(0n).accounts });
    expect(unexplained.facts).toMatchObject([{ type: 'settlement-waited', reason: 'payout-not-seen' }]);
  });
});
