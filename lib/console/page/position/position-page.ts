import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { NowRow } from '#lib/console/now/now-message.ts';
import type { PositionMessage } from '#lib/console/position/position-message.ts';
import { PositionActions } from '../act/action-buttons.ts';
import { type Api, ApiError } from '../api.ts';
import type { PageProps } from '../page-props.ts';
import { linkTo } from '../router.ts';
import { useStore } from '../store.ts';
import { LifeChart } from './life-chart.ts';
import { Timeline } from './timeline.ts';

/** One position from its opening to its end: prices with what happened where, what holding would bring, each step. */
export function PositionPage({ api, live, params }: PageProps): ComponentChildren {
  const [positionId = ''] = params;
  const progress = useStore(live, ({ now }) => progressOf(now.rows.get(positionId)));
  const { message, problem } = useLife(api, positionId, progress);
  if (message === null) {
    return problem === null
      ? html`<p>Reading the position…</p>`
      : html`<p role="alert">${problem} <a href=${linkTo('')}>Now</a> shows what is open.</p>`;
  }
  return html`
    <header class="life-head">
      <h1>
        ${message.title}${' '}
        ${message.mode === 'live' && html`<span class="badge-live">LIVE</span>`}
      </h1>
      ${problem !== null && html`<p role="alert" class="tone-bad">${problem}</p>`}
      <p class=${`tone-${message.holding.tone}`}>${message.holding.text}</p>
      <${PositionActions} live=${live} positionId=${positionId} />
    </header>
    <${LifeChart} chart=${message.chart} span=${message.span} />
    <div class="life-columns">
      <section aria-labelledby="facts-title">
        <h2 id="facts-title">Facts</h2>
        <dl class="facts">
          ${message.facts.map(({ name, text, tone }) => html`<dt>${name}</dt><dd class=${`tone-${tone}`}>${text}</dd>`)}
        </dl>
      </section>
      <section aria-labelledby="timeline-title">
        <h2 id="timeline-title">Timeline</h2>
        <${Timeline} lines=${message.timeline} marketEndsAtMs=${message.span.marketEndsAtMs} />
      </section>
    </div>
  `;
}

/** Differs after every step of the position, and not with each new price. */
function progressOf(row: NowRow | undefined): string {
  return row === undefined ? '' : [row.state, row.attemptCount, row.nextStepAtMs, ...row.setbacks].join();
}

/** Prices and the market's result come after the rows do, so the page reads again until it has them. */
const AGAIN_MS = 10_000;

function useLife(
  api: Api,
  positionId: string,
  progress: string,
): { readonly message: PositionMessage | null; readonly problem: string | null } {
  const [message, setMessage] = useState<PositionMessage | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let isGone = false;
    const read = async (): Promise<void> => {
      try {
        const next = await api.get<PositionMessage>(`positions/${encodeURIComponent(positionId)}`);
        if (isGone) return;
        setMessage(next);
        setProblem(null);
        if (next.isFinal) clearInterval(timer);
      } catch (error) {
        if (!isGone) setProblem(error instanceof ApiError ? error.message : 'The console’s answer cannot be read.');
      }
    };
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void read();
    }, AGAIN_MS);
    void read();
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [positionId, progress]);
  return { message: message?.positionId === positionId ? message : null, problem };
}
