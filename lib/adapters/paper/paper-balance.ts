import type { PaperOrder } from '#lib/ports/store/paper-ledger.ts';

/** A wallet's shares of one token as the venue sees them at one moment. */
export type PaperBalance = {
  /** Shares on chain: settled buys less settled sells. */
  readonly balanceMicros: bigint;
  /** Sold shares whose trade has not settled; they cannot be sold again. */
  readonly matchedOrdersMicros: bigint;
};

export function filledSharesMicros(order: PaperOrder): bigint {
  return order.slices.reduce((sum, slice) => sum + slice.sharesMicros, 0n);
}

export function paperBalance(orders: readonly PaperOrder[], atMs: number): PaperBalance {
  let balanceMicros = 0n;
  let matchedOrdersMicros = 0n;
  for (const order of orders) {
    const isSettled = order.settlesAtMs <= atMs;
    const sharesMicros = filledSharesMicros(order);
    if (order.side === 'BUY' && isSettled) balanceMicros += sharesMicros;
    if (order.side === 'SELL' && isSettled) balanceMicros -= sharesMicros;
    if (order.side === 'SELL' && !isSettled) matchedOrdersMicros += sharesMicros;
  }
  return { balanceMicros, matchedOrdersMicros };
}
