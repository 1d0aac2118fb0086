import Table from 'cli-table3';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { dollars } from '#lib/words/money-text.ts';

/** Without a frame: an id alone takes 26 of 80 columns. */
const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '─',
  right: '',
  'right-mid': '',
};

/** A table as wide as its content or its `colWidths`, without colours of its own. */
export function plainTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: {
    readonly colWidths?: readonly (number | null)[];
    readonly rightAligned?: readonly number[];
    readonly gap?: number;
  } = {},
): string {
  const { colWidths, rightAligned = [], gap = 2 } = options;
  const table = new Table({
    head: [...head],
    chars: { ...BARE, 'mid-mid': '─'.repeat(gap), middle: ' '.repeat(gap) },
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
    wordWrap: true,
    ...(colWidths !== undefined && { colWidths: [...colWidths] }),
  });
  for (const row of rows) table.push([...row]);
  return table.toString();
}

/** The name of a state in a narrow column. */
export function shortState(state: string): string {
  return state === 'awaiting-resolution' ? 'awaiting' : state;
}

/** What sales and the market's result paid; a dash where nothing was sold and the result is not in. */
export function gotText({ soldMicros, proceedsMicros, payoutMicros, state }: PositionView): string {
  const isPaid = soldMicros !== '0' || state === 'redeemed' || state === 'worthless';
  return isPaid ? dollars(BigInt(proceedsMicros) + BigInt(payoutMicros)) : '–';
}
