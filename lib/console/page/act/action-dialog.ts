import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ActionKind } from '#lib/console/act/action-message.ts';
import type { Api } from '../api.ts';
import type { Live } from '../live.ts';
import { type Store, useStore } from '../store.ts';
import { ActionFields } from './action-form.ts';
import { ActionAnswerView, ActionPreviewView } from './action-steps.ts';
import { type Ask, asks } from './asks.ts';
import { fieldsOf, initialValues, toRequest, type Values } from './fields.ts';
import { type ActionFlow, useAction } from './use-action.ts';

type DialogProps = { readonly api: Api; readonly live: Store<Live> };

/** The dialog of an action, above every page. */
export function ActionDialog({ api, live }: DialogProps): ComponentChildren {
  const ask = useStore(asks, (value) => value);
  return ask === null ? null : html`<${OpenDialog} api=${api} live=${live} ask=${ask} />`;
}

const TITLES: Readonly<Record<ActionKind, string>> = {
  exit: 'Sell',
  hold: 'Hold to the end',
  open: 'Open a position',
  guard: 'Guard shares',
  halt: 'Halt openings',
  resume: 'Allow openings again',
};

function OpenDialog({ api, live, ask }: DialogProps & { readonly ask: Ask }): ComponentChildren {
  const { kind, positionId } = ask;
  const stageIsLive = useStore(live, ({ now }) => now.sections.about?.isLive ?? false);
  const row = useStore(live, ({ now }) => now.rows.get(positionId ?? ''));
  const fields = fieldsOf(kind, stageIsLive);
  const [values, setValues] = useState<Values>(() => initialValues(fields));
  const flow = useAction(api);
  const dialog = useDialog(flow);
  const look = (): void => void flow.look({ kind, request: toRequest(fields, values, positionId) });
  useEffect(() => {
    if (fields.length === 0) look();
  }, []);
  const { at, problem, isBusy } = flow;
  const mode = row?.mode ?? values.mode ?? (stageIsLive ? 'live' : 'paper');
  const isLive = at.step === 'form' ? stageIsLive && mode !== 'paper' : at.preview.isLive;
  const close = (): void => dialog.current?.close();
  const named = new Set([...fields.map(({ name }) => name), 'confirmation']);
  const unplaced = problem.faults.filter(({ field }) => !named.has(field)).map(({ message }) => message);
  return html`
    <dialog
      ref=${dialog} class="act" data-money=${isLive ? 'live' : 'paper'} aria-labelledby="act-title"
      onClose=${() => asks.set(null)}
    >
      <article>
        <header>
          <h2 id="act-title">
            <strong class="act-money">${isLive ? 'LIVE' : 'PAPER'}</strong>${' '}
            ${at.step === 'form' ? [TITLES[kind], row?.what].filter(Boolean).join(' ') : at.preview.question}
          </h2>
        </header>
        <div role="alert">
          ${[problem.text, ...unplaced].map((text) => text && html`<p key=${text} class="tone-bad">${text}</p>`)}
        </div>
        <p role="status" class="act-status">${statusOf(flow)}</p>
        ${
          at.step === 'form' &&
          html`<${FormStep} isBusy=${isBusy} look=${look} close=${close}>
            <${ActionFields}
              fields=${fields} values=${values} faults=${problem.faults}
              onChange=${(name: string, value: string) => setValues((before) => ({ ...before, [name]: value }))}
            />
          <//>`
        }
        ${at.step === 'preview' && html`<${ActionPreviewView} flow=${flow} preview=${at.preview} look=${look} close=${close} hasForm=${fields.length > 0} />`}
        ${at.step === 'answer' && html`<${ActionAnswerView} flow=${flow} preview=${at.preview} answer=${at.answer} close=${close} />`}
      </article>
    </dialog>
  `;
}

function statusOf({ at, isBusy }: ActionFlow): string {
  if (isBusy) return at.step === 'form' ? 'Reading what it would do…' : 'Asking the suite…';
  return at.step === 'answer' ? at.answer.text : '';
}

type FormStepProps = {
  readonly isBusy: boolean;
  readonly look: () => void;
  readonly close: () => void;
  readonly children: ComponentChildren;
};

function FormStep({ isBusy, look, close, children }: FormStepProps): ComponentChildren {
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!isBusy) look();
  };
  return html`
    <form onSubmit=${submit} novalidate>
      ${children}
      <footer>
        <button type="button" class="outline" onClick=${close}>Cancel</button>
        <button type="submit" aria-busy=${isBusy} aria-disabled=${isBusy}>Preview</button>
      </footer>
    </form>
  `;
}

/** Opens it as a modal, and puts the focus where the next step begins. */
function useDialog({ at, isBusy, problem }: ActionFlow) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (isBusy) return;
    const faulty = dialog.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    (faulty ?? dialog.current?.querySelector<HTMLElement>('[data-focus]'))?.focus();
  }, [at.step, isBusy, problem]);
  return dialog;
}
