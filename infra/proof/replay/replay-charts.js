/* Draws the charts of the replay from its data; `lib/pages/assets/charts.js` is loaded before it. */
{
  const { data, color, dollars, percent, axis, line, draw, start } = globalThis.charts;
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, '0')}`;
  const cents = (value) => (value == null ? '–' : `${value.toFixed(1)}¢`);

  /** A vertical line at a value of x. */
  const markAt = (x) => ({
    hooks: {
      draw: (plot) => {
        const left = plot.valToPos(x, 'x', true);
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = color('mark');
        ctx.setLineDash([4, 4]);
        ctx.beginPath();
        ctx.moveTo(left, bbox.top);
        ctx.lineTo(left, bbox.top + bbox.height);
        ctx.stroke();
        ctx.restore();
      },
    },
  });

  /** A mean with its interval as a band. Columns: x, mean, low, high. */
  const estimateChart = (id, { columns, xLabel, xValue, xTicks, mark, isReversed }) => {
    const name = color('sold');
    draw(id, columns, {
      scales: { x: { time: false, dir: isReversed ? -1 : 1 } },
      axes: [axis(xLabel, xValue, { size: 44, splits: () => xTicks }), axis('$ per position', dollars)],
      series: [
        { label: xLabel, value: (_plot, raw) => (raw == null ? '–' : xValue(raw)) },
        line('Mean', name, dollars),
        line('95 % from', color('band-line'), dollars, { width: 1, points: { show: false } }),
        line('95 % to', color('band-line'), dollars, { width: 1, points: { show: false } }),
      ],
      bands: [{ series: [3, 2], fill: color('band') }],
      plugins: mark === undefined ? [] : [markAt(mark)],
    });
  };

  const drawLeads = () => {
    const { leads, exitLeadSeconds } = data;
    const xTicks = leads.seconds.filter((seconds) => seconds % 60 === 0);
    const time = { xLabel: 'exit before the end (min:s)', xValue: clock, xTicks, isReversed: true };
    estimateChart('advantage', {
      ...time,
      columns: [leads.seconds, leads.mean, leads.low, leads.high],
      mark: exitLeadSeconds,
    });
    draw('cost', [leads.seconds, leads.spreadCents, leads.feeCents, leads.unsoldPercent], {
      scales: { x: { time: false, dir: -1 }, share: { range: [0, Math.max(10, ...leads.unsoldPercent) * 1.1] } },
      axes: [
        axis(time.xLabel, clock, { size: 44, splits: () => xTicks }),
        axis('cents per share', cents),
        axis('unsellable', percent, { scale: 'share', side: 1, grid: { show: false } }),
      ],
      series: [
        { label: time.xLabel, value: (_plot, raw) => (raw == null ? '–' : clock(raw)) },
        line('Mid less bids', color('sold'), cents),
        line('Fee', color('held'), cents),
        line('Unsellable shares', color('bad'), percent, { scale: 'share', dash: [6, 4] }),
      ],
      plugins: [markAt(exitLeadSeconds)],
    });
  };

  const drawRisk = () => {
    const { results } = data;
    const bars = (align) => uPlot.paths.bars({ size: [0.4, 60], align });
    draw('risk', [results.dollars, results.sold, results.held], {
      scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, high * 1.1] } },
      axes: [axis('result of a position', dollars, { size: 44 }), axis('positions', (value) => value)],
      series: [
        { label: 'From', value: (_plot, raw) => dollars(raw) },
        line('Sold', color('sold'), (value) => value ?? '–', { fill: color('sold'), paths: bars(-1), width: 0 }),
        line('Held', color('held'), (value) => value ?? '–', { fill: color('held'), paths: bars(1), width: 0 }),
      ],
    });
  };

  const drawLevels = () => {
    for (const [id, { level, mean, low, high, unit }] of Object.entries(data.levels)) {
      const xValue = unit === 'cents' ? (value) => `${value}¢` : (value) => `${value} %`;
      const xLabel = unit === 'cents' ? 'hold above' : 'stop below the entry price';
      estimateChart(id, { columns: [level, mean, low, high], xLabel, xValue, xTicks: level });
    }
  };

  start(() => {
    drawLeads();
    drawRisk();
    drawLevels();
  });
}
