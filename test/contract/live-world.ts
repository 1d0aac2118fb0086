import Fastify from 'fastify';
import { registerPrivateRoutes } from '#infra/venue/clob/private-routes.ts';
import { registerClobRoutes } from '#infra/venue/http/clob-routes.ts';
import { startTrading } from '#infra/venue/trading/start-trading.ts';
import { createVenueControls, type VenueControls } from '#infra/venue/trading/venue-controls.ts';
import { deriveApiCredentials } from '#lib/adapters/polymarket/account/derive-api-credentials.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import type { MarketVersion, OrderBook } from '#lib/domain/market/market.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import type { PlayingMarket } from '#lib/venue/books/playing-market.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { aMarket, aV2Market, WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aLivePosition, TEST_ADDRESS, TEST_FUNDER, TEST_KEY } from '#test/fixtures/live-account.ts';
import { makeLiveExchange } from '#test/fixtures/live-exchange.ts';
import type { ExchangeWorld } from './exchange.contract.ts';

export const SETTLEMENT_MS = 3_000;
/** Longer than a real window: a test may let as much time pass as it likes. */
const WINDOW_MS = 900_000;

export type LiveWorld = ExchangeWorld & { readonly controls: VenueControls; stop(): Promise<void> };

/** The live exchange at the local venue over HTTP, with a book and a clock that the test holds. */
export async function createLiveWorld(signatureType: SignatureType, version: MarketVersion = 'v1'): Promise<LiveWorld> {
  let nowMs = WINDOW_STARTS_AT_MS + 30_000;
  const endsAtMs = WINDOW_STARTS_AT_MS + WINDOW_MS;
  const market = version === 'v1' ? aMarket({ endsAtMs }) : aV2Market({ endsAtMs });
  const { tokenIds, conditionId } = market;
  // The CLOB knows a condition by 32 bytes.
  const clobConditionId = version === 'v1' ? conditionId : `${conditionId}00`;
  let book: OrderBook | undefined = aBook({ atMs: nowMs, tokenId: tokenIds.UP });
  const playing: PlayingMarket = {
    market,
    winner: 'UP',
    resolvesAtMs: market.endsAtMs,
    bookAt: (tokenId) => (tokenId === tokenIds.UP ? book : undefined),
    underlyingMicrosAt: () => 0n,
  };
  const find = (id: string) => ([tokenIds.UP, tokenIds.DOWN, clobConditionId].includes(id) ? playing : undefined);
  const venue = {
    findBySlug: () => playing,
    findByToken: find,
    findByCondition: find,
    underlyingMicros: () => 0n,
    otherIds: () => market,
    add: () => playing,
  };
  const controls = createVenueControls('contract', () => nowMs);
  controls.setSettings({ finishedOrders: true });
  const trading = startTrading({
    seed: 'contract',
    venue,
    controls,
    nowMs: () => nowMs,
    // The venue holds every order for a quarter of a second: here that takes no time.
    sleepUntil: async (atMs) => {
      nowMs = Math.max(nowMs, atMs);
    },
    settlementMs: { min: SETTLEMENT_MS, spread: 1 },
  });
  const app = Fastify({ logger: false, forceCloseConnections: true });
  registerPrivateRoutes(app, trading.privateDeps);
  registerClobRoutes(app, {
    venue,
    nowMs: () => nowMs,
    findBook: async (_playing, tokenId) => playing.bookAt(tokenId, nowMs),
  });
  const host = await app.listen({ host: '127.0.0.1', port: 0 });

  const wallet = signatureType === 0 ? TEST_ADDRESS : TEST_FUNDER;
  controls.accounts.register({ wallet, owner: TEST_ADDRESS, signatureType });
  const clock = { nowMs: () => nowMs };
  const account = createKeySigningAccount(TEST_KEY);
  const credentials = await deriveApiCredentials({ clock, clobHost: host, account }, nowMs + 10_000);
  const exchange = makeLiveExchange({
    clobHost: host,
    clock,
    walletAddress: wallet,
    signatureType,
    loadCredentials: async () => credentials,
  });
  return {
    controls,
    exchange,
    position: aLivePosition({
      ...{ wallet, marketEndsAtMs: market.endsAtMs, marketVersion: version, conditionId },
      ...{ tokenId: tokenIds.UP, otherTokenId: tokenIds.DOWN },
    }),
    nowMs: clock.nowMs,
    async setBook({ bids, asks }) {
      nowMs += 1_000;
      book = aBook({ bids: someLevels(bids), asks: someLevels(asks), atMs: nowMs, tokenId: tokenIds.UP });
    },
    async removeBook() {
      book = undefined;
      controls.conditions.set({ kind: 'market-over', fromMs: nowMs });
    },
    async settle() {
      // Mined after that long; some blocks later it is final.
      nowMs += SETTLEMENT_MS + 20_000;
    },
    run: (work) => work,
    async stop() {
      await app.close();
      await trading.stop();
    },
  };
}
