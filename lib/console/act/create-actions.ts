import { randomBytes } from 'node:crypto';
import { assertNever } from '#lib/domain/position/broken-law.ts';
import { TminusError } from '#lib/errors/errors.ts';
import { planExit } from './act-exit.ts';
import { planGuard } from './act-guard.ts';
import { planHalt, planResume } from './act-halt.ts';
import { planHold } from './act-hold.ts';
import { planOpen } from './act-open.ts';
import { type ActionDeps, refused, unknown } from './action-deps.ts';
import type { ActionAnswer, ActionPreview, FieldFault } from './action-message.ts';
import { type AskedAction, parseAction } from './parse-action.ts';
import { createPendingActions, type PlannedAction, type RunOutcome } from './pending-actions.ts';

export type PreviewOutcome =
  | { readonly outcome: 'previewed'; readonly preview: ActionPreview }
  | { readonly outcome: 'invalid'; readonly faults: readonly FieldFault[] }
  /** It would change nothing, and why. */
  | { readonly outcome: 'refused'; readonly reason: string };

export type Actions = {
  /** Reads what an action would do; it changes nothing. @throws StoreUnavailableError, CorruptRowError */
  preview(body: unknown): Promise<PreviewOutcome>;
  /** Does what was previewed under this id, once. */
  run(actionId: string, isYes: boolean): Promise<RunOutcome>;
};

const ID_BYTES = 16;

/** Acts on a suite for the page, with the owner's own rights: what was looked at is what is done. */
export function createActions(
  deps: ActionDeps,
  newId = (): string => randomBytes(ID_BYTES).toString('base64url'),
): Actions {
  const pending = createPendingActions(() => deps.clock.nowMs(), newId);
  return {
    async preview(body) {
      const action = parseAction(body);
      if ('faults' in action) return { outcome: 'invalid', faults: action.faults };
      if (deps.isCopy && action.kind !== 'halt' && action.kind !== 'resume') {
        return { outcome: 'refused', reason: COPY };
      }
      const planned = await plan(deps, action);
      if (typeof planned === 'string') return { outcome: 'refused', reason: planned };
      const { preview, run } = planned;
      return { outcome: 'previewed', preview: pending.add({ preview, run: (id) => answerFailures(() => run(id)) }) };
    },
    run: (actionId, isYes) => pending.run(actionId, isYes),
  };
}

const COPY =
  'This console shows a table that the functions do not work on: nothing can be opened, guarded or sold in it.';

function plan(deps: ActionDeps, action: AskedAction): Promise<PlannedAction | string> {
  switch (action.kind) {
    case 'exit':
      return planExit(deps, action.asked);
    case 'hold':
      return planHold(deps, action.asked);
    case 'open':
      return planOpen(deps, action.asked);
    case 'guard':
      return planGuard(deps, action.asked);
    case 'halt':
      return planHalt(deps, action.asked);
    case 'resume':
      return planResume(deps, action.asked);
    default:
      return assertNever(action);
  }
}

/** They are thrown before anything is written. */
const CERTAIN: ReadonlySet<string> = new Set(['PositionNotFoundError', 'CorruptRowError']);

/** Errors of the suite in its words. A call may have been heard whose answer was lost. */
async function answerFailures(run: () => Promise<ActionAnswer>): Promise<ActionAnswer> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof TminusError)) throw error;
    const text = `${error.message.replace(/\.$/, '')}.`;
    if (CERTAIN.has(error.name)) return refused(`${text} Nothing was done.`);
    return unknown(`${text} It is not known whether it was done.`);
  }
}
