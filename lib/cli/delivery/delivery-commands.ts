import type { Command } from 'commander';
import { jsonOption, seconds, stageOption } from '#lib/cli/options.ts';
import type { Finish } from '#lib/cli/program.ts';
import { addSuiteCommand } from '#lib/cli/suite-commands.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import type { DeployOptions } from './deploy-command.ts';
import type { SmokeOptions } from './smoke-command.ts';

/** Commands that put a release into a stage and prove it. */
export function addDeliveryCommands(program: Command, terminal: Terminal, finish: Finish): void {
  addSuiteCommand(
    program,
    'smoke',
    'prove a running suite from outside: a paper position to its end, a poison message, an alarm',
  )
    .option('--commit <commit>', 'what every stack should be at (default: this checkout’s commit)')
    .option('--exit-lead <time>', 'sell the position this long before the end (default: 120s)', seconds)
    .action(async (options: SmokeOptions) => {
      const { smokeCommand } = await import('./smoke-command.ts');
      finish(await smokeCommand(terminal, options));
    });
  program
    .command('deploy')
    .description(
      'halt, wait until nothing is left to sell, deploy a stage, prove it and resume; else the release before',
    )
    .addOption(stageOption().makeOptionMandatory())
    .option('--wait <time>', 'wait this long for open positions to reach their exit (default: 10m)', seconds)
    .option('--reason <text>', 'of the halt, as refused openings show it')
    .option('--yes', 'do not ask')
    .addOption(jsonOption())
    .argument('[cdk-args...]', 'after --: passed on to `cdk deploy`, such as --parameters')
    .action(async (cdkArgs: readonly string[], options: DeployOptions) => {
      const { deployCommand } = await import('./deploy-command.ts');
      finish(await deployCommand(terminal, options, cdkArgs));
    });
}
