import { formatMicros } from '#lib/domain/market/money.ts';
import { findWindowName } from '#lib/domain/market/up-down-markets.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import { acquiredText, exitRequestText, heldText, resultText } from './describe-shares.ts';
import { centsOf, dollars, shares } from './money-text.ts';
import { EXIT_REASON_WORDS, setbackWords, whatOf } from './position-words.ts';
import { describeFired, describeRules } from './rule-words.ts';
import { tMinus, utcTime } from './time-text.ts';
import { type Tone, toneOfPnl, toneOfState } from './tone.ts';

export type Fact = { readonly name: string; readonly text: string; readonly tone: Tone };

/** `BTC 5m UP`, or where the market is no up/down window its slug and outcome. */
export function titleOf(view: PositionView): string {
  const window = findWindowName(view.marketSlug, view.marketEndsAtMs);
  return view.asset === null || window === undefined ? whatOf(view) : `${view.asset} ${window} ${view.outcome}`;
}

/** A position in words, fact by fact, as `tminus show` and the console list them. */
export function listFacts(position: Position, nowMs: number): readonly Fact[] {
  const time = (atMs: number): string => utcTime(atMs, nowMs);
  const view = describePosition(position);
  const fact = (name: string, text: string | null, tone: Tone = 'plain'): readonly Fact[] =>
    text === null ? [] : [{ name, text, tone }];
  const pnlMicros = view.pnlMicros === null ? null : BigInt(view.pnlMicros);
  return [
    ...fact('Position', `${view.positionId} (version ${view.version})`),
    ...fact('Request', view.requestId),
    ...fact(
      'Market',
      `${view.marketSlug} (${view.marketVersion}), ends ${time(view.marketEndsAtMs)}; exit due ${time(view.exitDueAtMs)}`,
    ),
    ...fact('Rules', describeRules(view)),
    ...fact('Fired', describeFired(view)),
    ...fact('Asked', exitRequestText(view)),
    ...fact('State', `${view.state}${nextWakeUp(position, time)}`, toneOfState(view.state)),
    ...fact('Bought', acquiredText(view)),
    ...fact('Sold', soldText(view)),
    ...fact('Elsewhere', view.leftMicros === '0' ? null : elsewhereText(view)),
    ...fact(
      'Result',
      `${resultText(view, 'not final')} after fees of ${dollars(view.feesMicros)}${feeDrift(view)}`,
      toneOfPnl(pnlMicros),
    ),
    ...fact(
      'Why',
      'exitReason' in position ? `${EXIT_REASON_WORDS[position.exitReason]} (${position.exitReason})` : null,
    ),
    ...fact('Held', heldText(view, nowMs)),
    ...view.refusals.flatMap(({ cause, count }) => fact('Setback', `${count} × ${setbackWords(cause)}`)),
  ];
}

function soldText({ soldMicros, exitPrice, proceedsMicros, remainingMicros }: PositionView): string {
  const sold = `${shares(soldMicros)} at ${centsOf(exitPrice)} for ${dollars(proceedsMicros)}`;
  return `${sold}; ${shares(remainingMicros)} left`;
}

/** `10.00 sold or moved by other programs for $6.00`. */
function elsewhereText({ leftMicros, leftCashMicros }: PositionView): string {
  const cash = leftCashMicros === null ? 'an unknown amount' : dollars(leftCashMicros);
  return `${shares(leftMicros)} sold or moved by other programs for ${cash}`;
}

/** Said only where the venue's true fees are known and differ from the estimate. */
function feeDrift({ feeDriftMicros }: PositionView): string {
  const driftMicros = feeDriftMicros === null ? 0n : BigInt(feeDriftMicros);
  return driftMicros === 0n ? '' : `, ${formatMicros(driftMicros, 6)} of it beyond the estimate`;
}

function nextWakeUp(position: Position, time: (atMs: number) => string): string {
  if (!('wakeUp' in position)) return '';
  const { atMs } = position.wakeUp;
  return `, next wake-up ${time(atMs)} (${tMinus(position.marketEndsAtMs, atMs)})`;
}
