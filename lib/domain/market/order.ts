export type OrderSide = 'BUY' | 'SELL';

/**
 * FAK fills what it can and cancels the rest. FOK fills completely or not at all. Neither rests on the book. GTC rests
 * until it is filled or cancelled; our GTC orders are post-only, so they pay no fee.
 */
export type OrderType = 'FAK' | 'FOK' | 'GTC';

/** The terms of an order before it is signed. `limitPriceMicros` is the worst price accepted, not a target. */
export type OrderTerms = {
  readonly side: OrderSide;
  readonly orderType: OrderType;
  readonly tokenId: string;
  readonly negRisk: boolean;
  /** A multiple of 0.01 share: the venue refuses finer sizes. */
  readonly sharesMicros: bigint;
  readonly limitPriceMicros: bigint;
};

/** Shares and cash that changed hands. `valueMicros` is cash before fees. */
export type FillTotals = {
  readonly sharesMicros: bigint;
  readonly valueMicros: bigint;
  readonly feesMicros: bigint;
};

export const NO_FILLS: FillTotals = { sharesMicros: 0n, valueMicros: 0n, feesMicros: 0n };

export function sumFills(fills: readonly FillTotals[]): FillTotals {
  return fills.reduce(
    (sum, fill) => ({
      sharesMicros: sum.sharesMicros + fill.sharesMicros,
      valueMicros: sum.valueMicros + fill.valueMicros,
      feesMicros: sum.feesMicros + fill.feesMicros,
    }),
    NO_FILLS,
  );
}
