import { type Command, Option } from 'commander';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import { INCIDENT_CAUSE_NAMES } from '#infra/proof/incident/incident-report.ts';
import { MARKET_VERSION_CHOICES } from '#lib/venue/books/market-version.ts';
import type { CostOptions, PunctualityOptions } from './commands/proof/bench-command.ts';
import type { IncidentOptions } from './commands/proof/incident-command.ts';
import type { LivesOptions } from './commands/proof/lives-options.ts';
import type { ReplayOptions } from './commands/proof/replay-command.ts';
import type { SimOptions } from './commands/proof/sim-command.ts';
import type { ReplayWalletOptions } from './commands/proof/wallet/replay-wallet-command.ts';
import { choiceOption, SEED_MAX, seconds, secondsRange, usdMicros, wholeNumber } from './options.ts';
import type { Finish } from './program.ts';
import type { Terminal } from './terminal.ts';

const LIVES_MAX = 100_000_000;
const WORKERS_MAX = 256;

const reportOption = (): Option => new Option('--json', 'print the report as JSON and nothing else');

const workerNumber = wholeNumber(1, WORKERS_MAX);

function workerCount(text: string): number | 'all' {
  return text === 'all' ? text : workerNumber(text);
}

/** Commands that prove or measure the suite on this machine, without one that is running. */
export function addProofCommands(program: Command, terminal: Terminal, finish: Finish): void {
  addLives(program, terminal, finish);
  addReplay(program, terminal, finish);
  program
    .command('incident')
    .description('replay the night of the loss in live mode on this machine, with the replaced worker beside T-minus')
    .addOption(
      choiceOption('--cause <name>', [...INCIDENT_CAUSE_NAMES, 'all'], 'why the sells are refused').default('all'),
    )
    .addOption(
      choiceOption('--market-version <version>', MARKET_VERSION_CHOICES, "of the markets' protocol").default('both'),
    )
    .option(
      '--seed <n>',
      'of the moments at which the worker looks and, with the time of day, of the prices',
      wholeNumber(0, SEED_MAX),
      1,
    )
    .option('--json', 'print the report as JSON and nothing else (infra/proof/README.md)')
    .action(async (options: IncidentOptions) => {
      const { incidentCommand } = await import('./commands/proof/incident-command.ts');
      finish(await incidentCommand(terminal, options));
    });
  addBenches(program, terminal, finish);
}

function addLives(program: Command, terminal: Terminal, finish: Finish): void {
  const withLives = (command: Command): Command =>
    command
      .option(
        '--seed <n>',
        'of the first life; each further life takes the next number',
        wholeNumber(0, Number.MAX_SAFE_INTEGER),
        1,
      )
      .option('--lives <n>', 'how many', wholeNumber(1, LIVES_MAX), 1_000)
      .option('--faults <file>', 'fault plan, see lib/simulation/README.md (default: every fault)');
  withLives(
    program.command('sim').description('simulate lives of positions under faults, and check the laws after every step'),
  )
    .addOption(
      new Option('--workers <n>', 'processes that play side by side; all: one for each core').argParser(workerCount),
    )
    .option('--state <file>', 'keep what is done in this file after each chunk, and go on from it')
    .option('--chunk <lives>', 'lives between two writes (default: 1000)', wholeNumber(1, LIVES_MAX))
    .option('--out <file>', 'write the report as JSON to this file')
    .addOption(reportOption())
    .action(async (options: SimOptions) => {
      const { simCommand } = await import('./commands/proof/sim-command.ts');
      finish(await simCommand(terminal, options));
    });
  withLives(
    program
      .command('rivals')
      .description('play the same lives with other ways to sell: a 10 s loop, a plain timer, clamping, giving up'),
  )
    .addOption(reportOption())
    .action(async (options: LivesOptions) => {
      const { rivalsCommand } = await import('./commands/proof/rivals-command.ts');
      finish(await rivalsCommand(terminal, options));
    });
}

const WALLET_HELP = `
With --wallet or --file the folder is optional: windows that are recorded in it
are played there, other exits take the price that the venue's history had.
Other hosts than Polymarket's: DATA_HOST, GAMMA_HOST, CLOB_HOST.`;

/** What is bought, and when, is the wallet's. */
const walletOption = (flags: string, description: string): Option =>
  new Option(flags, description).conflicts(['entryLead', 'usd', 'sweepLeads', 'policy', 'report']);

function addReplay(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('replay')
    .description('what the suite would have earned in recorded windows, or with the positions of a wallet')
    .argument('[folder]', 'recordings, one <slug>.jsonl.gz for each window')
    .option('--entry-lead <time>', "the buy's time before the window's end", seconds, 250)
    .option('--exit-lead <time>', "the exit's time before the window's end", seconds, 120)
    .addOption(
      // The help prints a default as JSON, which has no bigint.
      new Option('--usd <dollars>', 'what each position costs').argParser(usdMicros).default(25_000_000n, '25'),
    )
    .option('--sweep-leads <times>', 'exit times to compare, such as 10s..240s or 10s..240s:5s', secondsRange)
    .option(
      '--policy <policy>',
      'product, single-fak, or rules such as hold-above=0.95 or stop-loss=20%+take-profit=0.9; a rule without a level: 0.95, 20%',
      'product',
    )
    .option('--report <file>', 'write a page with charts; it plays levels of rules too, a minute or two')
    .addOption(walletOption('--wallet <address>', "judge a wallet's own history instead, read from the Data API"))
    .addOption(walletOption('--file <file>', 'the same, from a saved answer of the Data API'))
    .option('--save <file>', 'keep what was read of the wallet, for --file')
    .option('--since <when>', 'only what ended since a day (2026-11-30, UTC), a time, or for a span (36h, 7d)')
    .option('--offline', 'with --file: ask nothing, results and prices included')
    .addOption(reportOption())
    .addHelpText('after', WALLET_HELP)
    .action(async (folder: string | undefined, options: ReplayOptions & ReplayWalletOptions) => {
      if (options.wallet !== undefined || options.file !== undefined) {
        const { replayWalletCommand } = await import('./commands/proof/wallet/replay-wallet-command.ts');
        return finish(await replayWalletCommand(terminal, folder, options));
      }
      const { replayCommand } = await import('./commands/proof/replay-command.ts');
      finish(await replayCommand(terminal, folder, options));
    });
}

function addBenches(program: Command, terminal: Terminal, finish: Finish): void {
  const bench = program.command('bench').description('measure the suite on this machine');
  bench
    .command('punctuality')
    .description('how late first sells reach the exchange, beside a 10 s loop and a plain timer')
    .option('--positions <n>', 'exits due on the same second', wholeNumber(1, 5_000), 100)
    .option('--seed <n>', 'of prices, phases and jitter', wholeNumber(0, SEED_MAX), 1)
    .addOption(reportOption())
    .action(async (options: PunctualityOptions) => {
      const { benchPunctuality } = await import('./commands/proof/bench-command.ts');
      finish(await benchPunctuality(terminal, options));
    });
  bench
    .command('attempt')
    .description('processor time of a live exit attempt, and the requests that wait for each other before its order')
    .option('--positions <n>', 'exits to measure', wholeNumber(1, 200), 60)
    .action(async ({ positions }: { readonly positions: number }) => {
      const { benchAttempt } = await import('./commands/proof/bench-command.ts');
      finish(await benchAttempt(terminal, positions));
    });
  bench
    .command('cold')
    .description('how long each bundle takes from process start to its first event')
    .option('--rounds <n>', 'measured starts of each bundle', wholeNumber(10, 9_999), 11)
    .addOption(reportOption())
    .action(async (options: { readonly rounds: number; readonly json?: boolean }) => {
      const { benchCold } = await import('./commands/proof/bench-command.ts');
      finish(await benchCold(terminal, options));
    });
  program
    .command('cost')
    .description('what AWS bills for 1,000 positions and for an idle month, counted on the local stack')
    .option('--positions <n>', 'positions to count', wholeNumber(1, 1_000), 20)
    .addOption(choiceOption('--stage <stage>', STAGE_NAMES, 'whose templates give the fixed parts').default('paper'))
    .addOption(reportOption())
    .action(async (options: CostOptions) => {
      const { countCost } = await import('./commands/proof/bench-command.ts');
      finish(await countCost(terminal, options));
    });
}
