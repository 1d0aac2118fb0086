import { type Command, Option } from 'commander';
import { MODES } from '#lib/domain/position/position.ts';
import type { ReportOptions } from './commands/report-command.ts';
import type { WatchOptions } from './commands/watch-command.ts';
import { choiceOption, tableOption } from './options.ts';
import type { Finish } from './program.ts';
import { addSuiteCommand } from './suite-commands.ts';
import type { Terminal } from './terminal.ts';

/** Commands that show a suite to people, beside the tables of `positions`. */
export function addViewCommands(program: Command, terminal: Terminal, finish: Finish): void {
  addSuiteCommand(program, 'watch', 'show on the whole screen what is open now, until q; once where it is no terminal')
    .addOption(tableOption())
    .option('--once', 'print it once; with --json as data')
    .action(async (options: WatchOptions) => {
      const { watchCommand } = await import('./commands/watch-command.ts');
      finish(await watchCommand(terminal, options));
    });
  addSuiteCommand(program, 'report', 'sum up what ended since a day, as a page to keep or send, as CSV or as JSON')
    .addOption(tableOption())
    .option('--since <when>', 'a day (2026-11-30, UTC), a time, or a span (36h, 7d), however long ago', '30d')
    .option('--until <when>', 'in the same forms (default: now)')
    .addOption(choiceOption('--mode <mode>', MODES, 'default: both, apart'))
    .option('--out <file>', 'write one HTML file with charts; it replaces only a page of T-minus')
    .addOption(new Option('--csv', 'print one line for each sum: dollars, UTC days').conflicts('json'))
    .action(async (options: ReportOptions) => {
      const { reportCommand } = await import('./commands/report-command.ts');
      finish(await reportCommand(terminal, options));
    });
}
