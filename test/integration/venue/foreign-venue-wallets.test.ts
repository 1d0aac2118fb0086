import { afterEach, describe, expect, it, vi } from 'vitest';
import { createPolygonWallet } from '#lib/adapters/polygon/polygon-wallet.ts';
import { createPolymarketAccount } from '#lib/adapters/polymarket/account/polymarket-account.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { SIGNATURE_TYPES } from '#lib/ports/venue/venue-account.ts';
import { BY_THE_BOOK, EASY_GOING } from '#test/fixtures/foreign-venue/dialect.ts';
import { startForeignVenue } from '#test/fixtures/foreign-venue/start-foreign-venue.ts';
import { aLivePosition } from '#test/fixtures/live-account.ts';
import { makeLiveExchange } from '#test/fixtures/live-exchange.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const soon = () => Date.now() + 5_000;

async function trade(dialect: typeof BY_THE_BOOK, signatureType: (typeof SIGNATURE_TYPES)[number]) {
  const venue = await startForeignVenue({ dialect, signatureType, cashMicros: 100_000_000n });
  stops.push(venue.stop);
  const { CLOB_HOST: clobHost, POLYGON_RPC_URL: rpcUrl } = venue.hosts;
  // The running window may end while the test trades in it.
  const market = venue.addMarket({ endsAtMs: Date.now() + 600_000 });
  const loaders = {
    loadAccount: async () => createKeySigningAccount(venue.privateKey),
    loadCredentials: async () => venue.credentials,
  };
  const own = { walletAddress: venue.wallet, signatureType, ...loaders };
  const chain = createPolygonWallet({ clock: systemClock, rpcUrl, mayApprove: false, ...own });
  const exchange = makeLiveExchange({ clobHost, chain, ...own });
  const account = createPolymarketAccount({ clock: systemClock, clobHost, polymarketHost: clobHost, ...loaders });
  const position = aLivePosition({
    wallet: venue.wallet,
    conditionId: market.conditionId,
    tokenId: market.tokenIds[0],
    otherTokenId: market.tokenIds[1],
  });
  return { venue, market, position, exchange, chain, account };
}

const CASES = [BY_THE_BOOK, EASY_GOING].flatMap((dialect) => SIGNATURE_TYPES.map((type) => ({ dialect, type })));

describe('a venue with the chain node of another one', () => {
  it('keeps estimated fees where receipts show none, and keeps its trades', async () => {
    const { market, position, exchange, venue } = await trade(EASY_GOING, 0);
    const terms = {
      orderType: 'FAK',
      tokenId: market.tokenIds[0],
      negRisk: false,
      marketVersion: 'v1',
      sharesMicros: 20_000_000n,
    } as const;
    const buy = await exchange.prepareOrder(position, { ...terms, side: 'BUY', limitPriceMicros: 550_000n }, 1);
    await exchange.postOrder(position, buy, soon());
    await systemClock.sleepUntil(Date.now() + 800);
    venue.forgetReceipts();
    const [order] = await exchange.listOrders(position, [buy.orderHash], soon());
    expect(order!.trades).toMatchObject([{ status: 'confirmed', sharesMicros: 20_000_000n, feeDriftMicros: null }]);
  });
});

describe.each(CASES)('a wallet of type $type at a venue that writes $dialect.name', ({ dialect, type }) => {
  it('reads its cash, posts an order that matches at two prices, and reads trades, shares and fees', async () => {
    const { venue, market, position, exchange, chain, account } = await trade(dialect, type);
    expect(await account.getCollateral(type, soon())).toMatchObject({ balanceMicros: 100_000_000n });
    expect(await account.isClosedOnly(soon())).toBe(false);

    const terms = {
      side: 'BUY',
      orderType: 'FAK',
      tokenId: market.tokenIds[0],
      negRisk: false,
      marketVersion: 'v1',
    } as const;
    const buy = { ...terms, sharesMicros: 40_000_000n, limitPriceMicros: 560_000n };
    const intent = await exchange.prepareOrder(position, buy, 1);
    // On a busy machine the trades would be settled before they are read.
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    stops.push(() => vi.useRealTimers());
    expect(await exchange.postOrder(position, intent, soon())).toMatchObject({ outcome: 'accepted' });
    expect(await exchange.postOrder(position, intent, soon())).toMatchObject({ outcome: 'duplicate' });

    const [matched] = await exchange.listOrders(position, [intent.orderHash], soon());
    expect(matched!.trades.map(({ status }) => status)).toEqual(['provisional', 'provisional']);
    vi.setSystemTime(Date.now() + 800);
    const [settled] = await exchange.listOrders(position, [intent.orderHash], soon());
    // It spends the dollars of its limit price. This venue rounds cash down: a micro less than the second fill is
    // worth.
    expect(settled).toMatchObject({
      trades: [
        { status: 'confirmed', side: 'BUY', sharesMicros: 30_000_000n, valueMicros: 16_500_000n, feeDriftMicros: 0n },
        { status: 'confirmed', side: 'BUY', sharesMicros: 10_535_714n, valueMicros: 5_900_000n, feeDriftMicros: -1n },
      ],
    });
    expect(await chain.getHoldings(position, soon())).toEqual({
      sharesMicros: 40_535_714n,
      otherSharesMicros: 0n,
      approved: true,
    });
    expect(venue.ledger.orders.size).toBe(1);
  });

  it('sees a stale balance in the figures, refreshes it, and finds no orders to cancel', async () => {
    const { market, position, exchange } = await trade(dialect, type);
    const terms = {
      orderType: 'FAK',
      tokenId: market.tokenIds[0],
      negRisk: false,
      marketVersion: 'v1',
      sharesMicros: 20_000_000n,
    } as const;
    const buy = await exchange.prepareOrder(position, { ...terms, side: 'BUY', limitPriceMicros: 550_000n }, 1);
    expect(await exchange.postOrder(position, buy, soon())).toMatchObject({ outcome: 'accepted' });
    await systemClock.sleepUntil(Date.now() + 800);
    const sell = await exchange.prepareOrder(position, { ...terms, side: 'SELL', limitPriceMicros: 500_000n }, 2);
    expect(await exchange.postOrder(position, sell, soon())).toMatchObject({
      outcome: 'refused',
      code: 'balance-or-allowance',
      figures: { balanceMicros: 0n, orderMicros: 20_000_000n },
    });
    expect(await exchange.getBalance(position, soon())).toMatchObject({ balanceMicros: 0n });
    // The trade settles some time after its answer.
    const refreshed = async () => {
      await exchange.refreshBalance(position, soon());
      return exchange.getBalance(position, soon());
    };
    await expect.poll(refreshed).toMatchObject({ balanceMicros: 20_000_000n });
    expect(await exchange.listRestingOrders(position, soon())).toEqual([]);
    await exchange.cancelRestingOrders(position, soon());
    expect(await exchange.postOrder(position, sell, soon())).toMatchObject({ outcome: 'accepted' });
  });
});
