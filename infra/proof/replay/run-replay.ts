import { OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import type { Recording } from '#lib/venue/books/parse-recording.ts';
import type { RecordingSource } from '#lib/venue/books/playing-venue.ts';
import { playProduct } from './play-product.ts';
import type { ReplayPlan } from './replay-plan.ts';
import { type ReplayRow, slugOf } from './replay-row.ts';
import { type ReplayTotal, totalOf } from './replay-statistics.ts';
import { playSingleFak } from './single-fak.ts';

/** What `tminus replay --json` prints. */
export type ReplayReport = {
  readonly rows: readonly ReplayRow[];
  /** Of all rows. */
  readonly total: ReplayTotal;
  /** Of the windows whose winner is recorded: only there is holding worth what it would have paid. */
  readonly decided: ReplayTotal;
  /** The same plan with other exit times; empty without `--sweep-leads`. */
  readonly sweep: readonly SweptLead[];
};

type Swept = { readonly exitLeadMs: number; readonly rows: ReplayRow[] };

export type SweptLead = { readonly exitLeadMs: number; readonly total: ReplayTotal; readonly decided: ReplayTotal };

/** Plays both sides of every window. `onWindow` is called after each, with how many of all are done. */
export async function runReplay(
  recordings: RecordingSource,
  plan: ReplayPlan,
  sweepLeadsMs: readonly number[],
  onWindow: (doneCount: number, count: number) => void = () => undefined,
): Promise<ReplayReport> {
  const decidedSlugs = new Set<string>();
  const rows: ReplayRow[] = [];
  const sweep = sweepLeadsMs.map((exitLeadMs): Swept => ({ exitLeadMs, rows: [] }));
  for (const [index, name] of recordings.names.entries()) {
    const recording = recordings.get(name);
    if (recording.winner !== null) decidedSlugs.add(slugOf(recording));
    for (const side of OUTCOMES) {
      rows.push(...(await playRow(recording, side, plan)));
      for (const swept of sweep) {
        swept.rows.push(...(await playRow(recording, side, { ...plan, exitLeadMs: swept.exitLeadMs })));
      }
    }
    onWindow(index + 1, recordings.names.length);
  }
  const totals = (of: readonly ReplayRow[]) => ({
    total: totalOf(of),
    decided: totalOf(of.filter(({ slug }) => decidedSlugs.has(slug))),
  });
  return {
    rows,
    ...totals(rows),
    sweep: sweep.map(({ exitLeadMs, rows: swept }) => ({ exitLeadMs, ...totals(swept) })),
  };
}

/** None when the row is left out. */
async function playRow(recording: Recording, side: Outcome, plan: ReplayPlan): Promise<readonly ReplayRow[]> {
  const { policy } = plan;
  const row =
    policy.kind === 'single-fak'
      ? playSingleFak(recording, side, plan)
      : await playProduct(recording, side, plan, policy.rules);
  return row === null ? [] : [row];
}
