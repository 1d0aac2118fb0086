import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { listUnfinished, unfinishedLines } from '#lib/cli/render/unfinished.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { createSuite, findSuite, type SuiteChoice } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import { readOpen } from '#lib/lifecycle/read/list-positions.ts';
import { listTightened } from '#lib/lifecycle/read/list-tightened.ts';
import { listHalts } from '#lib/lifecycle/watch/publish-summary.ts';
import { haltLines, limitLines } from '#lib/words/halt-lines.ts';
import { clockText, utcTime } from '#lib/words/time-text.ts';
import { toJson } from '#lib/words/to-json.ts';

export type StatusOptions = SuiteChoice & { readonly json?: boolean };

/**
 * What runs and since when, which positions are open, and whether openings are halted. @throws CliError 5 when nothing
 * runs
 */
export async function statusCommand(terminal: Terminal, options: StatusOptions): Promise<ExitCode> {
  const place = await findSuite(options, terminal.env);
  const suite = createSuite(place);
  try {
    const nowMs = terminal.nowMs();
    const [{ positions }, halts, tightened] = await Promise.all([
      readOpen(suite, {}),
      listHalts({ store: suite.store, clock: terminal }),
      listTightened(suite.store),
    ]);
    const open = listUnfinished(positions);
    const awaiting = positions.filter(({ state }) => state === 'awaiting-resolution');
    const { pid, startedAtMs } = place.process ?? { pid: null, startedAtMs: null };
    if (options.json === true) {
      const openViews = [...open, ...awaiting].map(toPositionAnswer);
      terminal.out(toJson({ place: suite.place, pid, startedAtMs, open: openViews, halts, tightened }));
      return EXIT_CODES.ok;
    }
    const since = startedAtMs === null ? '' : ` (process ${pid}), since ${utcTime(startedAtMs, nowMs)}`;
    const lines = [
      narrate(
        `Running: ${suite.place}${since}${startedAtMs === null ? '' : `, for ${clockText(nowMs - startedAtMs)}`}.`,
      ),
      ...(halts.length === 0
        ? ['Openings are allowed.']
        : haltLines(halts).map((line) => terminal.paint('warn', narrate(line)))),
      ...limitLines(tightened).map((line) => terminal.paint('warn', narrate(line))),
      `Open positions: ${open.length}${awaiting.length === 0 ? '' : `; awaiting the market's result: ${awaiting.length}`}`,
      ...unfinishedLines(open, nowMs),
    ];
    terminal.out(lines.join('\n'));
    return EXIT_CODES.ok;
  } finally {
    suite.close();
  }
}
