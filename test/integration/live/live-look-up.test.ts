import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import type { CashMovement } from '#lib/ports/wallet/wallet.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { orderHashOf } from '#test/factories/an-intent.ts';
import { aLivePosition, TEST_ADDRESS } from '#test/fixtures/live-account.ts';
import { makeLiveExchange } from '#test/fixtures/live-exchange.ts';
import { expectedSignature, type RecordingVenue, startRecordingVenue } from '#test/fixtures/recording-venue.ts';

const HASH = orderHashOf(2);
const OTHER = orderHashOf(3);
const position = aLivePosition();
const soon = () => Date.now() + 5_000;

const aWireTrade = (overrides: Record<string, unknown> = {}) => ({
  id: 'trade-1',
  taker_order_id: HASH,
  market: position.conditionId,
  asset_id: UP_TOKEN_ID,
  side: 'SELL',
  size: '10',
  fee_rate_bps: '0',
  price: '0.49',
  status: 'MATCHED',
  match_time: '1773307380',
  maker_orders: [{ order_id: OTHER, matched_amount: '10', price: '0.49', asset_id: UP_TOKEN_ID, side: 'BUY' }],
  trader_side: 'TAKER',
  ...overrides,
});
const aWireOrder = (overrides: Record<string, unknown> = {}) => ({
  id: HASH,
  status: 'MATCHED',
  original_size: '10',
  size_matched: '10',
  price: '0.4',
  ...overrides,
});

let venue: RecordingVenue;
let exchange: Exchange;
beforeEach(async () => {
  venue = await startRecordingVenue();
  venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) }));
  exchange = makeLiveExchange({ clobHost: venue.host });
  setTrades();
});
afterEach(() => venue.stop());

function setTrades(...pages: readonly (readonly unknown[])[]): void {
  venue.answer('/data/trades', ({ query }) => {
    const index = query.next_cursor === 'MA==' ? 0 : Number(query.next_cursor);
    return { body: { data: pages[index] ?? [], next_cursor: index + 1 < pages.length ? `${index + 1}` : 'LTE=' } };
  });
}
const setOrder = (body: unknown, status = 200) => venue.answer(`/data/order/${HASH}`, { status, body });
const list = (...hashes: readonly string[]) => exchange.listOrders(position, hashes, soon());

describe('looking an order up', () => {
  it('asks for the order by its hash and for all our trades of the market, signed without the query', async () => {
    setOrder(aWireOrder());
    setTrades([aWireTrade()]);
    await list(HASH);
    const [order] = venue.sent(`/data/order/${HASH}`);
    const [trades] = venue.sent('/data/trades');
    expect(trades!.query).toEqual({ market: position.conditionId, maker_address: TEST_ADDRESS, next_cursor: 'MA==' });
    for (const request of [order!, trades!]) {
      expect(request.headers.poly_signature).toBe(expectedSignature(request));
      expect(request.body).toBe('');
    }
  });

  it('asks for nothing when it is asked for nothing', async () => {
    expect(await list()).toEqual([]);
    expect(venue.requests).toEqual([]);
  });

  it.each([
    ['404 and words', 404, { error: 'Order not found' }],
    ['404 and an empty object', 404, '{}'],
    ['404 and nothing', 404, ''],
    ['404 and a page', 404, '<html>no such page</html>'],
    ['404 and a line of text', 404, '404 page not found'],
    ['nothing at all', 200, ''],
    ['null', 200, null],
    ['that it was not found, as a success', 200, { error: 'Order not found' }],
  ])('does not know an order of which the venue says %s and shows no trade', async (_name, status, body) => {
    setOrder(body, status);
    expect(await list(HASH)).toEqual([]);
  });

  it('finds the trades of an order that the venue has forgotten, on whatever page they are', async () => {
    setOrder({ error: 'Order not found' }, 404);
    setTrades(
      [aWireTrade({ id: 'a', taker_order_id: OTHER, maker_orders: [] })],
      [],
      [aWireTrade({ id: 'b', size: '4' })],
    );
    const [record] = await list(HASH);
    expect(record).toMatchObject({ orderHash: HASH, working: false });
    expect(record!.trades.map((trade) => trade.tradeId)).toEqual(['b']);
    expect(venue.sent('/data/trades').map(({ query }) => query.next_cursor)).toEqual(['MA==', '1', '2']);
  });

  it.each([
    ['left out', { next_cursor: 'LTE=' }],
    ['null, and the cursor empty', { data: null, next_cursor: '' }],
    ['empty, and the cursor left out', { data: [] }],
  ])('reads a page whose empty list is %s', async (_name, body) => {
    setOrder(aWireOrder({ status: 'LIVE', size_matched: '0' }));
    venue.answer('/data/trades', { body });
    expect(await list(HASH)).toEqual([{ orderHash: HASH, working: true, trades: [] }]);
  });

  it('reads sizes in millionths as the shares they are, of takers and of makers', async () => {
    setOrder(aWireOrder({ original_size: '10000000', size_matched: '10000000' }));
    const makers = [{ order_id: OTHER, matched_amount: '6000000', price: '0.49', asset_id: UP_TOKEN_ID }];
    const resting = { order_id: HASH, matched_amount: 4_000_000, price: '0.55', asset_id: UP_TOKEN_ID };
    setTrades([
      aWireTrade({ size: '6000000', maker_orders: makers }),
      aWireTrade({ id: 'b', taker_order_id: OTHER, side: 'BUY', size: 4_000_000, maker_orders: [resting] }),
    ]);
    const [record] = await list(HASH);
    expect(record).toMatchObject({
      working: false,
      trades: [
        { side: 'SELL', sharesMicros: 6_000_000n, valueMicros: 2_940_000n },
        { side: 'SELL', sharesMicros: 4_000_000n, valueMicros: 2_200_000n },
      ],
    });
  });

  it('does not take the size of somebody who traded with us for one of ours', async () => {
    setOrder(null);
    const resting = { order_id: HASH, matched_amount: '4', price: '0.55', asset_id: UP_TOKEN_ID };
    setTrades([aWireTrade({ taker_order_id: OTHER, side: 'BUY', size: '900000', maker_orders: [resting] })]);
    expect((await list(HASH))[0]!.trades).toMatchObject([{ sharesMicros: 4_000_000n, valueMicros: 2_200_000n }]);
  });

  it('takes an order for working while the venue says more was matched than it shows', async () => {
    setOrder(aWireOrder({ size_matched: '10' }));
    setTrades([aWireTrade({ size: '4', maker_orders: [] })]);
    expect((await list(HASH))[0]!.working).toBe(true);
    setTrades([aWireTrade({ size: '4', maker_orders: [] }), aWireTrade({ id: 'b', size: '6', maker_orders: [] })]);
    expect((await list(HASH))[0]!.working).toBe(false);
  });

  it('does not wait for what the rounding of trades has lost', async () => {
    setOrder(aWireOrder({ size_matched: '10' }));
    setTrades([
      aWireTrade({ size: '3.3333', maker_orders: [] }),
      aWireTrade({ id: 'b', size: '6.6666', maker_orders: [] }),
    ]);
    expect((await list(HASH))[0]!.working).toBe(false);
    setTrades([aWireTrade({ size: '9.99', maker_orders: [] })]);
    expect((await list(HASH))[0]!.working).toBe(true);
  });

  it('takes a forgotten order for working while its only trades are moments old', async () => {
    setOrder(null);
    setTrades([aWireTrade({ match_time: String(Math.floor(Date.now() / 1_000)) })]);
    const clock = { nowMs: () => Math.floor(Date.now() / 1_000) * 1_000 };
    exchange = makeLiveExchange({ clobHost: venue.host, clock: { ...systemClock, ...clock } });
    expect((await list(HASH))[0]!.working).toBe(true);
  });

  it.each([
    ['LIVE', '0', true],
    ['ORDER_STATUS_LIVE', '0', true],
    ['DELAYED', '0', true],
    ['ORDER_STATUS_UNMATCHED', '0', true],
    ['MATCHED', '0', true],
    ['SOMETHING_NEW', '0', true],
    ['CANCELED', '0', false],
    ['ORDER_STATUS_CANCELED_MARKET_RESOLVED', '0', false],
    ['INVALID', '0', false],
    ['CANCELED', '3', true],
  ])('an order that is %s with %s matched and no trades: working is %s', async (status, matched, working) => {
    setOrder(aWireOrder({ status, size_matched: matched }));
    expect(await list(HASH)).toEqual([{ orderHash: HASH, working, trades: [] }]);
  });

  it.each([
    ['MATCHED', 'provisional'],
    ['MATCHED_NOT_BROADCASTED', 'provisional'],
    ['MINED', 'provisional'],
    ['TRADE_STATUS_RETRYING', 'provisional'],
    ['something new', 'provisional'],
    ['CONFIRMED', 'confirmed'],
    ['TRADE_STATUS_CONFIRMED', 'confirmed'],
    ['FAILED', 'failed'],
    ['TRADE_STATUS_FAILED', 'failed'],
  ])('a trade that is %s counts as %s', async (status, expected) => {
    setOrder(null);
    setTrades([aWireTrade({ status })]);
    expect((await list(HASH))[0]!.trades[0]!.status).toBe(expected);
  });

  it('counts a trade that failed as shown', async () => {
    setOrder(aWireOrder());
    setTrades([aWireTrade({ status: 'FAILED' })]);
    expect((await list(HASH))[0]!.working).toBe(false);
  });

  it('computes cash and fee of a taker from the resting orders it met, of either outcome', async () => {
    setOrder(aWireOrder());
    const makers = [
      { order_id: OTHER, matched_amount: '4', price: '0.49', asset_id: UP_TOKEN_ID },
      { order_id: OTHER, matched_amount: '6', price: '0.52', asset_id: DOWN_TOKEN_ID },
    ];
    setTrades([aWireTrade({ price: '0.49', maker_orders: makers })]);
    expect((await list(HASH))[0]!.trades).toEqual([
      {
        tradeId: 'trade-1',
        orderHash: HASH,
        side: 'SELL',
        status: 'provisional',
        matchedAtMs: 1_773_307_380_000,
        sharesMicros: 10_000_000n,
        valueMicros: 4_840_000n,
        // 4 · 0.07 · 0.49 · 0.51 + 6 · 0.07 · 0.48 · 0.52, each to five decimals.
        feesMicros: 69_970n + 104_830n,
        feeDriftMicros: null,
      },
    ]);
  });

  it('computes them from the trade itself where its resting orders do not add up', async () => {
    setOrder(aWireOrder());
    setTrades([aWireTrade({ maker_orders: [{ order_id: OTHER, matched_amount: '3', price: '0.4' }] })]);
    expect((await list(HASH))[0]!.trades[0]).toMatchObject({ valueMicros: 4_900_000n });
  });

  it('reads our own resting order out of the trade of its taker, without a fee', async () => {
    setOrder(aWireOrder({ status: 'LIVE', size_matched: '2.5' }));
    const maker = { order_id: HASH.toUpperCase().replace('0X', '0x'), matched_amount: '2.5', price: '0.55' };
    setTrades([
      aWireTrade({ taker_order_id: OTHER, side: 'BUY', maker_orders: [{ ...maker, asset_id: UP_TOKEN_ID }] }),
      aWireTrade({
        id: 'trade-2',
        taker_order_id: OTHER,
        asset_id: DOWN_TOKEN_ID,
        side: 'SELL',
        maker_orders: [{ ...maker, asset_id: UP_TOKEN_ID }],
      }),
    ]);
    const [record] = await list(HASH);
    expect(record!.working).toBe(true);
    const fill = { side: 'SELL', sharesMicros: 2_500_000n, valueMicros: 1_375_000n, feesMicros: 0n };
    expect(record!.trades).toMatchObject([fill, fill]);
    expect(new Set(record!.trades.map((trade) => trade.tradeId)).size).toBe(2);
  });

  it('tells several orders apart, and each once', async () => {
    venue.answer(`/data/order/${OTHER}`, { status: 404, body: { error: 'Order not found' } });
    setOrder(null);
    setTrades([aWireTrade({ maker_orders: [] }), aWireTrade({ id: 'b', taker_order_id: OTHER, maker_orders: [] })]);
    const records = await list(HASH, OTHER, HASH);
    expect(records.map(({ orderHash, trades }) => [orderHash, trades.length])).toEqual([
      [HASH, 1],
      [OTHER, 1],
    ]);
  });
});

describe('a look-up that cannot be trusted', () => {
  it.each([
    ['an error without rows', { error: 'try again', next_cursor: 'LTE=' }],
    ['an answer to something else', {}],
    ['a trade without a size', { data: [{ ...aWireTrade(), size: undefined }], next_cursor: 'LTE=' }],
    ['a trade with a negative size', { data: [aWireTrade({ size: '-1' })], next_cursor: 'LTE=' }],
    ['a list', [aWireTrade()]],
  ])('throws for %s, without its values', async (_name, body) => {
    setOrder(null);
    venue.answer('/data/trades', { body });
    await expect(list(HASH)).rejects.toMatchObject({ name: 'UnexpectedReplyError' });
  });

  it.each([
    ['names another order', { taker_order_id: orderHashOf(9) }, true],
    ['names our order', { taker_order_id: HASH.toUpperCase().replace('X', 'x') }, false],
    ['took our resting order', { taker_order_id: orderHashOf(9), maker_orders: [{ order_id: HASH }] }, false],
    ['does not say whose resting orders it took', { taker_order_id: orderHashOf(9), maker_orders: null }, false],
    ['does not name its order', { taker_order_id: undefined }, false],
  ])('bears a trade without a size that %s: %j (%s)', async (_name, overrides, isBorne) => {
    setOrder(null);
    setTrades([{ ...aWireTrade({ id: 'odd', ...overrides }), size: undefined }, aWireTrade()]);
    if (isBorne) expect((await list(HASH))[0]!.trades).toMatchObject([{ tradeId: 'trade-1' }]);
    else await expect(list(HASH)).rejects.toMatchObject({ name: 'UnexpectedReplyError' });
  });

  it('does not verify a fee beside a trade that it had to leave out', async () => {
    setOrder(null);
    const tx = `0x${'7a'.repeat(32)}`;
    const settled = { status: 'CONFIRMED', transaction_hash: tx };
    setTrades([
      { ...aWireTrade({ ...settled, taker_order_id: orderHashOf(9) }), size: undefined },
      aWireTrade(settled),
    ]);
    const chain = { listCashMovements: async () => [{ transactionHash: tx, cashMicros: 4_700_000n }] };
    const [order] = await makeLiveExchange({ clobHost: venue.host, chain }).listOrders(position, [HASH], soon());
    expect(order!.trades).toMatchObject([{ feeDriftMicros: null }]);
  });

  it.each([
    ['a fraction of a second', 1_773_307_380.1234, 1_773_307_380_123],
    ['a fraction of a second, as text', '1773307380.5', 1_773_307_380_500],
  ])('reads the time of a trade with %s', async (_name, match_time, matchedAtMs) => {
    setOrder(null);
    setTrades([aWireTrade({ match_time })]);
    expect((await list(HASH))[0]!.trades).toMatchObject([{ matchedAtMs }]);
  });

  it.each([
    ['milliseconds', '1773307380000'],
    ['microseconds', 1_773_307_380_000_000],
    ['nanoseconds', '1773307380000000000'],
    ['ISO', '2026-03-12T09:23:00Z'],
    ['ISO of another zone', '2026-03-12 10:23:00.000+01:00'],
  ])('reads the time of a trade in %s', async (_name, match_time) => {
    setOrder(null);
    setTrades([aWireTrade({ match_time })]);
    expect((await list(HASH))[0]!.trades).toMatchObject([{ matchedAtMs: 1_773_307_380_000 }]);
  });

  it.each([1e300, '2026-13-45T00:00:00Z', 'yesterday', null])(
    'throws for a trade of a time that has no date: %s',
    async (match_time) => {
      setOrder(null);
      setTrades([aWireTrade({ match_time })]);
      await expect(list(HASH)).rejects.toMatchObject({ name: 'UnexpectedReplyError' });
    },
  );

  it('counts a trade once that a later page shows again, as that page has it', async () => {
    setOrder(aWireOrder());
    setTrades([aWireTrade({ size: '6' })], [aWireTrade({ size: '6', status: 'CONFIRMED' })]);
    const [record] = await list(HASH);
    expect(record).toMatchObject({ working: true, trades: [{ sharesMicros: 6_000_000n, status: 'confirmed' }] });
    expect(record!.trades).toHaveLength(1);
  });

  it('reads numbers without a zero before the point', async () => {
    setOrder(aWireOrder({ size_matched: '.5', original_size: '.50' }));
    const maker = { order_id: OTHER, matched_amount: '.5', price: '.49', asset_id: UP_TOKEN_ID };
    setTrades([aWireTrade({ size: '.5', price: 0.49, side: 'sell', status: 'confirmed', maker_orders: [maker] })]);
    expect(await list(HASH)).toMatchObject([
      {
        working: false,
        trades: [{ sharesMicros: 500_000n, valueMicros: 245_000n, side: 'SELL', status: 'confirmed' }],
      },
    ]);
  });

  it('throws when the pages go round in a circle', async () => {
    setOrder(null);
    venue.answer('/data/trades', { body: { data: [], next_cursor: 'again' } });
    await expect(list(HASH)).rejects.toMatchObject({ name: 'UnexpectedReplyError' });
    expect(venue.sent('/data/trades')).toHaveLength(2);
  });

  it.each([
    [500, 'UpstreamUnavailableError'],
    [425, 'UpstreamUnavailableError'],
    [429, 'UpstreamUnavailableError'],
    [400, 'UnexpectedReplyError'],
    [403, 'UnexpectedReplyError'],
  ])('throws for a venue that answers %i', async (status, name) => {
    setOrder(null);
    venue.answer('/data/trades', { status, body: { error: 'no' } });
    await expect(list(HASH)).rejects.toMatchObject({ name });
    setTrades();
    setOrder({ error: 'no' }, status);
    await expect(list(HASH)).rejects.toMatchObject({ name });
  });
});

describe('the fee that was really charged', () => {
  const TX = `0x${'7a'.repeat(32)}`;
  const withChain = (movements: readonly CashMovement[] | Error) =>
    makeLiveExchange({
      clobHost: venue.host,
      chain: {
        async listCashMovements(_position, hashes) {
          if (movements instanceof Error) throw movements;
          return movements.filter(({ transactionHash }) => hashes.includes(transactionHash));
        },
      },
    });
  const confirmed = (overrides: Record<string, unknown> = {}) =>
    aWireTrade({ status: 'CONFIRMED', transaction_hash: TX, ...overrides });
  const ESTIMATE = 174_930n;
  const GROSS = 4_900_000n;
  const feesOf = async (chained: Exchange) =>
    (await chained.listOrders(position, [HASH], soon()))[0]!.trades.map((trade) => [
      trade.feesMicros,
      trade.feeDriftMicros,
    ]);
  beforeEach(() => setOrder(null));

  it('is what the cash of a confirmed trade lacks, and its drift stands beside it', async () => {
    setTrades([confirmed()]);
    const charged = ESTIMATE - 7n;
    expect(await feesOf(withChain([{ transactionHash: TX, cashMicros: GROSS - charged }]))).toEqual([[charged, -7n]]);
    expect(await feesOf(withChain([{ transactionHash: TX, cashMicros: GROSS - ESTIMATE }]))).toEqual([[ESTIMATE, 0n]]);
  });

  it('is on top of what a buy cost', async () => {
    setTrades([confirmed({ side: 'BUY' })]);
    const cashMicros = -(GROSS + ESTIMATE + 3n);
    expect(await feesOf(withChain([{ transactionHash: TX, cashMicros }]))).toEqual([[ESTIMATE + 3n, 3n]]);
  });

  it('is told for several trades of one transaction together', async () => {
    setTrades([confirmed(), confirmed({ id: 'trade-2' })]);
    const cashMicros = 2n * GROSS - 2n * ESTIMATE - 5n;
    expect(await feesOf(withChain([{ transactionHash: TX, cashMicros }]))).toEqual([
      [ESTIMATE + 5n, 5n],
      [ESTIMATE, 0n],
    ]);
  });

  it.each([
    ['the chain does not answer', new Error('down')],
    ['the transaction is not mined', []],
    ['the transaction moved no cash of ours', [{ transactionHash: TX, cashMicros: 0n }]],
    ['the cash cannot be explained by a fee', [{ transactionHash: TX, cashMicros: GROSS + 1n }]],
  ])('stays an estimate while %s', async (_name, movements) => {
    setTrades([confirmed()]);
    expect(await feesOf(withChain(movements))).toEqual([[ESTIMATE, null]]);
  });

  it('stays an estimate when the transaction also settles an order that was not asked for, or is not final', async () => {
    setTrades([confirmed(), confirmed({ id: 'trade-2', taker_order_id: OTHER, maker_orders: [] })]);
    const exact = withChain([{ transactionHash: TX, cashMicros: GROSS - ESTIMATE }]);
    expect(await feesOf(exact)).toEqual([[ESTIMATE, null]]);
    setTrades([confirmed({ status: 'MINED' })]);
    expect(await feesOf(exact)).toEqual([[ESTIMATE, null]]);
  });
});

describe('balance, refresh, resting orders and their cancellation', () => {
  const QUERY = { asset_type: 'CONDITIONAL', token_id: UP_TOKEN_ID, signature_type: '0' };

  it('asks for the token in the bucket of the wallet type', async () => {
    venue.answer('/balance-allowance', { body: { balance: '36010000', allowances: {} } });
    expect(await exchange.getBalance(position, soon())).toEqual({ balanceMicros: 36_010_000n, approved: null });
    const [request] = venue.sent('/balance-allowance');
    expect(request).toMatchObject({ method: 'GET', query: QUERY });
    expect(request!.headers.poly_signature).toBe(expectedSignature(request!));
  });

  const EXCHANGE = '0xe111180000d2663c0091e4f400237545b87b996b';
  const NEG_RISK_EXCHANGE = '0xe2222d279d744050d28e00520010520000310F59';
  it.each([
    [false, { [EXCHANGE]: '1' }, true],
    [false, { [EXCHANGE]: '0', [NEG_RISK_EXCHANGE]: '1' }, false],
    [false, { [NEG_RISK_EXCHANGE]: '1' }, null],
    [true, { [EXCHANGE]: '0', [NEG_RISK_EXCHANGE]: (2n ** 256n - 1n).toString() }, true],
    [false, { [EXCHANGE]: 1.157920892373162e77 }, true],
    [false, { [EXCHANGE]: 'unlimited', '0x1': null }, null],
    [false, null, null],
  ])('neg risk %s with allowances %o: approved is %s', async (negRisk, allowances, approved) => {
    venue.answer('/balance-allowance', { body: { balance: '0', allowances } });
    expect((await exchange.getBalance({ ...position, negRisk }, soon())).approved).toBe(approved);
  });

  it('refreshes with the same question and bears an empty answer', async () => {
    venue.answer('/balance-allowance/update', { body: '' });
    await exchange.refreshBalance(position, soon());
    expect(venue.sent('/balance-allowance/update')[0]).toMatchObject({ method: 'GET', query: QUERY });
  });

  it('lists every page of resting orders of the token', async () => {
    venue.answer('/data/orders', ({ query }) => ({
      body:
        query.next_cursor === 'MA=='
          ? { data: [aWireOrder({ id: 'a', status: 'LIVE' })], next_cursor: 'Mg==' }
          : { data: [aWireOrder({ id: 'b', status: 'LIVE' })], next_cursor: 'LTE=' },
    }));
    expect(await exchange.listRestingOrders(position, soon())).toEqual(['a', 'b']);
    expect(venue.sent('/data/orders')[0]!.query).toMatchObject({ market: position.conditionId, asset_id: UP_TOKEN_ID });
  });

  it('needs no more of a resting order than its name, and leaves out what does not rest on the token', async () => {
    const data = [
      { id: 'a' },
      { id: 'b', asset_id: null, status: 'ORDER_STATUS_LIVE', size_matched: null },
      { id: 'c', asset_id: DOWN_TOKEN_ID, status: 'LIVE' },
      { id: 'd', asset_id: UP_TOKEN_ID, status: 'canceled' },
    ];
    venue.answer('/data/orders', { body: { data, next_cursor: 'LTE=' } });
    expect(await exchange.listRestingOrders(position, soon())).toEqual(['a', 'b']);
  });

  it('cancels the orders of the token, with a signed body', async () => {
    venue.answer('/cancel-market-orders', { body: { canceled: ['a'], not_canceled: { b: 'already matched' } } });
    await exchange.cancelRestingOrders(position, soon());
    const [request] = venue.sent('/cancel-market-orders');
    expect(request!.method).toBe('DELETE');
    expect(JSON.parse(request!.body)).toEqual({ market: position.conditionId, asset_id: UP_TOKEN_ID });
    expect(request!.headers.poly_signature).toBe(expectedSignature(request!));
  });

  it('throws when the venue refuses', async () => {
    for (const path of ['/balance-allowance', '/balance-allowance/update', '/data/orders', '/cancel-market-orders']) {
      venue.answer(path, { status: 400, body: { error: 'Invalid asset type' } });
    }
    const error = { name: 'UnexpectedReplyError' };
    await expect(exchange.getBalance(position, soon())).rejects.toMatchObject(error);
    await expect(exchange.refreshBalance(position, soon())).rejects.toMatchObject(error);
    await expect(exchange.listRestingOrders(position, soon())).rejects.toMatchObject(error);
    await expect(exchange.cancelRestingOrders(position, soon())).rejects.toMatchObject(error);
  });
});
