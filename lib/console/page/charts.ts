import { useEffect, useState } from 'preact/hooks';
import uPlot from 'uplot';

export type ChartColors = {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly first: string;
  readonly second: string;
  readonly good: string;
  readonly bad: string;
};

/** The page's own colours as they are now: a canvas does not follow style sheets. */
export function chartColors(): ChartColors {
  const styles = getComputedStyle(document.documentElement);
  const color = (name: string): string => styles.getPropertyValue(`--${name}`).trim();
  return {
    text: color('pico-color'),
    quiet: color('quiet'),
    line: color('line'),
    first: color('chart-first'),
    second: color('chart-second'),
    good: color('good'),
    bad: color('bad'),
  };
}

/** Differs between dark and light, so that a chart is drawn anew when that changes. */
export function useColorScheme(): 'dark' | 'light' {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const update = (): void => setDark(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, []);
  return isDark ? 'dark' : 'light';
}

/** Room for `21:11:40`. */
const LABEL_PX = 70;
const AXIS_FONT = '12px system-ui, sans-serif';

/** UTC, as every time of the console. */
export function clockAxis(colors: ChartColors): uPlot.Axis {
  return {
    ...axisOf(colors),
    size: 34,
    space: LABEL_PX,
    values: (_plot, splits) => splits.map((seconds) => clockLabel(seconds, spanOf(splits))),
  };
}

export function valueAxis(colors: ChartColors, label: (value: number) => string): uPlot.Axis {
  return { ...axisOf(colors), size: 72, values: (_plot, splits) => splits.map(label) };
}

function axisOf({ text, line }: ChartColors): uPlot.Axis {
  return { stroke: text, font: AXIS_FONT, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
}

const spanOf = (splits: readonly number[]): number => (splits.at(-1) ?? 0) - (splits[0] ?? 0);

function clockLabel(seconds: number, spanSeconds: number): string {
  const iso = new Date(seconds * 1_000).toISOString();
  if (spanSeconds > 2 * 86_400) return iso.slice(5, 10);
  return spanSeconds > 1_200 ? iso.slice(11, 16) : iso.slice(11, 19);
}

export type ChartHeight = { readonly share: number; readonly min: number; readonly max: number };

/** Draws a chart as wide as its place, anew when that or the colour scheme changes. Returns what removes it. */
export function followWidth(
  place: HTMLElement,
  options: Omit<uPlot.Options, 'width' | 'height'>,
  columns: uPlot.AlignedData,
  { share, min, max }: ChartHeight,
): () => void {
  const sizeOf = (): uPlot.Options['width'] => Math.max(place.clientWidth, 200);
  const size = () => ({ width: sizeOf(), height: Math.round(Math.min(Math.max(sizeOf() * share, min), max)) });
  const plot = new uPlot({ ...options, ...size() }, columns, place);
  const observer = new ResizeObserver(() => {
    if (plot.width !== sizeOf()) plot.setSize(size());
  });
  observer.observe(place);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}
