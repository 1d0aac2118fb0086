import { html } from 'htm/preact';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { NowRow } from '#lib/console/now/now-message.ts';
import { PositionRow } from './position-row.ts';
import { remember, useReturn, useRowKeys } from './row-keys.ts';
import { type RowWindow, windowOf } from './row-window.ts';

const COLUMNS = ['Position', 'State', 'Exit', 'Next step', 'Price', 'Paid', 'Result', 'Tries'] as const;

/** Every open position, what acts next first, and those that ended in the last hour. */
export function PositionTable({ rows }: { readonly rows: readonly NowRow[] }): ComponentChildren {
  const [filter, setFilter] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const shown = filter === '' ? rows : rows.filter((row) => textOf(row).includes(filter.toLowerCase()));
  const body = useRef<HTMLTableSectionElement>(null);
  const { from, to, rowPx } = useRowWindow(body, shown.length);
  useRowKeys(body, input, shown.length, rowPx);
  useReturn(body, shown, rowPx);
  return html`
    <p class="filter">
      <label for="filter">Filter</label>
      <input
        id="filter" type="search" ref=${input} value=${filter} autocomplete="off" placeholder="BTC, holding, live …"
        onInput=${(event: InputEvent) => setFilter(inputOf(event))}
      />
      <span>${countText(shown.length, rows.length)}</span>
    </p>
    <table class="positions" role="table" aria-rowcount=${shown.length + 1} aria-labelledby="positions-title">
      <thead role="rowgroup">
        <tr role="row">${COLUMNS.map((name) => html`<th key=${name} role="columnheader" scope="col">${name}</th>`)}</tr>
      </thead>
      <tbody role="rowgroup" ref=${body} onClick=${(event: Event) => remember(event, shown)}>
        <tr class="spacer" aria-hidden="true" key="before" style=${{ height: `${from * rowPx}px` }}></tr>
        ${shown.slice(from, to).map((row, index) => drawRow(row, from + index))}
        <tr class="spacer" aria-hidden="true" key="after" style=${{ height: `${(shown.length - to) * rowPx}px` }}></tr>
      </tbody>
    </table>
    ${shown.length === 0 && html`<p class="empty">${rows.length === 0 ? 'No position is open.' : 'No position matches.'}</p>`}
  `;
}

const inputOf = ({ target }: Event): string => (target instanceof HTMLInputElement ? target.value : '');

function textOf({ what, state, stateText, mode, marketSlug, positionId }: NowRow): string {
  return `${what} ${state} ${stateText} ${mode} ${marketSlug} ${positionId}`.toLowerCase();
}

function countText(shown: number, all: number): string {
  return shown === all ? `${all} in all` : `${shown} of ${all}`;
}

/** A row that is drawn already is not drawn again, as long as it stays what and where it is. */
const drawn = new WeakMap<NowRow, { readonly index: number; readonly node: VNode }>();

function drawRow(row: NowRow, index: number): VNode {
  const before = drawn.get(row);
  if (before?.index === index) return before.node;
  const node = html`<${PositionRow} key=${row.positionId} row=${row} index=${index} />`;
  drawn.set(row, { index, node });
  return node;
}

/** Until a row was measured. */
const FIRST_ROW_PX = 56;

type Sight = RowWindow & { readonly rowPx: number };

/** Draws only the rows in sight: a thousand would be laid out anew whenever one of them changes. */
function useRowWindow(body: { readonly current: HTMLTableSectionElement | null }, count: number): Sight {
  const [sight, setSight] = useState<Sight>({ from: 0, to: 0, rowPx: FIRST_ROW_PX });
  useEffect(() => {
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      const section = body.current;
      if (section === null) return;
      const topPx = section.getBoundingClientRect().top;
      const height = section.querySelector('tr:not(.spacer)')?.getBoundingClientRect().height ?? 0;
      setSight((before) => {
        const rowPx = height > 0 ? height : before.rowPx;
        const { from, to } = windowOf({ count, topPx, screenPx: innerHeight, rowPx });
        return from === before.from && to === before.to && rowPx === before.rowPx ? before : { from, to, rowPx };
      });
    };
    const onMove = (): void => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    measure();
    addEventListener('scroll', onMove, { passive: true });
    addEventListener('resize', onMove);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', onMove);
      removeEventListener('resize', onMove);
    };
  }, [count]);
  return { ...sight, to: Math.min(sight.to, count) };
}
