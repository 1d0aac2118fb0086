import { describe, expect, it } from 'vitest';
import type { ExitingPosition } from '#lib/domain/position/position.ts';
import type { Refusal } from '#lib/domain/refusal/refusal.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { recordRefusedSell } from '#lib/lifecycle/sell/record-refused-sell.ts';
import { UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { BUY_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';
import { type AskedVenue, createAskedVenue } from '#test/fakes/asked-venue.ts';

const { marketEndsAtMs: ENDS_AT_MS } = aPosition({ state: 'exiting' });
const NOW_MS = ENDS_AT_MS - 60_000;
const DEADLINE_AT_MS = ENDS_AT_MS - 5_000;
const DOWN = new UpstreamUnavailableError('The venue was not reached');
const TIMING = { postedAtMs: NOW_MS - 90, tookMs: 90 };
const BALANCE: Refusal = { code: 'balance-or-allowance', text: 'not enough balance / allowance' };
const UNRECOGNISED: Refusal = { code: 'unrecognised', text: 'the flux is out of phase' };
const NO_MATCH: Refusal = { code: 'no-match', text: 'no orders found to match' };

const exitingUntil = (leaseUntilMs: number, postCount = 1, overrides: Partial<ExitingPosition> = {}) =>
  aPosition({
    ...{ state: 'exiting', attemptCount: 2 },
    attempts: [aLiveAttempt({ postCount, phase: { phase: 'posting', leaseUntilMs } })],
    ...overrides,
  });
const exiting = exitingUntil(NOW_MS + 8_000);
const sold = { orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade()] };
const bought = { orderHash: BUY_ORDER_HASH, working: false, trades: [aBuyTrade()] };

const record = (venue: AskedVenue, position: ExitingPosition, refusal: Refusal) =>
  venue.clock.run(recordRefusedSell(venue.deps, position, { orderHash: SELL_ORDER_HASH, refusal, timing: TIMING }));
async function refuse(refusal: Refusal, answers: Partial<AskedVenue['answers']> = {}, position = exiting) {
  const venue = createAskedVenue(NOW_MS, position);
  Object.assign(venue.answers, answers);
  const after = await record(venue, position, refusal);
  const calls = venue.calls.map(({ call, deadlineAtMs }) => [call, deadlineAtMs - NOW_MS]);
  return { after, calls, facts: venue.changes.map(({ event }) => event), changes: venue.changes, all: venue.calls };
}

describe('a refusal that names its cause', () => {
  it('is saved without a read', async () => {
    const { calls, facts, changes } = await refuse(NO_MATCH);
    expect(calls).toEqual([]);
    expect(facts).toEqual([
      {
        ...{ type: 'order-refused', atMs: NOW_MS, orderHash: SELL_ORDER_HASH, ...NO_MATCH, cause: 'no-liquidity' },
        ...{ sellableMicros: null, shortfallMicros: null, remedied: false },
      },
    ]);
    expect(changes[0]?.evidence).toEqual({
      ...{ ...TIMING, balanceMicros: null, approved: null, restingOrderCount: null, remedyDone: true },
    });
  });
});

describe('a refusal in words that are not known', () => {
  it('has the orders looked up, and nothing else', async () => {
    const { calls, all, facts } = await refuse(UNRECOGNISED);
    expect(calls).toEqual([['listOrders', 1_500]]);
    expect(all[0]?.about).toEqual({ tokenId: UP_TOKEN_ID, hashes: [SELL_ORDER_HASH] });
    expect(facts).toMatchObject([{ type: 'order-refused', cause: 'unrecognised' }]);
  });

  it('is looked up until the lease ends at most', async () => {
    const { calls } = await refuse(UNRECOGNISED, {}, exitingUntil(NOW_MS + 700));
    expect(calls).toEqual([['listOrders', 700]]);
  });

  it('counts as a refusal where that look-up fails', async () => {
    const { facts } = await refuse(UNRECOGNISED, { orders: DOWN });
    expect(facts).toMatchObject([{ type: 'order-refused', cause: 'unrecognised' }]);
  });

  it.each([
    ['rests', { ...sold, working: true, trades: [] }],
    ['was filled', sold],
  ])('is none where the order %s', async (_, order) => {
    const { facts, changes } = await refuse(UNRECOGNISED, { orders: [bought, order] });
    expect(facts).toEqual([{ type: 'orders-observed', atMs: NOW_MS, orders: [order], absentHashes: [] }]);
    expect(changes[0]?.evidence).toEqual(TIMING);
  });

  it('is one where the order was killed without a fill', async () => {
    const { facts } = await refuse(UNRECOGNISED, { orders: [{ ...sold, trades: [] }] });
    expect(facts).toMatchObject([{ type: 'order-refused' }]);
  });
});

describe('a refusal for the balance', () => {
  it('has balance, orders and chain read side by side, and all of it saved', async () => {
    const balance = { balanceMicros: 30_000_000n, approved: true };
    const holdings = { sharesMicros: 30_000_000n, otherSharesMicros: 2_000_000n, approved: true };
    const { calls, facts, changes } = await refuse(BALANCE, { balance, holdings, afterMs: 100, resting: [] });
    expect(calls).toEqual([
      ['getBalance', 1_500],
      ['listRestingOrders', 1_500],
      ['getHoldings', 1_000],
      ['listOrders', 1_500],
    ]);
    expect(facts).toMatchObject([
      { atMs: NOW_MS + 100, cause: 'fewer-shares', sellableMicros: 30_000_000n, shortfallMicros: 6_000_000n },
    ]);
    expect(changes[0]?.evidence).toEqual({
      ...{ ...TIMING, balanceMicros: '30000000', approved: true, restingOrderCount: 0, remedyDone: true },
      ...{ chainSharesMicros: '30000000', chainOtherSharesMicros: '2000000', chainApproved: true },
    });
  });

  it.each<[string, ExitingPosition, number]>([
    ['its lease', exitingUntil(NOW_MS + 700), 700],
    ['the deadline of the position', exitingUntil(ENDS_AT_MS, 1, { marketEndsAtMs: NOW_MS + 5_600 }), 600],
  ])('reads no longer than %s lasts', async (_, position, leftMs) => {
    const { calls } = await refuse(BALANCE, {}, position);
    expect(calls.slice(0, 4).map(([, deadline]) => deadline)).toEqual([leftMs, leftMs, leftMs, leftMs]);
  });

  it('is diagnosed without the reads that fail', async () => {
    const answers = { orders: DOWN, balance: DOWN, resting: DOWN, holdings: DOWN };
    const { facts, changes } = await refuse(BALANCE, answers);
    expect(facts).toMatchObject([{ type: 'order-refused', cause: 'balance-unexplained' }]);
    expect(changes[0]?.evidence).toEqual({
      ...{ ...TIMING, balanceMicros: null, approved: null, restingOrderCount: null, remedyDone: true },
    });
  });

  it.each<[number, object, string]>([
    [2, { orders: DOWN }, 'order-unknown'],
    [1, { orders: DOWN }, 'order-refused'],
    [2, { orders: [] }, 'order-refused'],
  ])('of post %i may hide a sale of the first post while nothing can be read', async (postCount, answers, type) => {
    const { facts, changes } = await refuse(BALANCE, answers, exitingUntil(NOW_MS + 8_000, postCount));
    expect(facts).toMatchObject([{ type }]);
    if (type !== 'order-unknown') return;
    expect(facts).toEqual([{ type, atMs: NOW_MS, orderHash: SELL_ORDER_HASH, text: BALANCE.text, isAnswered: true }]);
    expect(changes[0]?.evidence).toEqual(TIMING);
  });

  it('for other words, or of another order that was posted twice, hides none', async () => {
    const twice = exitingUntil(NOW_MS + 8_000, 2);
    expect((await refuse(UNRECOGNISED, { orders: DOWN }, twice)).facts).toMatchObject([{ type: 'order-refused' }]);
  });
});

describe('the remedy', () => {
  const stale = { balance: { balanceMicros: 36_000_000n, approved: true } };

  it('for an old balance is its refresh', async () => {
    const { calls, facts } = await refuse(BALANCE, stale);
    expect(calls.at(-1)).toEqual(['refreshBalance', 2_000]);
    expect(calls).toHaveLength(5);
    expect(facts).toMatchObject([{ cause: 'stale-balance', remedied: false }]);
  });

  it('for orders of ours that rest is their cancellation, within the lease', async () => {
    const { calls, facts } = await refuse(BALANCE, { resting: ['0x9'] }, exitingUntil(NOW_MS + 1_900));
    expect(calls.at(-1)).toEqual(['cancelRestingOrders', 1_900]);
    expect(calls).toHaveLength(5);
    expect(facts).toMatchObject([{ cause: 'own-resting-orders', remedied: false }]);
  });

  const unapproved = { holdings: { sharesMicros: 36_000_000n, otherSharesMicros: 0n, approved: false } };

  it('for a missing approval has the whole lease, and the venue is told of it', async () => {
    const { calls, facts, changes } = await refuse(BALANCE, { ...unapproved, chainAfterMs: 900 });
    expect(calls.slice(4)).toEqual([
      ['approveShares', 8_000],
      ['refreshBalance', 2_900],
    ]);
    expect(facts).toMatchObject([{ cause: 'missing-approval', remedied: true }]);
    expect(changes[0]?.evidence).toMatchObject({ remedyDone: true });
  });

  it('for a missing approval leaves half a second for the venue after a slow transaction', async () => {
    const { calls } = await refuse(BALANCE, { ...unapproved, chainAfterMs: 2_500 });
    expect(calls.slice(4)).toEqual([
      ['approveShares', 8_000],
      ['refreshBalance', 5_500],
    ]);
  });

  it('that fails is saved as failed', async () => {
    const { facts, changes } = await refuse(BALANCE, { ...unapproved, remedy: DOWN });
    expect(facts).toMatchObject([{ cause: 'missing-approval', remedied: false }]);
    expect(changes[0]?.evidence).toMatchObject({ remedyDone: false });
  });

  it('of a stage that approves nothing did not help', async () => {
    const venue = createAskedVenue(NOW_MS, exiting);
    Object.assign(venue.answers, unapproved);
    const { wallet } = venue.deps.account;
    const account = { ...venue.deps.account, wallet: wallet && { ...wallet, approveShares: null } };
    await record({ ...venue, deps: { ...venue.deps, account } }, exiting, BALANCE);
    expect(venue.changes[0]?.event).toMatchObject({ cause: 'missing-approval', remedied: false });
  });
});

describe('what the reads show of other orders', () => {
  const provisional = aBuyTrade({ status: 'provisional' });
  const unsettled = exitingUntil(NOW_MS + 8_000, 1, { trades: [provisional] });
  const buyOf = (status: 'provisional' | 'confirmed') => ({ ...bought, trades: [aBuyTrade({ status })] });

  it('is saved after the refusal where a buy has settled', async () => {
    const empty = { orderHash: '0x9', working: false, trades: [] };
    const { facts, after } = await refuse(BALANCE, { orders: [empty, buyOf('confirmed')] }, unsettled);
    expect(facts.map(({ type }) => type)).toEqual(['order-refused', 'orders-observed']);
    expect(facts[1]).toEqual({
      ...{ type: 'orders-observed', atMs: NOW_MS, orders: [buyOf('confirmed')], absentHashes: [] },
    });
    expect(after.trades).toMatchObject([{ status: 'confirmed' }]);
  });

  it.each<[string, ExitingPosition, 'provisional' | 'confirmed']>([
    ['still settles', unsettled, 'provisional'],
    ['had settled before', exiting, 'confirmed'],
    ['had settled before, and an older answer says otherwise', exiting, 'provisional'],
  ])('is no news where the buy %s', async (_, position, status) => {
    const { facts } = await refuse(BALANCE, { orders: [buyOf(status)] }, position);
    expect(facts.map(({ type }) => type)).toEqual(['order-refused']);
  });

  it('is saved where an earlier sell was filled after all', async () => {
    const earlier = { orderHash: '0x8', working: false, trades: [aSellTrade({ tradeId: 't8', orderHash: '0x8' })] };
    const { facts, after } = await refuse(BALANCE, { orders: [bought, earlier] });
    expect(facts).toMatchObject([{ cause: 'already-sold' }, { type: 'orders-observed', orders: [bought, earlier] }]);
    expect(after.state).toBe('exited');
  });
});

it('a refusal near the deadline is not remedied beyond it', async () => {
  const venue = createAskedVenue(DEADLINE_AT_MS - 300, aPosition({ state: 'exiting', attemptCount: 2 }));
  await record(venue, aPosition({ state: 'exiting', attemptCount: 2 }), BALANCE);
  expect(venue.calls.map(({ deadlineAtMs }) => deadlineAtMs)).toEqual(Array(5).fill(DEADLINE_AT_MS));
});
