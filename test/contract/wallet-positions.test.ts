import { Chain, ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { vi } from 'vitest';
import { startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import type { MarketVersion } from '#lib/domain/market/market.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';
import { aSigner } from '#test/fixtures/clob-trader.ts';
import { describeWalletPositionsContract } from './wallet-positions.contract.ts';

const SHARES_MICROS = 7_000_000n;

describeWalletPositionsContract('the local venue’s index of a real chain', async () => {
  const chain = await startLocalChain();
  const venue = await startLocalVenue({ seed: 'index', settlementMs: { min: 20, spread: 1 }, chain });
  const { account, signer } = aSigner();
  const owner = account.address;
  const { wallet } = await chain.createAccount({ owner, signatureType: 2 });
  venue.registerAccount({ wallet, owner, signatureType: 2 });
  const config = { host: venue.clobHost, chain: Chain.POLYGON, signer, throwOnError: true } as const;
  const creds = await new ClobClient(config).createApiKey();
  const client = new ClobClient({ ...config, creds, signatureType: 2, funderAddress: wallet });
  const tokenOf = async (version: MarketVersion) => {
    const { slug } = await addRunningMarket(venue, 600_000, version);
    const { conditionId, tokenIds } = chain.identify(slug, version);
    return { slug, conditionId, tokenId: tokenIds.UP, otherTokenId: tokenIds.DOWN };
  };
  const cashBefore = await chain.collateralOf(wallet);
  const bought = await tokenOf('v1');
  const buy = await client.createOrder({ tokenID: bought.tokenId, price: 0.9, size: 20, side: Side.BUY });
  const { takingAmount, makingAmount } = await client.postOrder(buy, OrderType.FAK);
  const toMicros = (text: string) => BigInt(Math.round(Number(text) * 1e6));
  await vi.waitUntil(async () => (await chain.sharesOf(wallet, bought.tokenId)) === toMicros(takingAmount));
  const spentMicros = cashBefore - (await chain.collateralOf(wallet));
  const costMicros = toMicros(makingAmount);

  const [sentIn, lost, redeemed] = [await tokenOf('v2'), await tokenOf('v1'), await tokenOf('v1')];
  const up = { wallet, outcome: 'UP' } as const;
  await chain.mintShares({ ...up, slug: sentIn.slug, version: 'v2', sharesMicros: 50_000n });
  for (const { slug } of [lost, redeemed]) await chain.mintShares({ ...up, slug, sharesMicros: SHARES_MICROS });
  await chain.resolve(lost.slug, 'DOWN');
  await chain.resolve(redeemed.slug, 'UP');
  const { transactionHash } = await chain.redeem(wallet, redeemed.slug);
  // Everything resolved is archived, and every list has several pages.
  venue.setSettings({ dataLagMs: -10_000, dataArchiveAfterMs: 0, dataPageSize: 1 });
  const clock = { nowMs: Date.now };
  return {
    positions: createPolymarketWalletPositions({ clock, dataHost: `${venue.dataHost}/` }),
    wallet,
    bought: { ...bought, sharesMicros: toMicros(takingAmount), costMicros, feesMicros: spentMicros - costMicros },
    sentIn,
    lost,
    redeemed: { ...redeemed, cashMicros: SHARES_MICROS, transactionHash },
    stop: async () => {
      await venue.stop();
      await chain.stop();
    },
  };
});
