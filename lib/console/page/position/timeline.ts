import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { TimelineLine } from '#lib/console/position/position-message.ts';
import { tMinus, utcClockMs } from '#lib/words/time-text.ts';

/** Every read, decision and answer in words, oldest first. */
export function Timeline({
  lines,
  marketEndsAtMs,
}: {
  readonly lines: readonly TimelineLine[];
  readonly marketEndsAtMs: number;
}): ComponentChildren {
  return html`
    <ol class="timeline">
      ${lines.map(
        ({ version, atMs, text, tone, follows, change, evidence }) => html`
          <li key=${version}>
            <p class="timeline-when">
              <time datetime=${new Date(atMs).toISOString()}>${utcClockMs(atMs)}</time> ${tMinus(marketEndsAtMs, atMs)}
            </p>
            <div>
              <p class=${`tone-${tone}`}>${text}${change !== null && html` <span class="change">${change}</span>`}</p>
              ${follows !== null && html`<p>→ ${follows}</p>`}
              ${evidence !== '' && html`<p class="tone-quiet">${evidence}</p>`}
            </div>
          </li>
        `,
      )}
    </ol>
  `;
}
