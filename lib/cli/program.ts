import { Command, Option } from 'commander';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import { ASSETS, OUTCOMES, WINDOWS } from '#lib/domain/market/market.ts';
import { MODES, POSITION_STATES } from '#lib/domain/position/position.ts';
import { EXIT_CODE_HELP, type ExitCode } from './cli-error.ts';
import type { ApproveOptions } from './commands/approve-command.ts';
import { registerBenches } from './commands/bench-command.ts';
import type { CredentialsOptions } from './commands/credentials-command.ts';
import type { DoctorOptions } from './commands/doctor-command.ts';
import { type ExitOptions, exitCommand } from './commands/exit-command.ts';
import { type HaltOptions, setHaltedCommand } from './commands/halt-command.ts';
import { registerIncident } from './commands/incident-command.ts';
import { type OpenOptions, openCommand } from './commands/open-command.ts';
import { type PositionsOptions, positionsCommand } from './commands/positions-command.ts';
import { type ShowOptions, showCommand } from './commands/show-command.ts';
import { registerSim } from './commands/sim-command.ts';
import { type StartOptions, startCommand } from './commands/start-command.ts';
import { DEFAULT_STATE_DIR } from './find-suite.ts';
import type { Terminal } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

/** As many as the story can show and this machine can sell in the same second. */
const MARKET_COUNT_MAX = 20;
const SEED_MAX = 2 ** 32 - 1;

type Finish = (code: ExitCode) => void;

/** The `tminus` command. Nothing here ends the process: usage errors are thrown, codes go to `finish`. */
export function createProgram(terminal: Terminal, finish: Finish): Command {
  const program = new Command('tminus')
    .description('No Polymarket position expires unmanaged.')
    .addHelpText('after', `${WHERE_HELP}\n${EXIT_CODE_HELP}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/, '')),
      // Usage errors are thrown as well and reported in one place.
      writeErr: () => undefined,
    });
  addStart(program, terminal, finish);
  addOpen(program, terminal, finish);
  addReaders(program, terminal, finish);
  addExit(program, terminal, finish);
  addHalts(program, terminal, finish);
  addBeforeTheMoney(program, terminal, finish);
  registerSim(program, terminal, finish);
  registerIncident(program, terminal, finish);
  registerBenches(program, terminal, finish);
  return program;
}

const WHERE_HELP = `
Commands talk to the deployed stage that --stage names, with your AWS credentials and in
the stage's region (or AWS_REGION); without it to the local stack that runs in ${DEFAULT_STATE_DIR}
(or --state-dir), otherwise to what the environment names (STAGE, TABLE_NAME,
EXIT_QUEUE_URL, OPEN_FUNCTION_NAME and AWS's own variables).`;

const stateDirOption = () =>
  new Option('--state-dir <dir>', `the local stack to talk to (default: ${DEFAULT_STATE_DIR})`);
const stageOption = () =>
  new Option('--stage <stage>', 'the deployed suite to talk to, found by its stack in AWS')
    .choices(STAGE_NAMES)
    .conflicts('stateDir');
const jsonOption = () => new Option('--json', 'print JSON, errors too');

function addStart(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('start')
    .description('run the suite on this machine and tell the night of the loss; ends in about a minute')
    .option('--markets <n>', 'how many positions, BTC and ETH in turn', wholeNumber(1, MARKET_COUNT_MAX), 2)
    .option('--recordings <dir>', 'play recorded windows (*.jsonl.gz) instead of generated ones')
    .option('--seed <n>', 'of generated prices and of the timers’ lateness', wholeNumber(0, SEED_MAX), 1)
    .option('--keep-running', 'stay up afterwards, for `tminus open` in another terminal; Ctrl-C stops')
    .option('--state-dir <dir>', 'where everything is kept, also over a kill', DEFAULT_STATE_DIR)
    .option('--json', 'print the summary as JSON and nothing else')
    .addHelpText('after', EXIT_CODE_HELP)
    .action(async (options: StartOptions) => finish(await startCommand(terminal, options)));
}

function addOpen(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('open')
    .description('open a position')
    .addOption(new Option('--asset <asset>').choices(ASSETS).makeOptionMandatory())
    .addOption(new Option('--window <window>', 'length of the market').choices(WINDOWS).default('5m'))
    .addOption(new Option('--side <side>').choices(OUTCOMES).makeOptionMandatory())
    .requiredOption('--usd <amount>', 'the most it may cost, fees included, e.g. 25 or 25.50')
    .addOption(new Option('--mode <mode>').choices(MODES).default('paper'))
    .option('--request-id <id>', 'makes it safe to repeat: the same id never opens twice (default: a new one)')
    .option('--market-slug <slug>', 'the market (default: the window that is running now)')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addOption(stageOption())
    .action(async (options: OpenOptions) => finish(await openCommand(terminal, options)));
}

function addReaders(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('positions')
    .description('list positions, newest first')
    .addOption(new Option('--state <state>').choices(POSITION_STATES))
    .option('--canaries', 'list the suite’s own canaries too')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addOption(stageOption())
    .action(async (options: PositionsOptions) => finish(await positionsCommand(terminal, options)));
  program
    .command('show')
    .description('tell the life of a position: every read, decision and answer')
    .argument('<id>', 'position id')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addOption(stageOption())
    .action(async (id: string, options: ShowOptions) => finish(await showCommand(terminal, id, options)));
}

function addExit(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('exit')
    .description('sell a position now instead of two minutes before the market ends')
    .argument('<id>', 'position id')
    .option('--wait', 'until it is closed, or its deadline has passed')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addOption(stageOption())
    .action(async (id: string, options: ExitOptions) => finish(await exitCommand(terminal, id, options)));
}

function addHalts(program: Command, terminal: Terminal, finish: Finish): void {
  const add = (name: string, halted: boolean, description: string) =>
    program
      .command(name)
      .description(description)
      .addOption(new Option('--mode <mode>', 'default: all').choices(MODES))
      .addOption(jsonOption())
      .addOption(stateDirOption())
      .addOption(stageOption())
      .action(async (options: HaltOptions) => finish(await setHaltedCommand(terminal, halted, options)));
  add('halt', true, 'open nothing more; exits go on');
  add('resume', false, 'allow openings again');
}

/** Their code signs and speaks to the chain: it is loaded when it is asked for, so that the other commands start quickly. */
function addBeforeTheMoney(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('doctor')
    .description('prove, by reading alone, what would stop an exit; code 1 when anything is red')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addOption(stageOption())
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import('./commands/doctor-command.ts');
      finish(await doctorCommand(terminal, options));
    });
  program
    .command('approve')
    .description('let the venue’s contracts move what the wallet holds, after a yes')
    .option('--yes', 'do not ask')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addOption(stageOption())
    .action(async (options: ApproveOptions) => {
      const { approveCommand } = await import('./commands/approve-command.ts');
      finish(await approveCommand(terminal, options));
    });
  program
    .command('credentials')
    .description("name the address of a stage's key, and store the venue's credentials for it")
    .addOption(stageOption().makeOptionMandatory())
    .addOption(jsonOption())
    .action(async (options: CredentialsOptions) => {
      const { credentialsCommand } = await import('./commands/credentials-command.ts');
      finish(await credentialsCommand(terminal, options));
    });
}
