import { AssetType, Chain, ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { createPolygonWallet } from '#lib/adapters/polygon/polygon-wallet.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';
import { aSigner } from '#test/fixtures/clob-trader.ts';

describe('the venue on the local chain, traded by the unmodified client', () => {
  let chain: LocalChain;
  let venue: LocalVenue;
  beforeAll(async () => {
    chain = await startLocalChain();
    venue = await startLocalVenue({ seed: 'anvil', settlementMs: { min: 20, spread: 1 }, chain });
  });
  afterAll(async () => {
    await venue.stop();
    await chain.stop();
  });

  it.each([0, 1, 2, 3] as const)(
    'settles a buy and a sell of a wallet of type %i to the micro',
    async (signatureType) => {
      const { slug, tokenId, conditionId } = await addRunningMarket(venue);
      expect(chain.identify(slug)).toMatchObject({ conditionId, tokenIds: { UP: tokenId } });
      const { account, signer } = aSigner();
      const owner = account.address;
      const { wallet } = await chain.createAccount({ owner, signatureType, cashMicros: 100_000_000n });
      venue.registerAccount({ wallet, owner, signatureType });
      const config = { host: venue.clobHost, chain: Chain.POLYGON, signer, throwOnError: true } as const;
      const creds = await new ClobClient(config).createApiKey();
      const client = new ClobClient({ ...config, creds, signatureType, funderAddress: wallet });
      const trade = async (side: Side, price: number): Promise<bigint> => {
        const order = await client.createOrder(
          { tokenID: tokenId, side, price, size: 10 },
          { tickSize: '0.01', negRisk: false },
        );
        const { status, takingAmount } = await client.postOrder(order, OrderType.FAK);
        expect(status).toBe('matched');
        return BigInt(Math.round(Number(takingAmount) * 1e6));
      };
      const tradesOf = async () => client.getTrades({ asset_id: tokenId });
      // A buy spends the dollars of its limit price, and the book is cheaper.
      const boughtMicros = await trade(Side.BUY, 0.9);
      expect(boughtMicros).toBeGreaterThan(10_000_000n);
      await expect.poll(() => chain.sharesOf(wallet, tokenId)).toBe(boughtMicros);
      await expect
        .poll(
          async () =>
            (await client.getBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenId })).balance,
        )
        .toBe(String(boughtMicros));
      await trade(Side.SELL, 0.05);
      await expect.poll(() => chain.sharesOf(wallet, tokenId)).toBe(boughtMicros - 10_000_000n);
      await expect
        .poll(async () => (await tradesOf()).every(({ transaction_hash: hash }) => hash?.length === 66))
        .toBe(true);

      const terms = somePositionTerms({ mode: 'live', wallet, tokenId, conditionId });
      const rest = {
        signatureType,
        mayApprove: false,
        loadAccount: async () => Promise.reject(new Error('no key')),
      } as const;
      const adapter = createPolygonWallet({ clock, rpcUrl: chain.rpcUrl, walletAddress: wallet, ...rest });
      const hashes = (await tradesOf()).map(({ transaction_hash: hash }) => hash ?? '');
      const movements = await adapter.listCashMovements(terms, hashes, Date.now() + 5_000);
      const sumMicros = movements.reduce((sum, { cashMicros }) => sum + cashMicros, 0n);
      expect(await chain.collateralOf(wallet)).toBe(100_000_000n + sumMicros);
      expect(sumMicros).toBeLessThan(0n);
    },
  );
});
