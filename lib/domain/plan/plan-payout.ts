import { minMicros } from '#lib/domain/market/money.ts';
import { otherPayoutMicrosOf, payoutMicrosOf } from '#lib/domain/market/payout.ts';
import {
  acquiredSharesMicros,
  DUST_SHARES_MICROS,
  goneSharesMicros,
  hedgeSharesMicros,
  remainingSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import { isGuarded } from '#lib/domain/position/guarded-shares.ts';
import type { AwaitingResolutionPosition } from '#lib/domain/position/position.ts';
import type { Payout, SharesOfBoth } from '#lib/domain/position/settlement-progress.ts';

export type PayoutStep = {
  readonly step: 'confirm-payout';
  readonly payoutMicros: bigint;
  readonly transactionHash: string;
  readonly gasWei: bigint | null;
  readonly unredeemed?: SharesOfBoth;
};

/**
 * Recorded shares that the redemptions did not take: they reached the wallet after them. Undefined where the
 * redemptions took all, or do not say what they took. What others moved of found shares was never late.
 */
export function unredeemedOf(
  position: AwaitingResolutionPosition,
  redemptions: readonly Payout[],
): SharesOfBoth | undefined {
  const taken = { own: 0n, other: 0n };
  for (const { takenMicros } of redemptions) {
    if (takenMicros === undefined || takenMicros.own + takenMicros.other === 0n) return undefined;
    taken.own += takenMicros.own;
    taken.other += takenMicros.other;
  }
  const restOf = (sharesMicros: bigint) => (sharesMicros < DUST_SHARES_MICROS ? 0n : sharesMicros);
  const own = isGuarded(position) ? 0n : restOf(remainingSharesMicros(position) - taken.own);
  const other = restOf(hedgeSharesMicros(position) - taken.other);
  return own + other === 0n ? undefined : { own, other };
}

/** Whether shares that were not redeemed pay. */
export function paysMore({ settlement }: AwaitingResolutionPosition, rest: SharesOfBoth | undefined): boolean {
  const { payout } = settlement;
  if (payout === null || rest === undefined) return false;
  return (rest.own > 0n && payout.own > 0n) || (rest.other > 0n && payout.other > 0n);
}

/**
 * What a redemption paid for shares of the position's token, and of the other one where a hedge bought some. All of its
 * cash, unless the shares that it took explain the cash: a split market also pays what others hold of the other token.
 */
export function paidFor(position: AwaitingResolutionPosition, { cashMicros, takenMicros }: Payout): bigint {
  const { payout } = position.settlement;
  if (payout === null || takenMicros === undefined || position.hedge !== undefined) return cashMicros;
  const ownMicros = payoutMicrosOf(payout, takenMicros.own);
  const differenceMicros = cashMicros - ownMicros - otherPayoutMicrosOf(payout, takenMicros.other);
  const isExplained = differenceMicros < DUST_SHARES_MICROS && -differenceMicros < DUST_SHARES_MICROS;
  return isExplained ? minMicros(ownMicros, cashMicros) : cashMicros;
}

/**
 * Only the cash that this position's own shares are due: the wallet may hold other shares of the market, and one
 * redemption sweeps both outcomes (venue §5.4). A difference below the dust limit is rounding and is booked as it
 * arrived.
 */
export function confirmPayout(
  position: AwaitingResolutionPosition,
  payouts: readonly Payout[],
  unredeemed: SharesOfBoth | undefined,
): PayoutStep {
  const { payout } = position.settlement;
  const cashMicros = payouts.reduce((sum, each) => sum + paidFor(position, each), 0n);
  const gasWei = payouts.reduce<bigint | null>(
    (sum, { gasWei: each }) => (each === null ? sum : (sum ?? 0n) + each),
    null,
  );
  // Shares that were taken for missing count as well: the payout proves that they were there.
  const ownedMicros = acquiredSharesMicros(position) - goneSharesMicros(position);
  const hedgeMicros = hedgeSharesMicros(position);
  const dueOf = (reserveMicros: bigint): bigint => {
    if (payout === null) return 0n;
    const hedgeDueMicros = hedgeMicros === 0n ? 0n : otherPayoutMicrosOf(payout, hedgeMicros + reserveMicros);
    return payoutMicrosOf(payout, ownedMicros + reserveMicros) + hedgeDueMicros;
  };
  const dueMicros = dueOf(DUST_SHARES_MICROS);
  const exactMicros = dueOf(0n);
  const payoutMicros = cashMicros <= dueMicros ? cashMicros : minMicros(cashMicros, exactMicros);
  const transactionHash = payouts.at(-1)?.transactionHash ?? '';
  return { step: 'confirm-payout', payoutMicros, transactionHash, gasWei, ...(unredeemed && { unredeemed }) };
}
