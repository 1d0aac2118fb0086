import type { Fact } from '#lib/words/position-facts.ts';
import type { Tone } from '#lib/words/tone.ts';

/**
 * What the page *A position* gets: plain JSON with texts in the project's own words. Times are Unix milliseconds,
 * `price` and `result` are numbers for charts alone: dollars, rounded to the micro.
 */
export type PositionMessage = {
  readonly positionId: string;
  readonly title: string;
  readonly mode: string;
  readonly isOpen: boolean;
  /** It ended, the result is known and every price was read: another read would bring nothing new. */
  readonly isFinal: boolean;
  readonly version: number;
  readonly span: LifeSpan;
  readonly facts: readonly Fact[];
  readonly holding: HoldingLine;
  readonly chart: LifeChart;
  readonly timeline: readonly TimelineLine[];
};

export type LifeSpan = {
  readonly openedAtMs: number;
  readonly exitDueAtMs: number;
  readonly marketEndsAtMs: number;
  readonly closedAtMs: number | null;
};

/** What holding to the end brought or would bring, beside what was done. */
export type HoldingLine = { readonly text: string; readonly tone: Tone };

export type ChartPoint = { readonly atMs: number; readonly price: number };

export type LifeChart = {
  /** Best bids that the suite read, as its timeline has them. */
  readonly bids: readonly ChartPoint[];
  /** The venue's own history of the token: a point for each minute at best. */
  readonly token: readonly ChartPoint[];
  readonly underlying: readonly ChartPoint[];
  readonly underlyingName: string | null;
  readonly marks: readonly Mark[];
  /** Why a line is missing; one sentence each. */
  readonly notes: readonly string[];
};

export const MARK_KINDS = ['buy', 'try', 'refusal', 'fill', 'rule', 'settlement'] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

/** Something that happened at a time, and at a price of the token where there was one. */
export type Mark = {
  readonly atMs: number;
  readonly kind: MarkKind;
  readonly price: number | null;
  readonly text: string;
};

export type TimelineLine = {
  readonly version: number;
  readonly atMs: number;
  readonly text: string;
  readonly tone: Tone;
  /** What it means and what comes next. */
  readonly follows: string | null;
  /** `holding → exiting`. */
  readonly change: string | null;
  /** What was read on the way to the decision. */
  readonly evidence: string;
};
