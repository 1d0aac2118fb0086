import { Chain, ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { describe, vi } from 'vitest';
import { startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { createPolygonWallet } from '#lib/adapters/polygon/polygon-wallet.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import type { MarketVersion } from '#lib/domain/market/market.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';
import { aSigner } from '#test/fixtures/clob-trader.ts';
import { BY_THE_BOOK, EASY_GOING } from '#test/fixtures/foreign-venue/dialect.ts';
import { worthOf } from '#test/fixtures/foreign-venue/matching.ts';
import { startForeignVenue } from '#test/fixtures/foreign-venue/start-foreign-venue.ts';
import { aLivePosition } from '#test/fixtures/live-account.ts';
import { makeLiveExchange } from '#test/fixtures/live-exchange.ts';
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

describe.each([BY_THE_BOOK, EASY_GOING])('another venue that writes $name', (dialect) => {
  describeWalletPositionsContract(dialect.name, async () => {
    const venue = await startForeignVenue({ dialect, signatureType: 0, cashMicros: 100_000_000n });
    const tokenOf = (name: string, version: MarketVersion) => {
      const market = venue.addMarket({ version, slug: `btc-updown-5m-${name}` });
      const [tokenId, otherTokenId] = market.tokenIds;
      const conditionId = version === 'v2' ? market.conditionId.slice(0, 64) : market.conditionId;
      return { market, held: { slug: market.slug, conditionId, tokenId, otherTokenId } };
    };
    const [bought, sentIn] = [tokenOf('1', 'v1'), tokenOf('2', 'v2')];
    const [lost, redeemed] = [tokenOf('3', 'v1'), tokenOf('4', 'v1')];
    const { CLOB_HOST: clobHost, POLYGON_RPC_URL: rpcUrl, DATA_HOST: dataHost } = venue.hosts;
    const own = {
      walletAddress: venue.wallet,
      signatureType: 0,
      loadAccount: async () => createKeySigningAccount(venue.privateKey),
      loadCredentials: async () => venue.credentials,
    } as const;
    const chain = createPolygonWallet({ clock: systemClock, rpcUrl, mayApprove: false, ...own });
    const exchange = makeLiveExchange({ clobHost, chain, ...own });
    const position = aLivePosition({ wallet: venue.wallet, ...bought.held });
    const terms = {
      tokenId: bought.held.tokenId,
      negRisk: false,
      marketVersion: 'v1',
      sharesMicros: 20_000_000n,
    } as const;
    const buy = { ...terms, side: 'BUY', orderType: 'FAK', limitPriceMicros: 550_000n } as const;
    await exchange.postOrder(position, await exchange.prepareOrder(position, buy, 1), Date.now() + 5_000);
    await vi.waitUntil(() => venue.ledger.shares(bought.held.tokenId) > 0n);
    const trades = venue.ledger.allTrades();
    const sum = (of: (trade: (typeof trades)[number]) => bigint) =>
      trades.reduce((total, each) => total + of(each), 0n);
    const sentInMove = { tokenId: sentIn.held.tokenId, sharesMicros: 50_000n, cashMicros: 0n };
    venue.ledger.move(sentInMove);
    for (const { held } of [lost, redeemed])
      venue.ledger.move({ ...sentInMove, tokenId: held.tokenId, sharesMicros: SHARES_MICROS });
    lost.market.payouts = [0n, 1_000_000n];
    redeemed.market.payouts = [1_000_000n, 0n];
    venue.archive(lost.market);
    const transactionHash = `0x${'ad'.repeat(32)}`;
    venue.chain.record(venue.chain.redeemBoth(redeemed.market), { hash: transactionHash });
    return {
      positions: createPolymarketWalletPositions({ clock: systemClock, dataHost }),
      wallet: venue.wallet,
      bought: {
        ...bought.held,
        sharesMicros: sum(({ sharesMicros }) => sharesMicros),
        costMicros: sum(worthOf),
        feesMicros: sum(({ feeMicros }) => feeMicros),
      },
      sentIn: sentIn.held,
      lost: lost.held,
      redeemed: { ...redeemed.held, cashMicros: SHARES_MICROS, transactionHash },
      stop: venue.stop,
    };
  });
});
