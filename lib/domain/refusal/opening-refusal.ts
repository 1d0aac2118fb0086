import type { Halt } from '#lib/domain/position/risk-limits.ts';

/** Why a position is not opened. Each code comes with a sentence for the user. */
export const OPENING_REFUSAL_CODES = [
  'market-unknown',
  'market-closed',
  'market-over',
  'market-version-unsupported',
  'too-late-to-exit',
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
  'market-occupied',
  'mode-unavailable',
  'not-ready',
  'request-id-reused',
] as const;
export type OpeningRefusalCode = (typeof OPENING_REFUSAL_CODES)[number];

export type OpeningRefusal = { readonly code: OpeningRefusalCode; readonly message: string };

/** ` since 2026-11-22 03:00:01 UTC by alice: "maintenance"`, as far as it is known, to go on from `halted`. */
export function haltDetails({ sinceMs, by, reason }: Halt): string {
  const since = sinceMs === null ? '' : ` since ${new Date(sinceMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `${since}${by === null ? '' : ` by ${by}`}${reason === null ? '' : `: "${reason}"`}`;
}
