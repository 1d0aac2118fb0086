import type { ActionAnswer, ActionPreview } from './action-message.ts';

/** An action that was looked at. Running it again with the same id of a request never acts twice. */
export type PlannedAction = {
  readonly preview: Omit<ActionPreview, 'actionId' | 'expiresAtMs'>;
  /** Answers failures of the suite, too; throws only what was not foreseen. */
  run(requestId: string): Promise<ActionAnswer>;
};

export type RunOutcome =
  | { readonly outcome: 'answered'; readonly answer: ActionAnswer }
  /** Never there, or forgotten. */
  | { readonly outcome: 'unknown-action' }
  | { readonly outcome: 'expired' }
  | { readonly outcome: 'not-confirmed' };

export type PendingActions = {
  add(planned: PlannedAction): ActionPreview;
  /** Acts once: while it runs and afterwards, the same answer. One that is not certain is asked for again. */
  run(actionId: string, isYes: boolean): Promise<RunOutcome>;
};

/** A preview is of its moment: bids move, and a window ends. */
export const PREVIEW_MS = 60_000;
/** How long an answer is kept for those who ask again. */
const KEPT_MS = 3_600_000;
/** More than a person looks at in an hour; a page that asks without end fills no memory. */
const COUNT_MAX = 500;

type Progress =
  | { readonly step: 'offered' }
  | { readonly step: 'running'; readonly answer: Promise<ActionAnswer> }
  /** It ran, and how that ended is not certain. */
  | { readonly step: 'unsettled' }
  | { readonly step: 'settled'; readonly answer: ActionAnswer };

type Pending = { readonly planned: PlannedAction; readonly expiresAtMs: number; progress: Progress };

/** In the memory of one console: an id of another run is not known here. */
export function createPendingActions(nowMs: () => number, newId: () => string): PendingActions {
  const pending = new Map<string, Pending>();

  /** Oldest first. */
  const forget = (): void => {
    for (const [actionId, { progress, expiresAtMs }] of pending) {
      const isOver = nowMs() > expiresAtMs + KEPT_MS || pending.size >= COUNT_MAX;
      if (isOver && progress.step !== 'running') pending.delete(actionId);
    }
  };

  const start = async (actionId: string, action: Pending): Promise<ActionAnswer> => {
    try {
      const answer = await action.planned.run(requestIdOf(actionId));
      action.progress = answer.mayRepeat ? { step: 'unsettled' } : { step: 'settled', answer };
      return answer;
    } catch (error) {
      action.progress = { step: 'unsettled' };
      throw error;
    }
  };

  const answered = async (answer: ActionAnswer | Promise<ActionAnswer>): Promise<RunOutcome> => ({
    outcome: 'answered',
    answer: await answer,
  });

  return {
    add(planned) {
      forget();
      const actionId = newId();
      const expiresAtMs = nowMs() + PREVIEW_MS;
      pending.set(actionId, { planned, expiresAtMs, progress: { step: 'offered' } });
      return { ...planned.preview, actionId, expiresAtMs };
    },
    async run(actionId, isYes) {
      const action = pending.get(actionId);
      if (action === undefined) return { outcome: 'unknown-action' };
      const { progress, planned, expiresAtMs } = action;
      if (progress.step === 'running' || progress.step === 'settled') return answered(progress.answer);
      if (progress.step === 'offered') {
        if (nowMs() > expiresAtMs) return { outcome: 'expired' };
        if (planned.preview.isYesNeeded && !isYes) return { outcome: 'not-confirmed' };
      }
      const answer = start(actionId, action);
      action.progress = { step: 'running', answer };
      return answered(answer);
    },
  };
}

/** The suite knows a request by it, so that a repeated one acts once. */
export const requestIdOf = (actionId: string): string => `console-${actionId}`;
