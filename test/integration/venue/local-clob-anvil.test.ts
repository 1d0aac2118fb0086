import { AssetType, Chain, ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';
import { aSigner } from '#test/fixtures/clob-trader.ts';

describe('the venue’s own client, the local venue and a real chain', () => {
  let chain: LocalChain;
  let venue: LocalVenue;

  beforeAll(async () => {
    chain = await startLocalChain();
    venue = await startLocalVenue({ seed: 'anvil', settlementMs: { min: 20, spread: 1 }, chain });
  });
  afterAll(async () => {
    await venue?.stop();
    await chain?.stop();
  });

  it.each([0, 1, 2, 3] as const)('buys and sells to the micro for signature type %s', async (signatureType) => {
    const { tokenId } = await addRunningMarket(venue);
    const { account, signer } = aSigner();
    const owner = account.address;
    const { wallet } = await chain.createAccount({ owner, signatureType });
    venue.registerAccount({ wallet, owner, signatureType });
    const config = { host: venue.clobHost, chain: Chain.POLYGON, signer, throwOnError: true } as const;
    const creds = await new ClobClient(config).createApiKey();
    const client = new ClobClient({ ...config, creds, signatureType, funderAddress: wallet });

    const buy = await client.createOrder({ tokenID: tokenId, price: 0.9, size: 20, side: Side.BUY });
    const bought = await client.postOrder(buy, OrderType.FAK);
    // One for each price that the buy met.
    expect(bought.transactionsHashes).not.toHaveLength(0);
    for (const hash of bought.transactionsHashes ?? []) expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    // It spends the dollars of its limit price, and the book is cheaper.
    const boughtMicros = BigInt(Math.round(Number(bought.takingAmount) * 1e6));
    expect(boughtMicros).toBeGreaterThan(20_000_000n);
    await expect.poll(() => chain.sharesOf(wallet, tokenId)).toBe(boughtMicros);
    const { balance } = await client.getBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenId });
    expect(balance).toBe(String(boughtMicros));

    const sell = await client.createMarketOrder({ tokenID: tokenId, amount: 20, side: Side.SELL, price: 0.05 });
    expect(await client.postOrder(sell, OrderType.FOK)).toMatchObject({ status: 'matched', makingAmount: '20' });
    await expect.poll(() => chain.sharesOf(wallet, tokenId)).toBe(boughtMicros - 20_000_000n);
    const trades = await client.getTrades({});
    const cash = trades.reduce((sum, { side, price, size }) => {
      const value = Math.round(Number(price) * Number(size) * 1e6);
      const fee = Math.round(Number(size) * 0.07 * Number(price) * (1 - Number(price)) * 1e5) * 10;
      return sum + (side === 'BUY' ? -value : value) - fee;
    }, 10_000_000_000);
    expect(await chain.collateralOf(wallet)).toBe(BigInt(cash));
  });
});
