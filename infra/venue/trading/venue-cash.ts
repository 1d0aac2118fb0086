import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import type { Market } from '#lib/domain/market/market.ts';
import { maxMicros, mulDivCeil, ONE_MICROS } from '#lib/domain/market/money.ts';
import { formatBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';
import type { VenueRefusal } from '#lib/venue/engine/check-order.ts';
import type { VenueOrderTerms } from '#lib/venue/engine/venue-ledger.ts';
import type { ChainReadings } from './chain-readings.ts';
import type { TradedMarket } from './traded-markets.ts';
import type { VenueAccount } from './venue-accounts.ts';

export type VenueCashDeps = {
  listMarkets(): readonly TradedMarket[];
  /** Null without a chain: then cash is the opening balance and what the trades moved. */
  readonly readings: ChainReadings | null;
};

/** A wallet's cash over all markets; an engine knows the shares of its own market only. */
export type VenueCash = {
  balanceAt(account: VenueAccount, atMs: number): bigint;
  /** What the market's exchange may take of it. */
  allowance(account: VenueAccount, market: Pick<Market, 'version' | 'negRisk'>): bigint;
  /** Refuses a buy that the wallet cannot pay, by the rule that applies to shares (venue §3.1). */
  gate(account: VenueAccount, market: Market, order: VenueOrderTerms, atMs: number): VenueRefusal | null;
};

/** An unlimited approval: 2^256 − 1. */
export const UNLIMITED_MICROS = 2n ** 256n - 1n;

export function createVenueCash({ listMarkets, readings }: VenueCashDeps): VenueCash {
  const balanceAt: VenueCash['balanceAt'] = (account, atMs) =>
    readings?.cashAt(account.wallet, atMs) ??
    maxMicros(account.cashMicros + movedMicros(listMarkets(), account.wallet, atMs), 0n);
  const allowance: VenueCash['allowance'] = (account, market) =>
    readings?.allowance(market, account.wallet) ?? UNLIMITED_MICROS;
  return {
    balanceAt,
    allowance,
    gate: (account, market, order, atMs) => {
      if (order.side === 'SELL') return null;
      const balanceMicros = balanceAt(account, atMs);
      const allowanceMicros = allowance(account, market);
      const orderMicros = costMicros(market, order);
      const activeOrdersMicros = activeMicros(listMarkets(), account.wallet);
      const matchedOrdersMicros = matchedMicros(listMarkets(), account.wallet, atMs);
      if (allowanceMicros < orderMicros) {
        const text = `not enough balance / allowance: the allowance is not enough -> spender: ${exchangeOf(market)}, allowance: ${allowanceMicros}, order amount (inc. fees): ${orderMicros}`;
        return { status: 400, text };
      }
      if (balanceMicros >= activeOrdersMicros + matchedOrdersMicros + orderMicros) return null;
      const figures = { balanceMicros, activeOrdersMicros, matchedOrdersMicros, orderMicros };
      return { status: 400, text: formatBalanceRefusal(figures) };
    },
  };
}

/** The dollars of a buy and its fee at the limit; of an order that rests, what is not filled yet. */
function costMicros({ feeRateMicros }: Market, order: VenueOrderTerms & { readonly filledMicros?: bigint }): bigint {
  const { limitPriceMicros: priceMicros, filledMicros = 0n } = order;
  const sharesMicros = maxMicros(order.sharesMicros - filledMicros, 0n);
  const cashMicros = filledMicros === 0n ? order.cashMicros : undefined;
  const valueMicros = cashMicros ?? mulDivCeil(sharesMicros, priceMicros, ONE_MICROS);
  return valueMicros + takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros });
}

function movedMicros(markets: readonly TradedMarket[], wallet: string, atMs: number): bigint {
  return markets
    .flatMap(({ engine }) => engine.ledger.trades)
    .filter((trade) => trade.wallet === wallet && trade.minedAtMs !== null && trade.minedAtMs <= atMs)
    .reduce(
      (sum, { side, valueMicros, feesMicros }) => sum + (side === 'BUY' ? -valueMicros : valueMicros) - feesMicros,
      0n,
    );
}

function activeMicros(markets: readonly TradedMarket[], wallet: string): bigint {
  return markets
    .flatMap(({ engine, playing }) =>
      [...engine.ledger.orders.values()].map((order) => ({ order, market: playing.market })),
    )
    .filter(({ order }) => order.wallet === wallet && order.side === 'BUY' && ['held', 'live'].includes(order.status))
    .reduce((sum, { order, market }) => sum + costMicros(market, order), 0n);
}

function matchedMicros(markets: readonly TradedMarket[], wallet: string, atMs: number): bigint {
  return markets
    .flatMap(({ engine }) => engine.ledger.trades)
    .filter(({ side, minedAtMs, finalAtMs, ...trade }) => {
      const isPending = atMs < finalAtMs && (minedAtMs === null || atMs < minedAtMs);
      return trade.wallet === wallet && side === 'BUY' && isPending;
    })
    .reduce((sum, { valueMicros, feesMicros }) => sum + valueMicros + feesMicros, 0n);
}
