import { AssetType, Chain, ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import type { MarketVersion } from '#lib/domain/market/market.ts';
import { addRunningMarket, type ClobTestMarket } from '#test/fixtures/clob-market.ts';
import { send } from '#test/fixtures/clob-request.ts';
import { aSigner, type ClobTrader, createTrader } from '#test/fixtures/clob-trader.ts';

const EXCHANGE = '0xE111180000d2663C0091e4f400237545B87B996B';
const EXCHANGE_V3 = '0xe3333700cA9d93003F00f0F71f8515005F6c00Aa';
const ORDER_VERSIONS = { v1: 2, v2: 3 } as const;
type Balance = { readonly balance: string; readonly allowances: Readonly<Record<string, string>> };
type Plan = { readonly tokenID: string; readonly side: Side; readonly price: number; readonly size: number };

describe('a v2 market, traded by the unmodified client', () => {
  let chain: LocalChain;
  let venue: LocalVenue;
  let market: ClobTestMarket;
  beforeAll(async () => {
    chain = await startLocalChain();
    venue = await startLocalVenue({ seed: 'v2', settlementMs: { min: 20, spread: 1 }, chain });
    market = await addRunningMarket(venue, 600_000, 'v2');
  });
  afterAll(async () => {
    await venue.stop();
    await chain.stop();
  });

  /** A trader whose wallet is on the chain and approved the contracts of these versions. */
  const createChainTrader = async (
    signatureType: 0 | 1 | 2 | 3,
    versions: readonly MarketVersion[] = ['v1', 'v2'],
  ): Promise<ClobTrader> => {
    const { account, signer } = aSigner();
    const owner = account.address;
    const { wallet } = await chain.createAccount({ owner, signatureType, cashMicros: 100_000_000n, versions });
    venue.registerAccount({ wallet, owner, signatureType });
    const config = { host: venue.clobHost, chain: Chain.POLYGON, signer, throwOnError: true } as const;
    const creds = await new ClobClient(config).createApiKey();
    return { wallet, owner, creds, client: new ClobClient({ ...config, creds, signatureType, funderAddress: wallet }) };
  };
  const post = async ({ client }: ClobTrader, plan: Plan, signedFor: MarketVersion = 'v2', type = OrderType.FAK) => {
    const options = { tickSize: '0.01', negRisk: false } as const;
    const order = await client.orderBuilder.buildOrder(plan, options, ORDER_VERSIONS[signedFor]);
    return client.postOrder(order, type);
  };
  const buyOf = (size = 10, tokenID = market.tokenId): Plan => ({ tokenID, side: Side.BUY, price: 0.9, size });
  const sellOf = (size = 10, tokenID = market.tokenId): Plan => ({ tokenID, side: Side.SELL, price: 0.05, size });
  const balanceOf = async (trader: ClobTrader, assetType: string, signatureType: number, tokenId = market.tokenId) => {
    const query = `asset_type=${assetType}&token_id=${tokenId}&signature_type=${signatureType}`;
    return (await send(venue, trader, { path: `/balance-allowance?${query}` })).body as Balance;
  };

  it.each([0, 1, 2, 3] as const)('buys, sells, rests and cancels for signature type %i', async (signatureType) => {
    const trader = await createChainTrader(signatureType);
    const { client, wallet } = trader;
    const bought = await post(trader, buyOf());
    expect(bought).toMatchObject({ success: true, status: 'matched' });
    // It spends the dollars of its limit price, and the book is cheaper.
    const boughtMicros = BigInt(Math.round(Number(bought.takingAmount) * 1e6));
    expect(boughtMicros).toBeGreaterThan(10_000_000n);
    await expect.poll(() => chain.sharesOf(wallet, market.tokenId)).toBe(boughtMicros);
    await expect
      .poll(async () => (await balanceOf(trader, 'CONDITIONAL-V2', signatureType)).balance)
      .toBe(String(boughtMicros));
    const { allowances } = await balanceOf(trader, 'CONDITIONAL-V2', signatureType);
    expect(allowances).toEqual({ [EXCHANGE_V3]: String(2n ** 256n - 1n) });
    await post(trader, sellOf());
    await expect.poll(() => chain.sharesOf(wallet, market.tokenId)).toBe(boughtMicros - 10_000_000n);
    const trades = await client.getTrades({ asset_id: market.tokenId, market: `${market.conditionId}00` });
    expect(new Set(trades.map(({ side }) => side))).toEqual(new Set(['BUY', 'SELL']));
    const resting = await post(trader, { ...buyOf(100), price: 0.01 }, 'v2', OrderType.GTC);
    expect(await client.getOpenOrders({ market: `${market.conditionId}00` })).toMatchObject([{ id: resting.orderID }]);
    expect(await client.cancelMarketOrders({ market: market.conditionId })).toMatchObject({ canceled: [] });
    expect(await client.cancelMarketOrders({ market: `${market.conditionId}00` })).toMatchObject({
      canceled: [resting.orderID],
    });
  });

  it('refuses an order that is signed for the exchange of the other version, both ways', async () => {
    const old = await addRunningMarket(venue);
    const trader = await createChainTrader(2);
    await expect(post(trader, buyOf(), 'v1')).rejects.toThrow('invalid signature');
    await expect(post(trader, buyOf(10, old.tokenId), 'v2')).rejects.toThrow('invalid signature');
    // What the client signs by itself follows the venue's GET /version, which says nothing about markets.
    const byItself = await trader.client.createOrder(buyOf(), { tickSize: '0.01', negRisk: false });
    await expect(trader.client.postOrder(byItself, OrderType.FAK)).rejects.toThrow('invalid signature');
    expect(await post(trader, buyOf(10, old.tokenId), 'v1')).toMatchObject({ status: 'matched' });
  });

  it('keeps balances of the two versions apart, and by signature type', async () => {
    const trader = await createChainTrader(3);
    await post(trader, buyOf());
    await expect.poll(async () => (await balanceOf(trader, 'CONDITIONAL-V2', 3)).balance).not.toBe('0');
    expect(await balanceOf(trader, 'CONDITIONAL', 3)).toMatchObject({ balance: '0' });
    expect(await balanceOf(trader, 'CONDITIONAL-V2', 2)).toMatchObject({ balance: '0' });
    const { slug } = market;
    // The refresh of one version's balance does not touch the other's.
    await chain.moveSharesAway({ wallet: trader.wallet, slug, version: 'v2', outcome: 'UP', sharesMicros: 1_000_000n });
    const before = (await balanceOf(trader, 'CONDITIONAL-V2', 3)).balance;
    const refresh = (assetType: string) =>
      send(venue, trader, {
        path: `/balance-allowance/update?asset_type=${assetType}&token_id=${market.tokenId}&signature_type=3`,
      });
    await refresh('CONDITIONAL');
    expect((await balanceOf(trader, 'CONDITIONAL-V2', 3)).balance).toBe(before);
    await refresh('CONDITIONAL-V2');
    expect(BigInt((await balanceOf(trader, 'CONDITIONAL-V2', 3)).balance)).toBe(BigInt(before) - 1_000_000n);
  });

  it('refuses to buy and to sell until ExchangeV3 is approved: approvals of v1 do not carry over', async () => {
    const trader = await createChainTrader(0, ['v1']);
    const { wallet, client } = trader;
    const cash = async () =>
      (await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL })) as unknown as Balance;
    expect((await cash()).allowances).toMatchObject({ [EXCHANGE]: String(2n ** 256n - 1n), [EXCHANGE_V3]: '0' });
    await expect(post(trader, buyOf())).rejects.toThrow(`spender: ${EXCHANGE_V3}, allowance: 0`);
    await chain.setApproval({ wallet, exchange: EXCHANGE_V3, collateralMicros: 2n ** 256n - 1n });
    await client.updateBalanceAllowance({ asset_type: AssetType.COLLATERAL });
    await post(trader, buyOf());
    await expect.poll(() => chain.sharesOf(wallet, market.tokenId)).toBeGreaterThan(0n);
    await expect.poll(async () => (await balanceOf(trader, 'CONDITIONAL-V2', 0)).balance).not.toBe('0');
    expect((await balanceOf(trader, 'CONDITIONAL-V2', 0)).allowances).toEqual({ [EXCHANGE_V3]: '0' });
    await expect(post(trader, sellOf())).rejects.toThrow(`spender: ${EXCHANGE_V3}, allowance: 0`);
    await chain.setApproval({ wallet, exchange: EXCHANGE_V3, shares: true });
    const path = `/balance-allowance/update?asset_type=CONDITIONAL-V2&token_id=${market.tokenId}&signature_type=0`;
    await send(venue, trader, { path });
    expect(await post(trader, sellOf())).toMatchObject({ status: 'matched' });
  });

  it('resolves on the chain, where the router pays what was held', async () => {
    let nowMs = Date.now();
    const later = await startLocalVenue({
      seed: 'v2-end',
      settlementMs: { min: 20, spread: 1 },
      chain,
      nowMs: () => nowMs,
    });
    const { slug, tokenId } = await addRunningMarket(later, 60_000, 'v2');
    const trader = await createTrader(later, { signatureType: 0 });
    await chain.createAccount({ owner: trader.owner, signatureType: 0, cashMicros: 100_000_000n });
    await post(trader, buyOf(10, tokenId));
    nowMs += 1_000;
    await expect.poll(() => chain.sharesOf(trader.wallet, tokenId)).toBeGreaterThan(0n);
    await expect(chain.redeem(trader.wallet, slug, 'v2')).rejects.toThrow('local chain refuses');
    nowMs += 120_000;
    const page = await (await fetch(`${later.gammaHost}/markets/slug/${slug}`)).json();
    const [upPrice] = JSON.parse((page as { outcomePrices: string }).outcomePrices);
    await expect
      .poll(async () =>
        chain.redeem(trader.wallet, slug, 'v2').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    const leftMicros = await chain.sharesOf(trader.wallet, tokenId);
    expect(leftMicros > 0n).toBe(upPrice === '0');
    await later.stop();
  });
});
