import type { AskedRules } from '#lib/domain/plan/plan-rules.ts';
import type { RecordingSource } from '#lib/venue/books/playing-venue.ts';
import { type ExitCost, exitCostAt } from './exit-cost.ts';
import type { ReplayPlan } from './replay-plan.ts';
import { slugOf } from './replay-row.ts';
import type { ReplayTotal } from './replay-statistics.ts';
import { type ReplayReport, runReplay } from './run-replay.ts';

/** What the report shows beyond the rows: costs of the exit by time left, and levels of rules side by side. */
export type Lab = {
  readonly costs: readonly LeadCost[];
  readonly holdAbove: readonly PlayedLevel[];
  readonly stopLoss: readonly PlayedLevel[];
};

/** Means over the positions, in millionths of a dollar per share that found a buyer. */
export type LeadCost = {
  readonly exitLeadMs: number;
  readonly spreadMicros: number;
  readonly feeMicros: number;
  /** Of the shares. */
  readonly unsoldShare: number;
};

/** The level in percent: of a dollar for `holdAbove`, of the entry price for `stopLoss`. */
export type PlayedLevel = { readonly percent: number; readonly decided: ReplayTotal };

const HOLD_ABOVE_PERCENTS = [70, 75, 80, 85, 90, 92, 94, 96, 98];
const STOP_LOSS_PERCENTS = [10, 20, 30, 40, 50, 60];

export async function runLab(
  recordings: RecordingSource,
  plan: ReplayPlan,
  report: ReplayReport,
  onWindow?: (doneCount: number, count: number) => void,
): Promise<Lab> {
  const playLevels = async (percents: readonly number[], rulesAt: (micros: bigint) => AskedRules) => {
    const played: PlayedLevel[] = [];
    for (const percent of percents) {
      const rules = rulesAt(BigInt(percent) * 10_000n);
      const { decided } = await runReplay(recordings, { ...plan, policy: { kind: 'product', rules } }, [], onWindow);
      played.push({ percent, decided });
    }
    return played;
  };
  return {
    costs: costsOf(recordings, report),
    holdAbove: await playLevels(HOLD_ABOVE_PERCENTS, (holdAboveMicros) => ({ holdAboveMicros })),
    stopLoss: await playLevels(STOP_LOSS_PERCENTS, (shareMicros) => ({ stopLoss: { shareMicros } })),
  };
}

type LeadCosts = { readonly exitLeadMs: number; readonly of: ExitCost[] };

function costsOf(recordings: RecordingSource, { rows, sweep }: ReplayReport): readonly LeadCost[] {
  const costs = sweep.map(({ exitLeadMs }): LeadCosts => ({ exitLeadMs, of: [] }));
  const rowsBySlug = Map.groupBy(rows, ({ slug }) => slug);
  for (const name of recordings.names) {
    const recording = recordings.get(name);
    for (const row of rowsBySlug.get(slugOf(recording)) ?? []) {
      for (const { exitLeadMs, of } of costs) {
        const cost = exitCostAt(recording, row, exitLeadMs);
        if (cost !== null) of.push(cost);
      }
    }
  }
  return costs.map(({ exitLeadMs, of }) => {
    const sum = (figure: (cost: ExitCost) => number): number => of.reduce((total, cost) => total + figure(cost), 0);
    const [sharesMicros, soldMicros] = [sum((cost) => cost.sharesMicros), sum((cost) => cost.soldMicros)];
    const perShare = (micros: number): number => (soldMicros === 0 ? 0 : Math.round((micros * 1e6) / soldMicros));
    return {
      exitLeadMs,
      spreadMicros: perShare(sum((cost) => cost.spreadMicros)),
      feeMicros: perShare(sum((cost) => cost.feesMicros)),
      unsoldShare: sharesMicros === 0 ? 0 : 1 - soldMicros / sharesMicros,
    };
  });
}
