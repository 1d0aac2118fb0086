import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ActionAnswer, ActionPreview } from '#lib/console/act/action-message.ts';
import { countdown } from '#lib/words/time-text.ts';
import { useTimeText } from '../clock.ts';
import { linkTo } from '../router.ts';
import type { ActionFlow } from './use-action.ts';

type StepProps = { readonly flow: ActionFlow; readonly preview: ActionPreview; readonly close: () => void };

/** What would be done, and its confirmation: a press, and with real money a typed yes before it. */
export function ActionPreviewView({
  flow,
  preview,
  look,
  close,
  hasForm,
}: StepProps & { readonly look: () => void; readonly hasForm: boolean }): ComponentChildren {
  const [confirmation, setConfirmation] = useState('');
  const left = useTimeText((nowMs) => countdown(preview.expiresAtMs - nowMs));
  const isOld = left === '0:00';
  const submit = (event: Event): void => {
    event.preventDefault();
    if (flow.isBusy) return;
    if (isOld) look();
    else void flow.act(preview, confirmation);
  };
  const fault = flow.problem.faults.find(({ field }) => field === 'confirmation');
  const needsYes = preview.isYesNeeded && !isOld;
  return html`
    <form onSubmit=${submit} novalidate>
      <dl class="act-facts">
        ${preview.facts.map(({ name, text }) => html`<div key=${name}><dt>${name}</dt><dd>${text}</dd></div>`)}
      </dl>
      <ul class="act-notes">${preview.notes.map((note) => html`<li key=${note}>${note}</li>`)}</ul>
      ${
        needsYes &&
        html`<div class="act-field is-confirmation">
          <label for="act-confirmation">This is real money. Type yes:</label>
          <input
            id="act-confirmation" type="text" autocomplete="off" autocapitalize="off" data-focus="" value=${confirmation}
            aria-invalid=${fault === undefined ? undefined : 'true'} aria-describedby="act-confirmation-fault"
            onInput=${({ target }: Event) => target instanceof HTMLInputElement && setConfirmation(target.value)}
          />
          <small id="act-confirmation-fault" class="tone-bad">${fault !== undefined && `It ${fault.message}.`}</small>
        </div>`
      }
      <p class="tone-quiet">${isOld ? 'This preview is older than a minute.' : `These are the figures of a moment; valid for ${left}.`}</p>
      <footer>
        <button type="button" class="outline" onClick=${close}>Cancel</button>
        ${hasForm && html`<button type="button" class="outline" onClick=${flow.back}>Change</button>`}
        <button type="submit" aria-busy=${flow.isBusy} aria-disabled=${flow.isBusy} data-focus=${needsYes ? undefined : ''}>
          ${isOld ? 'Look again' : preview.deed}
        </button>
      </footer>
    </form>
  `;
}

const TONES = { done: 'good', refused: 'bad', unknown: 'warn' } as const;
const HEADS = { done: 'Done', refused: 'Not done', unknown: 'Not certain' } as const;

/** What became of it, in words; its text is announced above. */
export function ActionAnswerView({
  flow,
  preview,
  answer,
  close,
}: StepProps & { readonly answer: ActionAnswer }): ComponentChildren {
  const { outcome, details, positionId, mayRepeat } = answer;
  const again = (): void => {
    if (!flow.isBusy) void flow.act(preview, '');
  };
  return html`
    <p class=${`act-outcome tone-${TONES[outcome]}`}>
      ${outcome === 'done' && preview.kind === 'exit' ? 'Requested' : HEADS[outcome]}
    </p>
    <ul class="act-notes">${details.map((text) => html`<li key=${text}>${text}</li>`)}</ul>
    ${
      positionId !== null &&
      html`<p><a href=${linkTo('position', positionId)} onClick=${close}>The position and every step</a></p>`
    }
    <footer>
      ${
        mayRepeat &&
        html`<button type="button" aria-busy=${flow.isBusy} aria-disabled=${flow.isBusy} onClick=${again}>Ask again</button>`
      }
      <button type="button" class=${mayRepeat ? 'outline' : ''} data-focus="" onClick=${close}>Close</button>
    </footer>
  `;
}
