import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { whatOf } from '#lib/words/position-words.ts';
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
  const names = positions.map((position) => `${whatOf(position)}${position.mode === 'live' ? ' LIVE' : ''}`);
  const width = Math.max(8, ...names.map(({ length }) => length));
  return positions.map(({ state, exitDueAtMs }, index) => {
    const name = names[index] ?? '';
    const leftMs = exitDueAtMs - nowMs;
    return `  ${name.padEnd(width)}  ${state}, exit due at ${utcTime(exitDueAtMs, nowMs)}${leftMs > 0 ? `, in ${countdown(leftMs)}` : ''}`;
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
