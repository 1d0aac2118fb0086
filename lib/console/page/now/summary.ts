import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { NowRow, NowSections } from '#lib/console/now/now-message.ts';
import { signedDollars } from '#lib/words/money-text.ts';
import { pagingChecks, sumByMode, usedTexts } from '#lib/words/now-words.ts';
import { countdown } from '#lib/words/time-text.ts';
import { type Tone, toneOfPnl } from '#lib/words/tone.ts';
import { useTimeText } from '../clock.ts';

type Sections = Partial<NowSections>;

/** What has to be seen in two seconds: how much is open, what comes next, and whether the suite is in order. */
export function Summary({
  rows,
  sections,
}: {
  readonly rows: readonly NowRow[];
  readonly sections: Sections;
}): ComponentChildren {
  const open = rows.filter(({ isOpen, state }) => isOpen && state !== 'awaiting-resolution');
  const awaiting = rows.filter(({ state }) => state === 'awaiting-resolution');
  const exiting = open.filter(({ state }) => state === 'exiting');
  const [next] = open.filter(({ state }) => state === 'holding' || state === 'buying');
  const more = [
    ...(exiting.length === 0 ? [] : [`${exiting.length} exiting`]),
    ...(awaiting.length === 0 ? [] : [`${awaiting.length} awaiting the result`]),
  ];
  return html`
    <dl class="summary">
      <${Figure} name="Open" text=${String(open.length)} more=${more.join(', ')} />
      <${NextExit} row=${next} />
      ${resultsOf(open).map(
        ([name, text, tone, detail]) =>
          html`<${Figure} kind="result" key=${name} name=${name} text=${text} tone=${tone} more=${detail} />`,
      )}
      <${Openings} openings=${sections.openings} />
      <${Health} checks=${sections.checks} />
    </dl>
  `;
}

type FigureProps = {
  readonly name: string;
  readonly text: string;
  readonly tone?: Tone;
  readonly more?: string;
  readonly kind?: 'result' | 'checks';
};

function Figure({ name, text, tone = 'plain', more = '', kind }: FigureProps): ComponentChildren {
  return html`<div class=${`figure is-${kind ?? 'plain'}`}>
    <dt>${name}</dt>
    <dd class=${`figure-text tone-${tone}`}>${text}</dd>
    ${more !== '' && html`<dd class="figure-more">${more}</dd>`}
  </div>`;
}

function NextExit({ row }: { readonly row: NowRow | undefined }): ComponentChildren {
  const text = useTimeText((nowMs) => (row === undefined ? '–' : countdown(row.exitDueAtMs - nowMs)));
  const isSoon = /^0:\d\d$/.test(text);
  return html`<${Figure} name="Next exit" text=${text} tone=${isSoon ? 'warn' : 'plain'} more=${row === undefined ? 'none is due' : row.what} />`;
}

function resultsOf(open: readonly NowRow[]): readonly (readonly [string, string, Tone, string])[] {
  const sums = sumByMode(open);
  return sums.map(({ mode, sumMicros, missingCount }) => {
    const name = sums.length === 1 ? 'If sold now' : `${mode === 'live' ? 'Live' : 'Paper'} if sold now`;
    if (sumMicros === null) return [name, '–', 'plain', 'no price yet'];
    const rest = missingCount === 0 ? '' : `; ${missingCount} without a price`;
    return [name, signedDollars(sumMicros), toneOfPnl(sumMicros), `after fees${rest}`];
  });
}

function Openings({ openings }: { readonly openings: Sections['openings'] }): ComponentChildren {
  if (openings === undefined || 'unread' in openings) {
    return html`<${Figure} name="Openings" text="not read" tone="warn" />`;
  }
  if (openings.state === 'reading') return html`<${Figure} name="Openings" text="reading…" tone="quiet" />`;
  const more = usedTexts(openings.accounts).join('; ');
  if (openings.halts.length > 0) return html`<${Figure} name="Openings" text="HALTED" tone="warn" more=${more} />`;
  return html`<${Figure} name="Openings" text="allowed" tone="good" more=${more} />`;
}

/** What pages at night, beside the count of all that is out of order. */
function Health({ checks }: { readonly checks: Sections['checks'] }): ComponentChildren {
  if (checks === undefined || 'unread' in checks)
    return html`<${Figure} kind="checks" name="Checks" text="not read" tone="warn" />`;
  if (checks.state === 'reading') return html`<${Figure} kind="checks" name="Checks" text="reading…" tone="quiet" />`;
  const count = (status: string): number => checks.checks.filter((each) => each.status === status).length;
  const [reds, warnings] = [count('red'), count('warning')];
  const more = pagingChecks(checks.checks)
    .map(({ name, status }) => `${name} ${status}`)
    .join(', ');
  if (reds > 0) return html`<${Figure} kind="checks" name="Checks" text=${`${reds} red`} tone="bad" more=${more} />`;
  const text = warnings === 0 ? 'in order' : `${warnings} warning${warnings === 1 ? '' : 's'}`;
  return html`<${Figure} kind="checks" name="Checks" text=${text} tone=${warnings === 0 ? 'good' : 'warn'} more=${more} />`;
}
