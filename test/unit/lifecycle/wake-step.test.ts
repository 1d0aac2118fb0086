import { describe, expect, it } from 'vitest';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { LiveAttempt } from '#lib/domain/position/order-attempt.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { ConfigError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type WakePositionDeps, wakePosition } from '#lib/lifecycle/wake-position.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, BUY_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';
import { type AskedVenue, createAskedVenue } from '#test/fakes/asked-venue.ts';

const holding = aPosition({ state: 'holding' });
const { exitDueAtMs: DUE_AT_MS, marketEndsAtMs: ENDS_AT_MS, policy, openedAtMs: OPENED_AT_MS } = holding;
const NOW_MS = DUE_AT_MS + 30_000;
const DEADLINE_AT_MS = ENDS_AT_MS - 5_000;
const DOWN = new UpstreamUnavailableError('The key was not read');

/** The wake-up of the row, as the retry's message brings it. */
async function wake(
  position: Position & { readonly wakeUp: { readonly id: string } },
  nowMs: number,
  answers: object = {},
  change: (deps: WakePositionDeps, venue: AskedVenue) => WakePositionDeps = (deps) => deps,
) {
  const venue = createAskedVenue(nowMs, position);
  Object.assign(venue.answers, { book: () => aBook({ atMs: venue.clock.nowMs() }), ...answers });
  const { account, ...deps } = venue.deps;
  const all = change({ ...deps, accounts: { paper: account } }, venue);
  const message = { positionId: 'position-1', wakeUpId: position.wakeUp.id, source: 'retry' } as const;
  const outcome = await venue.clock.run(wakePosition(all, message));
  const facts = venue.changes.map(({ event }) => event);
  return { ...venue, outcome, facts, types: facts.map(({ type }) => type), names: venue.calls.map(({ call }) => call) };
}

const wakeUp = (atMs: number) => ({ id: 'v9', atMs });
const exiting = (own: object = {}, atMs = NOW_MS) =>
  aPosition({ state: 'exiting', firstExitAttemptAtMs: DUE_AT_MS, wakeUp: wakeUp(atMs), ...own });
const retryAt = (wakeUpId: string, atMs: number) => [{ positionId: 'position-1', wakeUpId, source: 'retry' }, atMs];
const unpreparable = (error: Error) => (deps: WakePositionDeps) => {
  const { paper } = deps.accounts;
  const prepareOrder = () => Promise.reject(error);
  return paper === undefined
    ? deps
    : { ...deps, accounts: { paper: { ...paper, exchange: { ...paper.exchange, prepareOrder } } } };
};

describe('a step that needs no order', () => {
  it('ends an opening that saved no buy, at the time of the row', async () => {
    const buying = aPosition({ state: 'buying' });
    const dueAtMs = OPENED_AT_MS + 20_000;
    const { outcome, facts, letters, names } = await wake(buying, dueAtMs - 3_000);
    expect(facts).toEqual([{ type: 'buy-abandoned', atMs: dueAtMs, reason: 'abandoned' }]);
    expect(outcome).toEqual({ outcome: 'stepped', state: 'voided' });
    expect([letters, names]).toEqual([[], []]);
  });

  it('writes the deadline, and sends the message of what follows', async () => {
    const { outcome, facts, changes, letters, names } = await wake(exiting({}, DEADLINE_AT_MS), DEADLINE_AT_MS);
    expect(facts).toEqual([{ type: 'deadline-reached', atMs: DEADLINE_AT_MS }]);
    expect(outcome).toEqual({ outcome: 'stepped', state: 'awaiting-resolution' });
    const after = changes[0]?.after;
    const next = after?.state === 'awaiting-resolution' ? after.wakeUp : null;
    expect(letters).toEqual([
      [{ positionId: 'position-1', wakeUpId: next?.id, source: 'retry', to: 'settle' }, next?.atMs],
    ]);
    expect(names).toEqual([]);
  });

  it('needs no account of the mode; an order does', async () => {
    const live = { mode: 'live' } as const;
    const dueAtMs = OPENED_AT_MS + 20_000;
    expect((await wake(aPosition({ state: 'buying', ...live }), dueAtMs)).outcome).toMatchObject({ state: 'voided' });
    await expect(wake(exiting(live), NOW_MS)).rejects.toThrow(ConfigError);
    const awaited = { origin: 'guard', trades: [], attemptCount: 0, wakeUp: wakeUp(NOW_MS) } as const;
    await expect(wake(aPosition({ state: 'holding', ...awaited, ...live }), NOW_MS)).rejects.toThrow(ConfigError);
  });

  it('waits for the deadline where no order may follow', async () => {
    const spent = exiting({ attemptCount: DEFAULT_EXIT_POLICY.attemptCountMax });
    const { outcome, letters, types } = await wake(spent, NOW_MS);
    expect(outcome).toEqual({ outcome: 'sent-on' });
    expect(letters).toEqual([retryAt('v9', DEADLINE_AT_MS)]);
    expect(types).toEqual([]);
  });

  it('is left to the invocation that holds the lease', async () => {
    const posting = aLiveAttempt({ phase: { phase: 'posting', leaseUntilMs: NOW_MS + 1 } });
    const { outcome, letters, names } = await wake(exiting({ attemptCount: 2, attempts: [posting] }), NOW_MS);
    expect(outcome).toEqual({ outcome: 'dropped', reason: 'lease-held' });
    expect([letters, names]).toEqual([[], []]);
  });

  it('takes in the shares of a guarded position, which the chain does not show yet', async () => {
    const awaited = { origin: 'guard', trades: [], attemptCount: 0, wakeUp: wakeUp(OPENED_AT_MS + 60_000) } as const;
    const { outcome, types, letters } = await wake(aPosition({ state: 'holding', ...awaited }), OPENED_AT_MS + 60_000);
    expect(types).toEqual(['nothing-found']);
    expect(outcome).toEqual({ outcome: 'stepped', state: 'holding' });
    expect(letters).toHaveLength(1);
  });
});

describe('an order that cannot be prepared', () => {
  it.each([
    ['a second later', NOW_MS, NOW_MS, NOW_MS + 1_000],
    ['at the time of the row, if that is later', NOW_MS + 2_500, NOW_MS, NOW_MS + 2_500],
  ])('is tried again %s', async (_, rowAtMs, nowMs, againAtMs) => {
    const { outcome, letters, types, clock } = await wake(exiting({}, rowAtMs), nowMs, {}, unpreparable(DOWN));
    expect(outcome).toEqual({ outcome: 'put-off', reason: 'The key was not read' });
    expect(letters).toEqual([retryAt('v9', Math.max(againAtMs, clock.nowMs() + 1_000))]);
    expect(types).toEqual([]);
  });

  it('is left where the position closed meanwhile', async () => {
    let loadCount = 0;
    const row = exiting();
    const find = async () => {
      loadCount += 1;
      return loadCount === 1 ? row : aPosition({ state: 'exited' });
    };
    const { outcome, letters } = await wake(row, NOW_MS, {}, (deps) => ({
      ...unpreparable(DOWN)(deps),
      store: { ...deps.store, find },
    }));
    expect(outcome).toEqual({ outcome: 'dropped', reason: 'nothing-due' });
    expect(letters).toEqual([]);
  });

  it('fails the wake-up for any other error', async () => {
    const failed = wake(exiting(), NOW_MS, {}, unpreparable(new StoreUnavailableError('No answer')));
    await expect(failed).rejects.toThrow(StoreUnavailableError);
  });
});

describe('a look-up', () => {
  const lostBuy = aLiveAttempt({
    intent: anIntent({ side: 'BUY' }),
    phase: { phase: 'unknown', sinceMs: OPENED_AT_MS },
  });
  const bought = { orderHash: BUY_ORDER_HASH, working: false, trades: [aBuyTrade()] };
  const buying = (own: object = {}) =>
    aPosition({ state: 'buying', attemptCount: 1, attempts: [lostBuy], wakeUp: wakeUp(OPENED_AT_MS + 9_000), ...own });

  it('of a buy finds its trades, and starts the looks at the price', async () => {
    const rules = { stopLossMicros: 300_000n };
    const row = buying({ policy: { ...policy, rules } });
    const { outcome, types, letters, calls } = await wake(row, OPENED_AT_MS + 9_000, { orders: [bought] });
    expect(calls.filter(({ call }) => call === 'listOrders')).toMatchObject([
      { about: { tokenId: UP_TOKEN_ID, hashes: [BUY_ORDER_HASH] } },
    ]);
    expect(types).toEqual(['orders-observed']);
    expect(outcome).toEqual({ outcome: 'stepped', state: 'holding' });
    expect(letters).toMatchObject([[{ wakeUpId: 'look', source: 'retry' }, OPENED_AT_MS + 9_000]]);
  });

  it('of a position that holds its shares starts none', async () => {
    const matched = aLiveAttempt({
      intent: anIntent({ side: 'BUY' }),
      phase: { phase: 'matched', reported: { sharesMicros: 36_000_000n, valueMicros: 1n, feesMicros: 0n } },
    });
    const row = aPosition({
      ...{ state: 'holding', attempts: [matched], trades: [aBuyTrade({ status: 'provisional' })] },
      ...{ wakeUp: wakeUp(OPENED_AT_MS + 9_000), policy: { ...policy, rules: { stopLossMicros: 300_000n } } },
    });
    const { types, letters, outcome } = await wake(row, OPENED_AT_MS + 9_000, { orders: [bought] });
    expect(outcome).toEqual({ outcome: 'stepped', state: 'holding' });
    expect(types).toEqual(['orders-observed']);
    expect(letters).toEqual([]);
  });

  it('of a buy that is still unknown sells nothing', async () => {
    const { outcome, types, names } = await wake(buying(), OPENED_AT_MS + 9_000);
    expect(outcome).toEqual({ outcome: 'stepped', state: 'buying' });
    expect(types).toEqual(['orders-observed']);
    expect(names).not.toContain('postOrder');
  });
});

describe('a sell that is woken again', () => {
  const sellIn = (phase: 'unknown' | 'working' | 'ended' | 'cancelled', own: object = {}) =>
    aLiveAttempt({ intent: anIntent(own), phase: { phase, sinceMs: NOW_MS - 20_000 } });
  /** Its answer was lost a moment ago: it may still arrive. */
  const lostSell = (own: object = {}) => ({ ...sellIn('unknown', own), lostPostAtMs: NOW_MS - 5_000 });
  const withSell = (attempt: LiveAttempt, own: object = {}) =>
    exiting({ attemptCount: 2, attempts: [attempt], ...own });
  const part = { trades: [aSellTrade({ sharesMicros: 10_000_000n })], orderHash: SELL_ORDER_HASH, working: false };

  it('is posted at once where none is open', async () => {
    const { types, calls, outcome } = await wake(exiting({ attemptCount: 1 }), NOW_MS);
    expect(types).toEqual(['sell-intended', 'order-unknown']);
    expect(calls.at(-1)).toMatchObject({ call: 'postOrder', about: UP_TOKEN_ID });
    expect(outcome).toEqual({ outcome: 'stepped', state: 'exiting' });
  });

  it('is posted again unchanged where the venue does not know it', async () => {
    const { types, names } = await wake(withSell(lostSell()), NOW_MS);
    expect(types).toEqual(['orders-observed', 'sell-reposted', 'order-unknown']);
    expect(names).toEqual(['listOrders', 'findBook', 'postOrder']);
  });

  it('is left below the floor of today, where it cannot rest', async () => {
    const { types, names } = await wake(withSell(lostSell({ limitPriceMicros: 100_000n })), NOW_MS);
    expect(types).toEqual(['orders-observed']);
    expect(names).toEqual(['listOrders', 'findBook']);
  });

  const LAST_CANCEL_AT_MS = ENDS_AT_MS - 30_000;

  it.each([
    ['is cancelled while another sell can follow', LAST_CANCEL_AT_MS, true],
    ['stays on the book after that', LAST_CANCEL_AT_MS + 1, false],
  ])('that may rest below the floor of today %s', async (_, nowMs, isCancelled) => {
    const low = sellIn('unknown', { limitPriceMicros: 100_000n, orderType: 'GTC' });
    const { names, facts } = await wake(withSell(low, { wakeUp: wakeUp(nowMs) }), nowMs);
    expect(names.includes('cancelRestingOrders')).toBe(isCancelled);
    if (isCancelled) expect(facts).toContainEqual({ type: 'order-cancelled', atMs: nowMs, orderHash: SELL_ORDER_HASH });
  });

  it('whose look-up shows a part sells the rest at once', async () => {
    const { facts, clock } = await wake(withSell(sellIn('unknown')), NOW_MS, { orders: [part] });
    expect(facts).toMatchObject([
      { type: 'orders-observed' },
      { type: 'sell-intended', postAtMs: NOW_MS, intent: { sharesMicros: 26_000_000n, attemptNumber: 3 } },
      { type: 'order-unknown' },
    ]);
    expect(clock.nowMs()).toBe(NOW_MS);
  });

  it('whose look-up shows all is done', async () => {
    const all = { trades: [aSellTrade()], orderHash: SELL_ORDER_HASH, working: false };
    const { types, outcome, letters } = await wake(withSell(sellIn('unknown')), NOW_MS, { orders: [all] });
    expect(types).toEqual(['orders-observed']);
    expect(outcome).toEqual({ outcome: 'stepped', state: 'exited' });
    expect(letters).toEqual([]);
  });

  it('that rests is cancelled and looked up, and what is left is sold', async () => {
    const { types, names } = await wake(withSell(sellIn('working', { orderType: 'GTC' })), NOW_MS, { orders: [part] });
    expect(names.slice(0, 2)).toEqual(['cancelRestingOrders', 'listOrders']);
    expect(types.slice(0, 2)).toEqual(['order-cancelled', 'orders-observed']);
  });

  it('is looked up first where what an earlier one filled is not known', async () => {
    const { names, types, calls } = await wake(withSell(sellIn('ended')), NOW_MS, { orders: [part] });
    expect(calls[0]).toMatchObject({ about: { hashes: [SELL_ORDER_HASH] } });
    expect(names[0]).toBe('listOrders');
    expect(types).toEqual(['orders-observed', 'sell-intended', 'order-unknown']);
  });
});

describe('a sell that the venue blocks', () => {
  const mergePolicy = { ...DEFAULT_EXIT_POLICY, mayMerge: true };
  const atMs = ENDS_AT_MS - 40_000;
  const blocked = { fruitlessCount: 3, refusals: { 'balance-unexplained': 3 }, attemptCount: 4, policy: mergePolicy };
  const book = () => aBook({ bids: someLevels([['0.38', '500']]), asks: someLevels([['0.40', '500']]), atMs });

  it('gives way to the buy of the other outcome', async () => {
    const { facts, calls } = await wake(exiting(blocked, atMs), atMs, { book });
    expect(facts).toMatchObject([{ type: 'hedge-intended' }, { type: 'order-unknown' }]);
    expect(calls.at(-1)).toMatchObject({ call: 'postOrder', about: DOWN_TOKEN_ID });
  });

  it('gives way at once after a look-up that shows no order of ours', async () => {
    const cancelled = aLiveAttempt({ phase: { phase: 'ended', sinceMs: atMs - 30_000 } });
    const row = exiting({ ...blocked, attempts: [cancelled] }, atMs);
    const { facts } = await wake(row, atMs, { book });
    expect(facts).toMatchObject([
      { type: 'orders-observed' },
      { type: 'hedge-intended', atMs },
      { type: 'order-unknown' },
    ]);
  });
});
