import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { ChecksSection } from '#lib/console/now/now-message.ts';
import { utcTime } from '#lib/words/time-text.ts';
import { consoleNowMs } from '../live.ts';

const TONES = { ok: 'good', warning: 'warn', red: 'bad' } as const;

/** Parts, timers, alarms and dead letters, as `tminus doctor` finds them. */
export function ChecksList({ checks }: { readonly checks: ChecksSection | undefined }): ComponentChildren {
  if (checks === undefined) return null;
  if ('unread' in checks) return html`<p class="tone-warn">${checks.unread}</p>`;
  if (checks.state === 'reading') return html`<p class="tone-quiet">Reading alarms, queues and functions…</p>`;
  return html`
    <dl class="checks">
      ${checks.checks.map(
        ({ name, status, found }) => html`<div key=${name}>
          <dt><span class=${`status tone-${TONES[status]}`}>${status}</span> ${name}</dt>
          <dd>${found}</dd>
        </div>`,
      )}
    </dl>
    <p class="tone-quiet">Read at ${utcTime(checks.atMs, consoleNowMs())}, again every minute.</p>
  `;
}
