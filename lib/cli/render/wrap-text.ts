import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';

/** Breaks a text into lines of at most `width` columns, between words where there are any. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => cut(part, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** A word that is longer than a line is cut. */
function cut(word: string, width: number): readonly string[] {
  const parts: string[] = [];
  for (let start = 0; start < word.length; start += width) parts.push(word.slice(start, start + width));
  return parts.length === 0 ? [''] : parts;
}

/** The text, or as much of it as fits, with a sign that there is more. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Text of one or more lines, each broken to the width of a terminal. */
export function narrate(text: string): string {
  return text
    .split('\n')
    .flatMap((part) => wrapText(part, TERMINAL_WIDTH))
    .join('\n');
}
