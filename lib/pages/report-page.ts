import type { Distribution } from '#lib/domain/history/distribution.ts';
import type { History, ModeHistory } from '#lib/domain/history/history.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import { dollars, signedDollars, signedPercent } from '#lib/words/money-text.ts';
import { minuteText, tookText } from '#lib/words/time-text.ts';
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
 * transaction, order, request, person, account or host: whoever gets it sees how the trading went, and nothing that
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
<section><dl class="tiles">${tilesOf(mode).map(tile).join('')}</dl>${unknown}</section>
${mode.equity.length === 0 ? '' : chart(`equity-${index}`, 'Equity', 'Realised result after fees, added up in the order of the ends.')}
${mode.days.length === 0 ? '' : `${chart(`days-${index}`, 'Result by day', 'Of the positions that ended on a UTC day.')}${longBox('Days', daysTable(mode.days))}`}
${box('By asset', groupsTable('Asset', mode.assets, 'other markets'))}
${box('By window', groupsTable('Window', mode.windows, 'no window'))}
${box('By end', endsTable(mode.ends))}
${distribution(`lateness-${index}`, 'Lateness of exits', 'From the time an exit was due to its first order.', mode.lateness)}
${distribution(`healing-${index}`, 'Healing time', healingText(mode), mode.healing)}
${box('Refusals', refusalsTable(mode.refusals))}
${longBox('Positions', positionsTable(ofMode))}
</article>`;
}

const unknownText = (unknownCount: number, count: number): string =>
  `${unknownCount} of ${count} ended ${count === 1 ? 'position' : 'positions'} ${unknownCount === 1 ? 'has' : 'have'} no known result: ` +
  'what shares cost, or what other programs got for them, is not known. They are in no amount.';

type Tile = { readonly name: string; readonly text: string; readonly tone?: 'good' | 'bad' | 'warn' };

function tilesOf({ ended, drawdownMicros, gasWei, open }: ModeHistory): readonly Tile[] {
  const { resultMicros, costMicros, count, wonCount, lostCount } = ended;
  const share = costMicros > 0n ? ` (${signedPercent(resultMicros, costMicros)})` : '';
  const tone = resultMicros > 0n ? 'good' : 'bad';
  const isKnown = count > ended.unknownCount;
  return [
    {
      name: 'Result',
      text: isKnown ? `${signedDollars(resultMicros)}${share}` : count === 0 ? 'none' : 'unknown',
      ...(isKnown && resultMicros !== 0n && { tone }),
    },
    { name: 'Ended', text: `${count}, ${wonCount} won, ${lostCount} lost` },
    { name: 'Paid for them', text: isKnown || count === 0 ? dollars(costMicros) : 'unknown' },
    { name: 'Fees', text: isKnown || count === 0 ? dollars(ended.feesMicros) : 'unknown' },
    { name: 'Deepest fall', text: dollars(drawdownMicros) },
    ...(gasWei === 0n ? [] : [{ name: 'Gas', text: `${formatMicros(gasWei / 1_000_000_000_000n, 4)} POL` }]),
    { name: 'Open now', text: openText(open) },
    {
      name: 'Won and unclaimed',
      text: open.unclaimedCount === 0 ? 'nothing' : `${dollars(open.unclaimedMicros)} in ${open.unclaimedCount}`,
      ...(open.unclaimedCount > 0 && { tone: 'warn' }),
    },
  ];
}

function openText({ count, costMicros, costUnknownCount }: ModeHistory['open']): string {
  if (count === 0) return 'none';
  const unknown = costUnknownCount === 0 ? '' : `, ${costUnknownCount} of unknown cost`;
  return `${count}, paid ${dollars(costMicros)}${unknown}`;
}

function tile({ name, text, tone }: Tile): string {
  return `<div><dt>${escaped(name)}</dt><dd${tone === undefined ? '' : ` class="${tone}"`}>${escaped(text)}</dd></div>`;
}

function healingText({ healingUnknownCount }: ModeHistory): string {
  const missing = healingUnknownCount === 0 ? '' : ` Not known of ${healingUnknownCount}, whose timeline is missing.`;
  return `From the first refused sell to the next one that was taken, or to the end of the position.${missing}`;
}

function distribution(id: string, title: string, text: string, { count, ...of }: Distribution): string {
  if (count === 0) return box(title, `<p class="quiet">${escaped(text)} None was measured.</p>`);
  const { medianMs, p90Ms, p99Ms, maxMs } = of;
  const quantiles = Object.entries({ median: medianMs, '90 %': p90Ms, '99 %': p99Ms, longest: maxMs });
  const parts = [`${count} measured`, ...quantiles.map(([name, ms]) => `${name} ${tookText(ms ?? 0)}`)];
  return chart(id, title, `${text} ${parts.join(' · ')}`);
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
