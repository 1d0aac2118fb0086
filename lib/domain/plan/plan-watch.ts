import { type Market, OTHER_OUTCOME, type Outcome } from '#lib/domain/market/market.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import { payoutMicrosOf, payoutOfOther, type TokenPayout } from '#lib/domain/market/payout.ts';
import type { HoldingRefusal, SharesByToken, WatchPolicy } from '#lib/domain/news/foreign-holding.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';

/** What the watcher does with shares of one market that no position manages. */
export type Treatment =
  /** `refusal`: why a stage that takes shares in leaves these to their owner. Null: the stage only tells. */
  | { readonly kind: 'tell'; readonly refusal: HoldingRefusal | null }
  /** `sharesMicrosMax`: the other outcome is held as well, and pairs are left alone. */
  | { readonly kind: 'guard'; readonly market: Market; readonly outcome: Outcome; readonly sharesMicrosMax?: bigint }
  /** Of several tokens the one that pays the most: one redemption takes all of a market. */
  | { readonly kind: 'redeem'; readonly tokenId: string; readonly payout: TokenPayout };

export type TreatmentInput = {
  readonly policy: WatchPolicy;
  /** Of the market, without what pays nothing. */
  readonly unmanaged: SharesByToken;
  /** As the venue lists it; null where it does not, or not as a market with two outcomes. */
  readonly listed: Market | null;
  readonly negRisk: boolean;
  /** By the chain; null while the market is unresolved. `own` is `tokenId`. */
  readonly result: { readonly tokenId: string; readonly payout: TokenPayout } | null;
  /** The suite's open position of the market's other outcome. */
  readonly besidePositionId: string | null;
  /** The one of these shares' own side, whose exit holds for what it takes in. */
  readonly ownPositionId: string | null;
  readonly nowMs: number;
};

const TELL: Treatment = { kind: 'tell', refusal: null };

/** Before the result shares are guarded, after it they are redeemed. Nothing is guessed: an unknown end is told. */
export function planTreatment(input: TreatmentInput): Treatment {
  if (input.unmanaged.size === 0 || input.besidePositionId !== null) return TELL;
  if (input.result === null) return planGuarding(input);
  // Its redemption takes all that the wallet holds of the market.
  return input.ownPositionId === null ? planRedeeming(input, input.result) : TELL;
}

const refuse = (code: string, message: string): Treatment => ({ kind: 'tell', refusal: { code, message } });

function planGuarding({ policy, unmanaged, listed, ownPositionId, nowMs }: TreatmentInput): Treatment {
  if (!policy.isGuarding) return TELL;
  if (listed === null)
    return refuse('market-unknown', 'The venue does not list this market as one that can be traded.');
  if (listed.asset === null && ownPositionId === null) {
    return refuse(
      'exit-time-required',
      'When this market stops trading is not known, so its exit needs a time from you.',
    );
  }
  if (listed.closed || nowMs >= listed.endsAtMs) {
    return refuse('market-over', 'Its trading has ended: nothing can be sold any more.');
  }
  const sharesOf = (outcome: Outcome): bigint => unmanaged.get(listed.tokenIds[outcome]) ?? 0n;
  const outcome = sharesOf('UP') >= sharesOf('DOWN') ? 'UP' : 'DOWN';
  const pairedMicros = sharesOf(OTHER_OUTCOME[outcome]);
  const looseMicros = sharesOf(outcome) - pairedMicros;
  if (looseMicros < DUST_SHARES_MICROS) {
    const paired = `${formatMicros(pairedMicros)} shares of each outcome`;
    return refuse('pairs', `${paired} make pairs that pay a dollar each, whatever the result.`);
  }
  const isPaired = pairedMicros >= DUST_SHARES_MICROS;
  return { kind: 'guard', market: listed, outcome, ...(isPaired && { sharesMicrosMax: looseMicros }) };
}

function planRedeeming(
  { policy, unmanaged, negRisk }: TreatmentInput,
  { tokenId, payout }: NonNullable<TreatmentInput['result']>,
): Treatment {
  if (!policy.isRedeeming) return TELL;
  if (negRisk) return refuse('neg-risk', 'This release does not redeem markets of negative risk.');
  const [best] = [...unmanaged]
    .map(([id, shares]) => {
      const own = id === tokenId ? payout : payoutOfOther(payout);
      return { tokenId: id, payout: own, paidMicros: payoutMicrosOf(own, shares) };
    })
    .toSorted((a, b) => Number(b.paidMicros - a.paidMicros));
  return best === undefined || best.paidMicros === 0n
    ? TELL
    : { kind: 'redeem', tokenId: best.tokenId, payout: best.payout };
}
