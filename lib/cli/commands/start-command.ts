import { join, resolve } from 'node:path';
import { EMULATOR_PATH_VARIABLE } from '#infra/local/check-platform.ts';
import type { LocalAws } from '#infra/local/start-local-aws.ts';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { assertWritable, toDiskFailure } from '#lib/cli/disk-failure.ts';
import { aborted, endWithParent, untilInterrupted } from '#lib/cli/interruption.ts';
import { DEFAULT_STATE_DIR } from '#lib/cli/options.ts';
import { leftLines, listUnfinished } from '#lib/cli/render/unfinished.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { reportFailure } from '#lib/cli/report-failure.ts';
import { LIVE_CASH_MICROS } from '#lib/cli/story/buy-by-bot.ts';
import { runStory, type StoryDeps } from '#lib/cli/story/run-story.ts';
import { SCENARIOS, type Scenario, type ScenarioName } from '#lib/cli/story/scenarios.ts';
import { createStoryScreen, SILENT_SCREEN } from '#lib/cli/story/story-screen.ts';
import { readStorySettings, type StorySettings } from '#lib/cli/story/story-settings.ts';
import { renderSummary } from '#lib/cli/story/story-summary.ts';
import { createSuite } from '#lib/cli/suite/find-suite.ts';
import { startLocalStack, startPublicStack } from '#lib/cli/suite/local-stack.ts';
import { reachPublicHosts, readPublicHosts } from '#lib/cli/suite/public-venue.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { formatMicros, parseMicros } from '#lib/domain/market/money.ts';
import { EXIT_TERM_BOUNDS } from '#lib/domain/position/exit-policy.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import { createFileLog } from '#lib/runtime/logger.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import type { MarketVersionChoice } from '#lib/venue/books/market-version.ts';
import { toJson } from '#lib/words/to-json.ts';

export type StartOptions = {
  readonly markets: number;
  readonly seed: number;
  /** Default: the night of the loss. */
  readonly scenario?: ScenarioName;
  readonly recordings?: string;
  readonly marketVersion?: MarketVersionChoice;
  /** Trades on paper against a venue elsewhere, and stays up. */
  readonly public?: boolean;
  /** Seconds. */
  readonly exitLead?: number;
  readonly floor?: string;
  readonly slackTicks?: number;
  readonly keepRunning?: boolean;
  readonly json?: boolean;
  readonly stateDir: string;
};

const LOG_NAME = 'functions.log';

/** What an earlier run left cannot be continued without its chain. The wallet is looked at each minute on AWS. */
const LIVE_STACK = { fresh: true, watchPeriodMs: 2_000 } as const;

const PUBLIC_TEXT =
  "This trades on paper by Polymarket's own order books: nothing is sent there, and no key is needed. Public data: ";

/**
 * Starts the suite on this machine, replays the night of the loss, and stops the suite unless it is to keep running.
 */
export async function startCommand(terminal: Terminal, given: StartOptions): Promise<ExitCode> {
  const isPublic = given.public === true;
  const options = isPublic ? { ...given, markets: 0, keepRunning: true } : { ...given, stateDir: stateDirOf(given) };
  const screen = options.json === true ? SILENT_SCREEN : createStoryScreen(terminal);
  const scenario = options.markets > 0 ? scenarioOf(options) : null;
  const settings = readStorySettings({ ...terminal.env, ...toExitEnv(options) }, scenario);
  assertWritable(resolve(options.stateDir));
  const startedAtMs = terminal.nowMs();
  const interruption = untilInterrupted();
  const parent = endWithParent(terminal.env);
  const crash = reportCrash(terminal, options);
  screen.say(opening(options, terminal));
  try {
    const { stack, venue } = await startStack(terminal, options, settings, screen.say);
    const flags = options.stateDir === DEFAULT_STATE_DIR ? '' : ` --state-dir ${options.stateDir}`;
    const suite = createSuite({ place: options.stateDir, flags, env: stack.env, limits: DEFAULT_AWS_LIMITS });
    try {
      return await play(
        { terminal, screen, stack, venue, suite, settings, startedAtMs, signal: interruption.signal },
        options,
      );
    } finally {
      suite.close();
      screen.end();
      await stack.stop();
    }
  } finally {
    interruption.dispose();
    parent.dispose();
    crash.dispose();
  }
}

async function play(deps: StoryDeps, options: StartOptions): Promise<ExitCode> {
  const { terminal, screen, suite, signal } = deps;
  const { markets: marketCount, keepRunning = false } = options;
  if (keepRunning && marketCount === 0) screen.say(usageHints(suite.flags));
  const { summary, tracked } = await runStory(deps, {
    marketCount,
    isRecorded: options.recordings !== undefined,
    scenario: scenarioOf(options),
  });
  if (options.json === true) terminal.out(toJson(summary));
  else if (marketCount > 0 || tracked.length > 0) terminal.out(renderSummary(summary, tracked, terminal.paint));
  const isGood = summary.unmanagedIds.length === 0 && (summary.positions.length > 0 || marketCount === 0);
  if (!keepRunning || signal.aborted) return isGood ? EXIT_CODES.ok : EXIT_CODES.failure;
  if (marketCount > 0) screen.say(usageHints(suite.flags));
  await aborted(signal);
  screen.say('Stopping.');
  const left = listUnfinished(await suite.store.list());
  for (const line of leftLines(left, terminal.nowMs())) screen.say(line);
  return isGood && left.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failure;
}

const isLive = (options: StartOptions): boolean => options.public !== true && scenarioOf(options).buyer === 'bot';

/**
 * Chain and keys of a live stack are in memory, so that nothing of it can be continued: it has a directory of its own.
 */
const stateDirOf = (options: StartOptions): string =>
  isLive(options) ? join(options.stateDir, options.scenario ?? '') : options.stateDir;

const scenarioOf = ({ scenario = 'night' }: StartOptions): Scenario => SCENARIOS[scenario];

function opening(options: StartOptions, { paint }: Terminal): string {
  const { stateDir, markets } = options;
  return [
    paint('strong', 'T-minus: no position expires unmanaged.'),
    ...(markets === 0 ? [] : [narrate(scenarioOf(options).text)]),
    paint(
      'quiet',
      `State: ${stateDir} (${isLive(options) ? 'ends with this process' : 'survives a kill: start again and it continues'})\nLog: ${join(stateDir, LOG_NAME)}`,
    ),
    '',
  ].join('\n');
}

function usageHints(flags: string): string {
  return [
    '',
    'The stack keeps running; Ctrl-C stops it. In another terminal:',
    `  npx tminus open --asset BTC --side UP --usd 25${flags}`,
    `  npx tminus positions${flags}`,
    `  npx tminus stop${flags}`,
    '',
  ].join('\n');
}

async function startStack(
  terminal: Terminal,
  options: StartOptions,
  settings: StorySettings,
  say: (text: string) => void,
): Promise<{ readonly stack: LocalAws; readonly venue: LocalVenue | null }> {
  const stateDir = resolve(options.stateDir);
  const file = join(stateDir, LOG_NAME);
  const log = createFileLog({ file, service: 'local-stack', level: 'INFO', fields: {} });
  const emulatorPath = terminal.env[EMULATOR_PATH_VARIABLE];
  const shared = {
    stateDir,
    seed: options.seed,
    timerGrainMs: settings.timerGrainMs,
    log: log.info,
    env: {
      ...settings.env,
      LOG_FILE: file,
      ...(emulatorPath !== undefined && { [EMULATOR_PATH_VARIABLE]: emulatorPath }),
    },
  };
  try {
    if (options.public === true) {
      const hosts = readPublicHosts(terminal.env);
      const missing = await reachPublicHosts(hosts, terminal.nowMs);
      if (missing !== null) say(narrate(missing));
      say(narrate(`${PUBLIC_TEXT}${hosts.CLOB_HOST}, ${hosts.GAMMA_HOST}.\n`));
      return { stack: await startPublicStack(shared, hosts), venue: null };
    }
    const recordings = options.recordings !== undefined && { recordingsDir: resolve(options.recordings) };
    const versions = options.marketVersion === undefined ? {} : { marketVersions: options.marketVersion };
    const live =
      isLive(options) && ({ live: { signatureType: 3, cashMicros: LIVE_CASH_MICROS }, ...LIVE_STACK } as const);
    const stack = await startLocalStack({ ...shared, ...recordings, ...versions, ...live });
    return { stack, venue: stack.venue };
  } catch (error) {
    throw toDiskFailure(error, stateDir) ?? toStartFailure(error);
  }
}

/** @throws CliError 2 for a floor that is no price */
function toExitEnv({ exitLead, floor, slackTicks }: StartOptions): Env {
  const { exitLeadMsMin, exitLeadMsMax } = EXIT_TERM_BOUNDS;
  if (exitLead !== undefined && (exitLead * 1_000 < exitLeadMsMin || exitLead * 1_000 > exitLeadMsMax)) {
    const bounds = `${exitLeadMsMin / 1_000} to ${exitLeadMsMax / 1_000} seconds`;
    throw new CliError(EXIT_CODES.usage, 'usage', `--exit-lead must be ${bounds}.`);
  }
  return {
    ...(exitLead !== undefined && { EXIT_LEAD_MS: String(exitLead * 1_000) }),
    ...(floor !== undefined && { EXIT_MIN_PRICE_MICROS: String(toFloorMicros(floor)) }),
    ...(slackTicks !== undefined && { OPEN_SLACK_TICKS: String(slackTicks), EXIT_SLACK_TICKS: String(slackTicks) }),
  };
}

function toFloorMicros(text: string): bigint {
  try {
    const micros = parseMicros(text);
    if (micros > 0n && micros <= EXIT_TERM_BOUNDS.minPriceMicrosMax) return micros;
  } catch {
    // The same sentence as for a price out of bounds.
  }
  const most = formatMicros(EXIT_TERM_BOUNDS.minPriceMicrosMax, 1);
  throw new CliError(EXIT_CODES.usage, 'usage', `--floor must be a price above 0 and at most ${most} dollars a share.`);
}

/** A part of the stack that does not start is no fault of the story: exit code 5. */
function toStartFailure(error: unknown): unknown {
  if (!(error instanceof UpstreamUnavailableError)) return error;
  return new CliError(EXIT_CODES.notRunning, 'not-started', error.message, { cause: error });
}

/** Ends the process when a part of the stack fails in the background: with one line when the disk is the reason. */
function reportCrash(terminal: Terminal, { stateDir, json = false }: StartOptions): { dispose(): void } {
  const onCrash = (error: Error): void => {
    const known = toDiskFailure(error, stateDir);
    if (known === undefined) terminal.err(error.stack ?? error.message);
    process.exit(known === undefined ? EXIT_CODES.failure : reportFailure(terminal, known, json));
  };
  process.on('uncaughtException', onCrash);
  return { dispose: () => void process.off('uncaughtException', onCrash) };
}
