import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { countdown, utcTime } from '#lib/words/time-text.ts';

/** Is the exit over? What follows `awaiting-resolution` is the market's result. */
export function hasEnded(position: Position): boolean {
  return isClosed(position) || position.state === 'awaiting-resolution';
}

/** Positions whose exit is not over, without the suite's own canaries. */
export function listUnfinished(positions: readonly Position[]): readonly Position[] {
  return positions.filter((position) => position.origin !== 'canary' && !hasEnded(position));
}

/** `  BTC UP    holding, exit due at 03:05:00 UTC, in 1:23`: one line for each position. */
export function unfinishedLines(positions: readonly Position[], nowMs: number): readonly string[] {
  return positions.map(({ asset, outcome, mode, state, exitDueAtMs }) => {
    const name = `${asset} ${outcome}${mode === 'live' ? ' LIVE' : ''}`;
    const leftMs = exitDueAtMs - nowMs;
    return `  ${name.padEnd(8)}  ${state}, exit due at ${utcTime(exitDueAtMs, nowMs)}${leftMs > 0 ? `, in ${countdown(leftMs)}` : ''}`;
  });
}

/** What a stack that stops leaves open; nothing when it leaves nothing. */
export function leftLines(left: readonly Position[], nowMs: number): readonly string[] {
  if (left.length === 0) return [];
  return [
    'Left open. Exits continue when the stack is started again with the same state directory:',
    ...unfinishedLines(left, nowMs),
  ];
}
