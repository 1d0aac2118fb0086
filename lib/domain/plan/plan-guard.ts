import { findOutcome, type Market, type Outcome } from '#lib/domain/market/market.ts';
import type { ExitPolicy } from '#lib/domain/position/exit-policy.ts';
import {
  isTradable,
  type OpeningRefusalCode,
  SHARED_REFUSAL_CODES,
  type UntradableMarket,
  unknownOutcome,
} from '#lib/domain/refusal/opening-refusal.ts';
import { planExitTime, timeOf } from './exit-time.ts';

/** Why shares are not guarded: as for an opening, or because there are none. */
export const GUARD_REFUSAL_CODES = [...SHARED_REFUSAL_CODES, 'nothing-to-guard'] as const;
export type GuardRefusalCode = (typeof GUARD_REFUSAL_CODES)[number];
export type GuardRefusal = { readonly code: GuardRefusalCode; readonly message: string };

export type GuardInput = {
  readonly marketSlug: string;
  readonly market: Market | UntradableMarket | undefined;
  /** The outcome's name, in upper or lower case. */
  readonly outcome: string;
  /** When the exit is due; undefined for T − exit lead. */
  readonly exitAtMs?: number | undefined;
  readonly nowMs: number;
  readonly exitPolicy: ExitPolicy;
};

export type GuardPlan = { readonly market: Market; readonly outcome: Outcome };

/**
 * Which token is guarded, or why none is. The shares are there already, so that nothing is refused for risk or timing:
 * an exit that was due before is due now, and what can no longer be sold is settled.
 */
export function planGuard(input: GuardInput): GuardPlan | GuardRefusal {
  const { marketSlug, market, nowMs, exitAtMs } = input;
  if (market === undefined) {
    return { code: 'market-unknown', message: `The venue lists no market "${marketSlug}". Check the slug.` };
  }
  if (!isTradable(market)) return refusalOfUntradable(market);
  const over = refusalOfOver(market, nowMs);
  if (over !== null) return over;
  const outcome = findOutcome(market, input.outcome);
  if (outcome === undefined) return unknownOutcome(market, input.outcome);
  if (exitAtMs !== undefined && exitAtMs < nowMs) {
    return {
      code: 'exit-time-invalid',
      message: `The exit time ${timeOf(exitAtMs, nowMs)} has passed. Choose a later one; \`tminus exit\` sells what is guarded at once.`,
    };
  }
  const openingPolicy = { timeToExitMsMin: Number.NEGATIVE_INFINITY, maintenance: [] };
  const exitDueAtMs = planExitTime({ ...input, openingPolicy }, market);
  return typeof exitDueAtMs === 'number' ? { market, outcome } : toGuardRefusal(exitDueAtMs.code, exitDueAtMs.message);
}

const BY_HAND =
  'Nothing is guarded. `tminus sell-now` sells shares by hand, `tminus redeem` takes what resolved ones pay.';

function refusalOfUntradable({ refusal }: UntradableMarket): GuardRefusal {
  return toGuardRefusal(refusal.code, `${refusal.message} ${BY_HAND}`);
}

/** A code that belongs to openings alone says of a guard that the market cannot be traded. */
function toGuardRefusal(code: OpeningRefusalCode, message: string): GuardRefusal {
  return { code: GUARD_REFUSAL_CODES.find((each) => each === code) ?? 'market-unsupported', message };
}

function refusalOfOver({ slug, endsAtMs, closed }: Market, nowMs: number): GuardRefusal | null {
  const advice = 'Nothing of it can be sold any more. Once it is resolved, `tminus redeem` takes what its shares pay.';
  if (nowMs >= endsAtMs) {
    return { code: 'market-over', message: `The market ${slug} ended at ${timeOf(endsAtMs, nowMs)}. ${advice}` };
  }
  return closed ? { code: 'market-closed', message: `The market ${slug} is closed. ${advice}` } : null;
}
