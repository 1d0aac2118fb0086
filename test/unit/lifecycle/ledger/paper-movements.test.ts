import { describe, expect, it } from 'vitest';
import { listPaperMovements } from '#lib/lifecycle/ledger/paper-movements.ts';
import type { PaperAccount, PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import { aPosition } from '#test/factories/a-position.ts';

const AT_MS = 1_773_307_231_000;
const slice = (sharesMicros: bigint, valueMicros: bigint, feesMicros: bigint) => {
  return { priceMicros: 650_000n, sharesMicros, valueMicros, feesMicros };
};
const anOrder = (overrides: Partial<PaperOrder>): PaperOrder => ({
  ...{ orderHash: '0xbuy', recordId: 'r', positionId: 'position-1', side: 'BUY', orderType: 'FOK' },
  ...{ requestedSharesMicros: 36_000_000n, limitPriceMicros: 650_000n, bookAtMs: AT_MS, settlesAtMs: AT_MS },
  slices: [slice(30_000_000n, 19_000_000n, 100n), slice(6_000_000n, 4_000_000n, 50n)],
  acceptedAtMs: AT_MS,
  ...overrides,
});
const sale = anOrder({ orderHash: '0xsell', side: 'SELL', slices: [slice(10_000_000n, 7_000_000n, 70n)] });
const ledgerOf = (...orders: PaperOrder[]) => ({ read: async () => ({ sequence: orders.length, orders }) });
const ofExchange = { atMs: AT_MS, movedBy: 'exchange', payouts: [], gasWei: 0n } as const;

describe('what moved on paper', () => {
  const exited = aPosition({ state: 'exited', tokenId: '55' });

  it('is a movement for each fill, after its fee', async () => {
    expect(await listPaperMovements(ledgerOf(anOrder({}), sale), [exited])).toEqual([
      {
        ...{ ...ofExchange, transactionHash: '0xbuy-1', cashMicros: -19_000_100n },
        shares: [{ tokenId: '55', sharesMicros: 30_000_000n }],
      },
      {
        ...{ ...ofExchange, transactionHash: '0xbuy-2', cashMicros: -4_000_050n },
        shares: [{ tokenId: '55', sharesMicros: 6_000_000n }],
      },
      {
        ...{ ...ofExchange, transactionHash: '0xsell-1', cashMicros: 6_999_930n },
        shares: [{ tokenId: '55', sharesMicros: -10_000_000n }],
      },
    ]);
  });

  it('is a dollar for each share that a redeemed position had left', async () => {
    const redeemed = aPosition({ state: 'redeemed', tokenId: '55', transactionHash: '0xpaid' });
    const movements = await listPaperMovements(ledgerOf(anOrder({}), sale), [redeemed]);
    expect(movements).toHaveLength(4);
    expect(movements.at(-1)).toEqual({
      ...{ transactionHash: '0xpaid', atMs: redeemed.closedAtMs, movedBy: 'redeemer', payouts: [], gasWei: 0n },
      ...{ cashMicros: 26_000_000n, shares: [{ tokenId: '55', sharesMicros: -26_000_000n }] },
    });
  });

  it('leaves out orders of other positions with the same token', async () => {
    expect(await listPaperMovements(ledgerOf(anOrder({ positionId: 'position-2' })), [exited])).toEqual([]);
  });

  it('is read for many positions, each once and in their order', async () => {
    const positions = Array.from({ length: 23 }, (_, at) =>
      aPosition({ state: 'exited', positionId: `position-${at}`, tokenId: `${at}` }),
    );
    const ledger = {
      read: async ({ tokenId }: PaperAccount) => {
        const [positionId, orderHash] = [`position-${tokenId}`, `0x${tokenId}`];
        return { sequence: 1, orders: [anOrder({ positionId, orderHash, slices: [slice(1n, 1n, 0n)] })] };
      },
    };
    const movements = await listPaperMovements(ledger, positions);
    expect(movements.map(({ transactionHash }) => transactionHash)).toEqual(
      positions.map(({ tokenId }) => `0x${tokenId}-1`),
    );
  });
});
