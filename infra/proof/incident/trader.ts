import { AssetType, OrderType, Side } from '@polymarket/clob-client-v2';
import type { LiveAccount, LocalLive } from '#infra/shared/local-venue.ts';
import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import type { Market } from '#lib/domain/market/market.ts';
import { floorTo, ONE_MICROS } from '#lib/domain/market/money.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { Clock } from '#lib/ports/clock.ts';

/** Somebody who holds shares in a market, with what can be done to them besides trading. */
export type Trader = {
  readonly account: LiveAccount;
  readonly market: Market;
  readonly chain: LocalLive['chain'];
  /** Wakes its sleepers with an error when the night is broken off. */
  readonly clock: Clock;
};

/** Every trader of an incident buys this outcome. */
export const OUTCOME = 'UP';

export const tokenOf = ({ market }: Pick<Trader, 'market'>): string => market.tokenIds[OUTCOME];

export function heldMicros({ chain, account, market }: Trader): Promise<bigint> {
  return chain.sharesOf(account.wallet, market.tokenIds[OUTCOME]);
}

/** Has the venue read the chain anew, as its website does after everything that is done there. */
export async function refreshAtVenue(trader: Trader): Promise<void> {
  const token = { asset_type: AssetType.CONDITIONAL, token_id: tokenOf(trader) };
  await trader.account.client.updateBalanceAllowance(token);
}

/** Takes or gives the exchange's right to move the shares. */
export async function setShareApproval(trader: Trader, shares: boolean): Promise<void> {
  const { chain, account, market } = trader;
  await chain.setApproval({ wallet: account.wallet, exchange: exchangeOf(market), shares });
  await refreshAtVenue(trader);
}

/** All shares leave the wallet by another way than the exchange. */
export async function moveEverythingAway(trader: Trader): Promise<bigint> {
  const { chain, account, market } = trader;
  const sharesMicros = await heldMicros(trader);
  if (sharesMicros === 0n) return 0n;
  await chain.moveSharesAway({ wallet: account.wallet, slug: market.slug, outcome: OUTCOME, sharesMicros });
  await refreshAtVenue(trader);
  return sharesMicros;
}

/** Nobody buys there before the market is decided. */
const FAR_PRICE = 0.99;
const SHARE_OF_HOLDING = 60n;

/** Somebody places a sell by hand that rests on most of the shares. */
export async function restByHand(trader: Trader): Promise<void> {
  const sharesMicros = floorTo(((await heldMicros(trader)) * SHARE_OF_HOLDING) / 100n, DUST_SHARES_MICROS);
  if (sharesMicros === 0n) return;
  const { client } = trader.account;
  const size = toNumber(sharesMicros);
  const order = await client.createOrder({ tokenID: tokenOf(trader), price: FAR_PRICE, size, side: Side.SELL });
  await client.postOrder(order, OrderType.GTC);
}

/** The venue's client takes numbers; six decimals of these sizes are exact in them. */
export const toNumber = (micros: bigint): number => Number(micros) / Number(ONE_MICROS);
