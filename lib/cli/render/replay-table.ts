import type { Estimate, ReplayTotal } from '#infra/proof/replay/replay-statistics.ts';
import type { ReplayReport } from '#infra/proof/replay/run-replay.ts';
import type { Paint } from '#lib/cli/terminal.ts';
import { signedDollars } from '#lib/words/money-text.ts';
import { clockText } from '#lib/words/time-text.ts';
import { plainTable, toneOfPnl } from './plain-table.ts';

/** `tminus replay`: what selling and holding earned, and the same for each time of a sweep. */
export function renderReplay(report: ReplayReport, exitLeadMs: number, paint: Paint): string {
  const { decided } = report;
  const line = (name: string, estimate: Estimate): string[] => [
    name,
    paint(toneOfPnl(BigInt(estimate.meanMicros)), meanOf(estimate)),
    intervalOf(estimate),
    deviationOf(estimate),
  ];
  const totals = plainTable(
    ['Per position', 'Mean', '95 % interval', 'Deviation'],
    [
      line(`exit at T − ${clockText(exitLeadMs)}`, decided.pnl),
      line('held to the end', decided.holdPnl),
      line('difference', decided.advantage),
    ],
    { rightAligned: [1, 2, 3] },
  );
  return [totals, factsOf(report), ...(report.sweep.length === 0 ? [] : [renderSweep(report.sweep, paint)])].join(
    '\n\n',
  );
}

function factsOf({ total, decided }: ReplayReport): string {
  const { median, p99 } = total.firstExitLatenessMs;
  const late = median === null ? 'no exit order' : `first exit order ${median} ms late (median), ${p99} ms (p99)`;
  const left = decided.rows === total.rows ? '' : ` of ${total.rows}; the others have no recorded winner`;
  return [
    `${decided.rows} positions in ${decided.windows} windows${left}.`,
    `${percent(total.unsoldShare)} of the shares unsold, ${total.refusals} refusals, ${late}.`,
  ].join('\n');
}

function renderSweep(sweep: ReplayReport['sweep'], paint: Paint): string {
  return plainTable(
    ['Exit at', 'Positions', 'Exit − hold', '95 % interval', 'Deviation ratio', 'Unsold'],
    sweep.map(({ exitLeadMs, decided }) => [
      `T − ${clockText(exitLeadMs)}`,
      String(decided.rows),
      paint(toneOfPnl(BigInt(decided.advantage.meanMicros)), meanOf(decided.advantage)),
      intervalOf(decided.advantage),
      ratioOf(decided),
      percent(decided.unsoldShare),
    ]),
    { rightAligned: [1, 2, 3, 4, 5] },
  );
}

const meanOf = ({ meanMicros }: Estimate): string => signedDollars(BigInt(meanMicros));
const deviationOf = ({ deviationMicros }: Estimate): string => `$${(deviationMicros / 1e6).toFixed(2)}`;
const intervalOf = ({ intervalMicros: [low, high] }: Estimate): string =>
  `${signedDollars(BigInt(low))} … ${signedDollars(BigInt(high))}`;
const ratioOf = ({ deviationRatio }: ReplayTotal): string => (deviationRatio === null ? '–' : percent(deviationRatio));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
