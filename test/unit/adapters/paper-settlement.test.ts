import { describe, expect, it } from 'vitest';
import { createPaperSettlement } from '#lib/adapters/paper/paper-settlement.ts';
import type { Outcome } from '#lib/domain/market/market.ts';
import { InvariantError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { PaperLedger, PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';

const NOW_MS = 1_773_308_200_000;
const terms = somePositionTerms();

function order(side: 'BUY' | 'SELL', sharesMicros: bigint, settlesAtMs = NOW_MS - 60_000): PaperOrder {
  const priceMicros = 650_000n;
  return {
    orderHash: `0x${side}${sharesMicros}`,
    recordId: '1',
    positionId: terms.positionId,
    side,
    orderType: 'FAK',
    requestedSharesMicros: sharesMicros,
    limitPriceMicros: priceMicros,
    slices: [{ priceMicros, sharesMicros, valueMicros: 1n, feesMicros: 0n }],
    bookAtMs: 0,
    acceptedAtMs: 0,
    settlesAtMs,
  };
}

const ledgerOf = (orders: readonly PaperOrder[]) => ({ sequence: orders.length, orders });

function settlementOf(
  winner: Outcome | null,
  orders: readonly PaperOrder[] = [order('BUY', 36_000_000n), order('SELL', 6_000_000n)],
  read: PaperLedger['read'] = async ({ tokenId }) => ledgerOf(tokenId === terms.tokenId ? orders : hedges),
  hedges: readonly PaperOrder[] = [],
) {
  return createPaperSettlement({
    results: { findWinner: async () => winner },
    ledger: { read, record: async () => 'conflict' },
    clock: { nowMs: () => NOW_MS },
  });
}

describe('the settlement on paper', () => {
  it('shows the shares of the ledger while the venue names no winner, and no payout', async () => {
    const settlement = settlementOf(null);
    expect(await settlement.readCondition(terms, NOW_MS + 1_000)).toEqual({
      blockNumber: BigInt(NOW_MS),
      blockAtMs: NOW_MS,
      payout: null,
      sharesMicros: 30_000_000n,
      otherSharesMicros: 0n,
    });
    expect(await settlement.listPayouts(terms, null, NOW_MS + 1_000)).toEqual([]);
  });

  it('has paid a dollar for each share as soon as the outcome has won', async () => {
    const settlement = settlementOf('UP');
    const read = await settlement.readCondition(terms, NOW_MS + 1_000);
    expect(read).toMatchObject({ payout: { own: 1n, other: 0n, total: 1n }, sharesMicros: 0n });
    expect(await settlement.listPayouts(terms, null, NOW_MS + 1_000)).toEqual([
      {
        kind: 'redemption',
        transactionHash: `paper-${terms.conditionId}`,
        cashMicros: 30_000_000n,
        blockNumber: BigInt(NOW_MS),
        gasWei: null,
      },
    ]);
  });

  it('pays nothing for an outcome that lost', async () => {
    const settlement = settlementOf('DOWN');
    const read = await settlement.readCondition(terms, NOW_MS + 1_000);
    expect(read.payout).toEqual({ own: 0n, other: 1n, total: 1n });
    expect(await settlement.listPayouts(terms, null, NOW_MS + 1_000)).toEqual([]);
  });

  it('counts no shares that have not settled', async () => {
    const orders = [order('BUY', 36_000_000n), order('BUY', 4_000_000n, NOW_MS + 1)];
    const [payout] = await settlementOf('UP', orders).listPayouts(terms, null, NOW_MS + 1_000);
    expect(payout?.cashMicros).toBe(36_000_000n);
  });

  it('says that the ledger cannot be read as the venue would', async () => {
    const settlement = settlementOf(null, [], async () => {
      throw new StoreUnavailableError('The table does not answer');
    });
    await expect(settlement.readCondition(terms, NOW_MS)).rejects.toThrow(UpstreamUnavailableError);
  });

  it('settles no live position (law 7), and sends nothing at all', async () => {
    const settlement = settlementOf('UP');
    const live = somePositionTerms({ mode: 'live' });
    await expect(settlement.readCondition(live, NOW_MS)).rejects.toThrow(InvariantError);
    await expect(settlement.listPayouts(live, null, NOW_MS)).rejects.toThrow(InvariantError);
    await expect(settlement.prepareRedemption([], NOW_MS)).rejects.toThrow(InvariantError);
  });
});
