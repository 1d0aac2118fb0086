import { type Command, Option } from 'commander';
import { ASSETS, WINDOWS } from '#lib/domain/market/up-down-markets.ts';
import { EXIT_TERM_BOUNDS } from '#lib/domain/position/exit-policy.ts';
import { MODES, POSITION_STATES } from '#lib/domain/position/position.ts';
import type { ConfirmAlarmsOptions } from './commands/confirm-alarms-command.ts';
import type { ConsoleOptions } from './commands/console-command.ts';
import type { CredentialsOptions } from './commands/credentials-command.ts';
import type { RegisterOptions } from './commands/discord-command.ts';
import type { DoctorOptions } from './commands/doctor-command.ts';
import type { ExitOptions } from './commands/exit-command.ts';
import type { GuardOptions } from './commands/guard-command.ts';
import type { HaltOptions, ResumeOptions } from './commands/halt-command.ts';
import type { LedgerOptions } from './commands/ledger-command.ts';
import type { LimitsOptions, ResetOptions, TightenOptions } from './commands/limits-command.ts';
import type { OpenOptions } from './commands/open-command.ts';
import type { PositionsOptions } from './commands/positions-command.ts';
import type { ShowOptions } from './commands/show-command.ts';
import type { StatusOptions } from './commands/status-command.ts';
import type { StopOptions } from './commands/stop-command.ts';
import {
  choiceOption,
  dollarsOption,
  jsonOption,
  seconds,
  stageOption,
  stateDirOption,
  tableOption,
  wholeNumber,
} from './options.ts';
import type { Finish } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Commands that talk to a suite which is running already, local or on AWS. */
export function addSuiteCommands(program: Command, terminal: Terminal, finish: Finish): void {
  addStop(program, terminal, finish);
  addReaders(program, terminal, finish);
  addConsole(program, terminal, finish);
  addOpen(program, terminal, finish);
  addGuard(program, terminal, finish);
  addExit(program, terminal, finish);
  addHalts(program, terminal, finish);
  addLimits(program, terminal, finish);
  addPreparations(program, terminal, finish);
}

export function addSuiteCommand(program: Command, name: string, description: string, isDefault = false): Command {
  return program
    .command(name, { isDefault })
    .description(description)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addOption(stageOption());
}

function addStop(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('stop')
    .description('stop the local stack in order, and wait until it has stopped')
    .addOption(stateDirOption())
    .addOption(jsonOption())
    .action(async (options: StopOptions) => {
      const { stopCommand } = await import('./commands/stop-command.ts');
      finish(await stopCommand(terminal, options));
    });
}

function addOpen(program: Command, terminal: Terminal, finish: Finish): void {
  const open = addSuiteCommand(program, 'open', 'open a position')
    .addOption(choiceOption('--asset <asset>', ASSETS, 'required without --market-slug'))
    .requiredOption('--side <outcome>', 'required: up or down, or the name that the market gives its outcome')
    .requiredOption('--usd <amount>', 'required: the most it may cost, fees included, e.g. 25 or 25.50')
    .addOption(choiceOption('--window <window>', WINDOWS, 'length of the market (default: 5m)'))
    .addOption(choiceOption('--mode <mode>', MODES).default('paper'))
    .option('--request-id <id>', 'makes repeating safe: one id never opens twice (default: a new one)')
    .option('--market-slug <slug>', 'the market (default: the window that is running now)')
    .option('--maintenance <times...>', 'open nothing whose exit falls into 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z')
    .addOption(new Option('--wait', 'open in the next window, once it has begun').conflicts('marketSlug'));
  addExitTerms(open).action(async (options: OpenOptions) => {
    const { openCommand } = await import('./commands/open-command.ts');
    finish(await openCommand(terminal, options));
  });
}

function addGuard(program: Command, terminal: Terminal, finish: Finish): void {
  const guard = addSuiteCommand(program, 'guard', 'manage shares that were bought elsewhere: exit and settlement')
    .requiredOption('--market <slug>', 'required: the market')
    .requiredOption('--side <outcome>', 'required: up or down, or the name that the market gives its outcome')
    .addOption(choiceOption('--mode <mode>', MODES).default('live'))
    .option('--request-id <id>', 'makes repeating safe: one id never guards twice (default: a new one)')
    .option('--shares <n>', 'the most to manage (default: all that the wallet holds); on paper: what it holds')
    .option('--cost <amount>', 'on paper: what the shares cost, in dollars')
    .option('--expect-shares', 'an order was just placed: wait for its shares if there are none yet');
  addExitTerms(guard).action(async (options: GuardOptions) => {
    const { guardCommand } = await import('./commands/guard-command.ts');
    finish(await guardCommand(terminal, options));
  });
}

/** What a position may choose of its exit. */
function addExitTerms(command: Command): Command {
  return command
    .option('--exit-lead <time>', 'sell this long before the end, e.g. 180s or 3m (default: the stage’s)', seconds)
    .option('--exit-at <time>', 'sell at this time; needed in a market that is not an up/down window')
    .option('--floor <price>', 'sell no share below this price in dollars, e.g. 0.05 (default: the stage’s)')
    .option(
      '--slack-ticks <n>',
      'ticks beyond the best price for the buy and the first sells (default: the stage’s)',
      wholeNumber(0, EXIT_TERM_BOUNDS.slackTicksMax),
    )
    .option('--stop-loss <level>', 'sell when the price falls to it: 0.45, or 20% below the entry price')
    .option('--take-profit <level>', 'sell when the price rises to it: 0.80, or 50% above the entry price')
    .option(
      '--trailing-stop <distance>',
      'sell when the price falls this far from its highest: 0.10, or 20% of the entry',
    )
    .option(
      '--hold-above <price>',
      'at the exit, hold instead of sell from this price on, e.g. 0.97, until it is below',
    )
    .option('--preset <name>', 'rules of the stage under this name, or none (default: the stage’s)')
    .option('--merge', 'where sells are blocked, buy the other outcome and merge both (default: the stage’s)')
    .option('--no-merge', 'buy nothing of the other outcome, whatever the stage allows');
}

function addReaders(program: Command, terminal: Terminal, finish: Finish): void {
  addSuiteCommand(
    program,
    'status',
    'show what runs and since when, open positions, and whether openings are halted',
  ).action(async (options: StatusOptions) => {
    const { statusCommand } = await import('./commands/status-command.ts');
    finish(await statusCommand(terminal, options));
  });
  addSuiteCommand(program, 'positions', 'list positions, newest first: open ones, and those that ended since yesterday')
    .addOption(tableOption())
    .addOption(choiceOption('--state <state>', POSITION_STATES))
    .addOption(choiceOption('--mode <mode>', MODES))
    .option('--since <when>', 'list what ended since a day (2026-11-30, UTC), a time, or for a span (36h, 7d)')
    .option('--totals', 'one line for each day instead: how many ended, won, lost, and the result')
    .addOption(new Option('--csv', 'print CSV for spreadsheets: dollars, UTC times').conflicts('json'))
    .option('--canaries', 'list the suite’s own open canary positions too')
    .action(async (options: PositionsOptions) => {
      const { positionsCommand } = await import('./commands/positions-command.ts');
      finish(await positionsCommand(terminal, options));
    });
  addSuiteCommand(
    program,
    'ledger',
    'list every movement of cash and shares, compared with the chain; code 1 on a mismatch',
  )
    .option('--day <day>', 'one UTC day, e.g. 2026-11-22 (default: today)')
    .addOption(new Option('--since <day>', 'that UTC day and all since').conflicts('day'))
    .addOption(choiceOption('--mode <mode>', MODES, 'default: live where the stage trades live'))
    .addOption(new Option('--csv', 'print one line for each movement').conflicts('json'))
    .action(async (options: LedgerOptions) => {
      const { ledgerCommand } = await import('./commands/ledger-command.ts');
      finish(await ledgerCommand(terminal, options));
    });
  addSuiteCommand(program, 'show', 'show the timeline of a position: every read, decision and answer')
    .addOption(tableOption())
    .argument('<id>', 'position id')
    .action(async (id: string, options: ShowOptions) => {
      const { showCommand } = await import('./commands/show-command.ts');
      finish(await showCommand(terminal, id, options));
    });
}

/** The highest port; 0 stands for any free one. */
const PORT_MAX = 65_535;

function addConsole(program: Command, terminal: Terminal, finish: Finish): void {
  addSuiteCommand(program, 'console', 'serve a page for the browser of this machine: what is open, live; until Ctrl-C')
    .addOption(tableOption())
    .option('--port <n>', 'of 127.0.0.1 (default: a free one)', wholeNumber(0, PORT_MAX), 0)
    .action(async (options: ConsoleOptions) => {
      const { consoleCommand } = await import('./commands/console-command.ts');
      finish(await consoleCommand(terminal, options));
    });
}

function addExit(program: Command, terminal: Terminal, finish: Finish): void {
  addSuiteCommand(
    program,
    'exit',
    'sell a position now, or a part of it, instead of two minutes before the market ends',
  )
    .argument('[id]', 'position id')
    .option('--shares <n>', 'sell so many shares and hold the rest until the exit, e.g. 10 or 10.25 (default: all)')
    .option('--min-price <price>', 'sell nothing below this price, e.g. 0.8, until the exit by the clock')
    .option('--request-id <id>', 'makes repeating --shares safe: one id never sells twice (default: a new one)')
    .option('--wait', 'wait until it is closed, or its deadline has passed; with --shares until these are sold')
    .addOption(
      new Option('--all', 'sell every open position, after showing them').conflicts(['shares', 'requestId', 'wait']),
    )
    .addOption(choiceOption('--mode <mode>', MODES, 'with --all: of one mode (default: both)'))
    .addOption(new Option('--market <slug>', 'with --all: of one market'))
    .option('--yes', 'with --all: do not ask')
    .action(async (id: string | undefined, options: ExitOptions) => {
      const { exitCommand } = await import('./commands/exit-command.ts');
      finish(await exitCommand(terminal, id, options));
    });
}

const modeOption = () => choiceOption('--mode <mode>', MODES, 'default: all');

function addHalts(program: Command, terminal: Terminal, finish: Finish): void {
  addSuiteCommand(program, 'halt', 'open nothing more; exits go on')
    .addOption(tableOption())
    .addOption(modeOption())
    .option('--why <text>', 'shown by refused openings, status, positions, doctor and Discord')
    .addOption(new Option('--reason <text>', 'the same as --why').hideHelp())
    .option('--by <name>', 'who halts (default: the user of this machine)')
    .option('--flatten', 'then sell every open position too, after showing them')
    .option('--yes', 'with --flatten: do not ask')
    .action(async (options: HaltOptions) => {
      const { haltCommand } = await import('./commands/halt-command.ts');
      finish(await haltCommand(terminal, options));
    });
  addSuiteCommand(program, 'resume', 'allow openings again')
    .addOption(tableOption())
    .addOption(modeOption())
    .option('--why <text>', 'shown in Discord')
    .option('--by <name>', 'who resumes (default: the user of this machine)')
    .action(async (options: ResumeOptions) => {
      const { resumeCommand } = await import('./commands/halt-command.ts');
      finish(await resumeCommand(terminal, options));
    });
}

function addLimits(program: Command, terminal: Terminal, finish: Finish): void {
  const limits = program.command('limits').description('show, tighten or reset the limits of openings');
  const whoOptions = (command: Command) =>
    command
      .addOption(modeOption())
      .option('--why <text>', 'shown by doctor, positions and Discord')
      .option('--by <name>', 'who acts (default: the user of this machine)');
  addSuiteCommand(limits, 'show', 'the limits that are tightened, by whom and why (default)', true)
    .addOption(modeOption())
    .action(async (options: LimitsOptions) => {
      const { showLimitsCommand } = await import('./commands/limits-command.ts');
      finish(await showLimitsCommand(terminal, options));
    });
  whoOptions(addSuiteCommand(limits, 'tighten', 'lower limits from the next opening on; the lower one holds'))
    .addOption(new Option('--per-position <usd>', 'the most a position may cost').argParser(dollarsOption))
    .addOption(new Option('--per-day <usd>', 'losses of a UTC day that stop openings').argParser(dollarsOption))
    .addOption(new Option('--exposure <usd>', 'the most all open positions may cost').argParser(dollarsOption))
    .addOption(new Option('--max-open <count>', 'positions open at once').argParser(wholeNumber(0, 10_000)))
    .action(async (options: TightenOptions) => {
      const { tightenLimitsCommand } = await import('./commands/limits-command.ts');
      finish(await tightenLimitsCommand(terminal, options));
    });
  whoOptions(addSuiteCommand(limits, 'reset', "return to the limits of the stage's commit"))
    .option('--yes', 'do not ask')
    .action(async (options: ResetOptions) => {
      const { resetLimitsCommand } = await import('./commands/limits-command.ts');
      finish(await resetLimitsCommand(terminal, options));
    });
}

function addPreparations(program: Command, terminal: Terminal, finish: Finish): void {
  addSuiteCommand(
    program,
    'doctor',
    'check, by reading only, what would stop an exit; code 1 when a check is red',
  ).action(async (options: DoctorOptions) => {
    const { doctorCommand } = await import('./commands/doctor-command.ts');
    finish(await doctorCommand(terminal, options));
  });
  program
    .command('confirm-alarms')
    .description('confirm an e-mail address for alarms, so that no link in an e-mail ends that')
    .argument('<link>', 'the address behind "Confirm subscription" in the e-mail, in quotes')
    .addOption(jsonOption())
    .action(async (link: string, options: ConfirmAlarmsOptions) => {
      const { confirmAlarmsCommand } = await import('./commands/confirm-alarms-command.ts');
      finish(await confirmAlarmsCommand(terminal, link, options));
    });
  program
    .command('credentials')
    .description("show the address of a stage's key, and store the venue's API credentials for it")
    .addOption(stageOption().makeOptionMandatory())
    .addOption(jsonOption())
    .action(async (options: CredentialsOptions) => {
      const { credentialsCommand } = await import('./commands/credentials-command.ts');
      finish(await credentialsCommand(terminal, options));
    });
  program
    .command('discord')
    .description('buttons and slash commands in Discord')
    .command('register')
    .description("tell Discord the commands, and let a stage's cards go by a webhook of the application")
    .addOption(stageOption().makeOptionMandatory())
    .option('--channel <id>', "the channel of the cards (default: the stage's)")
    .addOption(jsonOption())
    .addHelpText('after', '\nNeeds DISCORD_BOT_TOKEN for this call, and stores it nowhere. Safe to repeat.')
    .action(async (options: RegisterOptions) => {
      const { registerDiscordCommand } = await import('./commands/discord-command.ts');
      finish(await registerDiscordCommand(terminal, options));
    });
}
