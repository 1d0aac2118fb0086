import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { LifeChart as LifeChartData, LifeSpan, MarkKind } from '#lib/console/position/position-message.ts';
import { tMinus, utcClockMs } from '#lib/words/time-text.ts';
import { chartColors, clockAxis, followWidth, useColorScheme, valueAxis } from '../charts.ts';
import { mergeSeries, shownSpan } from './life-series.ts';
import { verticalLines, visibleMarks } from './mark-plugins.ts';

const MARK_WORDS: readonly (readonly [MarkKind, string, string])[] = [
  ['buy', '▲', 'bought'],
  ['try', '○', 'sell tried'],
  ['refusal', '✕', 'refused or lost'],
  ['fill', '▼', 'sold'],
  ['rule', '◆', 'rule or request'],
  ['settlement', '■', 'settled'],
];

const MARK_SIGNS: Readonly<Record<string, string>> = Object.fromEntries(MARK_WORDS.map(([kind, sign]) => [kind, sign]));

type ChartProps = { readonly chart: LifeChartData; readonly span: LifeSpan };

/** The token's price with everything that happened, above the price of what the market is about. */
export function LifeChart({ chart, span }: ChartProps): ComponentChildren {
  const token = useRef<HTMLDivElement>(null);
  const underlying = useRef<HTMLDivElement>(null);
  const scheme = useColorScheme();
  useEffect(() => {
    const ends = [
      token.current === null ? undefined : drawToken(token.current, chart, span),
      underlying.current === null ? undefined : drawUnderlying(underlying.current, chart, span),
    ];
    return () => {
      for (const end of ends) end?.();
    };
  }, [chart, span, scheme]);
  const kinds = new Set(chart.marks.map(({ kind }) => kind));
  return html`
    <figure class="life-chart" aria-labelledby="chart-title">
      <figcaption id="chart-title">
        Price of the token${chart.underlying.length > 0 && html`, and of ${chart.underlyingName} below`}. The timeline
        has every mark in words.
      </figcaption>
      <ul class="mark-legend" aria-hidden="true">
        ${MARK_WORDS.filter(([kind]) => kinds.has(kind)).map(
          ([kind, sign, word]) => html`<li key=${kind}><span class=${`mark mark-${kind}`}>${sign}</span> ${word}</li>`,
        )}
      </ul>
      <div ref=${token}></div>
      ${chart.underlying.length > 0 && html`<div ref=${underlying}></div>`}
      ${chart.notes.map((note) => html`<p class="tone-quiet">${note}</p>`)}
    </figure>
  `;
}

const cents = (value: number | null): string => (value === null ? '–' : `${(value * 100).toFixed(1)}¢`);
const dollars = (value: number | null): string =>
  value === null ? '–' : `$${value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 4 : 2 })}`;

function drawToken(place: HTMLElement, chart: LifeChartData, span: LifeSpan): () => void {
  const colors = chartColors();
  const columns = mergeSeries([chart.token, chart.bids]);
  const options: Omit<uPlot.Options, 'width' | 'height'> = {
    scales: { x: { range: () => shownSpan(chart, span) }, y: { range: [0, 1] } },
    cursor: { sync: { key: 'life' } },
    axes: [clockAxis(colors), valueAxis(colors, (value) => `${Math.round(value * 100)}¢`)],
    series: [
      { label: 'Time', value: (_plot, seconds) => timeLabel(seconds, span) },
      {
        label: 'Venue’s history',
        stroke: colors.second,
        width: 2,
        spanGaps: true,
        value: (_plot, price) => cents(price),
      },
      { label: 'Bid', stroke: colors.first, width: 2, spanGaps: true, value: (_plot, price) => cents(price) },
    ],
    plugins: [verticalLines(timesOf(span), colors), visibleMarks(chart.marks, span.marketEndsAtMs, MARK_SIGNS)],
  };
  return followWidth(place, options, columns, { share: 0.34, min: 220, max: 360 });
}

function drawUnderlying(place: HTMLElement, chart: LifeChartData, span: LifeSpan): () => void {
  const colors = chartColors();
  const columns = mergeSeries([chart.underlying]);
  const options: Omit<uPlot.Options, 'width' | 'height'> = {
    scales: { x: { range: () => shownSpan(chart, span) } },
    cursor: { sync: { key: 'life' } },
    axes: [clockAxis(colors), valueAxis(colors, dollars)],
    series: [
      { label: 'Time', value: (_plot, seconds) => timeLabel(seconds, span) },
      {
        label: chart.underlyingName ?? 'Underlying',
        stroke: colors.first,
        width: 2,
        value: (_plot, price) => dollars(price),
      },
    ],
    plugins: [verticalLines(timesOf(span), colors)],
  };
  return followWidth(place, options, columns, { share: 0.18, min: 120, max: 200 });
}

function timeLabel(seconds: number | null, { marketEndsAtMs }: LifeSpan): string {
  if (seconds === null) return '–';
  return `${utcClockMs(seconds * 1_000)} (${tMinus(marketEndsAtMs, seconds * 1_000)})`;
}

function timesOf({ exitDueAtMs, marketEndsAtMs }: LifeSpan): readonly { atMs: number; name: string }[] {
  return [
    { atMs: exitDueAtMs, name: 'exit' },
    { atMs: marketEndsAtMs, name: 'end' },
  ];
}
