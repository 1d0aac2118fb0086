import { generatePrivateKey } from 'viem/accounts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bot, type BotAccount, fillOf, startBot } from '#infra/proof/bot/start-bot.ts';
import { isRunning } from '#infra/shared/child-reaper.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';
import { createTrader } from '#test/fixtures/clob-trader.ts';
import { BY_THE_BOOK, EASY_GOING } from '#test/fixtures/foreign-venue/dialect.ts';
import { startForeignVenue } from '#test/fixtures/foreign-venue/start-foreign-venue.ts';
import { createMemoryChain } from '#test/fixtures/memory-chain.ts';

type Place = {
  readonly account: BotAccount;
  readonly tokenIds: Readonly<Record<MarketVersion, string>>;
  sharesOf(tokenId: string): bigint | Promise<bigint>;
};

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function ourVenue(): Promise<Place> {
  const chain = createMemoryChain();
  const venue = await startLocalVenue({ seed: 'bot', settlementMs: { min: 20, spread: 1 }, chain });
  stops.push(venue.stop);
  const { v1, v2 } = {
    v1: await addRunningMarket(venue, 600_000, 'v1'),
    v2: await addRunningMarket(venue, 600_000, 'v2'),
  };
  const privateKey = generatePrivateKey();
  const { wallet, creds } = await createTrader(venue, { signatureType: 2, privateKey });
  chain.setCash(wallet, 100_000_000n);
  return {
    account: { host: venue.clobHost, privateKey, creds, signatureType: 2, wallet },
    tokenIds: { v1: v1.tokenId, v2: v2.tokenId },
    sharesOf: (tokenId) => chain.sharesOf(wallet, tokenId),
  };
}

const otherVenue = async (dialect: typeof BY_THE_BOOK, signatureType: 0 | 3): Promise<Place> => {
  const venue = await startForeignVenue({ dialect, signatureType, cashMicros: 100_000_000n });
  stops.push(venue.stop);
  venue.ledger.approvals.grantV2();
  const endsAtMs = Date.now() + 600_000;
  const v1 = venue.addMarket({ endsAtMs });
  const v2 = venue.addMarket({ version: 'v2', slug: v1.slug.replace('btc', 'eth'), endsAtMs });
  const { wallet, privateKey, credentials: creds, hosts } = venue;
  return {
    account: { host: hosts.CLOB_HOST.replace(/\/$/, ''), privateKey, creds, signatureType, wallet },
    tokenIds: { v1: v1.tokenIds[0], v2: v2.tokenIds[0] },
    sharesOf: (tokenId) => venue.ledger.shares(tokenId),
  };
};

function start(account: BotAccount): Bot {
  const bot = startBot(account);
  stops.push(bot.kill);
  return bot;
}

describe.each([
  { name: 'the local venue', create: ourVenue },
  { name: 'the other venue, by the book', create: () => otherVenue(BY_THE_BOOK, 0) },
  { name: 'the other venue, easy-going', create: () => otherVenue(EASY_GOING, 3) },
])('somebody’s bot at $name', ({ create }) => {
  it('buys in both versions by the unmodified client, dies, and its shares stay', async () => {
    const place = await create();
    const bot = start(place.account);
    const bought = await Promise.all(
      MARKET_VERSIONS.map(async (version) => {
        const tokenId = place.tokenIds[version];
        const answer = await bot.place({ side: 'BUY', tokenId, version, amount: 10, price: 0.95 });
        return { tokenId, version, ...fillOf({ side: 'BUY' }, answer) };
      }),
    );
    await bot.kill();
    expect(isRunning(bot.pid)).toBe(false);
    for (const { tokenId, sharesMicros } of bought) {
      expect(sharesMicros).toBeGreaterThan(5_000_000n);
      await vi.waitFor(async () => expect(await place.sharesOf(tokenId)).toBe(sharesMicros));
    }
  });
});
