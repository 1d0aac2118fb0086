import type { Distribution } from '#lib/domain/history/distribution.ts';
import type { History, ModeHistory } from '#lib/domain/history/history.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import { distributionText, healingText, historyTiles, LATENESS_TEXT, type Tile } from '#lib/words/history-words.ts';
import { minuteText } from '#lib/words/time-text.ts';
import { escaped, readAsset, renderPage } from './page-shell.ts';
import { chartsOf } from './report-charts.ts';
import { daysTable, endsTable, groupsTable, positionsTable, refusalsTable } from './report-tables.ts';

export type ReportFacts = {
  readonly history: History;
  /** Those that the history sums up, oldest first. */
  readonly positions: readonly ClosedPosition[];
  readonly stage: string;
  readonly madeAtMs: number;
  /** Of the program that made it; null when it is not known. */
  readonly commit: string | null;
};

/**
 * The history of a suite as one page to keep or send. It names positions, markets, amounts and times, and no wallet,
 * transaction, order, request, person, account or host: a reader sees how the trading went, and nothing that
 * opens a door. Amounts and times of live trades are public on chain, so they may still tell a searcher which wallet it
 * was.
 */
export function renderReportPage(facts: ReportFacts): string {
  const { history, stage } = facts;
  return renderPage({
    title: `report, ${stage}`,
    body: bodyOf(facts),
    data: { modes: history.modes.map(chartsOf) },
    script: readAsset('report-charts.js'),
    style: readAsset('report.css'),
  });
}

function bodyOf({ history, positions, stage, madeAtMs, commit }: ReportFacts): string {
  const { fromMs, untilMs, modes, corruptIds } = history;
  const facts = [
    `Stage ${stage}`,
    modes.length === 0 ? 'no position' : modes.map(({ mode }) => mode).join(' and '),
    `ended from ${minuteText(fromMs)} to ${minuteText(untilMs)}`,
  ];
  const made = `Made ${minuteText(madeAtMs)} by T-minus, commit ${commit ?? 'unknown'}.`;
  const corrupt =
    corruptIds.length === 1
      ? '1 row cannot be read as a position and is'
      : `${corruptIds.length} rows cannot be read as positions and are`;
  return `<header><h1>T-minus report</h1>
<p>${escaped(facts.join(' · '))}</p>
${corruptIds.length === 0 ? '' : `<p class="bad">${corrupt} in no sum.</p>`}
</header>
${modes.length === 0 ? '<section><p>No position ended in this time, and none is open.</p></section>' : ''}
${modes.map((mode, index) => modeSection(mode, index, positions)).join('\n')}
<p class="quiet">${escaped(made)} Times are UTC. Results are after fees, and gas is apart. The suite’s own test positions are left out.</p>`;
}

function modeSection(mode: ModeHistory, index: number, positions: readonly ClosedPosition[]): string {
  const isLive = mode.mode === 'live';
  const ofMode = positions.filter((position) => position.mode === mode.mode);
  const { unknownCount, count } = mode.ended;
  const unknown = unknownCount === 0 ? '' : `<p class="warn">${escaped(unknownText(unknownCount, count))}</p>`;
  return `<article class="${isLive ? 'live' : 'paper'}">
<h2 class="mode"><span class="badge">${isLive ? 'LIVE' : 'PAPER'}</span> ${isLive ? 'real money' : 'simulated fills, no money'}</h2>
<section><dl class="tiles">${historyTiles(mode).map(tile).join('')}</dl>${unknown}</section>
${mode.equity.length === 0 ? '' : chart(`equity-${index}`, 'Equity', 'Realised result after fees, added up in the order of the ends.')}
${mode.days.length === 0 ? '' : `${chart(`days-${index}`, 'Result by day', 'Of the positions that ended on a UTC day.')}${longBox('Days', daysTable(mode.days))}`}
${box('By asset', groupsTable('Asset', mode.assets, 'other markets'))}
${box('By window', groupsTable('Window', mode.windows, 'no window'))}
${box('By end', endsTable(mode.ends))}
${distribution(`lateness-${index}`, 'Lateness of exits', LATENESS_TEXT, mode.lateness)}
${distribution(`healing-${index}`, 'Healing time', healingText(mode), mode.healing)}
${box('Refusals', refusalsTable(mode.refusals))}
${longBox('Positions', positionsTable(ofMode))}
</article>`;
}

const unknownText = (unknownCount: number, count: number): string =>
  `${unknownCount} of ${count} ended ${count === 1 ? 'position' : 'positions'} ${unknownCount === 1 ? 'has' : 'have'} no known result: ` +
  'what shares cost, or what other programs got for them, is not known. They are in no amount.';

function tile({ name, text, tone }: Tile): string {
  return `<div><dt>${escaped(name)}</dt><dd${tone === undefined ? '' : ` class="${tone}"`}>${escaped(text)}</dd></div>`;
}

function distribution(id: string, title: string, text: string, of: Distribution): string {
  const figures = distributionText(of);
  if (figures === null) return box(title, `<p class="quiet">${escaped(text)} None was measured.</p>`);
  return chart(id, title, `${text} ${figures}`);
}

function chart(id: string, title: string, text: string): string {
  return box(
    title,
    `<p class="quiet">${escaped(text)}</p><div id="${id}" role="img" aria-label="${escaped(title)}"></div>`,
  );
}

const box = (title: string, html: string): string =>
  html === '' ? '' : `<section><h3>${escaped(title)}</h3>${html}</section>`;

/** Scrolls on a screen, and is whole on paper. */
const longBox = (title: string, html: string): string =>
  `<section class="long"><h3>${escaped(title)}</h3>${html}</section>`;
