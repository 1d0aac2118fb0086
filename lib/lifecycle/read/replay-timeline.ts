import { createGuarded, createPosition, createSettling } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { type FoundShares, isGuarded } from '#lib/domain/position/guarded-shares.ts';
import type { Position, PositionTerms } from '#lib/domain/position/position.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';

/** One timeline entry with the position before and after it; null where today's rules cannot replay it. */
export type ReplayedStep = {
  readonly entry: TimelineEntry;
  readonly before: Position | null;
  readonly after: Position | null;
};

/**
 * Replays a timeline, so that each line can say what it changed and what was planned next. The row has the last state
 * only.
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

function step(terms: PositionTerms, before: Position | null, { event, evidence }: TimelineEntry): Position | null {
  if (event.type === 'opened') return createFirst(termsOf(terms), evidence);
  try {
    return before === null ? null : evolvePosition(before, event);
  } catch {
    // Written under rules that have changed since. The entry is still shown, without its effect.
    return null;
  }
}

/** Shares that were found after their market's result begin at its settlement. */
function createFirst(terms: PositionTerms, evidence: TimelineEntry['evidence']): Position {
  if (!isGuarded(terms)) return createPosition(terms);
  const found = foundOf(evidence);
  const isSettling = found !== null && evidence.state === 'awaiting-resolution';
  return isSettling ? createSettling(terms, found) : createGuarded(terms, found);
}

/** What the wallet held at first: the entry has the position as it was shown, and the row has later shares, too. */
function foundOf({ foundMicros, costMicros }: TimelineEntry['evidence']): FoundShares | null {
  if (typeof foundMicros !== 'string' || !/^\d+$/.test(foundMicros)) return null;
  const isCostKnown = typeof costMicros === 'string' && /^\d+$/.test(costMicros);
  return { sharesMicros: BigInt(foundMicros), costMicros: isCostKnown ? BigInt(costMicros) : null, blockNumber: 0n };
}

/** The terms alone: a row also has fields that change, which the replay starts without. */
function termsOf(position: PositionTerms): PositionTerms {
  const { positionId, requestId, origin, mode, wallet, asset, outcome, marketSlug, conditionId } = position;
  const { tokenId, otherTokenId, negRisk, marketVersion, tickMicros, minOrderSharesMicros, feeRateMicros } = position;
  const { budgetMicros, openedAtMs, marketEndsAtMs, policy, underlyingAtEntryMicros } = position;
  const { givenExitAtMs, guardedSharesMicros, countsFromMs, refusedPreset } = position;
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
    marketVersion,
    tickMicros,
    minOrderSharesMicros,
    feeRateMicros,
    budgetMicros,
    openedAtMs,
    marketEndsAtMs,
    policy,
    underlyingAtEntryMicros,
    ...(givenExitAtMs !== undefined && { givenExitAtMs }),
    ...(guardedSharesMicros !== undefined && { guardedSharesMicros }),
    ...(countsFromMs !== undefined && { countsFromMs }),
    ...(refusedPreset !== undefined && { refusedPreset }),
  };
}
