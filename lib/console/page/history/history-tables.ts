import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { HistoryMode, ResultTable } from '#lib/console/history/history-message.ts';
import type { EndedRow } from '#lib/words/history-rows.ts';
import { minuteText } from '#lib/words/time-text.ts';
import { linkTo } from '../router.ts';

const SUMS_COLUMNS = ['Ended', 'Won', 'Lost', 'Unknown', 'Paid', 'Fees', 'Result'] as const;

export function SumsTable({ table: { title, rows } }: { readonly table: ResultTable }): ComponentChildren {
  if (rows.length === 0) return null;
  return html`
    <${Scroll} title=${title}>
      <thead><tr><th scope="col">${title}</th>${SUMS_COLUMNS.map(numberHead)}</tr></thead>
      <tbody>
        ${rows.map(
          ({ name, ended, won, lost, unknown, paid, fees, result, tone }) => html`
            <tr key=${name}>
              <th scope="row">${name}</th>
              ${[ended, won, lost, unknown === 0 ? '–' : unknown, paid, fees].map(numberCell)}
              <td class=${`number tone-${tone}`}>${result}</td>
            </tr>
          `,
        )}
      </tbody>
    <//>
  `;
}

export function RefusalTable({ refusals }: Pick<HistoryMode, 'refusals'>): ComponentChildren {
  if (refusals.length === 0) return html`<p class="tone-quiet">No order was refused.</p>`;
  return html`
    <${Scroll} title="Refusals by cause">
      <thead><tr><th scope="col">Refusals by cause</th>${['Times', 'Positions'].map(numberHead)}</tr></thead>
      <tbody>
        ${refusals.map(
          ({ cause, count, positionCount }) =>
            html`<tr key=${cause}><th scope="row">${cause}</th>${[count, positionCount].map(numberCell)}</tr>`,
        )}
      </tbody>
    <//>
  `;
}

export function EndedTable({
  rows,
  count,
}: {
  readonly rows: readonly EndedRow[];
  readonly count: number;
}): ComponentChildren {
  if (rows.length === 0) return null;
  const title = rows.length === count ? 'Positions' : `Positions, the newest ${rows.length} of ${count}`;
  return html`
    <${Scroll} title=${title}>
      <thead>
        <tr>
          <th scope="col">${title}</th>
          <th scope="col">Ended (UTC)</th>
          ${['Bought at', 'Sold at', 'Paid', 'Result', 'Refused'].map(numberHead)}
          <th scope="col">How</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ positionId, closedAtMs, what, entry, exit, paid, result, tone, refusedCount, how }) => html`
            <tr key=${positionId}>
              <th scope="row"><a href=${linkTo('position', positionId)}>${what}</a></th>
              <td>${minuteText(closedAtMs).slice(0, -4)}</td>
              ${[entry, exit, paid].map(numberCell)}
              <td class=${`number tone-${tone}`}>${result}</td>
              ${numberCell(refusedCount === 0 ? '–' : refusedCount)}
              <td>${how}</td>
            </tr>
          `,
        )}
      </tbody>
    <//>
  `;
}

const numberHead = (name: string): ComponentChildren => html`<th key=${name} scope="col" class="number">${name}</th>`;
const numberCell = (value: string | number): ComponentChildren => html`<td class="number">${value}</td>`;

/** Wide tables scroll by themselves, by keyboard too, so that the page does not. */
function Scroll({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): ComponentChildren {
  return html`
    <div class="history-table" role="region" tabindex="0" aria-label=${title}><table>${children}</table></div>
  `;
}
