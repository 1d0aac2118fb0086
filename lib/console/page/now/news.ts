import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { NewsItem } from '#lib/console/now/now-message.ts';
import { utcClock } from '#lib/words/time-text.ts';
import { consoleNowMs } from '../live.ts';
import { linkTo } from '../router.ts';

const SHOWN_COUNT_MAX = 30;

/** Attempts, refusals and fills as they come, newest first. */
export function News({ news }: { readonly news: readonly NewsItem[] }): ComponentChildren {
  if (news.length === 0) return html`<p class="tone-quiet">Nothing in the last ten minutes.</p>`;
  const nowMs = consoleNowMs();
  return html`
    <ol class="news">
      ${news.slice(0, SHOWN_COUNT_MAX).map(
        ({ id, atMs, positionId, what, mode, tone, text, follows }) => html`
          <li key=${id} class=${`tone-${tone}`}>
            <p class="news-head">
              <time datetime=${new Date(atMs).toISOString()}>${utcClock(atMs, nowMs)}</time>
              <a href=${linkTo('position', positionId)}>${what}</a>
              ${mode === 'live' && html`<span class="badge-live">LIVE</span>`}
            </p>
            <p class="news-text">${text}</p>
            ${follows !== null && html`<p class="news-follows">${follows}</p>`}
          </li>
        `,
      )}
    </ol>
  `;
}
