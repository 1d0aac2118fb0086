import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { SuiteActions } from '../act/action-buttons.ts';
import type { PageProps } from '../page-props.ts';
import { useStore } from '../store.ts';
import { ChecksList } from './checks-list.ts';
import { News } from './news.ts';
import { PositionTable } from './position-table.ts';
import { Problems } from './problems.ts';
import { Summary } from './summary.ts';

/** Everything that is open, what it does next, and what is in its way. */
export function NowPage({ live }: PageProps): ComponentChildren {
  const now = useStore(live, (state) => state.now);
  const { sections, order } = now;
  if (sections.about === undefined) return html`<p>Reading the suite…</p>`;
  return html`
    <h1 class="visually-hidden">Now</h1>
    <${Summary} rows=${order} sections=${sections} />
    <${SuiteActions} live=${live} />
    <${Problems} sections=${sections} />
    <div class="now-columns">
      <section aria-labelledby="positions-title" class="now-positions">
        <h2 id="positions-title">Positions</h2>
        <${PositionTable} rows=${order} />
      </section>
      <div class="now-side">
        <section aria-labelledby="news-title">
          <h2 id="news-title">What happened</h2>
          <${News} news=${sections.news ?? []} />
        </section>
        <${ChecksList} checks=${sections.checks} />
      </div>
    </div>
  `;
}
