import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { maxMicros, mulDivCeil, ONE_MICROS } from '#lib/domain/market/money.ts';
import { formatBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';
import type { VenueRefusal } from '#lib/venue/engine/venue-door.ts';
import type { VenueOrderTerms } from '#lib/venue/engine/venue-ledger.ts';
import type { ChainReadings } from './chain-readings.ts';
import type { VenueAccount } from './venue-accounts.ts';
import type { Desk } from './venue-desks.ts';

export type VenueCashDeps = {
  readonly desks: () => readonly Desk[];
  /** Null without a chain: then cash is what the account began with and its trades moved. */
  readonly readings: ChainReadings | null;
};

/** A wallet's cash, over all markets: the engines know their own market's shares only. */
export type VenueCash = {
  balanceAt(account: VenueAccount, atMs: number): { readonly balanceMicros: bigint; readonly allowanceMicros: bigint };
  /** Refuses a buy that the wallet cannot pay, by the gate that holds for shares (venue §3.1). */
  gate(account: VenueAccount, desk: Desk, order: VenueOrderTerms, atMs: number): VenueRefusal | null;
};

/** What an unlimited approval reads as: 2^256 − 1. */
export const UNLIMITED_MICROS = 2n ** 256n - 1n;

export function createVenueCash({ desks, readings }: VenueCashDeps): VenueCash {
  const balanceAt: VenueCash['balanceAt'] = (account, atMs) =>
    readings?.cashAt(account.wallet, atMs) ?? {
      balanceMicros: maxMicros(account.cashMicros + movedMicros(desks(), account.wallet, atMs), 0n),
      allowanceMicros: UNLIMITED_MICROS,
    };
  return {
    balanceAt,
    gate: (account, desk, order, atMs) => {
      if (order.side === 'SELL') return null;
      const { balanceMicros, allowanceMicros } = balanceAt(account, atMs);
      const orderMicros = costMicros(desk, order, order.sharesMicros);
      const activeOrdersMicros = activeMicros(desks(), account.wallet);
      const matchedOrdersMicros = matchedMicros(desks(), account.wallet, atMs);
      if (allowanceMicros < orderMicros) {
        const spender = exchangeOf(desk.playing.market);
        const text = `not enough balance / allowance: the allowance is not enough -> spender: ${spender}, allowance: ${allowanceMicros}, order amount (inc. fees): ${orderMicros}`;
        return { status: 400, text };
      }
      if (balanceMicros >= activeOrdersMicros + matchedOrdersMicros + orderMicros) return null;
      const figures = { balanceMicros, activeOrdersMicros, matchedOrdersMicros, orderMicros };
      return { status: 400, text: formatBalanceRefusal(figures) };
    },
  };
}

function costMicros(desk: Desk, { limitPriceMicros: priceMicros }: VenueOrderTerms, sharesMicros: bigint): bigint {
  const { feeRateMicros } = desk.playing.market;
  return (
    mulDivCeil(sharesMicros, priceMicros, ONE_MICROS) + takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros })
  );
}

function movedMicros(desks: readonly Desk[], wallet: string, atMs: number): bigint {
  const mined = desks
    .flatMap((desk) => desk.engine.ledger.trades)
    .filter((trade) => trade.wallet === wallet && trade.minedAtMs !== null && trade.minedAtMs <= atMs);
  return mined.reduce(
    (sum, { side, valueMicros, feesMicros }) => sum + (side === 'BUY' ? -valueMicros : valueMicros) - feesMicros,
    0n,
  );
}

function activeMicros(desks: readonly Desk[], wallet: string): bigint {
  return desks.reduce((sum, desk) => {
    const orders = [...desk.engine.ledger.orders.values()].filter(
      (order) =>
        order.wallet === wallet && order.side === 'BUY' && (order.status === 'held' || order.status === 'live'),
    );
    return orders.reduce((cost, order) => cost + costMicros(desk, order, order.sharesMicros - order.filledMicros), sum);
  }, 0n);
}

function matchedMicros(desks: readonly Desk[], wallet: string, atMs: number): bigint {
  return desks
    .flatMap((desk) => desk.engine.ledger.trades)
    .filter(({ side, minedAtMs, finalAtMs, ...trade }) => {
      const isPending = atMs < finalAtMs && (minedAtMs === null || atMs < minedAtMs);
      return trade.wallet === wallet && side === 'BUY' && isPending;
    })
    .reduce((sum, { valueMicros, feesMicros }) => sum + valueMicros + feesMicros, 0n);
}
