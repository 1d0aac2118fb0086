import { ApiError, AssetType, type ClobClient, type OrderResponse, OrderType, Side } from '@polymarket/clob-client-v2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';
import { createTrader } from '#test/fixtures/clob-trader.ts';

describe('the venue’s own client against the local venue', () => {
  let venue: LocalVenue;
  let tokenId: string;
  let conditionId: string;

  beforeEach(async () => {
    venue = await startLocalVenue({ seed: 'clob', settlementMs: { min: 30, spread: 1 } });
    ({ tokenId, conditionId } = await addRunningMarket(venue));
  });
  afterEach(() => venue.stop());

  const buy = async (client: ClobClient, shares = 20): Promise<OrderResponse> => {
    const order = await client.createOrder({ tokenID: tokenId, price: 0.9, size: shares, side: Side.BUY });
    return client.postOrder(order, OrderType.FAK);
  };
  const sell = async (client: ClobClient, shares: number, orderType = OrderType.FAK): Promise<OrderResponse> =>
    client.createAndPostMarketOrder(
      { tokenID: tokenId, amount: shares, side: Side.SELL, price: 0.05 },
      undefined,
      orderType as OrderType.FAK,
    );
  const microsOf = (amount: string): number => Math.round(Number(amount) * 1e6);
  const sharesOf = async (client: ClobClient): Promise<string> =>
    (await client.getBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenId })).balance;

  it.each([0, 1, 2, 3] as const)('buys, sells and reads for signature type %s', async (signatureType) => {
    const { client, wallet } = await createTrader(venue, { signatureType });
    const bought = await buy(client);
    expect(bought).toMatchObject({ success: true, errorMsg: '', status: 'matched' });
    const boughtMicros = microsOf(bought.takingAmount);
    // It spends the dollars of its limit price, and the book is cheaper.
    expect(boughtMicros).toBeGreaterThan(20_000_000);
    expect(microsOf(bought.makingAmount)).toBeLessThanOrEqual(18_000_000);
    // One for each price it was filled at.
    expect(bought.transactionsHashes).not.toHaveLength(0);
    for (const hash of bought.transactionsHashes ?? []) expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(await sharesOf(client)).toBe(String(boughtMicros));
    const sold = await sell(client, 20, OrderType.FOK);
    expect(sold).toMatchObject({ success: true, status: 'matched', makingAmount: '20' });
    const trades = await client.getTrades({ asset_id: tokenId });
    // Newest first; an order has a trade for each price it was filled at.
    expect([...new Set(trades.map(({ side }) => side))]).toEqual(['SELL', 'BUY']);
    expect([...new Set(trades.map((trade) => trade.taker_order_id))]).toEqual([sold.orderID, bought.orderID]);
    expect(new Set(trades.map((trade) => trade.maker_address))).toEqual(new Set([wallet]));
    expect(await sharesOf(client)).toBe(String(boughtMicros - 20_000_000));
  });

  it('rests an order, lists it, finds it and cancels it', async () => {
    const { client, wallet } = await createTrader(venue, { signatureType: 2 });
    const order = await client.createOrder({ tokenID: tokenId, price: 0.01, size: 100, side: Side.BUY });
    const { orderID, status } = await client.postOrder(order, OrderType.GTC, true);
    expect(status).toBe('live');
    expect(await client.getOpenOrders({ market: conditionId })).toMatchObject([
      { id: orderID, maker_address: wallet, original_size: '100', size_matched: '0', price: '0.01', side: 'BUY' },
    ]);
    expect(await client.getOrder(orderID)).toMatchObject({ id: orderID, status: 'LIVE', outcome: 'Up' });
    expect(await client.cancelOrder({ orderID })).toEqual({ canceled: [orderID], not_canceled: {} });
    expect(await client.cancelOrder({ orderID })).toEqual({
      canceled: [],
      not_canceled: { [orderID]: expect.stringContaining('already canceled or matched') },
    });
    expect(await client.getOpenOrders()).toEqual([]);
    await expect(client.getOrder(orderID)).rejects.toThrow('Order not found');
  });

  it('cancels what rests in one market, and everything', async () => {
    const { client } = await createTrader(venue);
    const rest = async (): Promise<string> => {
      const order = await client.createOrder({ tokenID: tokenId, price: 0.01, size: 10, side: Side.BUY });
      return (await client.postOrder(order, OrderType.GTC)).orderID;
    };
    const first = await rest();
    expect(await client.cancelMarketOrders({ market: conditionId, asset_id: '1' })).toMatchObject({ canceled: [] });
    expect(await client.cancelMarketOrders({ market: conditionId })).toMatchObject({ canceled: [first] });
    const others = [await rest(), await rest()];
    expect(await client.cancelAll()).toEqual({ canceled: others, not_canceled: {} });
    const last = [await rest(), await rest()];
    expect(await client.cancelOrders([...last, '0x1'])).toMatchObject({
      canceled: last,
      not_canceled: { '0x1': expect.any(String) },
    });
  });

  it('is refused in the venue’s words, as an error with its status', async () => {
    const { client } = await createTrader(venue, { signatureType: 3 });
    const refused = await sell(client, 20).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({
      status: 400,
      message: 'not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 20000000',
    });
  });

  it('refreshes a stale balance', async () => {
    const { client } = await createTrader(venue);
    venue.setCondition({ kind: 'stale-cache' });
    const { takingAmount } = await buy(client);
    expect(await sharesOf(client)).toBe('0');
    await expect(sell(client, 20)).rejects.toThrow('balance: 0');
    await client.updateBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenId });
    expect(await sharesOf(client)).toBe(String(microsOf(takingAmount)));
    expect(await sell(client, 20)).toMatchObject({ status: 'matched' });
  });

  it('keeps cash by what was paid, and refuses a buy that costs more', async () => {
    const { client } = await createTrader(venue, { cashMicros: 30_000_000n });
    const before = await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL });
    expect(before.balance).toBe('30000000');
    const bought = await buy(client);
    const trades = await client.getTrades({ asset_id: tokenId });
    const { balance } = await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL });
    const valueMicros = Math.round(Number(bought.makingAmount) * 1e6);
    // Level by level: fees are not linear in the price, and the buy may have met several.
    const feeMicros = trades
      .flatMap(({ maker_orders: makers }) => makers)
      .reduce((sum, maker) => {
        const price = Number(maker.price);
        return sum + Math.round(Number(maker.matched_amount) * 0.07 * price * (1 - price) * 1e5) * 10;
      }, 0);
    expect(feeMicros).toBeGreaterThan(0);
    expect(30_000_000 - Number(balance)).toBe(valueMicros + feeMicros);
    await expect(buy(client, 40)).rejects.toThrow(/the balance is not enough -> balance: \d+, order amount/);
  });

  it('buys for a sum of money, as its market orders do', async () => {
    const { client } = await createTrader(venue);
    const answer = await client.createAndPostMarketOrder(
      { tokenID: tokenId, amount: 10, side: Side.BUY, price: 0.9 },
      undefined,
      OrderType.FOK,
    );
    expect(answer).toMatchObject({ success: true, status: 'matched' });
    expect(Number(answer.makingAmount)).toBeLessThanOrEqual(10);
  });

  it('posts a batch: each order has its own answer', async () => {
    const { client } = await createTrader(venue);
    const good = await client.createOrder({ tokenID: tokenId, price: 0.01, size: 10, side: Side.BUY });
    const bad = await client.createOrder({ tokenID: tokenId, price: 0.99, size: 10, side: Side.SELL });
    const answers = await client.postOrders([
      { order: good, orderType: OrderType.GTC },
      { order: bad, orderType: OrderType.GTC },
    ]);
    expect(answers).toMatchObject([
      { success: true, errorMsg: '', status: 'live' },
      { success: true, errorMsg: expect.stringContaining('not enough balance'), orderID: '' },
    ]);
  });

  it('reads prices, terms and the clock', async () => {
    const { client } = await createTrader(venue);
    expect(await client.getVersion()).toBe(2);
    expect(await client.getTickSize(tokenId)).toBe('0.01');
    expect(await client.getNegRisk(tokenId)).toBe(false);
    expect(await client.getFeeRateBps(tokenId)).toBe(1000);
    expect(await client.getFeeExponent(tokenId)).toBe(1);
    expect(Number((await client.getMidpoint(tokenId)).mid)).toBeGreaterThan(0);
    const priceOf = async (side: Side) => Number((await client.getPrice(tokenId, side)).price);
    // The book may move between the two reads.
    await expect.poll(async () => (await priceOf(Side.BUY)) < (await priceOf(Side.SELL))).toBe(true);
    expect(await client.getServerTime()).toBeGreaterThan(1_700_000_000);
    expect(await client.getClosedOnlyMode()).toEqual({ closed_only: false });
    expect(await client.getMarket(conditionId)).toMatchObject({
      closed: false,
      tokens: [
        { token_id: tokenId, outcome: 'Up', winner: false },
        { outcome: 'Down', winner: false },
      ],
    });
  });
});
