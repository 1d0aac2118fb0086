import { type Paint, printable } from '#lib/cli/terminal.ts';
import type { Tone } from '#lib/words/tone.ts';

/** A part of a line. Its text is safe to show, and its tone is added only once the line is cut. */
export type Part = { readonly tone: Tone; readonly text: string };
export type Line = readonly Part[];

/** Text from outside, such as a market's name or the venue's words. */
export function part(text: string, tone: Tone = 'plain'): Part {
  return { tone, text: printable(text) };
}

/** Text of our own, whose blanks at both ends stay. */
export function raw(text: string, tone: Tone = 'plain'): Part {
  return { tone, text };
}

export function paintLine(line: Line, width: number, paint: Paint): string {
  return cutLine(line, width)
    .map(({ tone, text }) => paint(tone, text))
    .join('');
}

/** The line, or as much of it as fits, with a sign that there is more. */
function cutLine(line: Line, width: number): Line {
  if (line.reduce((sum, { text }) => sum + columnsOf(text), 0) <= width) return line;
  let left = width - 1;
  const cut = line.flatMap(({ tone, text }): Line => {
    if (left <= 0) return [];
    const fitting = cutText(text, left);
    left = fitting === text ? left - columnsOf(text) : 0;
    return [{ tone, text: fitting }];
  });
  return [...cut, { tone: 'quiet', text: '…' }];
}

function cutText(text: string, width: number): string {
  let [cut, used] = ['', 0];
  for (const sign of text) {
    used += columnsOf(sign);
    if (used > width) return cut;
    cut += sign;
  }
  return text;
}

/** Cut or filled up to exactly so many columns. */
export function cell(text: string, width: number, isRight = false): string {
  const cut = columnsOf(text) <= width ? text : `${cutText(text, width - 1)}…`;
  const blanks = ' '.repeat(Math.max(0, width - columnsOf(cut)));
  return isRight ? `${blanks}${cut}` : `${cut}${blanks}`;
}

/** Signs of East Asian scripts and pictures take two columns, marks upon another sign none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const NONE = /\p{M}|\u200d/u;

export function columnsOf(text: string): number {
  let columns = 0;
  for (const sign of text) columns += NONE.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1;
  return columns;
}
