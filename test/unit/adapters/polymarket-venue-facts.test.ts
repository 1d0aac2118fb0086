import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPolymarketVenueFacts } from '#lib/adapters/polymarket/market-data/polymarket-venue-facts.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';

let server: CannedServer;
beforeAll(async () => {
  server = await startCannedServer();
});
afterAll(() => server.stop());

const SLUG = 'btc-updown-5m-1773307200';
const CONDITION = `0x${'ab'.repeat(31)}`;

/** As captured of a market of version 2 in October 2026, and of one of version 1. */
const GAMMA = {
  slug: SLUG,
  conditionId: CONDITION,
  version: 'v2',
  resolutionStatus: 'active',
  positionIds: ['7', '8'],
};
const CLOB = {
  ...{
    r: { mi: 50, ma: 4.5, moas: 30 },
    t: [
      { t: '7', o: 'Up' },
      { t: '8', o: 'Down' },
    ],
    c: `${CONDITION}00`,
  },
  ...{ mos: 5, mts: 0.01, mbf: 1000, tbf: 1000, ao: true, cbos: true, aot: '2026-10-05T00:00:00Z', itode: true },
  ...{ fd: { r: 0.07, e: 1, to: true }, v: 'v2' },
};
const BOOK = {
  ...{ market: `${CONDITION}00`, asset_id: '7', timestamp: '1773307200000', hash: 'x', bids: [], asks: [] },
  ...{ min_order_size: '5', tick_size: '0.01', neg_risk: false, last_trade_price: '', version: 'v2' },
};

async function driftsOf(changes: { gamma?: object; clob?: object; book?: object; version?: unknown } = {}) {
  const answers: readonly (readonly [string, unknown])[] = [
    ['/version', { version: changes.version ?? 2 }],
    [`/markets?slug=${SLUG}`, [{ ...GAMMA, ...changes.gamma }]],
    [`/clob-markets/${CONDITION}00`, { ...CLOB, ...changes.clob }],
    ['/book?token_id=7', { ...BOOK, ...changes.book }],
  ];
  server.answer((url) => {
    const found = answers.find(([path]) => path === url);
    return found === undefined ? { status: 404, body: '{"error":"x"}' } : { body: JSON.stringify(found[1]) };
  });
  const clock = { nowMs: Date.now };
  const facts = createPolymarketVenueFacts({ clock, clobHost: server.host, gammaHost: server.host });
  return facts.listDrifts(SLUG, Date.now() + 5_000);
}

describe('the facts of the venue', () => {
  it('are as assumed in both versions of markets', async () => {
    expect(await driftsOf()).toEqual([]);
    const v1 = { v: 'v1', cbos: undefined, sd: 0, gst: null, rfqe: false, ibce: true, oas: 0 };
    const old = { version: undefined, min_order_size: undefined };
    expect(await driftsOf({ gamma: { version: 'v1', resolutionStatus: null }, clob: v1, book: old })).toEqual([]);
  });

  it.each<[Parameters<typeof driftsOf>[0], string]>([
    [{ clob: { fd: { r: 0.1, e: 1 } } }, 'the fee rate is 0.1; 0.07 is assumed'],
    [{ clob: { fd: { r: 0.07, e: 2 } } }, 'the exponent of the fee is 2; 1 is assumed'],
    [{ clob: { fd: { r: 0.07, e: 1, mk: 3 } } }, 'its fee has unknown fields: mk'],
    [{ clob: { mos: 15 } }, 'the minimum size is 15; 5 is assumed'],
    [{ book: { min_order_size: '15' } }, 'the minimum size on the book is 15; 5 is assumed'],
    [{ clob: { itode: false } }, 'marketable orders are not held; 150 ms are assumed'],
    [{ clob: { tdms: 500, x: 1 } }, 'the CLOB market has unknown fields: tdms, x'],
    [{ book: { halted: true } }, 'the book has unknown fields: halted'],
    [{ gamma: { version: 'v3' } }, 'the market version is "v3"; v1, v2 are known'],
    [
      { gamma: { resolutionStatus: 'disputed' } },
      'the resolution status is "disputed"; inactive, active, resolved are known',
    ],
    [{ version: 3 }, 'the order protocol is "3"; 2 is known'],
  ])('differ: %o', async (changes, drift) => {
    expect(await driftsOf(changes)).toEqual([drift]);
  });

  it('cannot be read where the protocol version is refused before a market has answered', async () => {
    const [refusing, silent] = [await startCannedServer(), createServer().listen(0, '127.0.0.1')];
    await Promise.all([refusing.stop(), once(silent, 'listening')]);
    const gammaHost = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const facts = createPolymarketVenueFacts({ clock: { nowMs: Date.now }, clobHost: refusing.host, gammaHost });
    // A rejection that is not awaited ends the process: doctor, and the canary with it.
    await expect(facts.listDrifts(SLUG, Date.now() + 5_000)).rejects.toThrow(/protocol version was not reached/);
    silent.closeAllConnections();
    silent.close();
  });

  it('are not judged by fields that are missing or of another form', async () => {
    const odd = { fd: 'free', mos: null, itode: 'yes', t: [null, { t: '7' }] };
    expect(await driftsOf({ gamma: { version: {} }, clob: odd, version: [] })).toEqual([]);
    server.answer(() => ({ status: 404, body: '' }));
    const facts = createPolymarketVenueFacts({
      clock: { nowMs: Date.now },
      clobHost: server.host,
      gammaHost: server.host,
    });
    expect(await facts.listDrifts(SLUG, Date.now() + 5_000)).toEqual([]);
  });
});
