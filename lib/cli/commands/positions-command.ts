import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { type SuiteChoice, withSuite } from '#lib/cli/find-suite.ts';
import { renderPositionsTable } from '#lib/cli/render/positions-table.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import type { Position, PositionState } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';

export type PositionsOptions = SuiteChoice & {
  readonly state?: PositionState;
  readonly canaries?: boolean;
  readonly json?: boolean;
};

export async function positionsCommand(terminal: Terminal, options: PositionsOptions): Promise<ExitCode> {
  return withSuite(options, terminal.env, async ({ store }) => {
    const [positions, corruptIds] = await Promise.all([store.list(options.state), store.listCorrupt()]);
    const isShown = ({ origin }: Position) => options.canaries === true || origin !== 'canary';
    const shown = positions.filter(isShown);
    terminal.out(
      options.json === true
        ? toJson(shown.map(toPositionAnswer))
        : renderPositionsTable(shown.map(describePosition), terminal.nowMs(), terminal.paint),
    );
    if (corruptIds.length === 0) return EXIT_CODES.ok;
    const message = `Rows that cannot be read as positions, to be mended by hand: ${printable(corruptIds.join(', '))}`;
    terminal.err(options.json === true ? JSON.stringify({ error: 'corrupt-rows', message }) : message);
    return EXIT_CODES.failure;
  });
}
