import { type AssetType, OrderType, Side, type SignedOrder } from '@polymarket/clob-client-v2';
import * as z from 'zod';
import type { LiveAccount, LocalLive } from '#infra/shared/local-venue.ts';
import { exchangeOf, PROTOCOLS } from '#lib/adapters/polygon/polygon-contracts.ts';
import type { Market } from '#lib/domain/market/market.ts';
import { floorTo, ONE_MICROS } from '#lib/domain/market/money.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { Clock } from '#lib/ports/clock.ts';

/** An account with shares in a market. */
export type Trader = {
  readonly account: LiveAccount;
  readonly market: Market;
  readonly chain: LocalLive['chain'];
  /** Sleeps reject when the run is interrupted. */
  readonly clock: Clock;
};

/** Both sides buy it. */
export const OUTCOME = 'UP';

export const tokenOf = ({ market }: Pick<Trader, 'market'>): string => market.tokenIds[OUTCOME];

export function heldMicros({ chain, account, market }: Trader): Promise<bigint> {
  return chain.sharesOf(account.wallet, market.tokenIds[OUTCOME]);
}

/** The package's enumeration has no name for the shares of version v2, and sends any text. */
const AssetTypeSchema = z.custom<AssetType>((value) => typeof value === 'string');

/** A market's tick and kind, as the local venue lists them. */
const ORDER_OPTIONS = { tickSize: '0.01', negRisk: false } as const;

type LimitOrder = { readonly side: Side; readonly price: number; readonly size: number };
type MarketOrder = { readonly side: Side; readonly price: number; readonly amount: number };

/** The venue's package signs for the exchange of the market's version. By itself its client signs for v1 only. */
export function signLimitOrder({ account, market, ...rest }: Trader, order: LimitOrder): Promise<SignedOrder> {
  const userOrder = { tokenID: tokenOf({ market, ...rest }), ...order };
  return account.client.orderBuilder.buildOrder(userOrder, ORDER_OPTIONS, PROTOCOLS[market.version].orderVersion);
}

export function signMarketOrder({ account, market, ...rest }: Trader, order: MarketOrder): Promise<SignedOrder> {
  const userOrder = { tokenID: tokenOf({ market, ...rest }), ...order };
  return account.client.orderBuilder.buildMarketOrder(userOrder, ORDER_OPTIONS, PROTOCOLS[market.version].orderVersion);
}

/** Refreshes the venue's balance cache, as its website does after each change. */
async function refreshAtVenue(trader: Trader): Promise<void> {
  const asset_type = AssetTypeSchema.parse(PROTOCOLS[trader.market.version].assetType);
  const token = { asset_type, token_id: tokenOf(trader) };
  await trader.account.client.updateBalanceAllowance(token);
}

/** Sets or revokes the exchange's approval to move the shares. */
export async function setShareApproval(trader: Trader, shares: boolean): Promise<void> {
  const { chain, account, market } = trader;
  await chain.setApproval({ wallet: account.wallet, exchange: exchangeOf(market), shares });
  await refreshAtVenue(trader);
}

/** Moves all shares out of the wallet, outside the exchange. Returns their number. */
export async function moveEverythingAway(trader: Trader): Promise<bigint> {
  const { chain, account, market } = trader;
  const sharesMicros = await heldMicros(trader);
  if (sharesMicros === 0n) return 0n;
  const { slug, version } = market;
  await chain.moveSharesAway({ wallet: account.wallet, slug, version, outcome: OUTCOME, sharesMicros });
  await refreshAtVenue(trader);
  return sharesMicros;
}

/** Far from every bid, so that the order rests. */
const FAR_PRICE = 0.99;
const RESTING_PERCENT = 60n;

/** Places a sell that rests and reserves most of the shares. */
export async function restByHand(trader: Trader): Promise<void> {
  const sharesMicros = floorTo(((await heldMicros(trader)) * RESTING_PERCENT) / 100n, DUST_SHARES_MICROS);
  if (sharesMicros === 0n) return;
  // The package takes numbers. Six decimals of these sizes are exact in them.
  const size = Number(sharesMicros) / Number(ONE_MICROS);
  const order = await signLimitOrder(trader, { price: FAR_PRICE, size, side: Side.SELL });
  await trader.account.client.postOrder(order, OrderType.GTC);
}
