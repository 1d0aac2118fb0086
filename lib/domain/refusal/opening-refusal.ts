/** Why a position is not opened. Each code comes with a sentence for the user. */
export const OPENING_REFUSAL_CODES = [
  'market-unknown',
  'market-closed',
  'market-over',
  'market-version-unsupported',
  'too-late-to-exit',
  'below-minimum-size',
  'book-too-thin',
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
