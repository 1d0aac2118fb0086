import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { positionsCsv, totalsCsv } from '#lib/cli/render/positions-csv.ts';
import { renderPositionsTable } from '#lib/cli/render/positions-table.ts';
import { renderTotals, totalsLine } from '#lib/cli/render/totals-table.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { parseSince } from '#lib/cli/time-span.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import { isClosed, isClosedState, type Mode, type PositionState } from '#lib/domain/position/position.ts';
import { totalsOf } from '#lib/domain/position/position-totals.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import {
  type ListDeps,
  type ListFilter,
  listDays,
  readClosed,
  readOpen,
  sumDay,
} from '#lib/lifecycle/read/list-positions.ts';
import { listTightened } from '#lib/lifecycle/read/list-tightened.ts';
import { listHalts } from '#lib/lifecycle/watch/publish-summary.ts';
import type { PositionStore, PositionsRead } from '#lib/ports/store/position-store.ts';
import { haltLines, limitLines } from '#lib/words/halt-lines.ts';
import { toJson } from '#lib/words/to-json.ts';

export type PositionsOptions = SuiteChoice & {
  readonly state?: PositionState;
  readonly mode?: Mode;
  readonly since?: string;
  readonly totals?: boolean;
  readonly canaries?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
};

/** Open positions by the index, and by their days those that ended since yesterday began or since `--since`. */
export async function positionsCommand(terminal: Terminal, options: PositionsOptions): Promise<ExitCode> {
  const nowMs = terminal.nowMs();
  const fromMs = beginning(options.since, nowMs);
  return withSuite(options, terminal.env, async ({ store }) => {
    const corruptIds =
      options.totals === true
        ? await showTotals(terminal, store, { ...options, fromMs, nowMs })
        : await showPositions(terminal, store, { ...options, fromMs, nowMs });
    if (corruptIds.length === 0) return EXIT_CODES.ok;
    throw new CliError(
      EXIT_CODES.failure,
      'corrupt-rows',
      `These rows cannot be read as positions; correct them by hand: ${corruptIds.join(', ')}`,
    );
  });
}

type Span = { readonly fromMs: number; readonly nowMs: number };

function beginning(since: string | undefined, nowMs: number): number {
  return since === undefined ? Date.parse(utcDay(nowMs - 86_400_000)) : parseSince(since, nowMs);
}

async function showPositions(
  terminal: Terminal,
  store: PositionStore,
  options: PositionsOptions & Span,
): Promise<readonly string[]> {
  const { nowMs, fromMs } = options;
  const filter = { mode: options.mode, state: options.state, withCanaries: options.canaries };
  const [{ positions, corruptIds }, halts, tightened, missingCount] = await Promise.all([
    readBoth({ store }, filter, options),
    listHalts({ store, clock: terminal }),
    listTightened(store),
    countMissing(store),
  ]);
  if (options.json === true) terminal.out(toJson(positions.map(toPositionAnswer)));
  else if (options.csv === true) terminal.out(positionsCsv(positions.map(toPositionAnswer)));
  else {
    terminal.out(
      renderPositionsTable(positions.map(describePosition), nowMs, terminal.paint, terminal.screen?.columns),
    );
    for (const totals of totalsOf(positions.filter(isClosed))) terminal.out(narrate(totalsLine(totals, fromMs)));
    for (const line of [...haltLines(halts), ...limitLines(tightened)])
      terminal.out(terminal.paint('warn', narrate(line)));
    if (missingCount > 0) terminal.out(terminal.paint('warn', narrate(missingText(missingCount))));
  }
  return corruptIds;
}

/** Newest first, open ones before those that ended. */
async function readBoth(deps: ListDeps, filter: ListFilter, { fromMs, nowMs }: Span): Promise<PositionsRead> {
  const { state } = filter;
  const nothing: PositionsRead = { positions: [], corruptIds: [] };
  const wantsClosed = state === undefined || isClosedState(state);
  const wantsOpen = state === undefined || !isClosedState(state);
  const [open, closed] = await Promise.all([
    wantsOpen ? readOpen(deps, filter) : nothing,
    wantsClosed ? readClosed(deps, { ...filter, sinceMs: fromMs, nowMs }) : nothing,
  ]);
  // One that ended between the two reads is in both.
  const closedIds = new Set(closed.positions.map(({ positionId }) => positionId));
  const stillOpen = open.positions.filter(({ positionId }) => !closedIds.has(positionId));
  return {
    positions: [...stillOpen, ...closed.positions],
    corruptIds: [...new Set([...open.corruptIds, ...closed.corruptIds])],
  };
}

/** Open positions that the accounts count and the index does not show. */
async function countMissing(store: PositionStore): Promise<number> {
  const [counted, open] = await Promise.all([store.countOpen(), readOpen({ store }, {})]);
  return counted.paper + counted.live - open.positions.length - open.corruptIds.length;
}

const missingText = (count: number): string =>
  `${count} more open position${count === 1 ? ' is' : 's are'} counted than the index of open positions shows. ` +
  'One that was opened a moment ago appears at once, one of a release without settlement within an hour.';

async function showTotals(
  terminal: Terminal,
  store: PositionStore,
  { fromMs, nowMs, mode, json, csv }: PositionsOptions & Span,
): Promise<readonly string[]> {
  const days = [];
  for (const day of listDays({ sinceMs: fromMs, nowMs })) days.push(await sumDay({ store }, day, { mode }));
  const rows = days.flatMap(({ day, totals }) => totals.map((each) => ({ day, ...each })));
  if (json === true) terminal.out(toJson(rows));
  else if (csv === true) terminal.out(totalsCsv(rows));
  else terminal.out(renderTotals(rows, fromMs, terminal.paint));
  return days.flatMap(({ corruptIds }) => corruptIds);
}
