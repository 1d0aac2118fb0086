import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { ChecksSection } from '#lib/console/now/now-message.ts';
import { utcTime } from '#lib/words/time-text.ts';
import { CHECK_TONES } from '#lib/words/tone.ts';
import { consoleNowMs } from '../live.ts';

/** Parts, timers, alarms and dead letters, as `tminus doctor` finds them; those out of order also stand on top. */
export function ChecksList({ checks }: { readonly checks: ChecksSection | undefined }): ComponentChildren {
  if (checks === undefined || 'unread' in checks || checks.state === 'reading') return null;
  const sound = checks.checks.filter(({ status }) => status === 'ok').length;
  return html`
    <details class="checks">
      <summary>Checks: ${sound} of ${checks.checks.length} in order</summary>
      <dl>
        ${checks.checks.map(
          ({ name, status, found }) => html`<div key=${name}>
            <dt><span class=${`tone-${CHECK_TONES[status]}`}>${status}</span> ${name}</dt>
            <dd>${found}</dd>
          </div>`,
        )}
      </dl>
      <p class="tone-quiet">Read at ${utcTime(checks.atMs, consoleNowMs())}, and again every minute.</p>
    </details>
  `;
}
