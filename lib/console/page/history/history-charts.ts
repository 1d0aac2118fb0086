import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { HistoryMode } from '#lib/console/history/history-message.ts';
import { minuteText } from '#lib/words/time-text.ts';
import { type ChartColors, chartColors, clockAxis, followWidth, useColorScheme, valueAxis } from '../charts.ts';

type Charts = HistoryMode['charts'];
type Options = Omit<uPlot.Options, 'width' | 'height'>;

const HEIGHT = { share: 0.4, min: 160, max: 260 };
const dollars = (value: number | null): string =>
  value === null ? '–' : `${value < 0 ? '−' : ''}$${Math.abs(value).toFixed(2)}`;
const timeOf = (seconds: number | null): string => (seconds === null ? '–' : minuteText(seconds * 1_000));

/** The realised result, added up in the order of the ends. */
export function EquityChart({ columns }: { readonly columns: Charts['equity'] }): ComponentChildren {
  const { seconds, dollars: equity } = columns;
  return html`
    <${Chart}
      title="Equity: realised results after fees, added up"
      columns=${[seconds, equity]}
      optionsOf=${(colors: ChartColors): Options => ({
        axes: [clockAxis(colors), valueAxis(colors, dollars)],
        series: [
          { label: 'Until', value: (_plot, raw) => timeOf(raw) },
          {
            label: 'Realised',
            stroke: colors.first,
            width: 2,
            points: { show: equity.length < 60, size: 5 },
            ...stepped(),
            value: (_plot, raw) => dollars(raw),
          },
        ],
      })}
    />
  `;
}

function stepped(): Pick<uPlot.Series, 'paths'> {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths === undefined ? {} : { paths };
}

function bars(widthPx: number): Pick<uPlot.Series, 'paths' | 'width' | 'points'> {
  const paths = uPlot.paths.bars?.({ size: [0.7, widthPx] });
  return { width: 0, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
}

const HALF_DAY_SECONDS = 43_200;

export function DaysChart({ columns }: { readonly columns: Charts['days'] }): ComponentChildren {
  const { seconds, gains, losses } = columns;
  return html`
    <${Chart}
      title="Result by UTC day"
      columns=${[seconds, gains, losses]}
      optionsOf=${(colors: ChartColors): Options => ({
        scales: {
          x: { range: () => [(seconds[0] ?? 0) - HALF_DAY_SECONDS, (seconds.at(-1) ?? 0) + HALF_DAY_SECONDS] },
        },
        axes: [
          { ...clockAxis(colors), splits: () => seconds.filter(isLabelled(seconds.length)), values: dayLabels },
          valueAxis(colors, dollars),
        ],
        series: [
          { label: 'Day', value: (_plot, raw) => timeOf(raw).slice(0, 10) },
          { label: 'Gain', fill: colors.good, stroke: colors.good, ...bars(40), value: (_plot, raw) => dollars(raw) },
          { label: 'Loss', fill: colors.bad, stroke: colors.bad, ...bars(40), value: (_plot, raw) => dollars(raw) },
        ],
      })}
    />
  `;
}

const LABEL_COUNT_MAX = 8;

/** From the newest day backwards. */
function isLabelled(count: number): (_seconds: number, index: number) => boolean {
  const every = Math.ceil(count / LABEL_COUNT_MAX);
  return (_seconds, index) => (count - 1 - index) % every === 0;
}

const dayLabels: uPlot.Axis.DynamicValues = (_plot, splits) =>
  splits.map((seconds) => new Date(seconds * 1_000).toISOString().slice(5, 10));

/** How often each duration was measured. `about`: its quantiles in words, null without any. */
export function DistributionChart({
  title,
  about,
  bars: { labels, counts },
}: {
  readonly title: string;
  readonly about: string | null;
  readonly bars: Charts['lateness'];
}): ComponentChildren {
  return html`
    <${Chart}
      title=${title}
      about=${about ?? 'None was measured.'}
      columns=${[counts.map((_, index) => index), counts]}
      optionsOf=${(colors: ChartColors): Options => ({
        scales: {
          x: { time: false, range: () => [-0.6, counts.length - 0.4] },
          y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
        },
        axes: [
          {
            ...clockAxis(colors),
            splits: () => counts.map((_, index) => index),
            values: (_plot, splits) => splits.map((index) => labels[index] ?? ''),
          },
          valueAxis(colors, (value) => (Number.isInteger(value) ? String(value) : '')),
        ],
        series: [
          { label: 'Duration', value: (_plot, raw) => labels[raw] ?? '–' },
          { label: 'Times', fill: colors.first, stroke: colors.first, ...bars(60), value: (_plot, raw) => raw ?? '–' },
        ],
      })}
    />
  `;
}

type ChartProps = {
  readonly title: string;
  readonly about?: string;
  readonly columns: uPlot.AlignedData;
  readonly optionsOf: (colors: ChartColors) => Options;
};

/** A chart without a point is left out; its words stay. */
function Chart({ title, about, columns, optionsOf }: ChartProps): ComponentChildren {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useColorScheme();
  const isEmpty = columns[0].length === 0;
  useEffect(() => {
    if (place.current === null || isEmpty) return undefined;
    return followWidth(place.current, optionsOf(chartColors()), columns, HEIGHT);
  }, [JSON.stringify(columns), scheme]);
  return html`
    <figure>
      <figcaption>${title}</figcaption>
      ${about !== undefined && html`<p class="tone-quiet">${about}</p>`}
      ${!isEmpty && html`<div ref=${place}></div>`}
    </figure>
  `;
}
