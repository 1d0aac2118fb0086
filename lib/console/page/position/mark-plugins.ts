import type uPlot from 'uplot';
import type { Mark } from '#lib/console/position/position-message.ts';
import { tMinus, utcClockMs } from '#lib/words/time-text.ts';
import type { ChartColors } from '../charts.ts';

/** Dashed lines with a name at moments such as the exit and the end of the market. */
export function verticalLines(
  times: readonly { readonly atMs: number; readonly name: string }[],
  colors: ChartColors,
): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = colors.quiet;
        ctx.fillStyle = colors.quiet;
        ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        for (const { atMs, name } of times) {
          const left = plot.valToPos(atMs / 1_000, 'x', true);
          if (left < bbox.left || left > bbox.left + bbox.width) continue;
          ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
          ctx.beginPath();
          ctx.moveTo(left, bbox.top);
          ctx.lineTo(left, bbox.top + bbox.height);
          ctx.stroke();
          ctx.textAlign = left > bbox.left + bbox.width / 2 ? 'right' : 'left';
          ctx.fillText(` ${name} `, left, bbox.top + 14 * devicePixelRatio);
        }
        ctx.restore();
      },
    },
  };
}

/** Signs over the chart, each with its words. One without a price stands at the foot. */
export function visibleMarks(
  marks: readonly Mark[],
  marketEndsAtMs: number,
  signs: Readonly<Record<string, string>>,
): uPlot.Plugin {
  const elements = marks.map((mark) => {
    const element = document.createElement('span');
    element.className = `mark mark-${mark.kind}`;
    element.textContent = signs[mark.kind] ?? '•';
    element.title = `${utcClockMs(mark.atMs)} (${tMinus(marketEndsAtMs, mark.atMs)}): ${mark.text}`;
    return { mark, element };
  });
  return {
    hooks: {
      init: (plot) => {
        for (const { element } of elements) plot.over.append(element);
      },
      draw: (plot) => {
        for (const { mark, element } of elements) {
          element.style.left = `${plot.valToPos(mark.atMs / 1_000, 'x')}px`;
          element.style.top = `${plot.valToPos(mark.price ?? 0, 'y')}px`;
        }
      },
    },
  };
}
