import { describe, expect, it } from 'vitest';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { cancelRestingSell, lookUpOrders } from '#lib/lifecycle/hold/look-up-orders.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, BUY_ORDER_HASH, HEDGE_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';
import { type AskedVenue, createAskedVenue } from '#test/fakes/asked-venue.ts';

const { marketEndsAtMs: ENDS_AT_MS } = aPosition({ state: 'holding' });
const NOW_MS = ENDS_AT_MS - 60_000;
const DEADLINE_AT_MS = ENDS_AT_MS - 5_000;
const DOWN = new UpstreamUnavailableError('The venue was not reached');

const lostBuy = aLiveAttempt({
  intent: anIntent({ side: 'BUY', sharesBeforeMicros: 4_000_000n }),
  phase: { phase: 'unknown', sinceMs: NOW_MS - 20_000 },
});
const buying = aPosition({ state: 'buying', attemptCount: 1, attempts: [lostBuy] });
const workingSell = aLiveAttempt({ phase: { phase: 'working', sinceMs: NOW_MS - 6_000 } });
const exiting = aPosition({ state: 'exiting', attemptCount: 2, attempts: [workingSell] });
const sold = { orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade()] };
const hedgeBuy = aLiveAttempt({
  intent: anIntent({
    ...{ side: 'BUY', tokenId: DOWN_TOKEN_ID, orderHash: HEDGE_ORDER_HASH, attemptNumber: 3 },
    sharesBeforeMicros: 0n,
  }),
  phase: { phase: 'unknown', sinceMs: NOW_MS - 20_000 },
});
const hedging = aPosition({
  ...{ state: 'exiting', attemptCount: 3, attempts: [hedgeBuy] },
  hedge: { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n },
});

const lookUp = (venue: AskedVenue, position: OpenPosition, hashes: readonly string[]) =>
  venue.clock.run(lookUpOrders(venue.deps, position, hashes));
const callsOf = ({ calls }: AskedVenue) => calls.map(({ call, deadlineAtMs }) => [call, deadlineAtMs]);
const factsOf = ({ changes }: AskedVenue) => changes.map(({ event }) => event);

describe('a look-up', () => {
  it('waits three seconds for the venue, and saves its answer with the time that it took', async () => {
    const venue = createAskedVenue(NOW_MS, exiting);
    Object.assign(venue.answers, { orders: [sold], afterMs: 120 });
    const after = await lookUp(venue, exiting, [SELL_ORDER_HASH, BUY_ORDER_HASH]);
    const about = { tokenId: UP_TOKEN_ID, hashes: [SELL_ORDER_HASH, BUY_ORDER_HASH] };
    expect(venue.calls).toEqual([{ call: 'listOrders', about, deadlineAtMs: NOW_MS + 3_000 }]);
    expect(factsOf(venue)).toEqual([
      { type: 'orders-observed', atMs: NOW_MS + 120, orders: [sold], absentHashes: [BUY_ORDER_HASH] },
    ]);
    expect(venue.changes[0]?.evidence).toEqual({ tookMs: 120 });
    expect(after).toBe(venue.changes[0]?.after);
  });

  it.each<[string, OpenPosition, number]>([
    ['ends with the deadline of the position', exiting, DEADLINE_AT_MS],
    [
      'may last beyond it once it is written',
      aPosition({ ...exiting, state: 'awaiting-resolution' }),
      ENDS_AT_MS - 3_000,
    ],
  ])('%s', async (_, position, deadlineAtMs) => {
    const venue = createAskedVenue(ENDS_AT_MS - 6_000, position);
    await lookUp(venue, position, [SELL_ORDER_HASH]);
    expect(callsOf(venue)).toEqual([['listOrders', deadlineAtMs]]);
  });

  it.each([
    [DOWN, 'The venue was not reached'],
    [
      () => {
        throw 'a text';
      },
      'the look-up threw no error',
    ],
  ])('that fails is saved as well', async (orders, text) => {
    const venue = createAskedVenue(NOW_MS, exiting);
    Object.assign(venue.answers, { orders, afterMs: 40 });
    await lookUp(venue, exiting, [SELL_ORDER_HASH]);
    expect(factsOf(venue)).toEqual([{ type: 'look-up-failed', atMs: NOW_MS + 40, text }]);
  });

  it('asks for a hedge as an order of the other token, and for nothing where there is no such order', async () => {
    const venue = createAskedVenue(NOW_MS, hedging);
    const hedge = { orderHash: HEDGE_ORDER_HASH, working: true, trades: [] };
    venue.answers.orders = () => [hedge];
    await lookUp(venue, hedging, [HEDGE_ORDER_HASH]);
    const asked = venue.calls.filter(({ call }) => call === 'listOrders').map(({ about }) => about);
    expect(asked).toEqual([{ tokenId: DOWN_TOKEN_ID, hashes: [HEDGE_ORDER_HASH] }]);
    const both = createAskedVenue(NOW_MS, hedging);
    await lookUp(both, hedging, [SELL_ORDER_HASH, HEDGE_ORDER_HASH]);
    expect(both.calls.filter(({ call }) => call === 'listOrders').map(({ about }) => about)).toEqual([
      { tokenId: UP_TOKEN_ID, hashes: [SELL_ORDER_HASH] },
      { tokenId: DOWN_TOKEN_ID, hashes: [HEDGE_ORDER_HASH] },
    ]);
  });
});

describe('a look-up after a buy of unknown outcome', () => {
  const holdings = (sharesMicros: bigint, otherSharesMicros = 0n) => {
    return { sharesMicros, otherSharesMicros, approved: true };
  };

  it('asks the chain beside the venue, and believes the shares where the venue has no such order', async () => {
    const venue = createAskedVenue(NOW_MS, buying);
    venue.answers.holdings = holdings(40_000_000n, 7_000_000n);
    const after = await lookUp(venue, buying, [BUY_ORDER_HASH]);
    expect(callsOf(venue)).toEqual([
      ['getHoldings', NOW_MS + 1_000],
      ['listOrders', NOW_MS + 3_000],
    ]);
    expect(factsOf(venue)).toEqual([
      { type: 'shares-observed', atMs: NOW_MS, orderHash: BUY_ORDER_HASH, sharesMicros: 40_000_000n },
    ]);
    expect(after.state).toBe('holding');
  });

  it('believes them also where the venue does not answer', async () => {
    const venue = createAskedVenue(NOW_MS, buying);
    Object.assign(venue.answers, { orders: DOWN, holdings: holdings(40_000_000n) });
    await lookUp(venue, buying, [BUY_ORDER_HASH]);
    expect(factsOf(venue)).toMatchObject([{ type: 'shares-observed', sharesMicros: 40_000_000n }]);
  });

  it('believes the venue where it has the order', async () => {
    const venue = createAskedVenue(NOW_MS, buying);
    const bought = { orderHash: BUY_ORDER_HASH, working: false, trades: [aBuyTrade()] };
    Object.assign(venue.answers, { orders: [bought], holdings: holdings(40_000_000n) });
    await lookUp(venue, buying, [BUY_ORDER_HASH]);
    expect(factsOf(venue)).toMatchObject([{ type: 'orders-observed', chainSharesMicros: 40_000_000n }]);
  });

  it.each<[string, object, bigint | null]>([
    ['shares that were there before', { holdings: holdings(4_000_000n) }, 4_000_000n],
    ['no answer of the chain', { holdings: DOWN }, null],
  ])('takes %s for no proof, and saves what was seen', async (_, answers, chainSharesMicros) => {
    const venue = createAskedVenue(NOW_MS, buying);
    Object.assign(venue.answers, answers);
    await lookUp(venue, buying, [BUY_ORDER_HASH]);
    expect(factsOf(venue)).toEqual([
      { type: 'orders-observed', atMs: NOW_MS, orders: [], absentHashes: [BUY_ORDER_HASH], chainSharesMicros },
    ]);
  });

  it('says nothing of the chain where the account has none', async () => {
    const venue = createAskedVenue(NOW_MS, buying, false);
    await lookUp(venue, buying, [BUY_ORDER_HASH]);
    expect(factsOf(venue)).toEqual([
      { type: 'orders-observed', atMs: NOW_MS, orders: [], absentHashes: [BUY_ORDER_HASH] },
    ]);
  });

  it('reads the shares of the other outcome after a hedge', async () => {
    const venue = createAskedVenue(NOW_MS, hedging);
    venue.answers.holdings = holdings(10_000_000n, 36_000_000n);
    await lookUp(venue, hedging, [HEDGE_ORDER_HASH]);
    expect(factsOf(venue)).toMatchObject([{ type: 'shares-observed', sharesMicros: 36_000_000n }]);
  });

  it('does not ask the chain after a sell, or once the buy has matched', async () => {
    const matched = aLiveAttempt({
      intent: anIntent({ side: 'BUY' }),
      phase: { phase: 'matched', reported: { sharesMicros: 36_000_000n, valueMicros: 1n, feesMicros: 0n } },
    });
    const holding = aPosition({ state: 'holding', attempts: [matched] });
    const lostSell = aLiveAttempt({ phase: { phase: 'unknown', sinceMs: NOW_MS - 9_000 } });
    for (const position of [holding, aPosition({ state: 'exiting', attempts: [lostSell] })]) {
      const venue = createAskedVenue(NOW_MS, position);
      await lookUp(venue, position, [BUY_ORDER_HASH]);
      expect(callsOf(venue)).toEqual([['listOrders', NOW_MS + 3_000]]);
    }
  });
});

describe('a cancellation', () => {
  const cancel = (venue: AskedVenue, position: OpenPosition, orderHash = SELL_ORDER_HASH) =>
    venue.clock.run(cancelRestingSell(venue.deps, position, { orderHash, orderHashes: [orderHash] }));

  it('is saved with the time that it took, and the order is looked up after it', async () => {
    const venue = createAskedVenue(NOW_MS, exiting);
    Object.assign(venue.answers, { afterMs: 70, orders: [sold] });
    const after = await cancel(venue, exiting);
    expect(callsOf(venue)).toEqual([
      ['cancelRestingOrders', NOW_MS + 2_000],
      ['listOrders', NOW_MS + 3_070],
    ]);
    expect(factsOf(venue)).toMatchObject([
      { type: 'order-cancelled', atMs: NOW_MS + 70, orderHash: SELL_ORDER_HASH },
      { type: 'orders-observed', atMs: NOW_MS + 140 },
    ]);
    expect(venue.changes[0]?.evidence).toEqual({ tookMs: 70 });
    expect(after.state).toBe('exited');
  });

  it('ends with the deadline of the position', async () => {
    const venue = createAskedVenue(DEADLINE_AT_MS - 1_000, exiting);
    await cancel(venue, exiting);
    expect(callsOf(venue)[0]).toEqual(['cancelRestingOrders', DEADLINE_AT_MS]);
  });

  it('that fails is not saved, and the order is looked up all the same', async () => {
    const venue = createAskedVenue(NOW_MS, exiting);
    venue.answers.remedy = DOWN;
    await cancel(venue, exiting);
    expect(venue.calls.map(({ call }) => call)).toEqual(['cancelRestingOrders', 'listOrders']);
    expect(factsOf(venue).map(({ type }) => type)).not.toContain('order-cancelled');
  });

  it('of a hedge is of the other token', async () => {
    const venue = createAskedVenue(NOW_MS, hedging);
    await cancel(venue, hedging, HEDGE_ORDER_HASH);
    expect(venue.calls[0]).toMatchObject({ call: 'cancelRestingOrders', about: DOWN_TOKEN_ID });
    const own = createAskedVenue(NOW_MS, exiting);
    await cancel(own, exiting);
    expect(own.calls[0]).toMatchObject({ call: 'cancelRestingOrders', about: UP_TOKEN_ID });
  });
});
