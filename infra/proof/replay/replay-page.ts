import { readFileSync } from 'node:fs';
import { escaped, renderPage } from '#lib/pages/page-shell.ts';
import { clockText } from '#lib/words/time-text.ts';
import { answersOf, dollarsOf, intervalText, percentText, type ReportFacts } from './replay-answers.ts';
import type { ReplayRow } from './replay-row.ts';
import type { Estimate } from './replay-statistics.ts';
import type { PlayedLevel } from './run-lab.ts';

/** The report as one page without requests. */
export function renderReplayPage(facts: ReportFacts): string {
  return renderPage({
    title: 'replay',
    body: bodyOf(facts),
    data: chartData(facts),
    script: readFileSync(new URL('./replay-charts.js', import.meta.url), 'utf8'),
  });
}

function bodyOf(facts: ReportFacts): string {
  const { report, plan } = facts;
  const exit = `T − ${clockText(plan.exitLeadMs)}`;
  const answers = answersOf(facts).map(
    ({ question, answer }) => `<dt>${escaped(question)}</dt><dd>${escaped(answer)}</dd>`,
  );
  return `<h1>Replay of recorded order books</h1>
<p class="quiet">${escaped(facts.what)}</p>
<section><dl class="answers">${answers.join('')}</dl></section>
${figure('advantage', `Selling less holding, by the time of the exit`, `What selling earned more than holding to the end, per position, with its 95 % interval. Below zero, holding earned more. The dashed line is ${exit}.`)}
${figure('cost', 'What an exit costs, by the time left', 'Cents per sold share below the mid price, the taker fee, and the share of all shares that no bid would have taken.')}
${figure('risk', 'What holding would have paid, and at what risk', `How often a position ended with which result: sold at ${exit}, and held to the end.`)}
${figure('holdAbove', 'Hold above a price', `Selling less holding, when the exit is left out at or above this price of the held token.`)}
${figure('stopLoss', 'Stop below the entry price', `Selling less holding, with a stop-loss this far below the entry price beside the exit at ${exit}.`)}
<section><h2>Figures</h2><div class="scroll">${tableOf(facts)}</div></section>
<p class="quiet">Made with: ${escaped(facts.command)}. ${report.decided.rows} of ${report.total.rows} positions are in windows whose winner is recorded; means and intervals are of those. Both sides of a window count as one draw of the bootstrap.</p>`;
}

function figure(id: string, title: string, text: string): string {
  return `<section><h2>${escaped(title)}</h2><p class="quiet">${escaped(text)}</p><div id="${id}" role="img" aria-label="${escaped(title)}"></div></section>`;
}

function tableOf({ report }: ReportFacts): string {
  const rows = report.sweep.map(({ exitLeadMs, decided }) => {
    const { pnl, advantage, deviationRatio, unsoldShare } = decided;
    const cells = [
      `T − ${clockText(exitLeadMs)}`,
      String(decided.rows),
      dollarsOf(pnl.meanMicros),
      dollarsOf(advantage.meanMicros),
      intervalText(advantage),
      percentText(deviationRatio),
      percentText(unsoldShare),
    ];
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  const head = [
    'Exit at',
    'Positions',
    'Mean result',
    'Selling less holding',
    '95 % interval',
    'Deviation ratio',
    'Unsold',
  ];
  return `<table><thead><tr>${head.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const usd = (micros: number): number => micros / 1e6;

/** Columns for the charts: dollars, seconds, cents and percent. */
function chartData({ report, lab, plan, decidedRows }: ReportFacts) {
  const { sweep } = report;
  return {
    exitLeadSeconds: plan.exitLeadMs / 1_000,
    leads: {
      seconds: sweep.map(({ exitLeadMs }) => exitLeadMs / 1_000),
      ...columnsOf(sweep.map(({ decided }) => decided.advantage)),
      spreadCents: lab.costs.map(({ spreadMicros }) => spreadMicros / 1e4),
      feeCents: lab.costs.map(({ feeMicros }) => feeMicros / 1e4),
      unsoldPercent: lab.costs.map(({ unsoldShare }) => unsoldShare * 100),
    },
    results: histogramOf(decidedRows),
    levels: {
      holdAbove: { unit: 'cents', ...levelColumns(lab.holdAbove) },
      stopLoss: { unit: 'percent', ...levelColumns(lab.stopLoss) },
    },
  };
}

function levelColumns(levels: readonly PlayedLevel[]) {
  return {
    level: levels.map(({ percent }) => percent),
    ...columnsOf(levels.map(({ decided }) => decided.advantage)),
  };
}

function columnsOf(estimates: readonly Estimate[]) {
  return {
    mean: estimates.map(({ meanMicros }) => usd(meanMicros)),
    low: estimates.map(({ intervalMicros: [low] }) => usd(low)),
    high: estimates.map(({ intervalMicros: [, high] }) => usd(high)),
  };
}

const BIN_COUNT = 24;

/** Positions by result, in about 24 bins of whole dollars; the first column is where a bin begins. */
function histogramOf(rows: readonly ReplayRow[]) {
  const sold = rows.map(({ pnlMicros }) => usd(pnlMicros));
  const held = rows.map(({ holdPnlMicros }) => usd(holdPnlMicros));
  const [low, high] = [Math.floor(Math.min(0, ...sold, ...held)), Math.ceil(Math.max(1, ...sold, ...held))];
  const width = Math.max(1, Math.ceil((high - low) / BIN_COUNT));
  const starts = Array.from({ length: Math.ceil((high - low) / width) + 1 }, (_, index) => low + index * width);
  const countIn = (values: readonly number[]) =>
    starts.map((start) => values.filter((value) => value >= start && value < start + width).length);
  return { dollars: starts, sold: countIn(sold), held: countIn(held) };
}
