import { useEffect } from 'preact/hooks';
import type { NowRow } from '#lib/console/now/now-message.ts';
import { useKeydown } from '../use-keydown.ts';

let openedId: string | null = null;

/** Notes which row is opened. */
export function remember({ target }: Event, rows: readonly NowRow[]): void {
  const row = target instanceof Element ? target.closest<HTMLElement>('tr[data-index]') : null;
  openedId = rows[Number(row?.dataset.index)]?.positionId ?? null;
}

/** On the way back from a position's page its row is in sight again. */
export function useReturn(
  body: { readonly current: HTMLElement | null },
  rows: readonly NowRow[],
  rowPx: number,
): void {
  useEffect(() => {
    const index = rows.findIndex(({ positionId }) => positionId === openedId);
    if (index >= 0 && body.current !== null) goToRow(body.current, index, rowPx);
    openedId = null;
  }, []);
}

/** Arrows or j and k go from row to row, also to rows that are not drawn yet; `/` goes to the filter. */
export function useRowKeys(
  body: { readonly current: HTMLTableSectionElement | null },
  input: { readonly current: HTMLInputElement | null },
  count: number,
  rowPx: number,
): void {
  const onKey = (event: KeyboardEvent): void => {
    const isFilter = event.target === input.current;
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
  useKeydown(onKey, [count, rowPx], input);
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
