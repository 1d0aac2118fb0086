import { plain } from '#lib/adapters/discord/discord-look.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { whatOf } from '#lib/words/position-words.ts';

/** A time that Discord shows in the reader's zone, and counts down by itself. */
export function timeMark(atMs: number, style: 'R' | 'T'): string {
  return `<t:${Math.floor(atMs / 1_000)}:${style}>`;
}

/** `LIVE BTC UP`. */
export function nameOf(position: Position): string {
  return `${position.mode.toUpperCase()} ${plain(oneLine(whatOf(describePosition(position))))}`;
}

export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
