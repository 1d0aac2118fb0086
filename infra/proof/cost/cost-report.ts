import { addUsage, type Bill, scaleUsage, toBill, type Usage } from './bill.ts';
import { type FixedParts, logGbKept, usageOfIdleMonth } from './idle-month.ts';
import type { CostRun } from './run-cost.ts';

/** What a thousand positions may cost, alarms apart. */
export const GOAL_USD = 0.15;

export type CostReport = {
  readonly positions: number;
  readonly stage: string;
  /** Of 1,000 positions. */
  readonly perThousand: {
    readonly paper: Bill;
    /** Without the paper exchange's rows, and with a signature for each order. */
    readonly live: Bill;
    readonly goalUsd: number;
    /** What their rows and backups cost each month from then on. */
    readonly keptUsdPerMonth: number;
    /** Dollars by function, the dearest first. */
    readonly byFunction: readonly { readonly name: string; readonly usd: number; readonly usage: Usage }[];
  };
  /** A month in which nobody opens a position. */
  readonly idleMonth: Bill & { readonly alarmsUsd: number };
  readonly faults: readonly string[];
};

const THOUSAND = 1_000;

export function toReport(
  run: CostRun,
  options: { readonly positions: number; readonly stage: string },
  parts: FixedParts,
): CostReport {
  const factor = THOUSAND / options.positions;
  const { logRetentionDays } = parts;
  const all = scaleUsage(run.positions, factor);
  const paper = addUsage(all, { logGbMonths: logGbKept(all, logRetentionDays) });
  const live = addUsage(paper, scaleUsage(run.paperOnly, -factor), { signatures: run.orderCount * factor });
  const keptGb = (run.keptBytes * factor) / 1e9;
  const byFunction = Object.entries(run.byFunction).map(([name, usage]) => {
    const scaled = scaleUsage(usage, factor);
    return { name, usd: toBill(scaled).usd, usage: scaled };
  });
  const idle = toBill(usageOfIdleMonth(run.idle, parts));
  return {
    ...options,
    perThousand: {
      paper: toBill(paper),
      live: toBill(live),
      goalUsd: GOAL_USD,
      keptUsdPerMonth: toBill({ tableGbMonths: keptGb, backupGbMonths: keptGb }).usd,
      byFunction: byFunction.sort((a, b) => b.usd - a.usd),
    },
    idleMonth: { ...idle, alarmsUsd: idle.lines.find(({ service }) => service === 'CloudWatch alarms')?.usd ?? 0 },
    faults: [
      ...new Set(run.faults),
      ...(run.unfinishedCount === 0 ? [] : [`${run.unfinishedCount} positions did not come to their end in time`]),
    ],
  };
}
