import { type FillTotals, sumFills } from '#lib/domain/market/order.ts';
import type { PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import type { OrderRecord } from '#lib/ports/venue/exchange.ts';

/** The fills that the answer to the post reports. */
export function totalsOfPaperOrder(order: PaperOrder): FillTotals {
  return sumFills(order.slices);
}

/** The order as a look-up shows it: one trade per level taken, confirmed from `settlesAtMs` on. */
export function toOrderRecord(order: PaperOrder, nowMs: number): OrderRecord {
  const { orderHash, side, acceptedAtMs, settlesAtMs } = order;
  return {
    orderHash,
    working: false,
    trades: order.slices.map(({ sharesMicros, valueMicros, feesMicros }, index) => ({
      tradeId: `${orderHash}-${index + 1}`,
      orderHash,
      side,
      status: settlesAtMs <= nowMs ? 'confirmed' : 'provisional',
      matchedAtMs: acceptedAtMs,
      sharesMicros,
      valueMicros,
      feesMicros,
      // On paper the ledger is the venue, so its fee is the true one.
      feeDriftMicros: 0n,
    })),
  };
}
