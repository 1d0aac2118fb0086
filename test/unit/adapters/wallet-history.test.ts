import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findPastPrice } from '#lib/adapters/polymarket/history/find-past-price.ts';
import { parseHistoryFile } from '#lib/adapters/polymarket/history/history-file.ts';
import { parseHistoryRows } from '#lib/adapters/polymarket/history/history-rows.ts';
import { createPastPrices } from '#lib/adapters/polymarket/history/past-prices.ts';
import { readWalletHistory } from '#lib/adapters/polymarket/history/read-wallet-history.ts';
import { InvalidInputError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';

const WALLET = `0x${'Ab'.repeat(20)}`;
const TOKEN = '71321045679252212594626385532706912750332728571942532289631379312455583992563';
const CONDITION = `0x${'ab'.repeat(32)}`;

/** As version 2 writes an activity, and version 1 a trade. */
const V2 = {
  proxy_wallet: WALLET,
  timestamp: 1_790_000_000,
  condition_id: CONDITION,
  type: 'TRADE',
  size: 40,
  usdc_size: 20.7,
  transaction_hash: `0x${'1'.repeat(64)}`,
  price: 0.5,
  token_id: TOKEN,
  side: 'BUY',
  outcome: 'Up',
  outcome_index: 0,
  slug: 'btc-updown-5m-1790000000',
};
const V1 = {
  proxyWallet: WALLET,
  timestamp: '1790000000',
  conditionId: CONDITION.toUpperCase().replace('X', 'x'),
  size: '40',
  price: '0.5',
  asset: TOKEN,
  side: 'buy',
  outcome: 'Up',
  outcomeIndex: 0,
  slug: 'btc-updown-5m-1790000000',
};

describe('rows of a history', () => {
  it('are the same in both spellings, but for the fee that a price alone leaves out', () => {
    const { rows, faults } = parseHistoryRows([V2, V1]);
    const read = {
      ...{ atMs: 1_790_000_000_000, type: 'TRADE', wallet: WALLET.toLowerCase(), conditionId: CONDITION },
      ...{ tokenId: TOKEN, side: 'BUY', sharesMicros: 40_000_000n, slug: V2.slug, outcomeName: 'Up', outcomeIndex: 0 },
    };
    expect(faults).toEqual([]);
    expect(rows).toEqual([
      { ...read, cashMicros: 20_700_000n, hasFee: true },
      { ...read, cashMicros: 20_000_000n, hasFee: false },
    ]);
  });

  it('other than trades need no token and no outcome, and an unknown index is none', () => {
    const { rows } = parseHistoryRows([
      {
        type: 'redeem',
        timestamp: 1,
        condition_id: CONDITION,
        token_id: '',
        size: 5,
        usdc_size: 5,
        outcome_index: 999,
      },
      { type: 'YIELD', timestamp: 2, size: 0.1, usdc_size: 0.1 },
    ]);
    expect(rows).toMatchObject([
      { type: 'REDEEM', tokenId: null, conditionId: CONDITION, cashMicros: 5_000_000n, outcomeIndex: null },
      { type: 'OTHER', conditionId: null },
    ]);
  });

  it.each([
    ['a number', 7, 'it has to be an object'],
    ['no side', { ...V2, side: undefined }, 'side: is missing'],
    ['another side', { ...V2, side: 'HOLD' }, 'side: has to be BUY or SELL'],
    ['a negative size', { ...V1, size: -1 }, 'size: '],
    ['a price of a hundred', { ...V1, price: 55 }, 'price: has to be a price from 0 to 1'],
    ['neither cash nor price', { ...V1, price: null }, 'price: is missing'],
    ['no token', { ...V1, asset: '' }, 'token_id or tokenId or asset: is missing'],
    ['a time in words', { ...V1, timestamp: 'today' }, 'timestamp: '],
  ])('with %s name the field', (_, row, fault) => {
    const { rows, faults } = parseHistoryRows([V2, row]);
    expect(rows).toHaveLength(1);
    expect(faults).toEqual([{ row: 2, fault: expect.stringContaining(fault) }]);
  });
});

describe('a saved history', () => {
  it.each([
    ['a list', JSON.stringify([V1, V2])],
    ['an answer of version 2', JSON.stringify({ data: [V1, V2], pagination: { has_more: false, next_cursor: null } })],
    ['a row on each line', `${JSON.stringify(V1)}\n${JSON.stringify(V2)}\n`],
    ['a byte order mark', `\uFEFF${JSON.stringify([V1, V2])}`],
  ])('is %s', (_, text) => {
    expect(parseHistoryFile('t.json', text)).toMatchObject({ rows: [V1, V2], isCut: false });
  });

  it('without trades may be null', () => {
    expect(parseHistoryFile('t.json', '{"data":null}').rows).toEqual([]);
  });

  it('is cut where the answer names a further page', () => {
    expect(parseHistoryFile('t.json', '{"data":[],"pagination":{"next_cursor":"x"}}').isCut).toBe(true);
  });

  it.each([
    ['half a file', JSON.stringify([V1], null, 1).slice(0, 40), 'breaks off at line 3, column 36'],
    ['a changed byte', '[\n{"size": 1e}]', 'is not JSON at line 2, column 12'],
    ['half a line', `${JSON.stringify(V1)}\n{"size":`, 'line 2 is not JSON'],
    ['a web page', '<html>', 'is not JSON at line 1, column 1'],
    ['nothing', ' \n', 'it is empty'],
    ['another answer', '{"error":"not found"}', 'it has to be a list'],
  ])('names the place of %s', (_, text, fault) => {
    expect(() => parseHistoryFile('t.json', text)).toThrow(InvalidInputError);
    expect(() => parseHistoryFile('t.json', text)).toThrow(new RegExp(`^t\\.json.*${fault}`));
  });
});

describe('the history at the Data API', () => {
  let server: CannedServer;
  const waits: number[] = [];
  const clock = {
    nowMs: Date.now,
    sleepUntil: (atMs: number) => Promise.resolve(void waits.push(Math.round((atMs - Date.now()) / 1_000))),
  };
  beforeAll(async () => {
    server = await startCannedServer();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.requests.length = 0;
    waits.length = 0;
  });
  const read = () => readWalletHistory({ clock, dataHost: server.host }, { wallet: WALLET, sinceMs: null });
  const page = (data: unknown, next: string | null) =>
    JSON.stringify({ data, pagination: { has_more: next !== null, next_cursor: next } });
  const isOld = (url: string) => !url.startsWith('/v2/');
  const notFound = { status: 404, body: '{"error":"not found"}' };

  it('is read page by page, with every filter again', async () => {
    server.answer((url) => ({ body: url.includes('cursor=b') ? page([V1], null) : page([V2], 'b') }));
    expect(await read()).toEqual({ path: '/v2/activity', rows: [V2, V1], isCut: false, isTradesOnly: false });
    const first = `/v2/activity?user=${WALLET.toLowerCase()}&start=1&limit=1000`;
    expect(server.requests).toEqual([first, `${first}&cursor=b`]);
  });

  it('is one of trades where the server has no activity, makers included', async () => {
    server.answer((url) => (url.startsWith('/v2/trades') ? { body: page([V2], null) } : notFound));
    expect(await read()).toMatchObject({ path: '/v2/trades', isTradesOnly: true });
    expect(server.requests[1]).toContain('taker_only=false');
  });

  it('ends at the limit of version 1, counts shifted rows once, and says that it is cut', async () => {
    const rows = Array.from({ length: 7 }, (_, id) => ({ ...V1, id }));
    server.answer((url) => {
      if (!isOld(url) || url.startsWith('/activity')) return notFound;
      const offset = Number(new URL(url, server.host).searchParams.get('offset') ?? 0);
      if (offset > 4) return { status: 400, body: '{"error":"max historical activity offset of 4 exceeded"}' };
      // A trade that came in between moves every later page by one row.
      const from = offset === 0 ? 0 : offset - 1;
      return { body: JSON.stringify(rows.slice(from, from + 3)) };
    });
    expect(await read()).toMatchObject({ path: '/trades', rows: rows.slice(0, 5), isCut: true });
    expect(server.requests.at(-1)).toContain('takerOnly=false');
  });

  it('waits as long as a busy server asks, and fails whole when that does not help', async () => {
    let count = 0;
    server.answer(() => {
      count += 1;
      return count === 1 ? { status: 429, body: '{}', headers: { 'retry-after': '7' } } : { body: page([V2], null) };
    });
    expect((await read()).rows).toEqual([V2]);
    expect(waits).toEqual([7]);
    server.answer((url) => (url.includes('cursor') ? { status: 503, body: '' } : { body: page([V2], 'b') }));
    await expect(read()).rejects.toBeInstanceOf(UpstreamUnavailableError);
  });

  it.each([
    [
      'a refusal, in the server’s words',
      { status: 400, body: '{"error":"user is a contract"}' },
      /400\): user is a contract/,
    ],
    ['the same page again', { body: page([], 'again') }, /do not end/],
    ['no list at all', notFound, /none of the lists/],
  ])('fails on %s', async (_, answer, message) => {
    server.answer(() => answer);
    const error: unknown = await read().catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(UnexpectedReplyError);
    expect(String(error)).toMatch(message);
  });

  describe('and a price of the past', () => {
    const AT_MS = 1_790_000_180_000;
    const find = () => {
      const deps = { clock, dataHost: server.host, clobHost: `${server.host}/clob` };
      return findPastPrice(deps, TOKEN, AT_MS, Date.now() + 5_000);
    };

    it('is the last observation before, with the width of its window', async () => {
      server.answer(() => ({ body: page([{ timestamp: 1_790_000_160, price: 0.93, resolution_seconds: 60 }], null) }));
      const read = { priceMicros: 930_000n, observedAtMs: 1_790_000_160_000, resolutionMs: 60_000 };
      expect(await find()).toEqual(read);
      expect(server.requests).toEqual([`/v2/prices-history?token_id=${TOKEN}&as_of=1790000180`]);
    });

    it('is that of the CLOB where the Data API has none, and null where it is not known', async () => {
      const history = [
        { t: 1_790_000_121, p: 0.5 },
        { t: 1_790_000_170, p: 0.6 },
        { t: 1_790_000_181, p: 0.99 },
      ];
      server.answer((url) => (url.startsWith('/clob') ? { body: JSON.stringify({ history }) } : notFound));
      expect(await find()).toMatchObject({ priceMicros: 600_000n, observedAtMs: 1_790_000_170_000 });
      server.answer(() => ({ body: page([], null) }));
      expect(await find()).toBeNull();
    });
  });

  describe('and the prices of a span', () => {
    const prices = () => createPastPrices({ clock, dataHost: server.host });
    const list = (startsAtMs: number, endsAtMs: number) =>
      prices().listToken(TOKEN, { startsAtMs, endsAtMs }, Date.now() + 5_000);

    it('are its observations, oldest first', async () => {
      const rows = [
        { timestamp: 1_790_000_160, price: 0.93, resolution_seconds: 60 },
        { timestamp: 1_790_000_220, price: 0.94, resolution_seconds: 60 },
      ];
      server.answer(() => ({ body: page(rows, null) }));
      expect(await list(1_790_000_150_000, 1_790_000_221_500)).toEqual([
        { atMs: 1_790_000_160_000, priceMicros: 930_000n },
        { atMs: 1_790_000_220_000, priceMicros: 940_000n },
      ]);
      const query = `token_id=${TOKEN}&start=1790000150&end=1790000223`;
      expect(server.requests).toEqual([`/v2/prices-history?${query}`]);
    });

    it('are the newest 15 days of a longer span', async () => {
      server.answer(() => ({ body: page([], null) }));
      expect(await list(0, 1_790_000_000_000)).toEqual([]);
      expect(server.requests.at(-1)).toContain(`start=${1_790_000_001 - 15 * 86_400}&end=1790000001`);
    });

    it('are an error where the Data API refuses or answers otherwise', async () => {
      server.answer(() => notFound);
      await expect(list(1_000, 2_000)).rejects.toThrow('refused to return the price history');
      server.answer(() => ({ body: '{"data":[{"timestamp":"x"}]}' }));
      await expect(list(1_000, 2_000)).rejects.toThrow(/price history/);
    });
  });
});
