import type { Estimate, ReplayTotal } from '#infra/proof/replay/replay-statistics.ts';
import type { ReplayReport } from '#infra/proof/replay/run-replay.ts';
import type { Paint } from '#lib/cli/terminal.ts';
import { signedDollars } from '#lib/words/money-text.ts';
import { clockText } from '#lib/words/time-text.ts';
import { toneOfPnl } from '#lib/words/tone.ts';
import { plainTable } from './plain-table.ts';
import { narrate } from './wrap-text.ts';

/** `tminus replay`: what selling and holding earned, and the same for each time of a sweep. */
export function renderReplay(report: ReplayReport, exitLeadMs: number, paint: Paint): string {
  const { decided, total } = report;
  if (total.rows === 0) return narrate(NO_POSITION);
  const line = (name: string, estimate: Estimate): string[] => [
    name,
    paint(toneOfPnl(BigInt(estimate.meanMicros)), meanOf(estimate)),
    intervalOf(estimate),
    deviationOf(estimate),
  ];
  const exit = `exit at T − ${clockText(exitLeadMs)}`;
  const lines =
    decided.rows === 0
      ? [line(exit, total.pnl)]
      : [line(exit, decided.pnl), line('held to the end', decided.holdPnl), line('difference', decided.advantage)];
  const totals = plainTable(['Per position', 'Mean', '95 % interval', 'Deviation'], lines, {
    rightAligned: [1, 2, 3],
  });
  const sweep = report.sweep.filter((swept) => swept.decided.rows > 0);
  return [totals, factsOf(report), ...(sweep.length === 0 ? [] : [renderSweep(sweep, paint)])].join('\n\n');
}

const NO_POSITION =
  'No position: at the time of the entry no book was recorded, or the suite refused to open (no bid to sell to, prices too far apart, too little time to the exit).';

function factsOf({ total, decided }: ReplayReport): string {
  const { median, p99 } = total.firstExitLatenessMs;
  const late = median === null ? 'no exit order' : `first exit order ${median} ms late (median), ${p99} ms (p99)`;
  const left = decided.rows === total.rows ? '' : ` of ${total.rows}; the others have no recorded winner`;
  const windows = `${decided.windows} window${decided.windows === 1 ? '' : 's'}`;
  const positions =
    decided.rows === 0
      ? `${total.rows} positions, none with a recorded winner: unsold shares count as nothing, and what holding would have paid is not known.`
      : `${decided.rows} positions in ${windows}${left}.`;
  return narrate(
    `${positions}\n${percent(total.unsoldShare)} of the shares unsold, ${total.refusals} refusals, ${late}.`,
  );
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
