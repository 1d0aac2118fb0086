import { createPosition } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { Position, PositionTerms } from '#lib/domain/position/position.ts';
import type { TimelineEntry } from '#lib/ports/position-store.ts';

/** One line of a timeline with the position before and after it; null where it cannot be told (an older version's rules). */
export type ReplayedStep = {
  readonly entry: TimelineEntry;
  readonly before: Position | null;
  readonly after: Position | null;
};

/**
 * Plays a timeline again, so that each line can say what it changed and what was planned next. The row itself tells only how
 * things stand now.
 */
export function replayTimeline(terms: PositionTerms, timeline: readonly TimelineEntry[]): readonly ReplayedStep[] {
  const steps: ReplayedStep[] = [];
  let position: Position | null = null;
  for (const entry of timeline) {
    const before = position;
    position = step(terms, before, entry);
    steps.push({ entry, before, after: position });
  }
  return steps;
}

function step(terms: PositionTerms, before: Position | null, { event }: TimelineEntry): Position | null {
  if (event.type === 'opened') return createPosition(termsOf(terms));
  try {
    return before === null ? null : evolvePosition(before, event);
  } catch {
    // Written under rules that have changed since: its line is still shown, without what follows from it.
    return null;
  }
}

/** Without the fields that change: the position is made anew from what was agreed. */
function termsOf(position: PositionTerms): PositionTerms {
  const { positionId, requestId, origin, mode, wallet, asset, outcome, marketSlug, conditionId } = position;
  const { tokenId, otherTokenId, negRisk, tickMicros, minOrderSharesMicros, feeRateMicros, budgetMicros } = position;
  const { openedAtMs, marketEndsAtMs, policy, underlyingAtEntryMicros } = position;
  return {
    positionId,
    requestId,
    origin,
    mode,
    wallet,
    asset,
    outcome,
    marketSlug,
    conditionId,
    tokenId,
    otherTokenId,
    negRisk,
    tickMicros,
    minOrderSharesMicros,
    feeRateMicros,
    budgetMicros,
    openedAtMs,
    marketEndsAtMs,
    policy,
    underlyingAtEntryMicros,
  };
}
