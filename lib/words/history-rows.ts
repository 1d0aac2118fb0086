import type { EndGroup, ResultGroup } from '#lib/domain/history/history.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import type { ResultSums } from '#lib/domain/position/position-totals.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { knownDollars, resultText } from './describe-shares.ts';
import { centsOf, dollars, signedDollars } from './money-text.ts';
import { titleOf } from './position-facts.ts';
import { EXIT_REASON_WORDS, STATE_WORDS } from './position-words.ts';
import { tMinus } from './time-text.ts';
import { type Tone, toneOfPnl } from './tone.ts';

/** The sums of a group as a table shows them, on a page to keep and on the console's. */
export type ResultRow = {
  readonly name: string;
  readonly ended: number;
  readonly won: number;
  readonly lost: number;
  readonly unknown: number;
  readonly paid: string;
  readonly fees: string;
  readonly result: string;
  readonly tone: Tone;
};

/** A position that ended. `how`: why, and how long before the market's end. */
export type EndedRow = {
  readonly positionId: string;
  readonly closedAtMs: number;
  readonly what: string;
  readonly entry: string;
  readonly exit: string;
  readonly paid: string;
  readonly result: string;
  readonly tone: Tone;
  readonly refusedCount: number;
  readonly how: string;
};

/** `nullName`: of markets that have no such key. */
export function groupRows(groups: readonly ResultGroup[], nullName: string): readonly ResultRow[] {
  return groups.map(({ key, ...sums }) => toResultRow(key ?? nullName, sums));
}

export function endRows(ends: readonly EndGroup[]): readonly ResultRow[] {
  return ends.map(({ state, exitReason, ...sums }) =>
    toResultRow(`${STATE_WORDS[state].headline}: ${EXIT_REASON_WORDS[exitReason]}`, sums),
  );
}

function toResultRow(name: string, sums: ResultSums): ResultRow {
  const { count, wonCount, lostCount, unknownCount, costMicros, feesMicros, resultMicros } = sums;
  const isKnown = count > unknownCount;
  return {
    name,
    ended: count,
    won: wonCount,
    lost: lostCount,
    unknown: unknownCount,
    paid: isKnown ? dollars(costMicros) : 'unknown',
    fees: isKnown ? dollars(feesMicros) : 'unknown',
    result: isKnown ? signedDollars(resultMicros) : 'unknown',
    tone: isKnown ? toneOfPnl(resultMicros) : 'quiet',
  };
}

export function toEndedRow(position: ClosedPosition): EndedRow {
  const view = describePosition(position);
  const { marketEndsAtMs, exitAtMs, pnlMicros } = view;
  return {
    positionId: view.positionId,
    closedAtMs: position.closedAtMs,
    what: titleOf(view),
    entry: centsOf(view.entryPrice),
    exit: centsOf(view.exitPrice),
    paid: knownDollars(view.costMicros),
    result: resultText(view, '–'),
    tone: toneOfPnl(pnlMicros === null ? null : BigInt(pnlMicros)),
    refusedCount: view.refusals.reduce((sum, { count }) => sum + count, 0),
    how: `${EXIT_REASON_WORDS[position.exitReason]}${exitAtMs === null ? '' : `, ${tMinus(marketEndsAtMs, exitAtMs)}`}`,
  };
}
