import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { NowSections } from '#lib/console/now/now-message.ts';

type Problem = { readonly tone: 'bad' | 'warn'; readonly text: string; readonly advice: string | null };

/** What is in the way, the worst first, each with what to do. */
export function Problems({ sections }: { readonly sections: Partial<NowSections> }): ComponentChildren {
  const problems = listProblems(sections);
  if (problems.length === 0) return null;
  return html`
    <ul class="problems" aria-label="Problems">
      ${problems.map(
        ({ tone, text, advice }) => html`<li key=${text} class=${`tone-${tone}`}>
          <strong>${text}</strong>${advice !== null && html` <span class="advice">${advice}</span>`}
        </li>`,
      )}
    </ul>
  `;
}

function listProblems({ about, openings, checks, prices }: Partial<NowSections>): readonly Problem[] {
  const corrupt = about?.corruptIds ?? [];
  const faulty =
    checks === undefined || 'unread' in checks || checks.state === 'reading'
      ? []
      : // The halts and limits are said below, in the words of the table.
        checks.checks.flatMap(({ name, faults }) => (name === 'openings' ? [] : faults));
  const problems: readonly Problem[] = [
    ...corrupt.map(
      (id): Problem => ({ tone: 'bad', text: `Position ${id} cannot be read.`, advice: 'Correct its row by hand.' }),
    ),
    ...faulty.map(({ text, advice, isRed }): Problem => ({ tone: isRed ? 'bad' : 'warn', text, advice })),
    ...(checks !== undefined && 'unread' in checks ? [warn(`The checks: ${checks.unread}`)] : []),
    ...(openings === undefined
      ? []
      : 'unread' in openings
        ? [warn(`Halt and limits: ${openings.unread}`)]
        : openings.state === 'reading'
          ? []
          : [...openings.halts, ...openings.tightened].map(warn)),
    ...(prices?.note == null ? [] : [warn(prices.note)]),
  ];
  return problems.toSorted((one, other) => Number(one.tone === 'warn') - Number(other.tone === 'warn'));
}

const warn = (text: string): Problem => ({ tone: 'warn', text, advice: null });
