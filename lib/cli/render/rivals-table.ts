import type { StrategyFigures } from '#infra/proof/rivals/rivals-tally.ts';
import type { RivalsReport, StrategyName } from '#infra/proof/rivals/run-rivals.ts';
import { type Paint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import { plainTable } from './plain-table.ts';
import { wrapText } from './wrap-text.ts';

type Row = RivalsReport['strategies'][number];

const NAMES = {
  't-minus': 'T-minus',
  'replaced-worker': 'replaced worker',
  'clamp-2-percent': 'clamp 2 %',
  'sell-99-percent': 'sell 99 %',
  'give-up-after-10': 'give up after 10',
  timer: 'plain timer',
} as const satisfies Record<StrategyName, string>;

/** `tminus rivals`: what became of the shares, and what it cost. */
export function renderRivals(report: RivalsReport, paint: Paint): string {
  const { strategies, seed, lives, violations } = report;
  const words = strategies
    .filter(({ marketVersion }) => marketVersion === 'v1')
    .map((row) => `${NAMES[row.strategy]}: ${row.words}.`);
  const broken = violations.map(({ law, seed: of, text }) =>
    paint('bad', `T-minus broke law ${law} in life ${of}: ${text}`),
  );
  return [
    ...wrapText(`Seeds ${seed} to ${seed + lives - 1}, each played once by every strategy.`, TERMINAL_WIDTH),
    ...words.flatMap((text) => wrapText(text, TERMINAL_WIDTH)),
    '',
    'Of the lives in which it held shares, in %:',
    sharesTable(strategies, paint),
    '',
    ...LEGEND_OF_SHARES.flatMap((text) => wrapText(text, TERMINAL_WIDTH)),
    '',
    moneyTable(strategies, paint),
    '',
    ...LEGEND_OF_MONEY.flatMap((text) => wrapText(text, TERMINAL_WIDTH)),
    '',
    ...(broken.length === 0 ? [paint('good', 'T-minus broke no law.')] : broken),
  ].join('\n');
}

const LEGEND_OF_SHARES = [
  'Left: 0.01 share or more at the end of the market. Unmanaged: left, and 90 s after the last fault on no record as ' +
    'unsold, so that nothing redeems or tells it; "shares" is the part of all shares that were bought.',
  'Asked: a sell asked for more than there was, which the venue mostly refuses. Oversold: it took such a sell. Twice: ' +
    'it matched sells for more than was bought.',
];

const LEGEND_OF_MONEY = [
  'Unclaimed: what shares in the wallet would pay, and in how many lives (%). Lost: of what selling all at T − 2:00 ' +
    'into the true book would have brought after fees, the part that no sale and no payout brought, and its part of ' +
    'that value (%); a life that brought more counts as 0. Net: the same with what was gained, so that chance cancels ' +
    'out. p50, p99: of how long after T − 2:00 the first sell left, where one did.',
  'The faults are as frequent as their plan says, which is to find bugs: the table compares strategies, and does not ' +
    'say how often a real market does this.',
];

function sharesTable(rows: readonly Row[], paint: Paint): string {
  return plainTable(
    ['Strategy', '', 'Lives', 'Left', 'Unmanaged', 'shares', 'Asked', 'Oversold', 'Twice'],
    rows.map(({ strategy, marketVersion, lives, left, unmanaged, ...row }) => [
      nameOf(strategy, paint),
      marketVersion,
      String(lives),
      percent(left.share),
      percent(unmanaged.share),
      percent(unmanaged.ofShares),
      percent(row.askedTooMuch.share),
      percent(row.oversold.share),
      percent(row.soldTwice.share),
    ]),
    { rightAligned: [2, 3, 4, 5, 6, 7, 8] },
  );
}

function moneyTable(rows: readonly Row[], paint: Paint): string {
  return plainTable(
    ['Strategy', '', 'Unclaimed', '%', 'Lost', '%', 'Net', 'p50', 'p99'],
    rows.map(({ strategy, marketVersion, unclaimed, lost, netMicros, firstExitLatenessMs: late }) => [
      nameOf(strategy, paint),
      marketVersion,
      wholeDollars(unclaimed.micros),
      percent(unclaimed.share),
      wholeDollars(lost.micros),
      percent(lost.ofExitValue),
      wholeDollars(netMicros),
      secondsOf(late.median),
      secondsOf(late.p99),
    ]),
    { rightAligned: [2, 3, 4, 5, 6, 7, 8] },
  );
}

const nameOf = (strategy: StrategyName, paint: Paint): string =>
  strategy === 't-minus' ? paint('strong', NAMES[strategy]) : NAMES[strategy];

/** None at all is `0`, and what rounds to it is not. */
function percent(share: number | null): string {
  if (share === null) return '–';
  if (share === 0) return '0';
  return share < 0.000_05 ? '<0.01' : (100 * share).toFixed(2);
}

const wholeDollars = (micros: StrategyFigures['netMicros']): string =>
  `$${formatMicros(BigInt(micros), 0)}`.replace('$-', '-$');

const secondsOf = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`);
