import { plain } from '#lib/adapters/discord/discord-look.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import type { Preview, PreviewLine } from '#lib/ports/remote-outcome.ts';
import { knownDollars } from '#lib/words/describe-shares.ts';
import { cents, dollars, shares } from '#lib/words/money-text.ts';
import { describeRules } from '#lib/words/rule-words.ts';
import { nameOf, oneLine, timeMark } from './control-text.ts';

/** What would happen, in words: shares, bid, and what they would bring. */
export function previewText(preview: Preview, untilMs: number): string {
  const until = `Confirm until ${timeMark(untilMs, 'T')}; nothing happens without it.`;
  switch (preview.kind) {
    case 'exit':
      return [`**Sell ${nameOf(preview.position)} now?**`, ...lotLines(preview), MOVES, realOf([preview]), until].join(
        '\n',
      );
    case 'hold':
      return [...holdLines(preview), realOf([preview]), until].join('\n');
    case 'exit-all':
      return [...allLines(preview), MOVES, realOf(preview.lines), until].join('\n');
    case 'halt': {
      const which = preview.mode === null ? 'paper and live' : preview.mode;
      const why = preview.reason === null ? [] : [`Reason: ${plain(oneLine(preview.reason))}`];
      const after = 'Nothing is opened then. Exits go on. Only `tminus resume` on the command line ends it.';
      return [`**Halt openings (${which})?**`, ...why, after, until].join('\n');
    }
  }
}

const MOVES = 'The bids move: the sale takes what they are when it arrives, down to the floor of its policy.';

function realOf(lines: readonly PreviewLine[]): string {
  if (lines.some(({ position }) => position.mode === 'live')) return '**LIVE: real money.**';
  return '*Paper: no real money moves.*';
}

function lotLines({ position, sharesMicros, quote }: PreviewLine): readonly string[] {
  const { costMicros } = describePosition(position);
  const bid = quote.bidMicros === null ? 'no bid is seen' : `best bid ${cents(quote.bidMicros)}`;
  if (sharesMicros === 0n) return ['Its buy is not confirmed yet: what it brings is sold at once.'];
  return [`${shares(sharesMicros)} shares, ${bid}, cost ${knownDollars(costMicros)}.`, proceedsOf(quote)];
}

function proceedsOf({ priceMicros, proceedsMicros }: PreviewLine['quote']): string {
  if (priceMicros === null) return 'What they would bring is not known: the book is missing or not of today.';
  if (proceedsMicros === null) return `The bids take a part of them only, at ${cents(priceMicros)} a share.`;
  return `Selling all of them would bring about **${dollars(proceedsMicros)}** after fees, ${cents(priceMicros)} a share.`;
}

function holdLines(line: PreviewLine & { readonly kind: 'exit' | 'hold' }): readonly string[] {
  const { position, sharesMicros } = line;
  const view = describePosition(position);
  const rules = describeRules(view);
  return [
    `**Hold ${nameOf(position)} to the end?**`,
    `It is not sold at its exit ${timeMark(view.exitDueAtMs, 'R')}: the result of the market decides, ${dollars(sharesMicros)} or nothing.`,
    ...lotLines(line),
    ...(rules === null ? [] : [`Its rules before the exit stay: ${plain(oneLine(rules))}.`]),
  ];
}

type AllPreview = Extract<Preview, { kind: 'exit-all' }>;

function allLines({ lines, moreCount, awaitingCount, corruptIds }: AllPreview): readonly string[] {
  const count = lines.length + moreCount;
  return [
    `**Sell all ${count} open ${count === 1 ? 'position' : 'positions'} now?**`,
    ...lines.map(({ position, sharesMicros, quote }) => {
      const brings = quote.proceedsMicros === null ? 'an unknown amount' : `about ${dollars(quote.proceedsMicros)}`;
      return `${nameOf(position)}: ${shares(sharesMicros)} shares, ${brings}`;
    }),
    ...(moreCount === 0 ? [] : [`and ${moreCount} more`]),
    ...(awaitingCount === 0 ? [] : [`${awaitingCount} can no longer be sold: the result decides.`]),
    ...(corruptIds.length === 0
      ? []
      : [`**Rows that cannot be read**: ${corruptIds.slice(0, 5).map(plain).join(', ')}`]),
  ];
}
