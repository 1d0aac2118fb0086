import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { RejectedByUpstreamError } from '#lib/errors/errors.ts';
import { RESOLUTION_LAG_MS } from '#lib/venue/books/playing-market.ts';
import type { AccountMoney } from './incident-report.ts';
import { heldMicros, type Trader } from './trader.ts';

const RESOLVED_GRACE_MS = 10_000;
const POLL_MS = 250;

/** An account with its cash before the buy. */
export type Side = { readonly trader: Trader; readonly cashBeforeMicros: bigint };

export const otherSharesMicros = ({ chain, account, market }: Trader): Promise<bigint> =>
  chain.sharesOf(account.wallet, market.tokenIds.DOWN);

export type Unclaimed = { readonly cashMicros: bigint; readonly leftMicros: bigint };

/** Cash and shares at the market's end, before anything is redeemed. */
export async function countUnclaimed({ trader }: Side): Promise<Unclaimed> {
  const [cashMicros, heldSharesMicros, otherMicros] = await Promise.all([
    trader.chain.collateralOf(trader.account.wallet),
    heldMicros(trader),
    otherSharesMicros(trader),
  ]);
  return { cashMicros, leftMicros: heldSharesMicros + otherMicros };
}

/** The payout of the record is the cash that arrived, to the micro. */
export async function auditPayout(
  position: Position,
  { trader }: Side,
  { cashMicros }: Unclaimed,
): Promise<readonly string[]> {
  if (!isClosed(position)) return [];
  const payoutMicros = position.state === 'redeemed' ? position.payoutMicros : 0n;
  const arrivedMicros = (await trader.chain.collateralOf(trader.account.wallet)) - cashMicros;
  return arrivedMicros === payoutMicros
    ? []
    : [`cash after the market's end: ${arrivedMicros} micros, by the record ${payoutMicros}`];
}

/** Redeems the shares that are left, for the count alone, and counts the cash. */
export async function settleMoney({ trader, cashBeforeMicros }: Side, unclaimed: Unclaimed): Promise<AccountMoney> {
  const { chain, account, market } = trader;
  const leftMicros = (await heldMicros(trader)) + (await otherSharesMicros(trader));
  if (leftMicros > 0n) await redeem(trader, market.endsAtMs + RESOLUTION_LAG_MS + RESOLVED_GRACE_MS);
  const cashMicros = await chain.collateralOf(account.wallet);
  return {
    resultMicros: cashMicros - cashBeforeMicros,
    leftMicros: unclaimed.leftMicros,
    claimedMicros: cashMicros - unclaimed.cashMicros,
  };
}

/** Tries again until the market's result is on the chain. */
async function redeem({ chain, account, market, clock }: Trader, untilMs: number): Promise<void> {
  for (;;) {
    try {
      await chain.redeem(account.wallet, market.slug, market.version);
      return;
    } catch (error) {
      if (!(error instanceof RejectedByUpstreamError) || Date.now() > untilMs) throw error;
      await clock.sleepUntil(Date.now() + POLL_MS);
    }
  }
}
