import { EXIT_REFUSALS } from '#lib/contracts/api/exit-refusals.ts';
import { findHoldRefusal } from '#lib/domain/plan/plan-exit-request.ts';
import { holdsAtAnyPrice } from '#lib/domain/position/exit-policy.ts';
import { unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import { requestHold } from '#lib/lifecycle/hold/request-hold.ts';
import { dollars, shares } from '#lib/words/money-text.ts';
import { titleOf } from '#lib/words/position-facts.ts';
import { utcTime } from '#lib/words/time-text.ts';
import { factsOf, findShown, NO_POSITION } from './act-exit.ts';
import { type ActionDeps, done, refused } from './action-deps.ts';
import type { ActionAnswer } from './action-message.ts';
import type { PlannedAction } from './pending-actions.ts';
import { quoteSale } from './quote.ts';

/** Leaves out the exit by the clock: the market's result decides. A text says why that cannot be asked for. */
export async function planHold(
  deps: ActionDeps,
  { positionId }: { readonly positionId: string },
): Promise<PlannedAction | string> {
  const position = await findShown(deps, positionId);
  if (position === undefined) return NO_POSITION;
  if (isClosed(position)) return EXIT_REFUSALS['already-closed'];
  if (position.state === 'awaiting-resolution') return EXIT_REFUSALS['past-deadline'];
  if (holdsAtAnyPrice(position.policy)) return 'It is held to the end already.';
  const nowMs = deps.clock.nowMs();
  const refusal = findHoldRefusal(position, nowMs);
  if (refusal !== null) return refusal.message;
  const sharesMicros = unhedgedSharesMicros(position);
  const { findBook } = deps.current().markets;
  const quote = await quoteSale({ findBook, clock: deps.clock }, { ...position, sharesMicros });
  const view = describePosition(position);
  return {
    preview: {
      ...{ kind: 'hold', isLive: position.mode === 'live', isYesNeeded: position.mode === 'live' },
      question: `Hold ${titleOf(view)} to the end?`,
      deed: 'Hold to the end',
      facts: [
        ...factsOf(deps, position),
        { name: 'Held', text: `${shares(sharesMicros)} shares` },
        ...quote,
        { name: 'Pays at the end', text: `${dollars(sharesMicros)} if the outcome wins, nothing if it loses` },
      ],
      notes: [
        `The exit at ${utcTime(view.exitDueAtMs, nowMs)} is left out, at any price: nothing protects the shares after it.`,
        ...ruleNotes(view),
        'It can still be sold by hand until the market is about to end.',
      ],
    },
    run: () => runHold(deps, positionId),
  };
}

/** Rules that sell before the exit stay; only the one that holds is taken in. */
function ruleNotes({ rules }: PositionView): readonly string[] {
  const isSelling = rules !== null && [rules.stopLoss, rules.takeProfit, rules.trailingStop].some((each) => each);
  return isSelling ? ['Its stop and take-profit rules stay, and sell when they fire before that.'] : [];
}

/** Repeating it changes nothing. */
async function runHold({ current, clock }: ActionDeps, positionId: string): Promise<ActionAnswer> {
  const { store, queue } = current().suite;
  const asked = await requestHold({ store, queue, clock }, positionId);
  const about = { positionId };
  switch (asked.outcome) {
    case 'held':
      return done("Held to the end: the market's result decides what the shares pay.", about);
    case 'held-before':
      return done('It is held to the end already. Nothing was changed.', about);
    case 'refused': {
      const { code } = asked;
      return refused(code === 'already-closed' || code === 'past-deadline' ? EXIT_REFUSALS[code] : BEGUN, about);
    }
  }
}

const BEGUN = 'Its exit was asked for, or has begun. Nothing was changed.';
