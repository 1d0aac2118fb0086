import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/find-suite.ts';
import { haltLines } from '#lib/cli/render/halt-lines.ts';
import { renderPositionsTable } from '#lib/cli/render/positions-table.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import type { Position, PositionState } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { listHalts } from '#lib/lifecycle/watch/publish-summary.ts';

export type PositionsOptions = SuiteChoice & {
  readonly state?: PositionState;
  readonly canaries?: boolean;
  readonly json?: boolean;
};

export async function positionsCommand(terminal: Terminal, options: PositionsOptions): Promise<ExitCode> {
  return withSuite(options, terminal.env, async ({ store }) => {
    const [positions, corruptIds, halts] = await Promise.all([
      store.list(options.state),
      store.listCorrupt(),
      listHalts({ store, clock: terminal }),
    ]);
    const isShown = ({ origin }: Position) => options.canaries === true || origin !== 'canary';
    const shown = positions.filter(isShown);
    if (options.json === true) terminal.out(toJson(shown.map(toPositionAnswer)));
    else {
      const views = shown.map(describePosition);
      terminal.out(renderPositionsTable(views, terminal.nowMs(), terminal.paint, terminal.screen?.columns));
      for (const line of haltLines(halts)) terminal.out(terminal.paint('warn', narrate(line)));
    }
    if (corruptIds.length === 0) return EXIT_CODES.ok;
    throw new CliError(
      EXIT_CODES.failure,
      'corrupt-rows',
      `These rows cannot be read as positions; correct them by hand: ${corruptIds.join(', ')}`,
    );
  });
}
