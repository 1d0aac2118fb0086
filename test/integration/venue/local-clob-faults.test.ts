import { OrderType, Side } from '@polymarket/clob-client-v2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { classifyVenueError } from '#lib/domain/refusal/venue-error-text.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { SwitchableFaultKind } from '#lib/venue/engine/switchable-conditions.ts';
import { addRunningMarket, type ClobTestMarket } from '#test/fixtures/clob-market.ts';
import { anOrderBody, type ClobReply, type OrderPlan, postOrder, send } from '#test/fixtures/clob-request.ts';
import { type ClobTrader, createTrader } from '#test/fixtures/clob-trader.ts';

type Answer = { orderID: string; status: string; tradeIDs: string[]; makingAmount: string; takingAmount: string };
type WireTrade = Record<
  'id' | 'status' | 'taker_order_id' | 'price' | 'size' | 'transaction_hash' | 'trader_side',
  string
> & {
  maker_orders: { order_id: string; maker_address: string }[];
};
type Page<Item> = { data: Item[]; next_cursor: string; count: number; limit: number };

describe('faults of the local venue, set while it runs', () => {
  let venue: LocalVenue;
  let market: ClobTestMarket;
  let trader: ClobTrader;
  let buyPlan: OrderPlan;
  let sellPlan: OrderPlan;

  beforeEach(async () => {
    venue = await startLocalVenue({ seed: 'faults', settlementMs: { min: 20, spread: 1 } });
    market = await addRunningMarket(venue);
    trader = await createTrader(venue, { signatureType: 2 });
    buyPlan = { tokenId: market.tokenId, side: Side.BUY, price: 0.9, size: 10, orderType: OrderType.FAK };
    sellPlan = { ...buyPlan, side: Side.SELL, price: 0.05 };
  });
  afterEach(() => venue.stop());

  const answer = (reply: ClobReply): Answer => reply.body as Answer;
  const errorOf = (reply: ClobReply): string => (reply.body as { error: string }).error;
  const buy = () => postOrder(venue, trader, buyPlan);
  const sell = () => postOrder(venue, trader, sellPlan);
  const pageOf = async <Item>(path: string): Promise<Page<Item>> =>
    (await send(venue, trader, { path })).body as Page<Item>;
  const trades = async (query = ''): Promise<WireTrade[]> => (await pageOf<WireTrade>(`/data/trades${query}`)).data;
  /** What trades are at, each status once; those that are mined are final or soon will be. */
  const statuses = async () => [...new Set((await trades()).map(({ status }) => status.replace('CONFIRMED', 'MINED')))];
  /** An order has one trade per price. */
  const filledOrderIds = async () => [...new Set((await trades()).map(({ taker_order_id: orderId }) => orderId))];
  const openOrders = async (): Promise<{ id: string; status: string }[]> =>
    (await pageOf<{ id: string; status: string }>('/data/orders')).data;
  /** Buys, waits until the shares have arrived, and plans to sell all of them. */
  const hold = async (): Promise<void> => {
    await buy();
    await expect.poll(statuses).toEqual(['MINED']);
    const shares = (await trades()).reduce((sum, { size }) => sum + Number(size), 0);
    sellPlan = { ...sellPlan, size: Math.floor(shares * 100 + 1e-6) / 100 };
  };
  const until = async (status: string): Promise<WireTrade> => {
    await expect.poll(async () => (await trades())[0]?.status).toBe(status);
    return (await trades())[0]!;
  };

  it.each<[SwitchableFaultKind, number, string]>([
    ['engine-restart', 425, 'restarting'],
    ['trading-disabled', 503, 'Trading is currently disabled'],
    ['cancel-only', 503, 'cancel-only'],
    ['market-over', 404, 'No orderbook exists'],
    ['market-not-ready', 400, 'the market is not yet ready to process new orders'],
    ['account-blocked', 400, 'address in closed only mode'],
    ['unknown-refusal', 400, 'wrong phase'],
    ['rate-limited', 429, 'Too Many Requests'],
  ])('answers %s with %s, and trades again once it is over', async (kind, status, words) => {
    venue.setCondition({ kind });
    const reply = await buy();
    expect(reply.status).toBe(status);
    expect(errorOf(reply)).toContain(words);
    venue.clearConditions();
    expect(await buy()).toMatchObject({ status: 200, body: { status: 'matched' } });
  });

  it('answers orders with the page of a firewall while reads work', async () => {
    venue.setCondition({ kind: 'post-blocked' });
    const { status, headers, body } = await buy();
    expect(status).toBe(403);
    expect(headers.get('content-type')).toContain('text/html');
    expect(classifyVenueError(status, String(body))).toMatchObject({ code: 'blocked-before-venue' });
    expect(await openOrders()).toEqual([]);
    venue.clearConditions();
    expect(await buy()).toMatchObject({ status: 200 });
  });

  it('lets the keys of all accounts lapse until they are derived again', async () => {
    venue.setCondition({ kind: 'session-lapsed', count: 1 });
    expect(await buy()).toMatchObject({ status: 401 });
    expect(await buy()).toMatchObject({ status: 401 });
    expect((await send(venue, trader, { path: '/data/orders' })).status).toBe(401);
    expect(await trader.client.deriveApiKey()).toEqual(trader.creds);
    expect(await buy()).toMatchObject({ status: 200 });
  });

  it('names the time to wait in every form, or not at all', async () => {
    const forms = new Set<string>();
    for (let count = 0; count < 40; count += 1) {
      venue.clearConditions();
      venue.setCondition({ kind: 'rate-limited' });
      const { headers, body } = await buy();
      const after = headers.get('retry-after');
      if (Object.hasOwn(body as object, 'retry_after')) forms.add('body');
      else if (headers.get('x-ratelimit-reset-after') !== null) forms.add('reset');
      else if (after === null) forms.add('none');
      else forms.add(Number.isNaN(Number(after)) ? 'date' : 'header');
    }
    expect([...forms].toSorted()).toEqual(['body', 'date', 'header', 'none', 'reset']);
  });

  it('accepts only post-only orders for two minutes after a restart', async () => {
    venue.setCondition({ kind: 'engine-restart', fromMs: Date.now() - 1_000, untilMs: Date.now() - 500 });
    const refused = await buy();
    expect(refused).toMatchObject({ status: 503, body: { retry_after_seconds: expect.any(Number) } });
    expect(classifyVenueError(refused.status, errorOf(refused))).toMatchObject({ code: 'post-only-mode' });
    const rest = { ...buyPlan, price: 0.01, orderType: OrderType.GTC };
    const body = await anOrderBody(trader, rest, {}, { postOnly: true });
    expect(await send(venue, trader, { method: 'POST', path: '/order', body })).toMatchObject({
      body: { status: 'live' },
    });
  });

  it.each<[SwitchableFaultKind, RegExp]>([
    ['missing-approval', /the allowance is not enough -> spender: 0xE1\w{38}, allowance: 0, order amount/],
    ['wrong-wallet', /balance: 0, order amount: 1\d{7}$/],
    [
      'stuck-matched-counter',
      /balance: 1\d{7}, sum of matched orders: [1-9]\d{6}, order amount \(inc. fees\): 1\d{7}$/,
    ],
    ['own-resting-order', /balance: 1\d{7}, sum of active orders: [1-9]\d+, sum of matched orders: 0, order amount/],
    ['already-sold', /the balance is not enough -> balance: \d{1,8}, order amount: 1\d{7}$/],
  ])('refuses a sell by %s with its figures', async (kind, words) => {
    await hold();
    venue.setCondition({ kind });
    if (kind === 'own-resting-order') await expect.poll(openOrders).toHaveLength(1);
    expect(await sell()).toMatchObject({ status: 400, body: { error: expect.stringMatching(words) } });
  });

  it('lists and cancels an order that reserves the shares', async () => {
    await hold();
    venue.setCondition({ kind: 'own-resting-order' });
    await expect.poll(openOrders).toMatchObject([{ status: 'LIVE' }]);
    await send(venue, trader, {
      method: 'DELETE',
      path: '/cancel-market-orders',
      body: JSON.stringify({ market: market.conditionId }),
    });
    expect(await sell()).toMatchObject({ status: 200 });
  });

  it.each<SwitchableFaultKind>(['reply-lost-before', 'reply-lost-after'])('gives no answer: %s', async (kind) => {
    venue.setCondition({ kind, count: 1 });
    const request = { method: 'POST', path: '/order', body: await anOrderBody(trader, buyPlan) } as const;
    const signal = AbortSignal.timeout(700);
    await expect(send(venue, trader, { ...request, signal })).rejects.toThrow(/timeout|aborted/i);
    expect(await filledOrderIds()).toHaveLength(kind === 'reply-lost-after' ? 1 : 0);
    const again = await send(venue, trader, request);
    if (kind === 'reply-lost-before') expect(again).toMatchObject({ status: 200 });
    else
      expect(again).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/^order 0x\w{64} is invalid. Duplicated.$/) },
      });
  });

  it('breaks the connection with value 1', async () => {
    venue.setCondition({ kind: 'reply-lost-after', count: 1, value: 1 });
    await expect(buy()).rejects.toThrow('fetch failed');
    expect(await filledOrderIds()).toHaveLength(1);
  });

  it('places a late order after its client gave up', async () => {
    venue.setCondition({ kind: 'late-arrival', count: 1, value: 300 });
    const request = { method: 'POST', path: '/order', body: await anOrderBody(trader, buyPlan) } as const;
    await expect(send(venue, trader, { ...request, signal: AbortSignal.timeout(100) })).rejects.toThrow();
    expect(await trades()).toEqual([]);
    await expect.poll(filledOrderIds).toHaveLength(1);
  });

  it.each<[SwitchableFaultKind, number]>([
    ['internal-error', 500],
    ['context-canceled', 400],
    ['html-answer', 502],
  ])('says %s whether the order was placed or not', async (kind, status) => {
    venue.setCondition({ kind, count: 1, value: 0 });
    const lost = await buy();
    expect([lost.status, await trades()]).toEqual([status, []]);
    const text = typeof lost.body === 'string' ? lost.body : errorOf(lost);
    expect(classifyVenueError(lost.status, text).outcome).toBe('unknown');
    venue.setCondition({ kind, count: 1, value: 1 });
    expect((await buy()).status).toBe(status);
    expect(await filledOrderIds()).toHaveLength(1);
  });

  it('answers slowly', async () => {
    venue.setCondition({ kind: 'slow-answer', count: 1, value: 400 });
    const request = { method: 'POST', path: '/order', body: await anOrderBody(trader, buyPlan) } as const;
    await expect(send(venue, trader, { ...request, signal: AbortSignal.timeout(350) })).rejects.toThrow();
    expect(await filledOrderIds()).toHaveLength(1);
  });

  it.each(['live', 'delayed'] as const)('answers %s to an order that fills later', async (lateFillStatus) => {
    venue.setSettings({ lateFillStatus });
    venue.setCondition({ kind: 'filled-late', count: 1, value: 200 });
    const reply = answer(await buy());
    expect(reply).toMatchObject({ status: lateFillStatus, tradeIDs: [], makingAmount: '', takingAmount: '' });
    expect(await openOrders()).toMatchObject([{ id: reply.orderID }]);
    await expect.poll(filledOrderIds).toEqual([reply.orderID]);
  });

  it('fills a part of the book only', async () => {
    venue.setCondition({ kind: 'partial-fill', count: 1, value: 50 });
    const { status, makingAmount } = answer(await buy());
    expect(status).toBe('matched');
    // Half of the dollars that the order may spend.
    expect(Number(makingAmount)).toBeCloseTo(4.5, 1);
  });

  it('shows another price in the answer than in the trades', async () => {
    venue.setCondition({ kind: 'wrong-price', count: 1 });
    const reply = answer(await buy());
    const value = (await trades()).reduce((sum, { price, size }) => sum + Number(price) * Number(size), 0);
    // A cent a share.
    expect(Number(reply.makingAmount) - value).toBeCloseTo(0.01 * Number(reply.takingAmount), 5);
  });

  it('fails a trade on the chain, which moves nothing', async () => {
    venue.setCondition({ kind: 'ghost-fill', count: 1, value: 50 });
    expect(answer(await buy()).status).toBe('matched');
    expect(await until('FAILED')).toMatchObject({ transaction_hash: '' });
    expect(errorOf(await sell())).toContain('balance: 0, order amount');
  });

  it('settles late, and after a retry', async () => {
    venue.setCondition({ kind: 'unsettled', count: 1, value: 700 });
    await buy();
    expect(errorOf(await sell())).toContain('balance: 0, order amount');
    expect(await statuses()).toEqual(['MATCHED']);
    expect((await trades())[0]).toMatchObject({ transaction_hash: '' });
    const { transaction_hash } = await until('CONFIRMED');
    expect(transaction_hash).toMatch(/^0x[0-9a-f]{64}$/);
    venue.setCondition({ kind: 'retrying', count: 1 });
    expect(answer(await sell()).status).toBe('matched');
    await until('RETRYING');
  });

  it('delivers the other outcome, or fewer shares than the trade says', async () => {
    venue.setCondition({ kind: 'buy-fee-in-shares' });
    await hold();
    const delivered = (await trades()).reduce(
      (sum, { size, price }) => sum + Number(size) * (1 - 0.07 * (1 - Number(price))),
      0,
    );
    const short = /balance: (\d+), order amount: \d+$/.exec(errorOf(await sell()));
    expect(Number(short?.[1]) / 1e6).toBeCloseTo(delivered, 3);
    venue.clearConditions();
    venue.setCondition({ kind: 'wrong-token' });
    const other = await createTrader(venue);
    await postOrder(venue, other, buyPlan);
    const path = `/balance-allowance?asset_type=CONDITIONAL&signature_type=0&token_id=${market.tokenId}`;
    await expect.poll(async () => (await other.client.getTrades({}))[0]?.status).toMatch(/MINED|CONFIRMED/);
    expect((await send(venue, other, { path })).body).toMatchObject({ balance: '0' });
  });

  it('shows orders and trades late, or not at all', async () => {
    venue.setCondition({ kind: 'look-up-behind', value: 60_000 });
    expect(answer(await buy()).status).toBe('matched');
    expect(await trades()).toEqual([]);
    venue.clearConditions();
    expect(await filledOrderIds()).toHaveLength(1);
    venue.setCondition({ kind: 'look-up-down', count: 1 });
    expect(await send(venue, trader, { path: '/data/trades' })).toMatchObject({ status: 500 });
    expect(await filledOrderIds()).toHaveLength(1);
  });

  it('loses its bids, its book, its data', async () => {
    await hold();
    const book = `${venue.clobHost}/book?token_id=${market.tokenId}`;
    venue.setCondition({ kind: 'no-bids' });
    expect(await (await fetch(book)).json()).toMatchObject({ bids: [] });
    expect(errorOf(await sell())).toContain('no orders found to match with FAK order');
    venue.clearConditions();
    venue.setCondition({ kind: 'book-missing', count: 1 });
    expect((await fetch(book)).status).toBe(404);
    venue.setCondition({ kind: 'market-data-down', count: 2 });
    expect((await fetch(book)).status).toBe(503);
    expect((await fetch(`${venue.gammaHost}/markets/slug/${market.slug}`)).status).toBe(503);
    venue.setCondition({ kind: 'reference-price-down', count: 1 });
    expect((await fetch(`${venue.binanceHost}/api/v3/ticker/price?symbol=BTCUSDT`)).status).toBe(503);
    expect((await fetch(book)).status).toBe(200);
  });

  it('changes its tick', async () => {
    await hold();
    venue.setCondition({ kind: 'tick-change', fromMs: Date.now() + 60_000 });
    const tick = async () => (await fetch(`${venue.clobHost}/tick-size?token_id=${market.tokenId}`)).json();
    expect(await tick()).toEqual({ minimum_tick_size: 0.001 });
    const fine = { ...sellPlan, price: 0.055, size: 2, tickSize: '0.001' } as const;
    expect(await postOrder(venue, trader, fine)).toMatchObject({ status: 200 });
    venue.clearConditions();
    expect(await tick()).toEqual({ minimum_tick_size: 0.01 });
    expect(errorOf(await postOrder(venue, trader, fine))).toMatch(
      /^order 0x\w{64} is invalid. Price \(0.055\) breaks minimum tick size rule: 0.01/,
    );
  });

  it('applies to one market only', async () => {
    venue.setCondition({ kind: 'trading-disabled', market: 'btc-updown-5m-1' });
    expect(await buy()).toMatchObject({ status: 200 });
    venue.setCondition({ kind: 'trading-disabled', market: market.slug });
    expect(await buy()).toMatchObject({ status: 503 });
  });

  it('refuses an invalid condition, with the reason', () => {
    const wrong = (condition: object) => () => venue.setCondition(condition as never);
    expect(wrong({ kind: 'death' })).toThrow(InvalidInputError);
    expect(wrong({ kind: 'no-bids', count: 1 })).toThrow('a state that lasts');
    expect(wrong({ kind: 'ghost-fill', probability: 2 })).toThrow('between 0 and 1');
    expect(wrong({ kind: 'ghost-fill', fromMs: 2, untilMs: 1 })).toThrow('ends (untilMs) before it begins');
  });

  it('can be set by another process', async () => {
    const admin = (method: string, path: string, body?: unknown) =>
      fetch(`${venue.adminUrl}${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    expect((await admin('POST', '/conditions', { kind: 'trading-disabled' })).status).toBe(201);
    expect(await (await admin('GET', '/conditions')).json()).toMatchObject({
      conditions: [{ kind: 'trading-disabled' }],
    });
    expect(await buy()).toMatchObject({ status: 503 });
    await admin('DELETE', '/conditions');
    expect(await buy()).toMatchObject({ status: 200 });
    const wrong = await admin('POST', '/conditions', { kind: 'death', colour: 1 });
    expect([wrong.status, await wrong.json()]).toEqual([400, { error: expect.stringMatching(/kind.*colour/s) }]);
    await admin('PATCH', '/settings', { statusPrefix: true, geoblocked: true });
    expect((await trades())[0]?.status).toMatch(/^TRADE_STATUS_/);
    expect(await (await fetch(`${venue.polymarketHost}/api/geoblock`)).json()).toMatchObject({ blocked: true });
    const other = await createTrader(venue, { isRegistered: false });
    const account = { wallet: other.wallet, owner: other.owner, signatureType: 0, cashMicros: '1000000' };
    expect((await admin('POST', '/accounts', account)).status).toBe(201);
    const refused = await postOrder(venue, other, buyPlan);
    expect(errorOf(refused)).toMatch(/balance: 1000000, order amount: 9\d{6}/);
  });

  it('pages by cursor, newest trades first, and filters', async () => {
    for (let count = 0; count < 3; count += 1) await postOrder(venue, trader, { ...buyPlan, size: 2 + count });
    venue.setSettings({ pageSize: 2 });
    const all = await trader.client.getTrades({});
    const first = await pageOf<WireTrade>('/data/trades?next_cursor=MA==');
    expect(first).toMatchObject({ count: 2, limit: 2 });
    const rest = await pageOf<WireTrade>(`/data/trades?next_cursor=${first.next_cursor}`);
    expect([...first.data, ...rest.data].map(({ id }) => id)).toEqual(all.slice(0, 2 + rest.count).map(({ id }) => id));
    expect((await pageOf(`/data/trades?id=${all[0]?.id}`)).next_cursor).toBe('LTE=');
    expect(await send(venue, trader, { path: '/data/trades?next_cursor=xyz' })).toMatchObject({ status: 400 });
    const nowS = Math.floor(Date.now() / 1_000);
    expect((await trades(`?maker_address=${trader.wallet.toLowerCase()}&asset_id=${market.tokenId}`)).length).toBe(2);
    expect(await trades(`?maker_address=${trader.owner}`)).toEqual([]);
    expect(await trades(`?market=${market.conditionId}&after=${nowS + 60}`)).toEqual([]);
    expect(await trades(`?before=${nowS - 600}`)).toEqual([]);
    expect((await trades(`?before=${nowS + 60}&after=${nowS - 600}`)).length).toBe(2);
  });
});
