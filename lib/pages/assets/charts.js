/* What the charts of all pages share. uPlot is loaded before it, and the page's own script after it. */
globalThis.charts = (() => {
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const dollars = (value) => (value == null ? '–' : `${value < 0 ? '−' : ''}$${Math.abs(value).toFixed(2)}`);
  const percent = (value) => (value == null ? '–' : `${value.toFixed(0)} %`);
  const plots = [];

  const axis = (label, values, rest = {}) => ({
    label,
    labelSize: 22,
    stroke: color('text'),
    grid: { stroke: color('grid'), width: 1 },
    ticks: { stroke: color('grid'), width: 1 },
    values: (_plot, splits) => splits.map(values),
    size: 64,
    ...rest,
  });

  const line = (label, stroke, value, rest = {}) => ({
    label,
    stroke,
    width: 2,
    value: (_plot, raw) => value(raw),
    points: { size: 5 },
    ...rest,
  });

  const draw = (id, columns, options) => {
    const place = document.getElementById(id);
    const width = place.clientWidth;
    const height = Math.max(220, Math.min(340, Math.round(width * 0.45)));
    plots.push(new uPlot({ width, height, ...options }, columns, place));
  };

  /** Draws the page's charts, and again whenever their colours or their width change. Paper is white. */
  const start = (drawAll) => {
    const redraw = () => {
      for (const plot of plots.splice(0)) plot.destroy();
      drawAll();
    };
    redraw();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
    let width = innerWidth;
    addEventListener('resize', () => {
      if (innerWidth === width) return;
      width = innerWidth;
      redraw();
    });
    const print = (isPrinting) => () => {
      document.documentElement.classList.toggle('printing', isPrinting);
      redraw();
    };
    addEventListener('beforeprint', print(true));
    addEventListener('afterprint', print(false));
  };

  return {
    data: JSON.parse(document.getElementById('data').textContent),
    ...{ color, dollars, percent, axis, line, draw, start },
  };
})();
