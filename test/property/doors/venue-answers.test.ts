import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBinanceReferencePrice } from '#lib/adapters/binance/binance-reference-price.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import { type TminusError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { anyGarbageText, anyJunk, assertDoor, damaged, expectNoSecret, mutated } from '#test/fixtures/bad-input.ts';
import {
  type MisbehavingServer,
  type Misbehaviour,
  startMisbehavingServer,
} from '#test/fixtures/misbehaving-server.ts';
import { CLOB_BOOK, CLOB_MARKET, GAMMA_MARKET, SLUG, UP_TOKEN } from '#test/fixtures/polymarket-replies.ts';

const HTML = '<!doctype html><title>Just a moment...</title><p>Checking your browser</p>';
const HUGE = `{"bids":[${'{"price":"0.5","size":"1"},'.repeat(90_000)}{}]}`;
const ERROR_LENGTH_MAX = 1_500;
/** Enough for an answer on the loopback, little enough to wait for one that never comes. */
const SHORT_MS = 60;
const LONG_MS = 10_000;

const anyStatus = fc.oneof(
  { weight: 6, arbitrary: fc.constant(200) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(201, 204, 301, 302, 304, 400, 401, 403, 404, 408, 418, 425, 429, 500, 502, 503),
  },
);
const anyHeaders = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { 'content-type': 'text/html' },
  { 'content-encoding': 'gzip' },
  { 'retry-after': '-1' },
  { 'retry-after': 'soon' },
  { location: 'http://127.0.0.1:1/elsewhere' },
);

const anyBodyLike = (whole: object): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: mutated(whole).map(({ value }) => JSON.stringify(value)) },
    { weight: 2, arbitrary: damaged(JSON.stringify(whole)) },
    { weight: 2, arbitrary: anyJunk.map((junk) => JSON.stringify(junk)) },
    { weight: 2, arbitrary: anyGarbageText },
    { weight: 1, arbitrary: fc.constantFrom(HTML, '', JSON.stringify(whole), '{"error":""}', '{"error":"not found"}') },
  );

const anyQuickAnswer = (whole: object): fc.Arbitrary<Misbehaviour> =>
  fc.record({
    status: anyStatus,
    body: anyBodyLike(whole),
    headers: anyHeaders,
    manner: fc.constantFrom('whole', 'whole', 'whole', 'half', 'cut', 'noise'),
  });

let server: MisbehavingServer;

beforeAll(async () => {
  server = await startMisbehavingServer();
});

afterAll(async () => {
  await server.stop();
});

const marketDataAt = (nowMs: () => number) =>
  createPolymarketMarketData({ clock: { nowMs }, clobHost: server.host, gammaHost: server.host });

function expectNamedError(error: unknown): void {
  expect([UpstreamUnavailableError, UnexpectedReplyError]).toContain((error as Error).constructor);
  const { message, context } = error as TminusError;
  expect(`${message}${JSON.stringify(context)}`.length).toBeLessThan(ERROR_LENGTH_MAX);
  expectNoSecret(message);
}

describe('the door of the venue', () => {
  it('reads a book or says what kept it from it', async () => {
    await assertDoor(
      'venue (book)',
      80,
      fc.asyncProperty(anyQuickAnswer(CLOB_BOOK), async (answer) => {
        server.answer(() => answer);
        try {
          const book = await marketDataAt(Date.now).findBook(UP_TOKEN, Date.now() + LONG_MS);
          if (book === undefined) return;
          expect(book.tokenId).toBe(UP_TOKEN);
          expect(Number.isNaN(new Date(book.atMs).getTime())).toBe(false);
          for (const { priceMicros, sharesMicros } of [...book.bids, ...book.asks]) {
            expect(priceMicros > 0n && priceMicros < 1_000_000n && sharesMicros > 0n).toBe(true);
          }
          expect(book.tickMicros > 0n).toBe(true);
        } catch (error) {
          expectNamedError(error);
        }
      }),
    );
  });

  it('reads a market or says what kept it from it', async () => {
    const anyPair = fc.oneof(
      fc.record({ gamma: anyQuickAnswer(GAMMA_MARKET), clob: anyQuickAnswer(CLOB_MARKET) }),
      anyQuickAnswer(CLOB_MARKET).map((clob) => ({ gamma: whole(GAMMA_MARKET), clob })),
      anyQuickAnswer(GAMMA_MARKET).map((gamma) => ({ gamma, clob: whole(CLOB_MARKET) })),
    );
    await assertDoor(
      'venue (market)',
      60,
      fc.asyncProperty(anyPair, async ({ gamma, clob }) => {
        server.answer((url) => (url.startsWith('/markets/slug/') ? gamma : clob));
        try {
          const market = await marketDataAt(Date.now).findMarket(SLUG);
          if (market === undefined || !isTradable(market)) return;
          expect(market.slug).toBe(SLUG);
          expect(market.endsAtMs).toBeGreaterThan(market.startsAtMs);
          expect(market.tickMicros > 0n && market.tickMicros < 1_000_000n).toBe(true);
          expect(market.tokenIds.UP).not.toBe(market.tokenIds.DOWN);
        } catch (error) {
          expectNamedError(error);
        }
      }),
    );
  });

  it('gives up in time on an answer that never ends, and on one that is too large', async () => {
    const anySlow = fc.constantFrom<Misbehaviour>(
      { status: 200, body: JSON.stringify(CLOB_BOOK), manner: 'hang' },
      { status: 200, body: JSON.stringify(CLOB_BOOK), manner: 'half-hang' },
      { status: 200, body: '', manner: 'drip' },
      { status: 200, body: HUGE, manner: 'whole' },
    );
    await assertDoor(
      'venue (hang, drip, huge)',
      2,
      fc.asyncProperty(anySlow, async (answer) => {
        server.answer(() => answer);
        const reading = marketDataAt(Date.now).findBook(UP_TOKEN, Date.now() + SHORT_MS);
        await expect(reading).rejects.toSatisfy((error) => {
          expectNamedError(error);
          return true;
        });
      }),
    );
  });

  it('never lets the reference price stand in the way, whatever is answered', async () => {
    const ticker = { symbol: 'BTCUSDT', price: '97412.55000000' };
    const anyAnswer = fc.oneof(
      { weight: 50, arbitrary: anyQuickAnswer(ticker) },
      { weight: 1, arbitrary: fc.constantFrom<Misbehaviour>({ status: 200, body: '', manner: 'drip' }) },
    );
    await assertDoor(
      'reference price',
      30,
      fc.asyncProperty(anyAnswer, async (answer) => {
        server.answer(() => answer);
        const price = createBinanceReferencePrice({ clock: { nowMs: Date.now }, binanceHost: server.host });
        const micros = await price.findPriceMicros('BTC', Date.now() + SHORT_MS);
        expect(micros === null || micros > 0n).toBe(true);
      }),
    );
  });
});

function whole(body: object): Misbehaviour {
  return { status: 200, body: JSON.stringify(body), manner: 'whole' };
}
