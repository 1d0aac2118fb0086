import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { openPosition } from '#lib/lifecycle/buy/open-position.ts';
import { wakePosition } from '#lib/lifecycle/wake-position.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { TEST_ADDRESS } from '#test/fixtures/live-account.ts';
import { makeLiveExchange } from '#test/fixtures/live-exchange.ts';
import { type RecordingVenue, startRecordingVenue } from '#test/fixtures/recording-venue.ts';

/** From the opening to the exit, of which nothing depends on how long it really takes. */
const TIME_TO_EXIT_MS = 2_000;
const LOOK_UPS = ['/data/orders', '/data/trades', '/balance-allowance', '/balance-allowance/update'];

let venue: RecordingVenue;
beforeEach(async () => {
  venue = await startRecordingVenue();
  venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) }));
  venue.answer('/book', ({ query }) => ({ body: bookOf(query.token_id ?? '') }));
  for (const path of LOOK_UPS) venue.answer(path, { status: 503, body: { error: 'Service unavailable' } });
});
afterEach(() => venue.stop());

const market = aMarket({ startsAtMs: Date.now() - 60_000, endsAtMs: Date.now() + 600_000 });

/** UP has buyers at 0.60 and sellers at 0.61; DOWN mirrors it. */
function bookOf(tokenId: string) {
  const [bid, ask] = tokenId === market.tokenIds.UP ? ['0.6', '0.61'] : ['0.39', '0.4'];
  return {
    asset_id: tokenId,
    timestamp: String(Date.now()),
    bids: [{ price: bid, size: '5000' }],
    asks: [{ price: ask, size: '5000' }],
    tick_size: '0.01',
  };
}

function createDeps() {
  const hosts = { clock: systemClock, clobHost: venue.host, gammaHost: venue.host };
  const exitLeadMs = market.endsAtMs - Date.now() - TIME_TO_EXIT_MS;
  return {
    accounts: {
      live: { address: TEST_ADDRESS, exchange: makeLiveExchange({ clobHost: venue.host }), wallet: null },
    },
    clock: systemClock,
    ids: countingIds('position'),
    store: createMemoryPositionStore(),
    marketData: { ...createPolymarketMarketData(hosts), findMarket: async () => market },
    referencePrice: { findPriceMicros: async () => null },
    queue: { send: async () => undefined },
    timer: { schedule: async () => undefined },
    settings: {
      exitPolicy: { ...DEFAULT_EXIT_POLICY, exitLeadMs },
      openingPolicy: { ...DEFAULT_OPENING_POLICY, timeToExitMsMin: 0 },
      limits: DEFAULT_RISK_LIMITS,
    },
  };
}

const REQUEST: Parameters<typeof openPosition>[1] = {
  requestId: 'request-1',
  mode: 'live',
  asset: 'BTC',
  outcome: 'UP',
  marketSlug: market.slug,
  budgetMicros: 26_000_000n,
};

describe('a matched buy without readable amounts, with every look-up down', () => {
  it('is held as what it names, and sold when the exit is due', async () => {
    const matched = { success: true, errorMsg: '', orderID: '0x1', status: 'matched' };
    venue.answer('/order', { body: { ...matched, makingAmount: '', takingAmount: '' } });
    const deps = createDeps();
    const opened = await openPosition(deps, REQUEST);
    if (opened.outcome !== 'opened') throw new Error(JSON.stringify(opened));
    expect(describePosition(opened.position)).toMatchObject({ state: 'holding', sharesMicros: '38000000' });
    await wakePosition(deps, { positionId: opened.position.positionId, wakeUpId: 'exit', source: 'delay' });
    const orders = venue.sent('/order').map(({ body }) => JSON.parse(body).order);
    expect(orders).toMatchObject([{ side: 'BUY' }, { side: 'SELL', makerAmount: '38000000' }]);
  });
});

describe('a buy that brings more shares than it names, with every look-up down', () => {
  it.each([
    ['as text', (shares: string) => shares],
    ['as numbers', Number],
    ['in millionths', (amount: string) => String(Math.round(Number(amount) * 1_000_000))],
  ])('is held and sold, all but what is finer than 0.01 share: %s', async (_form, written) => {
    venue.answer('/order', ({ body }) => {
      const isBuy = JSON.parse(body).order.side === 'BUY';
      const amounts = isBuy
        ? { makingAmount: written('23.94'), takingAmount: written('39.245901') }
        : { makingAmount: written('39.24'), takingAmount: written('23.544') };
      return { body: { success: true, errorMsg: '', orderID: '0x1', status: 'matched', ...amounts } };
    });
    const deps = createDeps();
    const opened = await openPosition(deps, REQUEST);
    if (opened.outcome !== 'opened') throw new Error(JSON.stringify(opened));
    const { positionId } = opened.position;
    expect(describePosition(opened.position)).toMatchObject({
      state: 'holding',
      sharesMicros: '39245901',
      costMicros: '23940000',
    });

    await wakePosition(deps, { positionId, wakeUpId: 'exit', source: 'delay' });
    const orders = venue.sent('/order').map(({ body }) => JSON.parse(body).order);
    expect(orders).toMatchObject([
      { side: 'BUY', makerAmount: '23940000', takerAmount: '38000000' },
      { side: 'SELL', makerAmount: '39240000' },
    ]);
    const position = await deps.store.find(positionId);
    if (position === undefined) throw new Error('The row is gone');
    // The venue's trades are not shown yet, and what is left is dust.
    expect(describePosition(position)).toMatchObject({
      state: 'exiting',
      soldMicros: '39240000',
      proceedsMicros: '23544000',
      remainingMicros: '5901',
    });
  });
});
