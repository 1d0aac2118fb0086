import { EXIT_REFUSALS } from '#lib/contracts/api/exit-refusals.ts';
import { toExitPart } from '#lib/contracts/exit-part.ts';
import { findExitRefusal } from '#lib/domain/plan/plan-exit-request.ts';
import { unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { describePosition, type PositionView } from '#lib/domain/position/position-view.ts';
import { requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import { exitRequestText } from '#lib/words/describe-shares.ts';
import { exitPlanText, type SellablePosition } from '#lib/words/exit-plan.ts';
import { cents, shares } from '#lib/words/money-text.ts';
import { titleOf } from '#lib/words/position-facts.ts';

import { describeRules } from '#lib/words/rule-words.ts';
import { countdown, utcTime } from '#lib/words/time-text.ts';
import { type ActionDeps, done, refused } from './action-deps.ts';
import type { ActionAnswer, ActionFact } from './action-message.ts';
import type { ExitAsked } from './parse-action.ts';
import type { PlannedAction } from './pending-actions.ts';
import { quoteSale } from './quote.ts';

export const NO_POSITION = 'There is no such position.';

/** Sells all of a position now, or a part of it. A text says why there is nothing to sell. */
export async function planExit(deps: ActionDeps, asked: ExitAsked): Promise<PlannedAction | string> {
  const { positionId } = asked;
  const position = await findShown(deps, positionId);
  if (position === undefined) return NO_POSITION;
  if (isClosed(position)) return EXIT_REFUSALS['already-closed'];
  if (position.state === 'awaiting-resolution') return EXIT_REFUSALS['past-deadline'];
  const part = toExitPart(asked);
  const isOwn = part.sharesMicros !== undefined || part.minPriceMicros !== undefined;
  const nowMs = deps.clock.nowMs();
  const refusal = isOwn ? findExitRefusal(position, part, nowMs) : null;
  if (refusal !== null) return refusal.message;
  const view = describePosition(position);
  const sharesMicros = part.sharesMicros ?? unhedgedSharesMicros(position);
  const { findBook } = deps.current().markets;
  const quoted = { ...position, sharesMicros, minPriceMicros: part.minPriceMicros };
  const quote = await quoteSale({ findBook, clock: deps.clock }, quoted);
  const amount = part.sharesMicros === undefined ? 'all' : `${shares(part.sharesMicros)} shares of`;
  return {
    preview: {
      ...{ kind: 'exit', isLive: position.mode === 'live', isYesNeeded: position.mode === 'live' },
      question: `Sell ${amount} ${titleOf(view)} now?`,
      deed: 'Sell now',
      facts: [
        ...factsOf(deps, position),
        { name: 'To sell', text: `${shares(sharesMicros)} of ${shares(view.remainingMicros)} shares` },
        ...(part.minPriceMicros === undefined ? [] : [{ name: 'Not below', text: cents(part.minPriceMicros) }]),
        ...quote,
      ],
      notes: overridden(position, view, nowMs, isOwn),
    },
    run: (requestId) => runExit(deps, { positionId, requestId, ...part }),
  };
}

/** Canaries are the suite's own. */
export async function findShown({ current }: ActionDeps, positionId: string): Promise<Position | undefined> {
  const position = await current().suite.store.find(positionId);
  return position?.origin === 'canary' ? undefined : position;
}

export function factsOf({ clock, current }: ActionDeps, position: Position): readonly ActionFact[] {
  const nowMs = clock.nowMs();
  const left = countdown(position.marketEndsAtMs - nowMs);
  return [
    { name: 'Position', text: `${position.mode} in ${position.marketSlug}, ${position.positionId}` },
    { name: 'Suite', text: current().about.place },
    { name: 'Market ends', text: `${utcTime(position.marketEndsAtMs, nowMs)}, in ${left}` },
  ];
}

function overridden(position: SellablePosition, view: PositionView, nowMs: number, isOwn: boolean): readonly string[] {
  const waiting = exitRequestText(view);
  const asked = waiting === null ? [] : [`This takes the place of the request for ${waiting}.`];
  if (isOwn) return [...asked, 'What is not sold by the exit by the clock is sold then, at its prices.'];
  if (position.state !== 'holding') return [...asked, exitPlanText(position, nowMs)];
  const rules = describeRules(view);
  const clock = `It takes the place of the exit at ${utcTime(view.exitDueAtMs, nowMs)}`;
  return [...asked, `${clock}${rules === null ? '.' : `, and of its rules: ${rules}.`}`];
}

async function runExit(deps: ActionDeps, command: Parameters<typeof requestExit>[1]): Promise<ActionAnswer> {
  const { store, queue } = deps.current().suite;
  const { positionId } = command;
  const asked = await requestExit({ store, queue, clock: deps.clock }, command);
  const about = { positionId };
  switch (asked.outcome) {
    case 'refused':
      return refused('message' in asked ? asked.message : EXIT_REFUSALS[asked.code], about);
    case 'already-requested':
      return done('The first try had asked for it already. Nothing is sold twice.', about);
    case 'requested':
    case 'already-exiting':
      return done(planText(asked.position, deps.clock.nowMs(), command), about);
  }
}

function planText(position: Position, nowMs: number, part: Parameters<typeof exitPlanText>[2]): string {
  if (isClosed(position) || position.state === 'awaiting-resolution') return 'Exit requested.';
  return exitPlanText(position, nowMs, part);
}
