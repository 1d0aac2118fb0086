import { stripVTControlCharacters } from 'node:util';
import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { wrapText } from './wrap-text.ts';

export type Fact = readonly [name: string, text: string];

/** Names and texts in two columns, within the width of a terminal. A text may have several lines. */
export function renderFacts(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(([name]) => widthOf(name))) + 2;
  return facts
    .map(([name, text]) => {
      const lines = text.split('\n').flatMap((line) => wrapText(line, TERMINAL_WIDTH - 2 - width));
      return `  ${name}${' '.repeat(width - widthOf(name))}${lines.join(`\n  ${' '.repeat(width)}`)}`;
    })
    .join('\n');
}

/** Without colours. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length;
