import type { Market } from '#lib/domain/market/market.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';

/** What openings and guards have in common: market, outcome, exit time and rules, and what is there already. */
export const SHARED_REFUSAL_CODES = [
  'market-unknown',
  'market-closed',
  'market-over',
  'market-version-unsupported',
  'market-not-ready',
  'market-unsupported',
  'market-end-disputed',
  'outcome-unknown',
  'exit-time-required',
  'exit-time-invalid',
  'too-late-to-exit',
  'rule-invalid',
  'rule-already-met',
  'preset-unknown',
  'market-occupied',
  'mode-unavailable',
  'request-id-reused',
] as const;

/** Why a position is not opened. Each code comes with a sentence for the user. */
export const OPENING_REFUSAL_CODES = [
  ...SHARED_REFUSAL_CODES,
  'below-minimum-size',
  'book-too-thin',
  'book-stale',
  'book-implausible',
  'round-trip-loss',
  'maintenance-window',
  'budget-above-limit',
  'open-count-limit',
  'exposure-limit',
  'day-loss-limit',
  'halted',
  'limits-unreadable',
  'not-ready',
] as const;
export type OpeningRefusalCode = (typeof OPENING_REFUSAL_CODES)[number];

export type OpeningRefusal = {
  readonly code: OpeningRefusalCode;
  readonly message: string;
  /** When the same request may succeed, in Unix milliseconds: the start of the next window. */
  readonly retryAtMs?: number;
};

/** A market that the venue lists and that nothing can be bought in, with the answer for those who try. */
export type UntradableMarket = { readonly slug: string; readonly refusal: OpeningRefusal };

export function isTradable(market: Market | UntradableMarket): market is Market {
  return !('refusal' in market);
}

export function unknownOutcome({ slug, outcomeNames }: Pick<Market, 'slug' | 'outcomeNames'>, asked: string) {
  const names = `"${outcomeNames.UP}" and "${outcomeNames.DOWN}"`;
  return {
    code: 'outcome-unknown',
    message: `The market ${slug} has the outcomes ${names}, and none called "${asked}". Pass one of the two as side.`,
  } as const;
}

/** ` since 2026-11-22 03:00:01 UTC by alice: "maintenance"`, as far as it is known, to go on from `halted`. */
export function haltDetails({ sinceMs, by, reason }: Halt): string {
  const since = sinceMs === null ? '' : ` since ${new Date(sinceMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `${since}${by === null ? '' : ` by ${by}`}${reason === null ? '' : `: "${reason}"`}`;
}
