import { AssetType, OrderType, Side } from '@polymarket/clob-client-v2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import type { ChainFill } from '#infra/venue/chain/venue-chain.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { addRunningMarket, type ClobTestMarket } from '#test/fixtures/clob-market.ts';
import { type ClobReply, type OrderPlan, postOrder } from '#test/fixtures/clob-request.ts';
import { type ClobTrader, createTrader } from '#test/fixtures/clob-trader.ts';
import { createMemoryChain, type MemoryChain } from '#test/fixtures/memory-chain.ts';

describe('the local venue with a chain', () => {
  let chain: MemoryChain;
  let venue: LocalVenue;
  let market: ClobTestMarket;
  let trader: ClobTrader;
  let buyPlan: OrderPlan;
  let sellPlan: OrderPlan;

  beforeEach(async () => {
    chain = createMemoryChain();
    venue = await startLocalVenue({ seed: 'chain', settlementMs: { min: 20, spread: 1 }, chain });
    market = await addRunningMarket(venue);
    trader = await createTrader(venue, { signatureType: 2 });
    chain.setCash(trader.wallet, 100_000_000n);
    buyPlan = { tokenId: market.tokenId, side: Side.BUY, price: 0.9, size: 10, orderType: OrderType.FAK };
    sellPlan = { ...buyPlan, side: Side.SELL, price: 0.05 };
  });
  afterEach(() => venue.stop());

  const errorOf = (reply: ClobReply): string => (reply.body as { error: string }).error;
  const balance = async (assetType = AssetType.CONDITIONAL, client = trader.client) =>
    client.getBalanceAllowance({ asset_type: assetType, token_id: market.tokenId });
  const update = (assetType = AssetType.CONDITIONAL) =>
    trader.client.updateBalanceAllowance({ asset_type: assetType, token_id: market.tokenId });
  const buyAndSettle = async (): Promise<void> => {
    expect(await postOrder(venue, trader, buyPlan)).toMatchObject({ status: 200 });
    await expect
      .poll(async () => (await trader.client.getTrades({})).every(({ status }) => /MINED|CONFIRMED/.test(status)))
      .toBe(true);
  };
  /** A buy has one fill for each price it met. */
  const sumOf = (figure: (fill: ChainFill) => bigint, fills: readonly ChainFill[] = chain.fills): bigint =>
    fills.reduce((sum, fill) => sum + figure(fill), 0n);

  it('gives markets the ids that the chain computes, listed and regular ones', async () => {
    const { conditionId, tokenIds } = chain.identify(market.slug);
    expect(market).toMatchObject({ conditionId, tokenId: tokenIds.UP });
    const slug = `btc-updown-5m-${Math.floor(Date.now() / 300_000) * 300}`;
    const page = await fetch(`${venue.gammaHost}/markets/slug/${slug}`);
    expect(await page.json()).toMatchObject({ conditionId: chain.identify(slug).conditionId });
  });

  it('settles a match with the signed order and the true fee, and shows the transaction', async () => {
    await buyAndSettle();
    const trades = await trader.client.getTrades({});
    for (const { transaction_hash: hash } of trades) expect(hash).toMatch(/^0x0{60}/);
    for (const fill of chain.fills) {
      expect(fill).toMatchObject({
        exchange: '0xE111180000d2663C0091e4f400237545B87B996B',
        order: { maker: trader.wallet, signer: trader.owner, side: 'BUY', signatureType: 2, tokenId: market.tokenId },
      });
    }
    // It spends the dollars of its limit price, and the book is cheaper.
    const sharesMicros = sumOf((fill) => fill.sharesMicros);
    const valueMicros = sumOf((fill) => fill.valueMicros);
    const feesMicros = sumOf((fill) => fill.feesMicros);
    expect(sharesMicros).toBeGreaterThan(10_000_000n);
    expect(valueMicros).toBeLessThanOrEqual(9_000_000n);
    const fees = trades.map(({ price, size }) => Number(size) * 0.07 * Number(price) * (1 - Number(price)));
    expect(Number(feesMicros)).toBe(fees.reduce((sum, fee) => sum + Math.round(fee * 1e5) * 10, 0));
    expect((await balance()).balance).toBe(String(sharesMicros));
    expect((await balance(AssetType.COLLATERAL)).balance).toBe(String(100_000_000n - valueMicros - feesMicros));
    expect(await postOrder(venue, trader, sellPlan)).toMatchObject({ body: { status: 'matched' } });
    await expect.poll(() => new Set(chain.fills.map(({ order }) => order.side))).toEqual(new Set(['BUY', 'SELL']));
    expect(new Set(chain.prepared)).toEqual(new Set([market.slug]));
  });

  it('rounds fees as its settings say: down, and once per order', async () => {
    venue.setSettings({ feeRounding: 'floor', feePer: 'order' });
    await postOrder(venue, trader, { ...buyPlan, size: 7 });
    await expect.poll(() => chain.fills).not.toEqual([]);
    const exact = (await trader.client.getTrades({})).reduce(
      (sum, { price, size }) => sum + Number(size) * 0.07 * Number(price) * (1 - Number(price)),
      0,
    );
    const fees = chain.fills.reduce((sum, { feesMicros }) => sum + feesMicros, 0n);
    expect(Number(fees)).toBe(Math.floor(exact * 1e5 + 1e-6) * 10);
  });

  it('fails a trade that the contract refuses, and never sends a failing one', async () => {
    chain.refusal = 'execution reverted';
    await postOrder(venue, trader, buyPlan);
    await expect
      .poll(async () => new Set((await trader.client.getTrades({})).map(({ status }) => status)))
      .toEqual(new Set(['FAILED']));
    chain.refusal = null;
    venue.setCondition({ kind: 'ghost-fill', count: 1, value: 30 });
    await postOrder(venue, trader, { ...buyPlan, size: 4 });
    // An order that met several prices has a trade for each.
    await expect
      .poll(async () => {
        const trades = await trader.client.getTrades({});
        const orderCount = new Set(trades.map(({ taker_order_id: orderId }) => orderId)).size;
        return [orderCount, new Set(trades.map(({ status }) => status))];
      })
      .toEqual([2, new Set(['FAILED'])]);
    expect(chain.fills).toEqual([]);
    expect((await balance(AssetType.COLLATERAL)).balance).toBe('100000000');
  });

  it('keeps the balance that it read last until it is refreshed', async () => {
    expect((await balance()).balance).toBe('0');
    chain.setShares(trader.wallet, market.tokenId, 10_000_000n);
    expect(errorOf(await postOrder(venue, trader, sellPlan))).toContain('balance: 0');
    await update();
    expect((await balance()).balance).toBe('10000000');
    expect(await postOrder(venue, trader, sellPlan)).toMatchObject({ body: { status: 'matched' } });
  });

  it('keeps an old balance after a settlement while its cache is stale', async () => {
    venue.setCondition({ kind: 'stale-cache' });
    await buyAndSettle();
    expect((await balance()).balance).toBe('0');
    const sharesMicros = await chain.sharesOf(trader.wallet, market.tokenId);
    expect(sharesMicros).toBe(sumOf((fill) => fill.sharesMicros));
    await update();
    expect((await balance()).balance).toBe(String(sharesMicros));
  });

  it('reads both kinds of approvals from the chain', async () => {
    await buyAndSettle();
    chain.setApproval(trader.wallet, false);
    await update();
    await update(AssetType.COLLATERAL);
    expect(Object.values((await balance()).allowances)).toEqual(['0']);
    expect(errorOf(await postOrder(venue, trader, sellPlan))).toMatch(
      /the allowance is not enough -> spender: 0xE1\w+, allowance: 0/,
    );
    expect(errorOf(await postOrder(venue, trader, buyPlan))).toMatch(
      /the allowance is not enough -> spender: 0xE1\w+, allowance: 0/,
    );
    chain.setApproval(trader.wallet, true);
    await update();
    expect(await postOrder(venue, trader, sellPlan)).toMatchObject({ body: { status: 'matched' } });
  });

  it('refuses a buy that the wallet cannot pay', async () => {
    chain.setCash(trader.wallet, 5_000_000n);
    await update(AssetType.COLLATERAL);
    expect(errorOf(await postOrder(venue, trader, buyPlan))).toMatch(
      /^not enough balance.*balance: 5000000, order amount: 9063000$/,
    );
  });

  it('moves shares that were sold elsewhere on the chain itself', async () => {
    await buyAndSettle();
    const size = Math.floor(Number(sumOf((fill) => fill.sharesMicros)) / 1e4) / 100;
    venue.setCondition({ kind: 'already-sold' });
    expect(errorOf(await postOrder(venue, trader, { ...sellPlan, size }))).toMatch(
      new RegExp(`balance: \\d+, order amount: ${Math.round(size * 1e6)}$`),
    );
    expect(await chain.sharesOf(trader.wallet, market.tokenId)).toBe(BigInt((await balance()).balance));
  });

  it('delivers the other outcome, or takes the fee in shares, on the chain itself', async () => {
    venue.setCondition({ kind: 'wrong-token' });
    await buyAndSettle();
    const { UP, DOWN } = chain.identify(market.slug).tokenIds;
    const wrongFills = [...chain.fills];
    expect(await Promise.all([UP, DOWN].map((id) => chain.sharesOf(trader.wallet, id)))).toEqual([
      0n,
      sumOf((fill) => fill.sharesMicros),
    ]);
    venue.clearConditions();
    venue.setCondition({ kind: 'buy-fee-in-shares' });
    await buyAndSettle();
    const fills = chain.fills.slice(wrongFills.length);
    expect(fills).not.toHaveLength(0);
    for (const { feesMicros, withheldSharesMicros = 0n } of fills) {
      expect(feesMicros).toBe(0n);
      expect(withheldSharesMicros).toBeGreaterThan(0n);
    }
    const delivered = sumOf((fill) => fill.sharesMicros - (fill.withheldSharesMicros ?? 0n), fills);
    expect(await chain.sharesOf(trader.wallet, UP)).toBe(delivered);
  });

  it('has a deposit wallet’s contract check its signature', async () => {
    const deposit = await createTrader(venue, { signatureType: 3 });
    chain.setCash(deposit.wallet, 100_000_000n);
    chain.acceptsSignatures = false;
    expect(errorOf(await postOrder(venue, deposit, buyPlan))).toBe('invalid signature');
    chain.acceptsSignatures = true;
    expect(await postOrder(venue, deposit, buyPlan)).toMatchObject({ body: { status: 'matched' } });
  });

  it('reports the result of a market that was traded, once', async () => {
    let aheadMs = 0;
    const later = await startLocalVenue({ seed: 'result', chain, nowMs: () => Date.now() + aheadMs });
    try {
      const played = await addRunningMarket(later);
      await addRunningMarket(later);
      const owner = await createTrader(later, { signatureType: 2 });
      chain.setCash(owner.wallet, 100_000_000n);
      expect(await postOrder(later, owner, { ...buyPlan, tokenId: played.tokenId })).toMatchObject({ status: 200 });
      aheadMs = 20_000;
      await expect.poll(() => chain.fills).not.toHaveLength(0);
      expect(chain.resolved).toEqual([]);
      aheadMs = 700_000;
      await expect.poll(() => chain.resolved).toHaveLength(1);
      const page = await fetch(`${later.clobHost}/markets/${played.conditionId}`);
      const { tokens } = (await page.json()) as { tokens: { outcome: string; winner: boolean }[] };
      const winner = tokens.find((token) => token.winner)?.outcome.toUpperCase();
      expect(chain.resolved).toEqual([[played.slug, winner]]);
    } finally {
      await later.stop();
    }
  });
});
