import { beforeEach, describe, expect, it } from 'vitest';
import { type FillTotals, type OrderTerms, sumFills } from '#lib/domain/market/order.ts';
import { totalsOfSlices } from '#lib/domain/market/walk-book.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { Exchange, OrderReply } from '#lib/ports/venue/exchange.ts';
import { someLevels } from '#test/factories/a-book.ts';

type Levels = readonly (readonly [price: string, shares: string])[];

/** A venue of the test's own, with one account that holds nothing, and the exchange that trades there. */
export type ExchangeWorld = {
  readonly exchange: Exchange;
  /** A position whose mode the exchange serves; its market runs, with a tick of one cent. */
  readonly position: PositionTerms;
  nowMs(): number;
  /** Replaces the whole book of the position's token, with liquidity nobody has taken from yet; best prices first. */
  setBook(book: { readonly bids: Levels; readonly asks: Levels }): Promise<void>;
  /** From now on the venue has no book for the token, as after the market's end. */
  removeBook(): Promise<void>;
  /** Lets time pass until what was matched so far is final. */
  settle(): Promise<void>;
  /** Lets as much time pass as the work needs. */
  run<Value>(work: Promise<Value>): Promise<Value>;
};

const shares = (text: string): bigint => someLevels([['0', text]])[0]!.sharesMicros;
const price = (text: string): bigint => someLevels([[text, '0']])[0]!.priceMicros;

const DEEP_BOOK = {
  bids: [
    ['0.49', '100'],
    ['0.48', '200'],
  ],
  asks: [
    ['0.50', '100'],
    ['0.51', '200'],
  ],
} as const;

/**
 * The executable form of `lib/ports/venue/exchange.ts`: paper, simulated and live exchange all have to pass it. The
 * account's buys settle some time after they match, never at once.
 */
export function describeExchange(name: string, makeWorld: () => Promise<ExchangeWorld>): void {
  describe(`${name} as an exchange`, () => {
    let world: ExchangeWorld;
    let exchange: Exchange;
    let position: PositionTerms;
    beforeEach(async () => {
      world = await makeWorld();
      ({ exchange, position } = world);
      await world.setBook(DEEP_BOOK);
    });

    const soon = (): number => world.nowMs() + 6_000;
    const aSell = (overrides: Partial<OrderTerms> = {}): OrderTerms => ({
      side: 'SELL',
      orderType: 'FAK',
      tokenId: position.tokenId,
      negRisk: position.negRisk,
      marketVersion: position.marketVersion,
      sharesMicros: shares('10'),
      limitPriceMicros: price('0.40'),
      ...overrides,
    });
    const aBuy = (overrides: Partial<OrderTerms> = {}): OrderTerms =>
      aSell({ side: 'BUY', limitPriceMicros: price('0.50'), ...overrides });
    const prepare = (order: OrderTerms, attemptNumber = 1): Promise<OrderIntent> =>
      world.run(exchange.prepareOrder(position, order, attemptNumber));
    const post = (intent: OrderIntent): Promise<OrderReply> => world.run(exchange.postOrder(position, intent, soon()));
    const place = async (order: OrderTerms) => {
      const intent = await prepare(order);
      return { intent, reply: await post(intent) };
    };
    const list = (...orderHashes: readonly string[]) => world.run(exchange.listOrders(position, orderHashes, soon()));
    /** The venue may have forgotten an order that it killed, or know that nothing of it was filled. */
    const expectNothingFilled = async (orderHash: string): Promise<void> => {
      for (const record of await list(orderHash)) expect(record).toEqual({ orderHash, working: false, trades: [] });
    };
    /**
     * Shares and cash are exact. The fee may be an estimate from the average price, which is too high by no more than
     * the spread of the prices makes: fees are concave in the price, and the answer does not tell them apart.
     */
    const expectReported = (reply: OrderReply, totals: FillTotals): void => {
      const { feesMicros, ...fills } = totals;
      expect(reply).toMatchObject({ outcome: 'accepted', working: false, reported: fills });
      if (reply.outcome !== 'accepted') return;
      expect(Number(reply.reported.feesMicros - feesMicros)).toBeGreaterThanOrEqual(-20);
      expect(Number(reply.reported.feesMicros - feesMicros)).toBeLessThanOrEqual(Number(fills.sharesMicros) / 1_000);
    };
    const balance = async () => (await world.run(exchange.getBalance(position, soon()))).balanceMicros;
    const reportedShares = (reply: OrderReply): bigint => {
      if (reply.outcome !== 'accepted') throw new Error(`Expected an accepted order, got ${reply.outcome}`);
      return reply.reported.sharesMicros;
    };
    const buyAndSettle = async (text = '10') => {
      const { intent, reply } = await place(aBuy({ sharesMicros: shares(text) }));
      expect(reportedShares(reply)).toBe(shares(text));
      await world.settle();
      await world.setBook(DEEP_BOOK);
      return intent;
    };

    describe('preparing', () => {
      it('tells the venue nothing', async () => {
        const intent = await prepare(aBuy());
        expect(await list(intent.orderHash)).toEqual([]);
        expect(await world.run(exchange.listRestingOrders(position, soon()))).toEqual([]);
      });

      it('keeps the terms, the attempt number and the time', async () => {
        const order = aBuy();
        const intent = await prepare(order, 7);
        expect(intent).toMatchObject({ ...order, attemptNumber: 7 });
        expect(Math.abs(intent.timestampMs - world.nowMs())).toBeLessThan(60_000);
      });

      it('makes a new order each time, with a name of 32 bytes', async () => {
        const [one, two] = [await prepare(aBuy()), await prepare(aBuy())];
        expect(one.orderHash).toMatch(/^0x[0-9a-f]{64}$/);
        expect(one.orderHash).not.toBe(two.orderHash);
      });
    });

    describe('posting', () => {
      it('places one order for one intent, however often it is posted', async () => {
        const intent = await prepare(aBuy());
        const replies = [await post(intent), await post(intent), await post(intent)];
        expect(replies[0]!.outcome).toBe('accepted');
        for (const reply of replies.slice(1)) expect(['duplicate', 'refused']).toContain(reply.outcome);
        const [record] = await list(intent.orderHash);
        expect(record!.trades.reduce((sum, trade) => sum + trade.sharesMicros, 0n)).toBe(shares('10'));
      });

      it('places one order for one intent that is posted twice at the same time', async () => {
        const intent = await prepare(aBuy());
        const replies = await world.run(
          Promise.all([exchange.postOrder(position, intent, soon()), exchange.postOrder(position, intent, soon())]),
        );
        expect(replies.filter((reply) => reply.outcome === 'accepted')).toHaveLength(1);
        const [record] = await list(intent.orderHash);
        expect(record!.trades.reduce((sum, trade) => sum + trade.sharesMicros, 0n)).toBe(shares('10'));
      });

      it('fills a FAK order as far as the book goes', async () => {
        await world.setBook({ bids: [], asks: [['0.50', '4']] });
        const { reply } = await place(aBuy());
        expect(reportedShares(reply)).toBe(shares('4'));
      });

      it('refuses a FAK order that meets nobody, and does not know it afterwards', async () => {
        await world.setBook({ bids: [['0.49', '100']], asks: [] });
        const { intent, reply } = await place(aBuy());
        expect(reply).toMatchObject({ outcome: 'refused', code: 'no-match' });
        await expectNothingFilled(intent.orderHash);
      });

      it('fills a FOK order whole or not at all', async () => {
        await world.setBook({ bids: [], asks: [['0.50', '9.99']] });
        const short = await place(aBuy({ orderType: 'FOK' }));
        expect(short.reply).toMatchObject({ outcome: 'refused', code: 'no-match' });
        await expectNothingFilled(short.intent.orderHash);
        await world.setBook({
          bids: [],
          asks: [
            ['0.50', '9.99'],
            ['0.51', '1'],
          ],
        });
        const whole = await place(aBuy({ orderType: 'FOK', limitPriceMicros: price('0.51') }));
        // Of its 5.10 dollars 4.995 go at 0.50, and the rest at 0.51.
        expect(reportedShares(whole.reply)).toBe(shares('10.195882'));
      });

      it.each(['FOK', 'FAK'] as const)(
        'spends the dollars of a %s buy, and brings more shares at a better price',
        async (orderType) => {
          await world.setBook({ bids: [['0.60', '200']], asks: [['0.61', '100']] });
          const order = { orderType, sharesMicros: shares('38'), limitPriceMicros: price('0.63') };
          const { intent, reply } = await place(aBuy(order));
          const fills = { sharesMicros: shares('39.245901'), valueMicros: shares('23.94') };
          expect(reply).toMatchObject({ outcome: 'accepted', working: false, reported: fills });
          await world.settle();
          const [record] = await list(intent.orderHash);
          expect(record).toMatchObject({ working: false, trades: [{ ...fills, status: 'confirmed' }] });
          expect(await balance()).toBe(fills.sharesMicros);
          const sell = await place(aSell({ sharesMicros: shares('39.24'), limitPriceMicros: price('0.58') }));
          // A sell is for its shares: a better price brings more cash.
          expect(sell.reply).toMatchObject({
            reported: { sharesMicros: shares('39.24'), valueMicros: shares('23.544') },
          });
          await world.settle();
          expect(await balance()).toBe(shares('0.005901'));
        },
      );

      it('takes the best prices first and none that is worse than the limit', async () => {
        await world.setBook({
          bids: [],
          asks: [
            ['0.50', '4'],
            ['0.51', '4'],
            ['0.52', '4'],
          ],
        });
        const { reply } = await place(aBuy({ limitPriceMicros: price('0.51') }));
        const slices = someLevels([
          ['0.50', '4'],
          ['0.51', '4'],
        ]);
        expectReported(reply, totalsOfSlices(slices, position.feeRateMicros));
      });

      it('sells down to the limit and no further', async () => {
        await buyAndSettle();
        await world.setBook({
          bids: [
            ['0.49', '4'],
            ['0.47', '4'],
            ['0.39', '50'],
          ],
          asks: [],
        });
        const { reply } = await place(aSell({ limitPriceMicros: price('0.40') }));
        const slices = someLevels([
          ['0.49', '4'],
          ['0.47', '4'],
        ]);
        expectReported(reply, totalsOfSlices(slices, position.feeRateMicros));
      });

      it('takes the same resting order once', async () => {
        await world.setBook({ bids: [], asks: [['0.50', '12']] });
        expect(reportedShares((await place(aBuy())).reply)).toBe(shares('10'));
        expect(reportedShares((await place(aBuy())).reply)).toBe(shares('2'));
        expect((await place(aBuy())).reply).toMatchObject({ outcome: 'refused', code: 'no-match' });
      });

      it('refuses a price between two ticks', async () => {
        const { reply } = await place(aBuy({ limitPriceMicros: price('0.505') }));
        expect(reply).toMatchObject({ outcome: 'refused', code: 'tick-size' });
      });

      it('refuses a buy of less than a dollar', async () => {
        const { reply } = await place(aBuy({ sharesMicros: shares('1.66'), limitPriceMicros: price('0.60') }));
        expect(reply).toMatchObject({ outcome: 'refused', code: 'order-size' });
      });

      it('refuses an order for a market without a book', async () => {
        await world.removeBook();
        expect((await place(aBuy())).reply).toMatchObject({ outcome: 'refused', code: 'market-over' });
      });
    });

    describe('selling what was bought', () => {
      it('is refused with the figures until the buy has settled', async () => {
        await place(aBuy());
        const { intent, reply } = await place(aSell());
        expect(reply).toMatchObject({
          outcome: 'refused',
          code: 'balance-or-allowance',
          text: expect.stringContaining('not enough balance / allowance'),
          figures: {
            balanceMicros: 0n,
            activeOrdersMicros: 0n,
            matchedOrdersMicros: 0n,
            orderMicros: shares('10'),
          },
        });
        expect(await list(intent.orderHash)).toEqual([]);
        expect(await balance()).toBe(0n);
      });

      it('is accepted once the buy has settled', async () => {
        await buyAndSettle();
        expect(await balance()).toBe(shares('10'));
        expect(reportedShares((await place(aSell())).reply)).toBe(shares('10'));
      });

      it('is refused for more than is there', async () => {
        await buyAndSettle();
        const { reply } = await place(aSell({ sharesMicros: shares('10.01') }));
        expect(reply).toMatchObject({
          outcome: 'refused',
          code: 'balance-or-allowance',
          figures: { balanceMicros: shares('10'), orderMicros: shares('10.01') },
        });
      });

      it('is refused for shares that are sold already, before and after that sell has settled', async () => {
        await buyAndSettle();
        await place(aSell());
        await world.setBook(DEEP_BOOK);
        expect((await place(aSell())).reply).toMatchObject({ outcome: 'refused', code: 'balance-or-allowance' });
        await world.settle();
        expect(await balance()).toBe(0n);
        expect((await place(aSell())).reply).toMatchObject({ outcome: 'refused', code: 'balance-or-allowance' });
      });

      it('is accepted for what a partial sell left, while that has not settled', async () => {
        await buyAndSettle();
        await place(aSell({ sharesMicros: shares('6') }));
        await world.setBook(DEEP_BOOK);
        expect(reportedShares((await place(aSell({ sharesMicros: shares('4') }))).reply)).toBe(shares('4'));
      });

      it('never sells the same shares to two sells at the same time', async () => {
        await buyAndSettle();
        const intents = [await prepare(aSell(), 2), await prepare(aSell(), 3), await prepare(aSell(), 4)];
        const replies = await world.run(
          Promise.all(intents.map((intent) => exchange.postOrder(position, intent, soon()))),
        );
        expect(replies.map((reply) => reply.outcome).toSorted()).toEqual(['accepted', 'refused', 'refused']);
        await world.settle();
        expect(await balance()).toBe(0n);
      });
    });

    describe('looking up', () => {
      it('knows the orders that were placed and no others', async () => {
        const { intent } = await place(aBuy());
        const unposted = await prepare(aBuy());
        const records = await list(unposted.orderHash, intent.orderHash, `0x${'00'.repeat(32)}`);
        expect(records.map((record) => record.orderHash)).toEqual([intent.orderHash]);
        expect(await list()).toEqual([]);
      });

      it('shows trades that add up to what the answer reported', async () => {
        await world.setBook({
          bids: [],
          asks: [
            ['0.50', '4'],
            ['0.51', '8'],
          ],
        });
        const { intent, reply } = await place(aBuy({ limitPriceMicros: price('0.51') }));
        const [record] = await list(intent.orderHash);
        const total = sumFills(record!.trades);
        expectReported(reply, total);
        expect(record!.working).toBe(false);
        for (const trade of record!.trades) expect(trade).toMatchObject({ orderHash: intent.orderHash, side: 'BUY' });
      });

      it('shows trades as provisional first and as confirmed once settled, under the same ids', async () => {
        await world.setBook({
          bids: [],
          asks: [
            ['0.50', '4'],
            ['0.51', '8'],
          ],
        });
        const { intent } = await place(aBuy({ limitPriceMicros: price('0.51') }));
        const [before] = await list(intent.orderHash);
        await world.settle();
        const [after] = await list(intent.orderHash);
        expect(before!.trades.map((trade) => trade.status)).toEqual(['provisional', 'provisional']);
        expect(after!.trades).toEqual(before!.trades.map((trade) => ({ ...trade, status: 'confirmed' })));
      });
    });

    describe('balance and resting orders', () => {
      it('may be refreshed and cancelled again and again without changing what is held', async () => {
        await buyAndSettle();
        for (let count = 1; count <= 2; count += 1) {
          await world.run(exchange.refreshBalance(position, soon()));
          await world.run(exchange.cancelRestingOrders(position, soon()));
        }
        expect(await world.run(exchange.listRestingOrders(position, soon()))).toEqual([]);
        expect(await balance()).toBe(shares('10'));
      });
    });

    it('throws for a position of another mode, whatever is asked', async () => {
      const intent = await prepare(aBuy());
      const foreign: PositionTerms = { ...position, mode: position.mode === 'paper' ? 'live' : 'paper' };
      const error = { name: 'InvariantError' };
      await expect(exchange.prepareOrder(foreign, aBuy(), 1)).rejects.toMatchObject(error);
      await expect(exchange.postOrder(foreign, intent, soon())).rejects.toMatchObject(error);
      await expect(exchange.listOrders(foreign, [intent.orderHash], soon())).rejects.toMatchObject(error);
      await expect(exchange.getBalance(foreign, soon())).rejects.toMatchObject(error);
      await expect(exchange.refreshBalance(foreign, soon())).rejects.toMatchObject(error);
      await expect(exchange.listRestingOrders(foreign, soon())).rejects.toMatchObject(error);
      await expect(exchange.cancelRestingOrders(foreign, soon())).rejects.toMatchObject(error);
      expect(await list(intent.orderHash)).toEqual([]);
    });
  });
}
