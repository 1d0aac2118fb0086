import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { addUsage, type Bill, scaleUsage, toBill, type Usage } from './bill.ts';
import type { CostRun } from './run-cost.ts';

/** Target for 1,000 positions, without alarms. */
export const GOAL_USD = 0.15;

export type CostReport = {
  /** Number of counted positions. */
  readonly positions: number;
  readonly stage: string;
  /** For 1,000 positions. */
  readonly perThousand: {
    readonly paper: Bill;
    /** Without the paper exchange's rows, and with a signature for each order. */
    readonly live: Bill;
    readonly goalUsd: number;
    /**
     * What settlement adds for 1,000 positions that are held into the result; a part of them is not sold. In live
     * trading a redemption adds a signature and its row.
     */
    readonly settlement: Bill & { readonly stepsPerPosition: number; readonly shareOfLive: number };
    /** Monthly cost of their rows and backups. */
    readonly keptUsdPerMonth: number;
    /** The most expensive first. */
    readonly byFunction: readonly { readonly name: string; readonly usd: number; readonly usage: Usage }[];
  };
  /** What looking at the wallet for 1,000 minutes costs, without and with an open position; null: not counted. */
  readonly watch: { readonly quiet: Bill; readonly open: Bill } | null;
  /** A month without positions. In a live stage the wallet is watched. */
  readonly idleMonth: Bill & { readonly watchUsd: number };
  readonly faults: readonly string[];
};

/** Monthly items in the templates of a stage. */
export type FixedParts = {
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly secrets: number;
  readonly signingKeys: number;
  readonly canaryPeriodMinutes: number;
  readonly logRetentionDays: number;
};

export function toReport(
  run: CostRun,
  options: { readonly positions: number; readonly stage: string },
  parts: FixedParts,
): CostReport {
  const factor = 1_000 / options.positions;
  const all = scaleUsage(run.positions, factor);
  const paper = addUsage(all, { logGbMonths: logGbKept(all, parts.logRetentionDays) });
  const live = addUsage(paper, scaleUsage(run.paperOnly, -factor), { signatures: run.orderCount * factor });
  const keptGb = (run.keptBytes * factor) / 1e9;
  const byFunction = Object.entries(run.byFunction).map(([name, usage]) => {
    const scaled = scaleUsage(usage, factor);
    return { name, usd: toBill(scaled).usd, usage: scaled };
  });
  const { settlement } = run;
  const settled = toBill(scaleUsage(settlement.usage, 1_000 / settlement.positionCount));
  const liveBill = toBill(live);
  const unfinishedCount = run.unfinishedCount + settlement.unfinishedCount;
  const { watch } = run;
  const watchRun = options.stage === 'live' ? (watch?.quietRun ?? {}) : {};
  const idle = toBill(usageOfIdleMonth({ ...run.idle, watchRun }, parts));
  const thousandOf = (usage: Usage) =>
    toBill(scaleUsage(addUsage(usage, { logGbMonths: logGbKept(usage, parts.logRetentionDays) }), 1_000));
  return {
    ...options,
    perThousand: {
      paper: toBill(paper),
      live: liveBill,
      settlement: {
        ...settled,
        stepsPerPosition: settlement.stepCount / settlement.positionCount,
        shareOfLive: settled.usd / (settled.usd + liveBill.usd),
      },
      goalUsd: GOAL_USD,
      keptUsdPerMonth: toBill({ tableGbMonths: keptGb, backupGbMonths: keptGb }).usd,
      byFunction: byFunction.sort((a, b) => b.usd - a.usd),
    },
    watch: watch === null ? null : { quiet: thousandOf(watch.quietRun), open: thousandOf(watch.openRun) },
    idleMonth: { ...idle, watchUsd: sumOfLines(idle, ['CloudWatch alarms', 'CloudWatch dashboard']) },
    faults: [
      ...new Set(run.faults),
      ...(unfinishedCount === 0 ? [] : [`${unfinishedCount} positions did not end in time`]),
    ],
  };
}

function sumOfLines({ lines }: Bill, services: readonly string[]): number {
  return lines.filter(({ service }) => services.includes(service)).reduce((sum, { usd }) => sum + usd, 0);
}

/** A twelfth of 365 days. */
const MONTH_HOURS = 730;
const MONTH_MINUTES = MONTH_HOURS * 60;
const MONTH_DAYS = MONTH_HOURS / 24;

/** With a maximum concurrency Lambda keeps five pollers on each queue, also on an empty one (DECISIONS). */
const POLLER_COUNT = 5;
const LONG_POLLS_PER_HOUR = 3_600 / 20;

export function usageOfIdleMonth(counts: CostRun['idle'] & { readonly watchRun: Usage }, parts: FixedParts): Usage {
  const { canaryPeriodMinutes, logRetentionDays, ...monthly } = parts;
  const running = addUsage(
    scaleUsage(counts.sweepRun, MONTH_MINUTES),
    scaleUsage(counts.watchRun, MONTH_MINUTES),
    scaleUsage(counts.canaryLife, MONTH_MINUTES / canaryPeriodMinutes),
    scaleUsage(counts.summaryRun, MONTH_DAYS),
  );
  // Dead-letter queues are not polled.
  const queueCount = Object.keys(QUEUE_DELIVERY).length;
  return addUsage(running, {
    ...monthly,
    queueRequests: queueCount * POLLER_COUNT * MONTH_HOURS * LONG_POLLS_PER_HOUR,
    logGbMonths: logGbKept(running, logRetentionDays),
    customMetrics: counts.metricCount,
  });
}

/** Uncompressed logs that are stored on average, when `logBytes` are written per month. */
export function logGbKept({ logBytes = 0 }: Usage, retentionDays: number): number {
  return (logBytes / 1e9) * (retentionDays / MONTH_DAYS);
}
