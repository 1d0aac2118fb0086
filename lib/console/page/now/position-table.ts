import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { NowRow } from '#lib/console/now/now-message.ts';
import { isTyping } from '../is-typing.ts';
import { PositionRow } from './position-row.ts';
import { type RowWindow, windowOf } from './row-window.ts';

const COLUMNS = ['Position', 'State', 'Exit', 'Next step', 'Bid', 'Paid', 'Result', 'Tries'] as const;

/** Every open position, what acts next first, and those that ended in the last hour. */
export function PositionTable({ rows }: { readonly rows: readonly NowRow[] }): ComponentChildren {
  const [filter, setFilter] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const shown = filter === '' ? rows : rows.filter((row) => textOf(row).includes(filter.toLowerCase()));
  const body = useRef<HTMLTableSectionElement>(null);
  const { from, to, rowPx } = useRowWindow(body, shown.length);
  useRowKeys(body, input, shown.length, rowPx);
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
      <tbody role="rowgroup" ref=${body}>
        <tr class="spacer" aria-hidden="true" key="before" style=${{ height: `${from * rowPx}px` }}></tr>
        ${shown
          .slice(from, to)
          .map((row, index) => html`<${PositionRow} key=${row.positionId} row=${row} index=${from + index} />`)}
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

/** Until a row was measured. */
const FIRST_ROW_PX = 56;

/** Draws only the rows in sight: a thousand would be laid out anew whenever one of them changes. */
function useRowWindow(
  body: { readonly current: HTMLTableSectionElement | null },
  count: number,
): RowWindow & { readonly rowPx: number } {
  const [rowPx, setRowPx] = useState(FIRST_ROW_PX);
  const [topPx, setTopPx] = useState(0);
  useEffect(() => {
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      const section = body.current;
      if (section === null) return;
      setTopPx(Math.round(section.getBoundingClientRect().top));
      const height = section.querySelector('tr:not(.spacer)')?.getBoundingClientRect().height ?? 0;
      if (height > 0) setRowPx(height);
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
  return { ...windowOf({ count, topPx, screenPx: innerHeight, rowPx }), rowPx };
}

/** Arrows or j and k go from row to row, also to rows that are not drawn yet; `/` goes to the filter. */
function useRowKeys(
  body: { readonly current: HTMLTableSectionElement | null },
  input: { readonly current: HTMLInputElement | null },
  count: number,
  rowPx: number,
): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isFilter = event.target === input.current;
      if (event.ctrlKey || event.metaKey || event.altKey || (isTyping(event.target) && !isFilter)) return;
      if (event.key === '/' && !isFilter) {
        event.preventDefault();
        input.current?.focus();
        return;
      }
      const step = stepOf(event.key, isFilter);
      if (step === 0 || body.current === null || count === 0) return;
      event.preventDefault();
      const row = document.activeElement?.closest('tr[data-index]');
      const at = row instanceof HTMLElement ? Number(row.dataset.index) : step > 0 ? -1 : count;
      goToRow(body.current, Math.min(Math.max(at + step, 0), count - 1), rowPx);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [count, rowPx]);
}

function stepOf(key: string, isFilter: boolean): number {
  if (key === 'ArrowDown' || (key === 'j' && !isFilter)) return 1;
  if (key === 'ArrowUp' || (key === 'k' && !isFilter)) return -1;
  return 0;
}

/** A row out of sight is drawn once it is scrolled to. */
function goToRow(section: HTMLElement, index: number, rowPx: number): void {
  const linkOf = (): HTMLElement | null => section.querySelector(`tr[data-index="${index}"] a`);
  const link = linkOf();
  if (link === null) scrollBy({ top: section.getBoundingClientRect().top + index * rowPx - innerHeight / 2 });
  const focus = (left: number): void => {
    const found = linkOf();
    if (found !== null) {
      found.focus({ preventScroll: true });
      found.closest('tr')?.scrollIntoView({ block: 'nearest' });
    } else if (left > 0) requestAnimationFrame(() => focus(left - 1));
  };
  focus(FRAME_COUNT_MAX);
}

const FRAME_COUNT_MAX = 10;
