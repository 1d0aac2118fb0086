import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
import { WINDOW_STARTS_AT_MS } from './a-market.ts';
import { BUY_ORDER_HASH, HEDGE_ORDER_HASH, SELL_ORDER_HASH } from './an-intent.ts';

type TradeOverrides = Partial<Trade> & { readonly priceMicros?: bigint };

/** A confirmed buy of 36 shares at 0.65; cash and fee follow the shares and the price. */
export function aTrade({ priceMicros = 650_000n, ...overrides }: TradeOverrides = {}): Trade {
  const sharesMicros = overrides.sharesMicros ?? 36_000_000n;
  return {
    tradeId: 'trade-1',
    orderHash: BUY_ORDER_HASH,
    side: 'BUY',
    status: 'confirmed',
    matchedAtMs: WINDOW_STARTS_AT_MS + 31_000,
    sharesMicros,
    valueMicros: mulDivFloor(sharesMicros, priceMicros, ONE_MICROS),
    feesMicros: takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros: 70_000n }),
    feeDriftMicros: null,
    ...overrides,
  };
}

export function aBuyTrade(overrides: TradeOverrides = {}): Trade {
  return aTrade(overrides);
}

/** A confirmed buy of 36 shares of the other outcome at 0.40. */
export function aHedgeTrade(overrides: TradeOverrides = {}): Trade {
  return aTrade({
    tradeId: 'trade-3',
    orderHash: HEDGE_ORDER_HASH,
    priceMicros: 400_000n,
    matchedAtMs: WINDOW_STARTS_AT_MS + 250_000,
    ...overrides,
  });
}

/** A confirmed sell of the same 36 shares at 0.60. */
export function aSellTrade(overrides: TradeOverrides = {}): Trade {
  return aTrade({
    tradeId: 'trade-2',
    orderHash: SELL_ORDER_HASH,
    side: 'SELL',
    priceMicros: 600_000n,
    matchedAtMs: WINDOW_STARTS_AT_MS + 180_000,
    ...overrides,
  });
}
