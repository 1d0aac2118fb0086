import type { VenueRefusal } from '../engine/check-order.ts';
import type { VenueDice } from './venue-faults.ts';

/**
 * The fate of one request to place an order, drawn in three steps as it gets there, because a fault plan names times.
 * The simulator's port and the HTTP route carry it out.
 */

/** `lost`: it never arrives. `lateMs`: it arrives so long after the caller gave up. */
export type Departure = 'arrives' | 'lost' | { readonly lateMs: number };

export function drawDeparture(dice: VenueDice): Departure {
  if (dice.roll('reply-lost-before')) return 'lost';
  return dice.roll('late-arrival') ? { lateMs: dice.between('late-arrival', 500, 12_000) } : 'arrives';
}

export type Interception = {
  readonly refusal: VenueRefusal;
  /** Of a 429, in whole seconds; null when it names no time. */
  readonly retryAfterMs: number | null;
  /** Where and how the wait is named. */
  readonly waitForm?: WaitForm;
  /** The order is placed all the same, and the answer does not say so. */
  readonly isPlaced: boolean;
};

/**
 * `header`: seconds in `Retry-After`; `date`: there as a date; `body`: `retry_after`; `reset`:
 * `X-RateLimit-Reset-After`.
 */
export const WAIT_FORMS = ['header', 'none', 'date', 'body', 'reset'] as const;
export type WaitForm = (typeof WAIT_FORMS)[number];

/** Answers that leave open whether the order was placed. */
const SILENT_FAULTS = [
  { kind: 'internal-error', status: 500, text: 'could not insert order' },
  { kind: 'context-canceled', status: 400, text: 'rpc error: context canceled' },
  { kind: 'html-answer', status: 502, text: '<html><head><title>502 Bad Gateway</title></head></html>' },
] as const;

const LAPSED_TEXT = 'Unauthorized/Invalid api key';

export function drawInterception(dice: VenueDice): Interception | null {
  if (dice.roll('rate-limited')) {
    const retryAfterMs = 1_000 * Math.ceil(dice.between('rate-limited', 1, 10_000) / 1_000);
    // A wait that was set from outside (`value`) is no index of a form.
    const waitForm = WAIT_FORMS[dice.between('rate-limited', 0, WAIT_FORMS.length - 1)] ?? 'header';
    const refusal = { status: 429, text: 'Too Many Requests' };
    return { refusal, retryAfterMs: waitForm === 'none' ? null : retryAfterMs, waitForm, isPlaced: false };
  }
  if (dice.roll('unknown-refusal')) return refused('the moon is in the wrong phase');
  if (dice.roll('session-lapsed')) return { ...refused(LAPSED_TEXT), refusal: { status: 401, text: LAPSED_TEXT } };
  if (dice.roll('invalid-order')) return refused('invalid signature');
  if (dice.roll('account-blocked')) {
    return refused("'0x0000000000000000000000000000000000000000' address in closed only mode");
  }
  const silent = SILENT_FAULTS.find(({ kind }) => dice.roll(kind));
  if (silent === undefined) return null;
  const { kind, ...refusal } = silent;
  return { refusal, retryAfterMs: null, isPlaced: dice.between(kind, 0, 1) === 1 };
}

function refused(text: string): Interception {
  return { refusal: { status: 400, text }, retryAfterMs: null, isPlaced: false };
}

export function drawSlownessMs(dice: VenueDice): number {
  return dice.roll('slow-answer') ? dice.between('slow-answer', 1_000, 10_000) : 0;
}
