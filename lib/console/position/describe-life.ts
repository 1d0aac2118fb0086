import type { Outcome } from '#lib/domain/market/market.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { type ReplayedStep, replayTimeline } from '#lib/lifecycle/read/replay-timeline.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import type { PricePoint } from '#lib/ports/venue/price-history.ts';
import { describeEvidence } from '#lib/words/describe-evidence.ts';
import { describeStep, followsOf } from '#lib/words/describe-step.ts';
import { listFacts, titleOf } from '#lib/words/position-facts.ts';
import { holdingLine } from './holding-line.ts';
import { bidsOf, marksOf, toPrice } from './life-marks.ts';
import type { ChartPoint, PositionMessage, TimelineLine } from './position-message.ts';

/** What the venue and the underlying's source said besides the row. */
export type LifePrices = {
  readonly winner: Outcome | null;
  readonly token: readonly PricePoint[];
  readonly underlying: readonly PricePoint[];
  /** Why something of it is missing. */
  readonly notes: readonly string[];
};

export function describeLife(
  position: Position,
  timeline: readonly TimelineEntry[],
  { winner, token, underlying, notes }: LifePrices,
  nowMs: number,
): PositionMessage {
  const steps = replayTimeline(position, timeline);
  const { positionId, mode, version, openedAtMs, exitDueAtMs, marketEndsAtMs, asset } = position;
  return {
    positionId,
    title: titleOf(describePosition(position)),
    mode,
    isOpen: !isClosed(position),
    isFinal: isClosed(position) && winner !== null && notes.length === 0,
    version,
    span: { openedAtMs, exitDueAtMs, marketEndsAtMs, closedAtMs: isClosed(position) ? position.closedAtMs : null },
    facts: listFacts(position, nowMs),
    holding: holdingLine(position, winner, nowMs),
    chart: {
      bids: bidsOf(steps),
      token: token.map(toPoint),
      underlying: underlying.map(toPoint),
      underlyingName: asset,
      marks: marksOf(steps),
      notes,
    },
    timeline: steps.map(toLine(marketEndsAtMs)),
  };
}

const toPoint = ({ atMs, priceMicros }: PricePoint): ChartPoint => ({ atMs, price: toPrice(priceMicros) });

function toLine(marketEndsAtMs: number): (step: ReplayedStep) => TimelineLine {
  return (step) => {
    const { entry, before, after } = step;
    const { event, evidence, version } = entry;
    const description = describeStep(step);
    return {
      version,
      atMs: event.atMs,
      text: description.text,
      tone: description.tone,
      follows: followsOf(description) ?? null,
      change: after === null || before?.state === after.state ? null : `${before?.state ?? ''} → ${after.state}`.trim(),
      // The first entry's evidence is the position itself.
      evidence: event.type === 'opened' ? '' : describeEvidence(evidence, marketEndsAtMs),
    };
  };
}
