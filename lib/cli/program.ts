import { Command, type CommanderError, Option } from 'commander';
import { EXIT_TERM_BOUNDS } from '#lib/domain/position/exit-policy.ts';
import { MARKET_VERSION_CHOICES } from '#lib/venue/books/market-version.ts';
import { toJson } from '#lib/words/to-json.ts';
import { CliError, EXIT_CODE_HELP, EXIT_CODES, type ExitCode } from './cli-error.ts';
import type { StartOptions } from './commands/start-command.ts';
import { addDeliveryCommands } from './delivery/delivery-commands.ts';
import { addDeadLetters } from './letter-commands.ts';
import { choiceOption, DEFAULT_STATE_DIR, SEED_MAX, seconds, wholeNumber } from './options.ts';
import { addOwnerCommands } from './owner-commands.ts';
import { addProofCommands } from './proof-commands.ts';
import { SCENARIO_NAMES } from './story/scenarios.ts';
import { addSuiteCommands } from './suite-commands.ts';
import type { Terminal } from './terminal.ts';
import { addViewCommands } from './view-commands.ts';

/** As many as the story can show and this machine can sell in the same second. */
const MARKET_COUNT_MAX = 20;

export type Finish = (code: ExitCode) => void;

const WHERE_HELP = `
Commands talk to the deployed stage that --stage names, with your AWS
credentials and in the stage's region (or AWS_REGION). Without --stage they talk
to the local stack that runs in ${DEFAULT_STATE_DIR} (or --state-dir). Without a local stack
they talk to the suite that the environment names (STAGE, TABLE_NAME,
EXIT_QUEUE_URL, OPEN_FUNCTION_NAME and AWS's own variables).`;

/**
 * The `tminus` command. Nothing here ends the process: usage errors are thrown as `CliError`, codes go to `finish`. The
 * code of a command is loaded when the command runs, so that short ones start quickly.
 */
export function createProgram(terminal: Terminal, finish: Finish): Command {
  const program = new Command('tminus')
    .description('No Polymarket position expires unmanaged.')
    .addHelpText('after', `${WHERE_HELP}\n${EXIT_CODE_HELP}`)
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
      // Usage errors are thrown as well and reported in one place.
      writeErr: () => undefined,
    });
  addStart(program, terminal, finish);
  addSuiteCommands(program, terminal, finish);
  addViewCommands(program, terminal, finish);
  addDeliveryCommands(program, terminal, finish);
  addDeadLetters(program, terminal, finish);
  addOwnerCommands(program, terminal, finish);
  addProofCommands(program, terminal, finish);
  addOpenapi(program, terminal, finish);
  throwUsageErrors(program);
  return program;
}

function addStart(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('start')
    .description('run the suite on this machine and replay the night of the loss; ends in about a minute')
    .option('--markets <n>', 'how many positions to open, BTC and ETH in turn', wholeNumber(0, MARKET_COUNT_MAX), 2)
    .addOption(
      choiceOption('--market-version <version>', MARKET_VERSION_CHOICES, "of the markets' protocol").default('both'),
    )
    .addOption(
      choiceOption(
        '--scenario <name>',
        SCENARIO_NAMES,
        'the night of the loss; shares without a bid up to the end, and what the result pays (two minutes); or a bot that buys and dies, whose shares the suite brings home',
      )
        .default('night')
        .conflicts(['public']),
    )
    .option('--recordings <dir>', 'play recorded windows (*.jsonl.gz) instead of generated ones')
    .option('--seed <n>', 'of generated prices and of the timers’ lateness', wholeNumber(0, SEED_MAX), 1)
    .addOption(
      new Option(
        '--public',
        "stay up and trade on paper against Polymarket's own public data; no key, no account (other hosts: CLOB_HOST, GAMMA_HOST, BINANCE_HOST, DATA_HOST)",
      ).conflicts(['markets', 'recordings']),
    )
    .option('--exit-lead <time>', 'positions are sold this long before the end, e.g. 180s or 3m', seconds)
    .option('--floor <price>', 'no share is sold below this price in dollars, e.g. 0.05')
    .option(
      '--slack-ticks <n>',
      'ticks beyond the best price for buys and first sells',
      wholeNumber(0, EXIT_TERM_BOUNDS.slackTicksMax),
    )
    .option('--keep-running', 'stay up afterwards, for `tminus open` in another terminal; Ctrl-C stops')
    .option('--state-dir <dir>', 'where all state is kept; it survives a kill', DEFAULT_STATE_DIR)
    .option('--json', 'print the summary as JSON and nothing else')
    .addHelpText('after', EXIT_CODE_HELP)
    .action(async (options: StartOptions) => {
      const { startCommand } = await import('./commands/start-command.ts');
      finish(await startCommand(terminal, options));
    });
}

function addOpenapi(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('openapi')
    .description('print the API of the suite as an OpenAPI 3.1 document')
    .option('--url <url>', 'the address it names, e.g. the output OpenFunctionUrl')
    .action(async ({ url }: { readonly url?: string }) => {
      const { createOpenapi } = await import('#lib/contracts/api/openapi.ts');
      terminal.out(toJson(createOpenapi(url?.replace(/\/$/, ''))));
      finish(EXIT_CODES.ok);
    });
}

/** Every wrong use names the help of the command it was meant for. */
function throwUsageErrors(command: Command): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : toUsageError(error, command);
  });
  for (const each of command.commands) throwUsageErrors(each);
}

function toUsageError(error: CommanderError, command: Command): CliError {
  const help = `\`${pathOf(command)} --help\``;
  if (error.code === 'commander.help') return usage(`Name a command: ${help} lists them.`);
  if (error.code === 'commander.missingMandatoryOptionValue') {
    const missing = command.options.filter(
      (option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined,
    );
    return usage(`Missing: ${missing.map(({ flags }) => flags).join(', ')}. See ${help}.`);
  }
  const text = error.message.replace(/^error: /, '').replace(/\.$/, '');
  return usage(`${text.slice(0, 1).toUpperCase()}${text.slice(1)}. See ${help}.`);
}

const usage = (message: string): CliError => new CliError(EXIT_CODES.usage, 'usage', message);

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
