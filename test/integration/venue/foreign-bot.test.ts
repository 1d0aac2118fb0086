import { generatePrivateKey } from 'viem/accounts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLiveReadings } from '#functions/wiring/live-readings.ts';
import { type Bot, type BotAccount, fillOf, startBot } from '#infra/proof/bot/start-bot.ts';
import { isRunning } from '#infra/shared/child-reaper.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';
import { createTrader } from '#test/fixtures/clob-trader.ts';
import { BY_THE_BOOK, type Dialect, EASY_GOING } from '#test/fixtures/foreign-venue/dialect.ts';
import { bytes31Of } from '#test/fixtures/foreign-venue/markets.ts';
import { worthOf } from '#test/fixtures/foreign-venue/matching.ts';
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

const otherVenue = async (dialect: Dialect, signatureType: 0 | 3) => {
  const venue = await startForeignVenue({ dialect, signatureType, cashMicros: 100_000_000n });
  stops.push(venue.stop);
  venue.ledger.approvals.grantV2();
  const endsAtMs = Date.now() + 600_000;
  const v1 = venue.addMarket({ endsAtMs });
  const v2 = venue.addMarket({ version: 'v2', slug: v1.slug.replace('btc', 'eth'), endsAtMs });
  const { wallet, privateKey, credentials: creds, hosts } = venue;
  return {
    venue,
    markets: { v1, v2 },
    account: { host: hosts.CLOB_HOST.replace(/\/$/, ''), privateKey, creds, signatureType, wallet },
    tokenIds: { v1: v1.tokenIds[0], v2: v2.tokenIds[0] },
    sharesOf: (tokenId: string) => venue.ledger.shares(tokenId),
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
])('a foreign bot at $name', ({ create }) => {
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

describe.each([
  { dialect: BY_THE_BOOK, signatureType: 0 },
  { dialect: EASY_GOING, signatureType: 3 },
] as const)('what is known of a dead bot’s shares at the other venue ($dialect.name)', ({ dialect, signatureType }) => {
  it('is their number, by the chain, whatever the index does; and their cost, or that it is not known', async () => {
    const { account, tokenIds, venue, markets } = await otherVenue(dialect, signatureType);
    const bot = start(account);
    const { wallet } = account;
    const { DATA_HOST: dataHost, POLYGON_RPC_URL: rpcUrl } = venue.hosts;
    const readings = createLiveReadings({ clock: systemClock, rpcUrl, dataHost });
    for (const version of MARKET_VERSIONS) {
      const tokenId = tokenIds[version];
      const token = { side: 'BUY', tokenId, version, price: 0.95 } as const;
      const otherTokenId = markets[version].tokenIds[1];
      const conditionId = version === 'v2' ? bytes31Of(markets[version]) : markets[version].conditionId;
      const held = { wallet, tokenId, otherTokenId, conditionId, marketVersion: version };
      const terms = somePositionTerms({ mode: 'live', ...held });
      const costOf = (micros: bigint) => readings.findCost(terms, micros, Date.now() + 5_000);
      const first = fillOf(token, await bot.place({ ...token, amount: 10 }));
      await vi.waitFor(async () => expect(await costOf(first.sharesMicros)).not.toBeNull());
      venue.index.isFrozen = true;
      await costOf(first.sharesMicros);
      const second = fillOf(token, await bot.place({ ...token, amount: 15 }));
      const sharesMicros = first.sharesMicros + second.sharesMicros;
      const trades = venue.ledger.allTrades().filter((trade) => trade.tokenId === tokenId);
      const costMicros = trades.reduce((sum, trade) => sum + worthOf(trade) + trade.feeMicros, 0n);
      const shares = async () => (await readings.readShares(terms, Date.now() + 5_000)).sharesMicros;
      await vi.waitFor(async () => expect(await shares()).toBe(sharesMicros));
      // The index still tells of the first buy alone.
      expect(await costOf(sharesMicros)).toBeNull();
      venue.index.isFrozen = false;
      expect(await costOf(sharesMicros)).toBe(costMicros);
      venue.index.lagMs = 3_600_000;
      expect(await costOf(sharesMicros)).toBeNull();
      venue.index.lagMs = 0;
      for (const copiesOf of [() => 2, () => 0, (row: number) => (row === 0 ? 0 : 1)]) {
        venue.index.copiesOf = copiesOf;
        expect(await costOf(sharesMicros)).toBeNull();
        expect(await shares()).toBe(sharesMicros);
      }
      venue.index.copiesOf = () => 1;
      for (const refusal of [429, 503] as const) {
        venue.index.refusal = refusal;
        await expect(costOf(sharesMicros)).rejects.toThrow(UpstreamUnavailableError);
        expect(await shares()).toBe(sharesMicros);
      }
      venue.index.refusal = null;
      // A gift has no cost.
      venue.ledger.move({ tokenId, sharesMicros: 1_000_000n, cashMicros: 0n });
      expect(await costOf(sharesMicros + 1_000_000n)).toBeNull();
    }
  });
});
