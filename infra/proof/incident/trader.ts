import { AssetType, OrderType, Side } from '@polymarket/clob-client-v2';
import type { LiveAccount, LocalLive } from '#infra/shared/local-venue.ts';
import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
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

/** Refreshes the venue's balance cache, as its website does after each change. */
async function refreshAtVenue(trader: Trader): Promise<void> {
  const token = { asset_type: AssetType.CONDITIONAL, token_id: tokenOf(trader) };
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
  await chain.moveSharesAway({ wallet: account.wallet, slug: market.slug, outcome: OUTCOME, sharesMicros });
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
  const { client } = trader.account;
  // The client takes numbers. Six decimals of these sizes are exact in them.
  const size = Number(sharesMicros) / Number(ONE_MICROS);
  const order = await client.createOrder({ tokenID: tokenOf(trader), price: FAR_PRICE, size, side: Side.SELL });
  await client.postOrder(order, OrderType.GTC);
}
