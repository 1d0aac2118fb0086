import { describe, expect, it } from 'vitest';
import type { PaperAccount, PaperLedger, PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID, WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';

export function aPaperOrder(overrides: Partial<PaperOrder> = {}): PaperOrder {
  return {
    orderHash: `0x${'a1'.repeat(32)}`,
    recordId: 'record-1',
    positionId: 'position-1',
    side: 'BUY',
    orderType: 'FAK',
    requestedSharesMicros: 40_000_000n,
    limitPriceMicros: 620_000n,
    slices: [
      { priceMicros: 610_000n, sharesMicros: 30_000_000n, valueMicros: 18_300_000n, feesMicros: 499_590n },
      { priceMicros: 620_000n, sharesMicros: 6_000_000n, valueMicros: 3_720_000n, feesMicros: 98_950n },
    ],
    bookAtMs: WINDOW_STARTS_AT_MS + 30_000,
    acceptedAtMs: WINDOW_STARTS_AT_MS + 30_250,
    settlesAtMs: WINDOW_STARTS_AT_MS + 33_000,
    ...overrides,
  };
}

const hashOf = (index: number): string => `0x${index.toString(16).padStart(64, '0')}`;

/** The executable form of `PaperLedger`. `makeLedger` gives a ledger without orders. */
export function describePaperLedger(name: string, makeLedger: () => Promise<PaperLedger>): void {
  const account: PaperAccount = { wallet: '0x1111111111111111111111111111111111111111', tokenId: UP_TOKEN_ID };

  describe(`${name} as a paper ledger`, () => {
    it('starts without orders at sequence 0', async () => {
      const ledger = await makeLedger();
      expect(await ledger.read(account)).toEqual({ sequence: 0, orders: [] });
    });

    it('gives back every field of an order, in the order of recording', async () => {
      const ledger = await makeLedger();
      const first = aPaperOrder({ orderHash: hashOf(2) });
      const second = aPaperOrder({ orderHash: hashOf(1), recordId: 'record-2', side: 'SELL' });
      expect(await ledger.record(account, 0, first)).toBe('recorded');
      expect(await ledger.record(account, 1, second)).toBe('recorded');
      expect(await ledger.read(account)).toEqual({ sequence: 2, orders: [first, second] });
    });

    it('refuses an order decided on an older state, and writes nothing of it', async () => {
      const ledger = await makeLedger();
      const first = aPaperOrder({ orderHash: hashOf(1) });
      await ledger.record(account, 0, first);
      expect(await ledger.record(account, 0, aPaperOrder({ orderHash: hashOf(2), recordId: 'record-2' }))).toBe(
        'conflict',
      );
      expect(await ledger.read(account)).toEqual({ sequence: 1, orders: [first] });
    });

    it('refuses an order decided on a state that does not exist', async () => {
      const ledger = await makeLedger();
      expect(await ledger.record(account, 3, aPaperOrder())).toBe('conflict');
      expect(await ledger.read(account)).toEqual({ sequence: 0, orders: [] });
    });

    it('recognises its own write when it is repeated, also after later orders', async () => {
      const ledger = await makeLedger();
      const order = aPaperOrder({ orderHash: hashOf(1) });
      await ledger.record(account, 0, order);
      await ledger.record(account, 1, aPaperOrder({ orderHash: hashOf(2), recordId: 'record-2' }));
      expect(await ledger.record(account, 0, order)).toBe('recorded');
      expect((await ledger.read(account)).sequence).toBe(2);
    });

    it('calls another post of a known order a duplicate, whatever state it was decided on', async () => {
      const ledger = await makeLedger();
      const order = aPaperOrder();
      await ledger.record(account, 0, order);
      expect(await ledger.record(account, 0, { ...order, recordId: 'record-2' })).toBe('duplicate');
      expect(await ledger.record(account, 1, { ...order, recordId: 'record-3' })).toBe('duplicate');
      expect((await ledger.read(account)).orders).toEqual([order]);
    });

    it('lets exactly one of many orders decided on the same state through', async () => {
      const ledger = await makeLedger();
      const orders = Array.from({ length: 8 }, (_, index) =>
        aPaperOrder({ orderHash: hashOf(index), recordId: `record-${index}` }),
      );
      const recordings = await Promise.all(orders.map((order) => ledger.record(account, 0, order)));
      expect(recordings.filter((recording) => recording === 'recorded')).toHaveLength(1);
      expect(recordings.filter((recording) => recording === 'conflict')).toHaveLength(7);
      const winner = orders[recordings.indexOf('recorded')];
      expect(await ledger.read(account)).toEqual({ sequence: 1, orders: [winner] });
    });

    it('keeps wallets and tokens apart', async () => {
      const ledger = await makeLedger();
      await ledger.record(account, 0, aPaperOrder());
      expect((await ledger.read({ ...account, tokenId: DOWN_TOKEN_ID })).orders).toEqual([]);
      expect((await ledger.read({ ...account, wallet: '0x2222222222222222222222222222222222222222' })).orders).toEqual(
        [],
      );
    });
  });
}
