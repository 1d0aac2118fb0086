import type { PositionView } from '#lib/domain/position/position-view.ts';
import { knownDollars } from './describe-shares.ts';
import { centsOf, shares } from './money-text.ts';
import { EXIT_REASON_WORDS, setbackWords, wordsOr } from './position-words.ts';
import { countdown, utcTime } from './time-text.ts';

/** A position as the answers of `open` and `guard` have it. */
type Answered = Omit<PositionView, 'outcome'> & { readonly side: string };

/** `BTC UP in btc-updown-5m-1773307200 (paper)`. */
export function marketText({ asset, side, marketSlug, mode }: Answered): string {
  return `${asset === null ? '' : `${asset} `}${side} in ${marketSlug} (${mode})`;
}

/** `38.46 shares at 65.0¢ for $25.00`. */
export function boughtText({ sharesMicros, entryPrice, costMicros }: Answered): string {
  if (sharesMicros === '0') return 'the venue has not answered the buy yet; it is looked up';
  return `${shares(sharesMicros)} shares at ${centsOf(entryPrice)} for ${knownDollars(costMicros)}`;
}

/** `: the price moved beyond the limit (no fill)`, after "Not bought"; empty where nothing is known. */
export function notBoughtText({ exitReason, refusals }: Answered): string {
  const reason = exitReason === null ? '' : `: ${wordsOr(EXIT_REASON_WORDS, exitReason)}`;
  const setbacks = refusals.map(({ cause }) => setbackWords(cause)).join(', ');
  return setbacks === '' ? reason : `${reason} (${setbacks})`;
}

/** `36.00 shares, bought at 65.0¢`. */
export function guardedText({ sharesMicros, entryPrice, remainingMicros, mode }: Answered): string {
  if (sharesMicros === '0') return 'no shares have arrived yet; they are waited for until the exit';
  // Of live shares the venue's index may still tell; on paper only the request does.
  const unknown = mode === 'paper' ? 'cost unknown' : 'cost unknown as yet';
  const cost = entryPrice === null ? unknown : `bought at ${centsOf(entryPrice)}`;
  return `${shares(remainingMicros)} shares, ${cost}`;
}

/** `holding, exit at 01:13:00 UTC, in 2:05`. */
export function exitAheadText({ state, exitAtMs, exitDueAtMs }: Answered, nowMs: number): string {
  if (exitAtMs !== null) return `${state}, exited at ${utcTime(exitAtMs, nowMs)}`;
  if (exitDueAtMs <= nowMs) return `${state}, exit due now`;
  return `${state}, exit at ${utcTime(exitDueAtMs, nowMs)}, in ${countdown(exitDueAtMs - nowMs)}`;
}

/** What else is to be known of guarded shares. */
export function guardNotes({
  halted,
  otherSharesMicros,
  wakeUpsSet,
}: {
  readonly halted: boolean;
  readonly otherSharesMicros: string | null;
  readonly wakeUpsSet: boolean;
}): readonly string[] {
  return [
    ...(halted ? ['Openings are halted; this position is managed all the same.'] : []),
    ...(otherSharesMicros === null || BigInt(otherSharesMicros) < 10_000n
      ? []
      : [`The wallet also holds ${shares(otherSharesMicros)} shares of the other outcome, which are not managed.`]),
    ...(wakeUpsSet
      ? []
      : [
          'A wake-up could not be set, so the exit may start up to a minute late. Repeat the request with the same request id.',
        ]),
  ];
}
