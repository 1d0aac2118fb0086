import type { MarketVersion } from './market.ts';
import { mulDivFloor, ONE_MICROS } from './money.ts';

export type OrderSide = 'BUY' | 'SELL';

/** FAK and FOK orders never rest. Our GTC orders are post-only: they never take from the book and pay no fee. */
export type OrderType = 'FAK' | 'FOK' | 'GTC';

/** An order before it is signed. `limitPriceMicros` is the worst price accepted, not a target. */
export type OrderTerms = {
  readonly side: OrderSide;
  readonly orderType: OrderType;
  readonly tokenId: string;
  readonly negRisk: boolean;
  /** Decides the exchange that the order is signed for. */
  readonly marketVersion: MarketVersion;
  /** A multiple of 0.01 share: the venue refuses finer sizes. */
  readonly sharesMicros: bigint;
  readonly limitPriceMicros: bigint;
};

/**
 * Most cash that an order's fills may cost, before fees: what a buy signs as its maker amount. A FAK or FOK buy spends
 * up to this and takes more shares where the book is better; any other order is for its shares (venue §2.5).
 */
export function cashMicrosOf({
  sharesMicros,
  limitPriceMicros,
}: Pick<OrderTerms, 'sharesMicros' | 'limitPriceMicros'>) {
  return mulDivFloor(sharesMicros, limitPriceMicros, ONE_MICROS);
}

export function isForCash({ side, orderType }: Pick<OrderTerms, 'side' | 'orderType'>): boolean {
  return side === 'BUY' && orderType !== 'GTC';
}

/** `valueMicros` is cash before fees. */
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
