import { describe, expect, it } from 'vitest';
import type { AwaitingResolutionPosition, Position } from '#lib/domain/position/position.ts';
import { NOTHING_SETTLED, type SettlementProgress } from '#lib/domain/position/settlement-progress.ts';
import { StoreUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import { redeemShares, type WalletStep } from '#lib/lifecycle/settle/redeem-shares.ts';
import type { WalletRedemption } from '#lib/ports/store/redemption-store.ts';
import type { RedemptionAnswer, RedemptionIntent, RedemptionState } from '#lib/ports/wallet/settlement.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';
import { createSettlingWallet, SETTLING_INTENT, type SettlingWallet } from '#test/fakes/settling-wallet.ts';

const REDEEM: WalletStep = { step: 'redeem' };
const MERGE: WalletStep = { step: 'merge', sharesMicros: 12_000_000n };
const WON = { own: 1n, other: 0n, total: 1n };
const paying: SettlementProgress = { ...NOTHING_SETTLED, payout: WON, seenBlock: 7_000n, heldAtBlock: 7_000n };
const awaiting = (overrides: Partial<AwaitingResolutionPosition> = {}) =>
  aPosition({ state: 'awaiting-resolution', mode: 'live', settlement: paying, ...overrides });
const own = awaiting();
const NOW_MS = own.marketEndsAtMs + 90_000;

async function redeem(wallet: SettlingWallet, step = REDEEM, position = own, blockNumber = 7_001n) {
  const reading = {
    ...{ blockNumber, blockAtMs: NOW_MS, payout: WON },
    ...{ sharesMicros: 36_000_000n, otherSharesMicros: 0n },
  };
  const { deps, settlement } = wallet;
  return redeemShares({ ...deps, settlement, accounts: {}, settlements: {}, results: [] }, position, reading, step);
}

const walletOf = (redemption: Partial<WalletRedemption> = {}, ...rows: readonly Position[]) => {
  const wallet = createSettlingWallet(NOW_MS, own, ...rows);
  Object.assign(wallet.script, { redemption: { ...wallet.script.redemption, ...redemption } });
  return wallet;
};
const WAITS = {
  type: 'settlement-waited',
  ...{ reason: 'redemption-under-way', text: null, read: { blockNumber: 7_001n, holdsAll: true } },
};
const failed = (text: string, rest: object = {}) => ({
  type: 'redemption-failed',
  ...{ text, isFinal: false, isCounted: true, retryAfterMs: null },
  ...rest,
});

describe('a redemption', () => {
  it('is saved before it is sent, and its answer after', async () => {
    const wallet = walletOf({ version: 6, settledAtBlock: 6_900n });
    const after = await redeem(wallet);
    expect(wallet.calls).toEqual([
      { call: 'prepareRedemption', deadlineAtMs: NOW_MS + 4_000, about: ['position-1'] },
      { call: 'sendRedemption', deadlineAtMs: NOW_MS + 8_000, about: SETTLING_INTENT },
    ]);
    const kept = { settledAtBlock: 6_900n, intent: SETTLING_INTENT };
    expect(wallet.redemptions).toEqual([
      { ...kept, version: 7, phase: 'posting', leaseUntilMs: NOW_MS + 10_000 },
      { ...kept, version: 8, phase: 'sent', reference: 'relayer-1' },
    ]);
    expect(wallet.facts()).toEqual([{ type: 'redemption-sent', reference: 'relayer-1', text: null }]);
    expect(wallet.changes[0]?.event.atMs).toBe(NOW_MS);
    expect(after).toBe(wallet.changes[0]?.after);
  });

  const idle = { version: 2, settledAtBlock: null, phase: 'idle' };
  const unknown = { version: 2, settledAtBlock: null, phase: 'unknown', intent: SETTLING_INTENT };
  const long = `${'x'.repeat(299)}🙂`;

  it.each<[string, RedemptionAnswer, object, object]>([
    [
      'may be under way where the answer is lost',
      { outcome: 'unknown', text: long },
      unknown,
      { type: 'redemption-sent', reference: null, text: `${'x'.repeat(299)}�` },
    ],
    [
      'has failed where it is refused',
      { outcome: 'refused', text: 'too little gas', isFinal: false },
      idle,
      failed('too little gas'),
    ],
    [
      'has failed for good where it is refused for good',
      { outcome: 'refused', text: long, isFinal: true },
      idle,
      failed(`${'x'.repeat(299)}�`, { isFinal: true }),
    ],
    [
      'is put off where it was not sent, which counts as no failure',
      { outcome: 'not-sent', text: 'wallet busy', retryAfterMs: 5_000 },
      idle,
      failed('wallet busy', { isCounted: false, retryAfterMs: 5_000 }),
    ],
  ])('%s', async (_, answer, saved, fact) => {
    const wallet = walletOf();
    wallet.script.answer = answer;
    await redeem(wallet);
    expect(wallet.redemptions.at(-1)).toEqual(saved);
    expect(wallet.facts()).toEqual([fact]);
  });

  it.each([
    [new TypeError('socket hang up'), 'socket hang up'],
    ['a text', 'the settlement threw no error'],
  ])('may be under way where its sending threw something', async (thrown, text) => {
    const wallet = walletOf();
    wallet.script.answer = () => {
      throw thrown;
    };
    await redeem(wallet);
    expect(wallet.redemptions.at(-1)).toEqual(unknown);
    expect(wallet.facts()).toEqual([{ type: 'redemption-sent', reference: null, text }]);
  });

  it('is not begun where it cannot be prepared', async () => {
    const wallet = walletOf();
    wallet.script.prepared = { outcome: 'refused', text: 'approval missing', isFinal: true };
    await redeem(wallet);
    expect(wallet.redemptions).toEqual([]);
    expect(wallet.facts()).toEqual([failed('approval missing', { isFinal: true })]);
  });

  it('waits where another position of the wallet comes first', async () => {
    const wallet = walletOf();
    const saveRedemption = async () => Promise.reject(new VersionConflictError('Another writer was faster'));
    const deps = { ...wallet.deps, redemptions: { ...wallet.deps.redemptions, saveRedemption } };
    await redeem({ ...wallet, deps });
    expect(wallet.facts()).toEqual([WAITS]);
    expect(wallet.calls.map(({ call }) => call)).toEqual(['prepareRedemption']);
  });

  it('fails with the table, of which it is not known what it holds', async () => {
    const wallet = walletOf();
    const saveRedemption = async () => Promise.reject(new StoreUnavailableError('No answer'));
    const deps = { ...wallet.deps, redemptions: { ...wallet.deps.redemptions, saveRedemption } };
    await expect(redeem({ ...wallet, deps })).rejects.toThrow(StoreUnavailableError);
    expect(wallet.facts()).toEqual([]);
  });
});

describe('a merge', () => {
  it('goes alone, and is marked as one', async () => {
    const wallet = walletOf({}, awaiting({ positionId: 'position-2', conditionId: '0x2' }));
    await redeem(wallet, MERGE);
    expect(wallet.calls[0]).toEqual({
      call: 'prepareMerge',
      deadlineAtMs: NOW_MS + 4_000,
      about: { positionId: 'position-1', sharesMicros: 12_000_000n },
    });
    expect(wallet.facts()).toEqual([{ type: 'redemption-sent', reference: 'relayer-1', text: null, isMerge: true }]);
  });

  it.each<[RedemptionAnswer, object]>([
    [{ outcome: 'refused', text: 'paused', isFinal: true }, failed('paused', { isFinal: true, isMerge: true })],
    [{ outcome: 'not-sent', text: 'busy', retryAfterMs: null }, failed('busy', { isCounted: false, isMerge: true })],
    [
      { outcome: 'unknown', text: 'lost' },
      { type: 'redemption-sent', reference: null, text: 'lost', isMerge: true },
    ],
  ])('is marked whatever the answer', async (answer, fact) => {
    const wallet = walletOf();
    wallet.script.answer = answer;
    await redeem(wallet, MERGE);
    expect(wallet.facts()).toEqual([fact]);
  });

  it('is marked where it cannot be prepared', async () => {
    const wallet = walletOf();
    wallet.script.prepared = { outcome: 'refused', text: 'no pairs', isFinal: false };
    await redeem(wallet, MERGE);
    expect(wallet.facts()).toEqual([failed('no pairs', { isMerge: true })]);
  });
});

describe('a redemption of the wallet that may be under way', () => {
  const intentOf = (conditionId: string, rest: Partial<RedemptionIntent> = {}): RedemptionIntent => {
    return { ...SETTLING_INTENT, conditionIds: ['0xother', conditionId], ...rest };
  };
  const intent = intentOf(own.conditionId.toUpperCase());
  const posting = (leaseUntilMs: number) => ({ version: 3, phase: 'posting', intent, leaseUntilMs }) as const;
  const sent = { version: 3, phase: 'sent', intent, reference: 'relayer-7', settledAtBlock: 6_500n } as const;
  const done: RedemptionState = { state: 'done', blockNumber: 7_001n };
  const reverted: RedemptionState = { state: 'reverted', text: 'nothing left' };

  it('is left to the invocation that saved it until its lease ends', async () => {
    const wallet = walletOf(posting(NOW_MS + 1));
    await redeem(wallet);
    expect([wallet.calls, wallet.redemptions, wallet.facts()]).toEqual([[], [], [WAITS]]);
  });

  it.each<[string, Partial<WalletRedemption>, string | null]>([
    ['after its lease', posting(NOW_MS), null],
    ['by its reference', sent, 'relayer-7'],
    ['without one where the answer was lost', { version: 3, phase: 'unknown', intent }, null],
  ])('is looked up %s, and waited for while it is pending', async (_, redemption, reference) => {
    const wallet = walletOf(redemption);
    await redeem(wallet);
    expect(wallet.calls).toEqual([
      { call: 'findRedemption', deadlineAtMs: NOW_MS + 4_000, about: { intent, reference } },
    ]);
    expect([wallet.redemptions, wallet.facts()]).toEqual([[], [WAITS]]);
  });

  it('is followed by the next one once it took effect', async () => {
    const wallet = walletOf(sent);
    wallet.script.state = done;
    await redeem(wallet);
    expect(wallet.redemptions[0]).toEqual({ version: 4, settledAtBlock: 7_001n, phase: 'idle' });
    expect(wallet.redemptions.map(({ version, settledAtBlock, phase }) => [version, settledAtBlock, phase])).toEqual([
      [4, 7_001n, 'idle'],
      [5, 7_001n, 'posting'],
      [6, 7_001n, 'sent'],
    ]);
  });

  it('is waited for by a reading from before it took effect', async () => {
    const wallet = walletOf(sent);
    wallet.script.state = { state: 'done', blockNumber: 7_002n };
    await redeem(wallet);
    expect(wallet.redemptions).toEqual([{ version: 4, settledAtBlock: 7_002n, phase: 'idle' }]);
    expect(wallet.facts()).toEqual([WAITS]);
    await redeem(wallet, REDEEM, awaiting({ version: own.version + 1 }), 7_002n);
    expect(wallet.redemptions.at(-1)?.phase).toBe('sent');
  });

  it.each<[string, RedemptionState, RedemptionIntent, object]>([
    ['it reverted', reverted, intent, failed('nothing left')],
    ['it is void', { state: 'void', text: 'too late' }, intent, failed('too late')],
    [
      'it was a merge that reverted',
      reverted,
      intentOf(own.conditionId, { isMerge: true }),
      failed('nothing left', { isMerge: true }),
    ],
  ])('has failed where %s, and is not sent again at once', async (_, state, ofOwn, fact) => {
    const wallet = walletOf({ ...sent, intent: ofOwn });
    wallet.script.state = state;
    await redeem(wallet);
    expect(wallet.redemptions).toEqual([{ version: 4, settledAtBlock: 6_500n, phase: 'idle' }]);
    expect(wallet.facts()).toEqual([fact]);
  });

  it('is followed by the next one where it failed for other positions', async () => {
    const wallet = walletOf({ ...sent, intent: intentOf('0xanother') });
    wallet.script.state = reverted;
    await redeem(wallet);
    expect(wallet.facts()).toEqual([{ type: 'redemption-sent', reference: 'relayer-1', text: null }]);
  });
});

describe('a batch', () => {
  const other = (positionId: string, overrides: Partial<AwaitingResolutionPosition> = {}) =>
    awaiting({ positionId, conditionId: `0x${positionId}`, ...overrides });
  const withProgress = (progress: Partial<SettlementProgress>) => ({ settlement: { ...paying, ...progress } });
  const batchOf = async (wallet: SettlingWallet, position = own) => {
    await redeem(wallet, REDEEM, position);
    return wallet.calls.find(({ call }) => call === 'prepareRedemption')?.about;
  };

  it('redeems other positions of the wallet as well', async () => {
    expect(await batchOf(walletOf({}, other('a'), other('b')))).toEqual(['position-1', 'a', 'b']);
  });

  it.each<[string, Position]>([
    ['of the other mode', other('a', { mode: 'paper' })],
    ['of another wallet', other('a', { wallet: '0x2' })],
    ['that are still sold', aPosition({ state: 'exiting', mode: 'live', positionId: 'a', conditionId: '0xa' })],
    ['with an order that is not settled', other('a', { trades: [aBuyTrade({ status: 'provisional' })] })],
    ['without a result', other('a', withProgress({ payout: null }))],
    ['that lost', other('a', withProgress({ payout: { own: 0n, other: 1n, total: 1n } }))],
    ['that hold nothing', other('a', { trades: [] })],
    ['not seen in the wallet', other('a', withProgress({ seenBlock: null, heldAtBlock: null }))],
    ['not seen in the wallet at last', other('a', withProgress({ heldAtBlock: 6_999n }))],
    ['whose redemption failed', other('a', withProgress({ redemptionFailureCount: 1 }))],
    ['refused for good', other('a', withProgress({ isRefusedForGood: true }))],
    ['of the same market', other('a', { conditionId: own.conditionId.toUpperCase() })],
  ])('leaves out positions %s', async (_, row) => {
    expect(await batchOf(walletOf({}, row, other('b')))).toEqual(['position-1', 'b']);
  });

  it('has each market once', async () => {
    const twice = [other('a', { conditionId: '0xAA' }), other('b', { conditionId: '0xaa' })];
    expect(await batchOf(walletOf({}, ...twice))).toEqual(['position-1', 'a']);
  });

  it('has nine markets at most', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    expect(await batchOf(walletOf({}, ...ids.map((id) => other(id))))).toEqual(['position-1', ...ids.slice(0, 8)]);
  });

  it('is none after a failure: the position goes alone', async () => {
    const failedOnce = awaiting(withProgress({ redemptionFailureCount: 1 }));
    expect(await batchOf(walletOf({}, other('a')), failedOnce)).toEqual(['position-1']);
  });

  it('is not stopped by a row that cannot be read', async () => {
    const wallet = walletOf({}, other('a'), other('b'));
    wallet.corruptIds.add('a');
    expect(await batchOf(wallet)).toEqual(['position-1', 'b']);
  });

  it('is stopped by a table that does not answer', async () => {
    const wallet = walletOf({}, other('a'));
    const find = async () => Promise.reject(new StoreUnavailableError('No answer'));
    const deps = { ...wallet.deps, store: { ...wallet.deps.store, find } };
    await expect(redeem({ ...wallet, deps })).rejects.toThrow(StoreUnavailableError);
  });
});
