import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { HistoryMessage, HistoryMode } from '#lib/console/history/history-message.ts';
import { minuteText } from '#lib/words/time-text.ts';
import { type Api, ApiError } from '../api.ts';
import type { PageProps } from '../page-props.ts';
import { DaysChart, DistributionChart, EquityChart } from './history-charts.ts';
import { EndedTable, RefusalTable, SumsTable } from './history-tables.ts';

const SPANS = [
  ['24h', 'a day'],
  ['7d', 'a week'],
  ['30d', 'a month'],
  ['90d', 'three months'],
] as const;

/** What came of the positions that ended in a span: sums, curves and distributions, paper and live apart. */
export function HistoryPage({ api }: PageProps): ComponentChildren {
  const [since, setSince] = useState('7d');
  const { message, problem, isReading } = useHistory(api, since);
  const [saveProblem, setSaveProblem] = useState<string | null>(null);
  const onSave = (form: 'csv' | 'json'): void => {
    save(api, form, since).then(
      () => setSaveProblem(null),
      (error: unknown) => setSaveProblem(problemOf(error)),
    );
  };
  return html`
    <header class="history-head">
      <h1>History</h1>
      <label for="since">Ended in the last</label>
      <select id="since" value=${since} onChange=${(event: Event) => setSince(chosenOf(event))}>
        ${SPANS.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
      </select>
      <button type="button" class="secondary" onClick=${() => onSave('csv')}>Save the sums as CSV</button>
      <button type="button" class="secondary" onClick=${() => onSave('json')}>as JSON</button>
    </header>
    <p role="status">${statusText(message, problem, isReading)}</p>
    ${saveProblem !== null && html`<p role="alert" class="tone-bad">${saveProblem}</p>`}
    ${
      message !== null &&
      message.corruptIds.length > 0 &&
      html`<p class="tone-bad">These rows cannot be read as positions and are in no sum: ${message.corruptIds.join(', ')}</p>`
    }
    ${message?.modes.map((mode) => html`<${ModeHistory} key=${mode.mode} mode=${mode} />`)}
  `;
}

function ModeHistory({ mode }: { readonly mode: HistoryMode }): ComponentChildren {
  const { charts, tables } = mode;
  const [days, ...others] = tables;
  return html`
    <article class="history-mode" data-mode=${mode.mode} aria-label=${mode.mode === 'live' ? 'Live' : 'Paper'}>
      <h2>
        ${mode.mode === 'live' ? html`<span class="badge-live">LIVE</span> real money` : 'Paper, no money'}
      </h2>
      <dl class="tiles">
        ${mode.tiles.map(
          ({ name, text, tone = 'plain' }) =>
            html`<div key=${name}><dt>${name}</dt><dd class=${`tone-${tone}`}>${text}</dd></div>`,
        )}
      </dl>
      <div class="history-charts">
        <${EquityChart} columns=${charts.equity} />
        <${DaysChart} columns=${charts.days} />
        <${DistributionChart} title="Lateness of exits" about=${mode.lateness} bars=${charts.lateness} />
        <${DistributionChart} title="Healing time" about=${mode.healing} bars=${charts.healing} />
      </div>
      ${[...others, ...(days === undefined ? [] : [days])].map(
        (table) => html`<${SumsTable} key=${table.title} table=${table} />`,
      )}
      <${RefusalTable} refusals=${mode.refusals} />
      <${EndedTable} rows=${mode.positions} count=${mode.positionCount} />
    </article>
  `;
}

type Reading = {
  readonly message: HistoryMessage | null;
  readonly problem: string | null;
  readonly isReading: boolean;
};

function useHistory(api: Api, since: string): Reading {
  const [reading, setReading] = useState<Reading>({ message: null, problem: null, isReading: true });
  useEffect(() => {
    let isGone = false;
    setReading((before) => ({ ...before, isReading: true }));
    api.get<HistoryMessage>(`history?since=${encodeURIComponent(since)}`).then(
      (message) => !isGone && setReading({ message, problem: null, isReading: false }),
      (error: unknown) => !isGone && setReading({ message: null, problem: problemOf(error), isReading: false }),
    );
    return () => {
      isGone = true;
    };
  }, [since]);
  return reading;
}

const problemOf = (error: unknown): string =>
  error instanceof ApiError ? error.message : 'The console’s answer cannot be read.';

function statusText(message: HistoryMessage | null, problem: string | null, isReading: boolean): string {
  if (isReading) return 'Reading the positions that ended…';
  if (message === null) return problem ?? '';
  const span = `From ${minuteText(message.fromMs)} to ${minuteText(message.untilMs)}. Results are after fees.`;
  return message.modes.length === 0 ? `${span} No position ended, and none is open.` : span;
}

const chosenOf = ({ target }: Event): string => (target instanceof HTMLSelectElement ? target.value : '');

/** The token is in a header, so a plain link would be refused. */
async function save(api: Api, form: 'csv' | 'json', since: string): Promise<void> {
  const text = await api.text(`history.${form}?since=${encodeURIComponent(since)}`);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text]));
  link.download = `tminus-history-${since}.${form}`;
  link.click();
  URL.revokeObjectURL(link.href);
}
