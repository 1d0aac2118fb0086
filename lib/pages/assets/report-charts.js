/* Draws the charts of the report from its data; `charts.js` is loaded before it. */
{
  const { data, color, dollars, axis, line, draw, start } = globalThis.charts;
  const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC');
  const [hours, days, months] = ['{HH}:{mm}', '{D} {MMM}', '{MMM} {YYYY}'].map((form) => uPlot.fmtDate(form));
  const formOf = (step) => (step < 86_400 ? hours : step < 2_000_000 ? days : months);
  const timeAxis = () => ({
    ...axis('UTC', String, { size: 44 }),
    values: (_plot, splits, _axis, _space, step) => splits.map((split) => formOf(step)(utc(split))),
  });
  const dollarAxis = () => axis('', dollars, { labelSize: 0, size: 70 });
  const stamp = uPlot.fmtDate('{YYYY}-{MM}-{DD} {HH}:{mm}');
  const day = uPlot.fmtDate('{YYYY}-{MM}-{DD}');
  const count = (value) => (value == null ? '–' : String(value));
  const wholeNumbers = (_plot, splits) => splits.map((split) => (Number.isInteger(split) ? split : ''));

  const drawEquity = (id, { seconds, dollars: values }) => {
    if (values.length === 0) return;
    draw(id, [seconds, values], {
      tzDate: utc,
      axes: [timeAxis(), dollarAxis()],
      series: [
        { label: 'Until', value: (_plot, raw) => (raw == null ? '–' : stamp(utc(raw))) },
        line('Realised', color('sold'), dollars, {
          paths: uPlot.paths.stepped({ align: 1 }),
          points: { show: values.length < 60, size: 5 },
          fill: color('band'),
        }),
      ],
    });
  };

  const drawDays = (id, { seconds, gains, losses }) => {
    if (seconds.length === 0) return;
    const paths = uPlot.paths.bars({ size: [0.7, 40] });
    const halfDay = 43_200;
    draw(id, [seconds, gains, losses], {
      tzDate: utc,
      scales: { x: { range: (_plot, low, high) => [low - halfDay, high + halfDay] } },
      axes: [{ ...timeAxis(), incrs: [1, 2, 7, 14, 30, 91, 365].map((count) => count * 86_400) }, dollarAxis()],
      series: [
        { label: 'Day', value: (_plot, raw) => (raw == null ? '–' : day(utc(raw))) },
        line('Gain', color('good'), dollars, { fill: color('good'), paths, width: 0, points: { show: false } }),
        line('Loss', color('bad'), dollars, { fill: color('bad'), paths, width: 0, points: { show: false } }),
      ],
    });
  };

  const drawBars = (id, { labels, counts }) => {
    if (counts.length === 0) return;
    draw(id, [counts.map((_, index) => index), counts], {
      scales: {
        x: { time: false, range: () => [-0.6, counts.length - 0.4] },
        y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] },
      },
      axes: [
        axis('', (index) => labels[index] ?? '', {
          size: 34,
          labelSize: 0,
          splits: () => counts.map((_, index) => index),
        }),
        { ...axis('times', String, { size: 50 }), values: wholeNumbers },
      ],
      series: [
        { label: 'Duration', value: (_plot, raw) => labels[raw] ?? '–' },
        line('Times', color('sold'), count, {
          fill: color('sold'),
          paths: uPlot.paths.bars({ size: [0.7, 60] }),
          width: 0,
          points: { show: false },
        }),
      ],
    });
  };

  start(() => {
    for (const [index, { equity, days, lateness, healing }] of data.modes.entries()) {
      drawEquity(`equity-${index}`, equity);
      drawDays(`days-${index}`, days);
      drawBars(`lateness-${index}`, lateness);
      drawBars(`healing-${index}`, healing);
    }
  });
}
