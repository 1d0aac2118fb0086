import { useState } from 'preact/hooks';
import type { ActionAnswer, ActionBody, ActionPreview, FieldFault, RunBody } from '#lib/console/act/action-message.ts';
import { type Api, ApiError } from '../api.ts';

export type Step =
  | { readonly step: 'form' }
  | { readonly step: 'preview'; readonly preview: ActionPreview }
  | { readonly step: 'answer'; readonly preview: ActionPreview; readonly answer: ActionAnswer };

/** What keeps it from going on. */
export type Problem = { readonly text: string | null; readonly faults: readonly FieldFault[] };

const NO_PROBLEM: Problem = { text: null, faults: [] };

export type ActionFlow = {
  readonly at: Step;
  readonly problem: Problem;
  readonly isBusy: boolean;
  look(body: ActionBody): Promise<void>;
  /** Safe to repeat: the id stands for one request, which acts once. */
  act(preview: ActionPreview, confirmation: string): Promise<void>;
  back(): void;
};

/** From the form by the preview to the answer. */
export function useAction(api: Api): ActionFlow {
  const [at, setAt] = useState<Step>({ step: 'form' });
  const [problem, setProblem] = useState(NO_PROBLEM);
  const [isBusy, setBusy] = useState(false);
  const during = async (work: () => Promise<Step>): Promise<void> => {
    setBusy(true);
    setProblem(NO_PROBLEM);
    try {
      setAt(await work());
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return {
    ...{ at, problem, isBusy },
    look: (body) =>
      during(async () => ({ step: 'preview', preview: await api.post<ActionPreview>('actions/preview', body) })),
    act: (preview, confirmation) =>
      during(async () => {
        const body: RunBody = { actionId: preview.actionId, confirmation };
        return { step: 'answer', preview, answer: await api.post<ActionAnswer>('actions/run', body) };
      }),
    back: () => {
      setProblem(NO_PROBLEM);
      setAt({ step: 'form' });
    },
  };
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) return { text: 'The console’s answer cannot be read.', faults: [] };
  if (error.faults.length > 0) return { text: null, faults: error.faults };
  const isLost = error.status === 0 || error.status >= 500;
  const advice = isLost ? ' Pressing again is safe: the same request never acts twice.' : '';
  return { text: `${error.message}${advice}`, faults: [] };
}
