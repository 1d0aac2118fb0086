import { signedDollars } from '#lib/words/money-text.ts';
import { clockText } from '#lib/words/time-text.ts';
import type { ReplayPlan } from './replay-plan.ts';
import type { ReplayRow } from './replay-row.ts';
import { type Estimate, quantileOf } from './replay-statistics.ts';
import type { Lab } from './run-lab.ts';
import type { ReplayReport } from './run-replay.ts';

export type ReportFacts = {
  readonly report: ReplayReport;
  readonly lab: Lab;
  readonly plan: ReplayPlan;
  /** Rows of the windows whose winner is recorded. */
  readonly decidedRows: readonly ReplayRow[];
  /** What was played, in a sentence. */
  readonly what: string;
  readonly command: string;
  /** End of the last window. */
  readonly lastWindowEndsAtMs: number;
};

/** Judgement: with fewer windows the intervals of the recorded books are dollars wide. */
const SMALL_SAMPLE_WINDOWS = 1_000;

/** Since then an average of the last seconds decides 5-minute markets, where the price at the end did before. */
const RULE_CHANGED_AT_MS = Date.UTC(2026, 7, 7);

/** The questions of a trader, answered by the figures alone. */
export function answersOf(facts: ReportFacts): readonly { readonly question: string; readonly answer: string }[] {
  const exit = `T − ${clockText(facts.plan.exitLeadMs)}`;
  return [
    { question: `Is ${exit} right?`, answer: timeAnswer(facts, exit) },
    { question: 'What does it cost?', answer: costAnswer(facts) },
    { question: 'What risk does it take away?', answer: riskAnswer(facts) },
    { question: 'How much can this sample say?', answer: sampleAnswer(facts) },
  ];
}

function timeAnswer({ report }: ReportFacts, exit: string): string {
  const { advantage } = report.decided;
  const best = report.sweep.toSorted((a, b) => b.decided.advantage.meanMicros - a.decided.advantage.meanMicros)[0];
  const earned = `Selling at ${exit} earned ${dollarsOf(advantage.meanMicros)} against holding, per position (95 % ${intervalText(advantage)}).`;
  if (best === undefined) return earned;
  const other = best.decided.advantage;
  const isApart = other.intervalMicros[0] > advantage.intervalMicros[1];
  const verdict = isApart
    ? 'Their intervals do not overlap, so this sample prefers it.'
    : 'Their intervals overlap, so this sample does not tell the two apart.';
  return `${earned} The best time of the sweep is T − ${clockText(best.exitLeadMs)} with ${dollarsOf(other.meanMicros)}. ${verdict}`;
}

function costAnswer({ lab, plan }: ReportFacts): string {
  const cost = lab.costs.find(({ exitLeadMs }) => exitLeadMs === plan.exitLeadMs);
  if (cost === undefined) return 'The time of the exit is not part of the sweep.';
  const cents = (micros: number): string => `${(micros / 1e4).toFixed(1)}¢`;
  return `${cents(cost.spreadMicros)} per share below the mid price and a fee of ${cents(cost.feeMicros)}. ${percentText(cost.unsoldShare)} of the shares would have found no buyer at that moment.`;
}

function riskAnswer({ report, decidedRows }: ReportFacts): string {
  const { deviationRatio } = report.decided;
  const worst = (figure: (row: ReplayRow) => number): number => {
    const ordered = decidedRows.map(figure).toSorted((a, b) => a - b);
    return quantileOf(ordered, 0.05) ?? 0;
  };
  const sold = dollarsOf(worst(({ pnlMicros }) => pnlMicros));
  const held = dollarsOf(worst(({ holdPnlMicros }) => holdPnlMicros));
  return `Results of sold positions spread ${percentText(deviationRatio)} as much as those of held ones. One position in twenty ended at ${sold} or worse when sold, and at ${held} or worse when held.`;
}

function sampleAnswer({ report, lastWindowEndsAtMs }: ReportFacts): string {
  const { windows } = report.decided;
  const small =
    windows < SMALL_SAMPLE_WINDOWS
      ? `${windows} windows are a small sample: look at the intervals, not at the means.`
      : `${windows} windows.`;
  const old =
    lastWindowEndsAtMs < RULE_CHANGED_AT_MS
      ? ' All of them are older than August 2026, when the rule changed by which these markets are settled: the last minutes may be priced otherwise since.'
      : '';
  return `${small}${old}`;
}

export const dollarsOf = (micros: number): string => signedDollars(BigInt(Math.round(micros)));

export function intervalText({ intervalMicros: [low, high] }: Estimate): string {
  return `${dollarsOf(low)} … ${dollarsOf(high)}`;
}

export function percentText(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}
