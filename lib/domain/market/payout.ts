import type { Outcome } from './market.ts';
import { mulDivFloor } from './money.ts';

/**
 * What the chain pays for the shares of a resolved market, as fractions of one dollar per share: `own` / `total` for
 * the position's token, `other` / `total` for the other one. A won token has `own` = `total`, a lost one 0; a void or
 * split market pays both. The figures are the chain's own (numerators and denominator, or millionths), so that nothing
 * is rounded before it is multiplied.
 */
export type TokenPayout = { readonly own: bigint; readonly other: bigint; readonly total: bigint };

/** Cash that shares of the position's token are due, rounded down as the contracts do it. */
export function payoutMicrosOf({ own, total }: TokenPayout, sharesMicros: bigint): bigint {
  return mulDivFloor(sharesMicros, own, total);
}

/** Cash that shares of the other outcome are due. */
export function otherPayoutMicrosOf({ other, total }: TokenPayout, sharesMicros: bigint): bigint {
  return mulDivFloor(sharesMicros, other, total);
}

/** The same result from the other token's side. */
export function payoutOfOther({ own, other, total }: TokenPayout): TokenPayout {
  return { own: other, other: own, total };
}

export function isSamePayout(a: TokenPayout, b: TokenPayout): boolean {
  return a.own * b.total === b.own * a.total && a.other * b.total === b.other * a.total;
}

/** Who names one winner, says that its shares are paid in full and the others nothing. */
export function isContradiction(
  { outcome }: { readonly outcome: Outcome },
  { own, total }: TokenPayout,
  winner: Outcome,
): boolean {
  return own !== (winner === outcome ? total : 0n);
}
