import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import {
  InvariantError,
  RateLimitedError,
  StoreUnavailableError,
  UnexpectedReplyError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import type { PaperLedger } from '#lib/ports/store/paper-ledger.ts';
import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import { createPaperWorld, type PaperWorld, SETTLEMENT_MS } from '#test/contract/paper-world.ts';
import { aBook } from '#test/factories/a-book.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';

const BUY: OrderTerms = {
  side: 'BUY',
  orderType: 'FAK',
  tokenId: UP_TOKEN_ID,
  negRisk: false,
  marketVersion: 'v1',
  sharesMicros: 38_400_000n,
  limitPriceMicros: 650_000n,
};
const SELL: OrderTerms = { ...BUY, side: 'SELL', limitPriceMicros: 580_000n };

const prepare = (world: PaperWorld, order: OrderTerms): Promise<OrderIntent> =>
  world.exchange.prepareOrder(world.position, order, 1);

const post = (world: PaperWorld, intent: OrderIntent, waitMs = 6_000) =>
  world.run(world.exchange.postOrder(world.position, intent, world.nowMs() + waitMs));

const place = async (world: PaperWorld, order: OrderTerms) => post(world, await prepare(world, order));

const recordsOf = async (world: PaperWorld) => (await world.ledger.read(world.position)).orders;

describe('the paper exchange, before it matches', () => {
  it('waits for the taker delay and reads the book after it', async () => {
    const world = createPaperWorld();
    const postedAtMs = world.nowMs();
    await place(world, BUY);
    expect(world.bookReadAtMs()).toEqual([postedAtMs + 150]);
    expect(await recordsOf(world)).toMatchObject([{ acceptedAtMs: postedAtMs + 150 }]);
  });

  it('posts an order prepared in this process without reading the ledger again', async () => {
    const memory = createMemoryPaperLedger();
    const reads: number[] = [];
    const ledger: PaperLedger = {
      ...memory,
      read: async (account) => {
        reads.push(world.nowMs());
        return memory.read(account);
      },
    };
    const world: PaperWorld = createPaperWorld({ ledger });
    const buy = await prepare(world, BUY);
    expect(reads).toHaveLength(1);
    expect(await post(world, buy)).toMatchObject({ outcome: 'accepted' });
    expect(reads).toHaveLength(1);
  });

  it('reads the ledger anew for a second post, and for an order that another process prepared', async () => {
    const world = createPaperWorld();
    const buy = await prepare(world, BUY);
    expect(await post(world, buy)).toMatchObject({ outcome: 'accepted' });
    expect(await post(world, buy)).toEqual({ outcome: 'duplicate' });
    expect(await post(world, { ...buy })).toEqual({ outcome: 'duplicate' });
  });

  it('sells no share twice when the ledger has changed since the order was prepared', async () => {
    const world = createPaperWorld();
    await place(world, BUY);
    await world.settle();
    const early = await prepare(world, SELL);
    expect(await place(world, SELL)).toMatchObject({ outcome: 'accepted' });
    expect(await post(world, early)).toMatchObject({ outcome: 'refused', code: 'balance-or-allowance' });
  });

  it('does not refuse because of a ledger read before the post', async () => {
    const world = createPaperWorld();
    const sell = await prepare(world, SELL);
    await place(world, BUY);
    await world.settle();
    expect(await post(world, sell)).toMatchObject({ outcome: 'accepted' });
  });

  it('refuses a sell of unsettled shares at once, in the words of the venue', async () => {
    const world = createPaperWorld();
    await place(world, BUY);
    const bookReadCount = world.bookReadAtMs().length;
    expect(await place(world, SELL)).toMatchObject({
      outcome: 'refused',
      text: 'not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 38400000',
    });
    expect(world.bookReadAtMs()).toHaveLength(bookReadCount);
  });

  it('counts sold shares that have not left yet as matched', async () => {
    const world = createPaperWorld();
    await place(world, { ...BUY, orderType: 'FOK', limitPriceMicros: 610_000n, sharesMicros: 38_000_000n });
    await world.settle();
    await place(world, { ...SELL, sharesMicros: 38_000_000n });
    expect(await place(world, { ...SELL, sharesMicros: 10_000n })).toMatchObject({
      outcome: 'refused',
      text: 'not enough balance / allowance: the balance is not enough -> balance: 38000000, sum of matched orders: 38000000, order amount (inc. fees): 10000',
      figures: { balanceMicros: 38_000_000n, matchedOrdersMicros: 38_000_000n },
    });
  });

  it('checks a refused order again when it is posted again', async () => {
    const world = createPaperWorld();
    await place(world, BUY);
    const sell = await prepare(world, SELL);
    expect(await post(world, sell)).toMatchObject({ outcome: 'refused' });
    await world.settle();
    expect(await post(world, sell)).toMatchObject({ outcome: 'accepted' });
  });

  it.each([
    ['no share', { sharesMicros: 0n }],
    ['a part of 0.01 share', { sharesMicros: 38_465_000n }],
    ['a price of 0', { limitPriceMicros: 0n }],
    ['a price of 1', { limitPriceMicros: 1_000_000n }],
    ['a price finer than any tick', { limitPriceMicros: 650_050n }],
    ['another token', { tokenId: DOWN_TOKEN_ID }],
  ])('does not prepare an order for %s', async (_what, fault) => {
    const world = createPaperWorld();
    await expect(prepare(world, { ...BUY, ...fault })).rejects.toThrow(InvariantError);
  });

  it('prepares a price of a finer tick than the market had when the position was opened', async () => {
    const world = createPaperWorld();
    expect(await prepare(world, { ...SELL, limitPriceMicros: 985_000n })).toMatchObject({ limitPriceMicros: 985_000n });
  });

  it('does not post an order of another token', async () => {
    const world = createPaperWorld();
    const intent = await prepare(world, BUY);
    await expect(post(world, { ...intent, tokenId: DOWN_TOKEN_ID })).rejects.toThrow(InvariantError);
  });
});

describe('the paper exchange, matching', () => {
  it('refuses an order without a match with the venue’s text', async () => {
    const world = createPaperWorld();
    await world.setBook({ bids: [], asks: [['0.60', '1']] });
    expect(await place(world, { ...BUY, orderType: 'FOK' })).toMatchObject({
      code: 'no-match',
      text: "order couldn't be fully filled. FOK orders are fully filled or killed.",
    });
    expect(await place(world, { ...BUY, sharesMicros: 38_000_000n, limitPriceMicros: 590_000n })).toMatchObject({
      code: 'no-match',
      text: expect.stringMatching(/^no orders found to match with FAK order\./),
    });
  });

  it('names the price and the tick it breaks', async () => {
    const world = createPaperWorld();
    const intent = await prepare(world, { ...BUY, sharesMicros: 38_000_000n, limitPriceMicros: 655_000n });
    expect(await post(world, intent)).toMatchObject({
      code: 'tick-size',
      text: `order ${intent.orderHash} is invalid. Price (0.655) breaks minimum tick size rule: 0.01`,
    });
  });

  it('fills until the end of the market and not at it, whatever the book shows', async () => {
    const world = createPaperWorld();
    const { marketEndsAtMs } = world.position;
    await world.clock.advanceTo(marketEndsAtMs - 151);
    const [last, late] = [await prepare(world, BUY), await prepare(world, BUY)];
    const first = world.exchange.postOrder(world.position, last, marketEndsAtMs + 1_000);
    await world.clock.advanceTo(marketEndsAtMs - 150);
    const second = world.exchange.postOrder(world.position, late, marketEndsAtMs + 1_000);
    expect(await world.run(first)).toMatchObject({ outcome: 'accepted' });
    expect(await world.run(second)).toMatchObject({ outcome: 'refused', code: 'market-over' });
  });

  it('accepts a buy of exactly one dollar and names the value of a smaller one', async () => {
    const world = createPaperWorld();
    await world.setBook({ bids: [], asks: [['0.50', '10']] });
    const oneDollar = { ...BUY, sharesMicros: 2_000_000n, limitPriceMicros: 500_000n };
    expect(await place(world, { ...oneDollar, sharesMicros: 1_980_000n })).toMatchObject({
      code: 'order-size',
      text: 'invalid amount for a marketable BUY order ($0.9900), min size: $1',
    });
    expect(await place(world, oneDollar)).toMatchObject({ outcome: 'accepted' });
  });

  it('fills a sell at a price at which it has just filled a buy', async () => {
    const world = createPaperWorld({ settlement: { fixedMs: 0 } });
    await world.setBook({ bids: [], asks: [['0.60', '38.40']] });
    await place(world, BUY);
    const { bookAtMs } = (await recordsOf(world))[0]!;
    await world.setBook({ bids: [['0.60', '38.40']], asks: [] });
    world.dateBook(bookAtMs);
    expect(await place(world, SELL)).toMatchObject({ outcome: 'accepted', reported: { sharesMicros: 38_400_000n } });
  });

  it('trades sizes of two decimals, also against levels of more', async () => {
    const world = createPaperWorld();
    await world.setBook({
      bids: [],
      asks: [
        ['0.60', '7.123456'],
        ['0.61', '0.009'],
      ],
    });
    expect(await place(world, BUY)).toMatchObject({ outcome: 'accepted', reported: { sharesMicros: 7_120_000n } });
  });

  it('fills again from a book that is two seconds younger', async () => {
    const world = createPaperWorld();
    await world.setBook({ bids: [], asks: [['0.60', '38.40']] });
    expect(await place(world, BUY)).toMatchObject({ outcome: 'accepted' });
    const { bookAtMs } = (await recordsOf(world))[0]!;
    world.dateBook(bookAtMs + 1_999);
    expect(await place(world, BUY)).toMatchObject({ outcome: 'refused', code: 'no-match' });
    world.dateBook(bookAtMs + 2_000);
    expect(await place(world, BUY)).toMatchObject({ outcome: 'accepted' });
  });

  it('shows the trades of a buy as confirmed from the stored time on', async () => {
    const world = createPaperWorld();
    const intent = await prepare(world, BUY);
    await post(world, intent);
    const { settlesAtMs } = (await recordsOf(world))[0]!;
    const statusAt = async (atMs: number) => {
      await world.clock.advanceTo(atMs);
      const [record] = await world.exchange.listOrders(world.position, [intent.orderHash], atMs + 1_000);
      return record?.trades[0]?.status;
    };
    expect(settlesAtMs).toBe(world.nowMs() + SETTLEMENT_MS);
    expect(await statusAt(settlesAtMs - 1)).toBe('provisional');
    expect(await statusAt(settlesAtMs)).toBe('confirmed');
  });

  it('draws the settlement of an order from its hash when none is fixed', async () => {
    const world = createPaperWorld({ settlement: { minMs: 2_000, maxMs: 4_000, tailPercent: 0, tailMaxMs: 50_000 } });
    await place(world, { ...BUY, sharesMicros: 5_000_000n });
    await place(world, { ...BUY, sharesMicros: 5_000_000n });
    const lags = (await recordsOf(world)).map((order) => order.settlesAtMs - order.acceptedAtMs);
    expect(lags[0]).not.toBe(lags[1]);
    for (const lagMs of lags) expect(lagMs >= 2_000 && lagMs < 4_000).toBe(true);
  });
});

describe('the paper exchange, when something fails', () => {
  it.each([
    ['is not reached', new UpstreamUnavailableError('down'), { code: 'not-reached', retryAfterMs: null }],
    ['answers nonsense', new UnexpectedReplyError('odd'), { code: 'not-reached', retryAfterMs: null }],
    ['asks to wait', new RateLimitedError('slow', 1_500), { code: 'rate-limited', retryAfterMs: 1_500 }],
  ])('has surely not placed the order when the book %s', async (_what, error, answer) => {
    const world = createPaperWorld();
    const intent = await prepare(world, BUY);
    world.failBook(error);
    expect(await post(world, intent)).toMatchObject({ outcome: 'not-sent', ...answer });
    expect(await recordsOf(world)).toEqual([]);
    world.failBook(undefined);
    expect(await post(world, intent)).toMatchObject({ outcome: 'accepted' });
  });

  it('throws on an error that is not the world’s', async () => {
    const world = createPaperWorld();
    const intent = await prepare(world, BUY);
    world.failBook(new TypeError('x is not a function'));
    await expect(post(world, intent)).rejects.toThrow(TypeError);
    expect(await recordsOf(world)).toEqual([]);
  });

  it('does not start a post that the deadline would interrupt', async () => {
    const world = createPaperWorld();
    expect(await post(world, await prepare(world, BUY), 150)).toMatchObject({
      outcome: 'not-sent',
      code: 'not-reached',
    });
    expect(world.bookReadAtMs()).toEqual([]);
  });

  it('places nothing when the book comes at the deadline', async () => {
    let world: PaperWorld;
    const slowBook = {
      findBook: async () => {
        await world.clock.advanceBy(6_000 - 150);
        return aBook();
      },
    };
    world = createPaperWorld({ marketData: slowBook });
    expect(await post(world, await prepare(world, BUY))).toMatchObject({ outcome: 'not-sent', code: 'not-reached' });
    expect(await recordsOf(world)).toEqual([]);
  });

  it('reports not-sent when the ledger could not be read', async () => {
    const ledger: PaperLedger = {
      ...createMemoryPaperLedger(),
      read: () => Promise.reject(new StoreUnavailableError('down')),
    };
    const world = createPaperWorld({ ledger });
    const intent = await prepare(world, BUY);
    expect(await post(world, intent)).toMatchObject({ outcome: 'not-sent', code: 'not-reached' });
    const soon = world.nowMs() + 1_000;
    await expect(world.exchange.listOrders(world.position, [intent.orderHash], soon)).rejects.toThrow(
      UpstreamUnavailableError,
    );
    await expect(world.exchange.getBalance(world.position, soon)).rejects.toThrow(UpstreamUnavailableError);
  });

  it('reports an unknown outcome when the ledger’s answer is lost; a look-up finds it', async () => {
    const inner = createMemoryPaperLedger();
    const lossy: PaperLedger = {
      ...inner,
      record: async (account, sequence, order) => {
        await inner.record(account, sequence, order);
        throw new StoreUnavailableError('lost');
      },
    };
    const world = createPaperWorld({ ledger: lossy });
    const intent = await prepare(world, BUY);
    expect(await post(world, intent)).toMatchObject({ outcome: 'unknown' });
    const records = await world.exchange.listOrders(world.position, [intent.orderHash], world.nowMs() + 1_000);
    expect(records).toHaveLength(1);
    expect(await post(world, intent)).toEqual({ outcome: 'duplicate' });
  });

  it('checks and matches again when another order came first', async () => {
    const inner = createMemoryPaperLedger();
    let conflictCount = 0;
    const contended: PaperLedger = {
      ...inner,
      record: async (account, sequence, order) => {
        if (order.side === 'BUY' || conflictCount === 1) return inner.record(account, sequence, order);
        conflictCount += 1;
        // Another sell takes all but one share between this order's reading and its writing.
        const [slice] = order.slices;
        const rival = { ...slice!, sharesMicros: 37_460_000n };
        await inner.record(account, sequence, { ...order, orderHash: '0xff', recordId: 'rival', slices: [rival] });
        return inner.record(account, sequence, order);
      },
    };
    const world = createPaperWorld({ ledger: contended });
    await place(world, BUY);
    await world.settle();
    expect(await place(world, SELL)).toMatchObject({
      outcome: 'refused',
      code: 'balance-or-allowance',
      figures: { matchedOrdersMicros: 37_460_000n },
    });
    expect(conflictCount).toBe(1);
  });

  it('gives up after a bounded number of conflicts, with nothing placed', async () => {
    let recordCount = 0;
    const ledger: PaperLedger = {
      ...createMemoryPaperLedger(),
      record: async () => {
        recordCount += 1;
        return 'conflict';
      },
    };
    const world = createPaperWorld({ ledger });
    expect(await place(world, BUY)).toMatchObject({ outcome: 'not-sent', code: 'not-reached' });
    expect(recordCount).toBe(5);
  });
});

describe('the paper exchange, as a program', () => {
  it('imports nothing that holds a key, signs or reaches a network', () => {
    const folder = new URL('../../../lib/adapters/paper/', import.meta.url);
    const files = ['../assert-order.ts', ...readdirSync(folder)];
    const sources = files.map((file) => readFileSync(new URL(file, folder), 'utf8'));
    const imports = sources.flatMap((source) =>
      [...source.matchAll(/\bfrom '([^']+)'|\bimport\(/g)].map(([text, from]) => from ?? text),
    );
    const isHarmless = (from: string): boolean =>
      /^(\.\/|#lib\/(domain|ports|errors)\/|#lib\/adapters\/assert-order.ts$|node:crypto$)/.test(from);
    expect(imports.length).toBeGreaterThan(10);
    expect(imports.filter((from) => !isHarmless(from))).toEqual([]);
    // node:crypto is there for the hash alone, and no global reaches the network.
    expect(sources.join('\n')).not.toMatch(/\bfetch\b|WebSocket|createSign|createHmac|privateKey/i);
  });
});
