import { join, resolve } from 'node:path';
import { EMULATOR_PATH_VARIABLE } from '#infra/local/check-platform.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { assertWritable, toDiskFailure } from '#lib/cli/disk-failure.ts';
import { createSuite } from '#lib/cli/find-suite.ts';
import { endWithParent, untilInterrupted } from '#lib/cli/interruption.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/local-stack.ts';
import { DEFAULT_STATE_DIR } from '#lib/cli/options.ts';
import { leftLines, listUnfinished } from '#lib/cli/render/unfinished.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { reportFailure } from '#lib/cli/report-failure.ts';
import { runStory, type StoryDeps } from '#lib/cli/story/run-story.ts';
import { createStoryScreen, SILENT_SCREEN } from '#lib/cli/story/story-screen.ts';
import { readStorySettings, type StorySettings } from '#lib/cli/story/story-settings.ts';
import { renderSummary } from '#lib/cli/story/story-summary.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import { createFileLog } from '#lib/runtime/logger.ts';

export type StartOptions = {
  readonly markets: number;
  readonly seed: number;
  readonly recordings?: string;
  readonly keepRunning?: boolean;
  readonly json?: boolean;
  readonly stateDir: string;
};

const LOG_NAME = 'functions.log';

/** Starts the suite on this machine, replays the night of the loss, and stops the suite unless it is to keep running. */
export async function startCommand(terminal: Terminal, options: StartOptions): Promise<ExitCode> {
  const screen = options.json === true ? SILENT_SCREEN : createStoryScreen(terminal);
  const settings = readStorySettings(terminal.env, options.markets);
  assertWritable(resolve(options.stateDir));
  const startedAtMs = terminal.nowMs();
  const interruption = untilInterrupted();
  const parent = endWithParent(terminal.env);
  const crash = reportCrash(terminal, options);
  screen.say(opening(options, terminal));
  try {
    const stack = await startStack(terminal, options, settings);
    const flags = options.stateDir === DEFAULT_STATE_DIR ? '' : ` --state-dir ${options.stateDir}`;
    const suite = createSuite({ place: options.stateDir, flags, env: stack.env, limits: DEFAULT_AWS_LIMITS });
    try {
      return await play(
        { terminal, screen, stack, suite, settings, startedAtMs, signal: interruption.signal },
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
  const { summary, tracked } = await runStory(deps, { marketCount, isRecorded: options.recordings !== undefined });
  if (options.json === true) terminal.out(toJson(summary));
  else if (marketCount > 0 || tracked.length > 0) terminal.out(renderSummary(summary, tracked, terminal.paint));
  const isGood = summary.unmanagedIds.length === 0 && (summary.positions.length > 0 || marketCount === 0);
  if (!keepRunning || signal.aborted) return isGood ? EXIT_CODES.ok : EXIT_CODES.failure;
  if (marketCount > 0) screen.say(usageHints(suite.flags));
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  screen.say('Stopping.');
  const left = listUnfinished(await suite.store.list());
  for (const line of leftLines(left, terminal.nowMs())) screen.say(line);
  return isGood && left.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failure;
}

function opening({ stateDir, markets }: StartOptions, { paint }: Terminal): string {
  const story =
    'This replays the night of the loss on this machine, on paper: shares were bought, the sells were refused because ' +
    'the shares had not settled, and the bot gave up after three tries. Here the same shares are bought again.';
  return [
    paint('strong', 'T-minus: no position expires unmanaged.'),
    ...(markets === 0 ? [] : [narrate(story)]),
    paint(
      'quiet',
      `State: ${stateDir} (survives a kill: start again and it continues)\nLog: ${join(stateDir, LOG_NAME)}`,
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

async function startStack(terminal: Terminal, options: StartOptions, settings: StorySettings): Promise<LocalStack> {
  const stateDir = resolve(options.stateDir);
  const file = join(stateDir, LOG_NAME);
  const log = createFileLog({ file, service: 'local-stack', level: 'INFO', fields: {} });
  const emulatorPath = terminal.env[EMULATOR_PATH_VARIABLE];
  return startLocalStack({
    stateDir,
    seed: options.seed,
    timerGrainMs: settings.timerGrainMs,
    log: log.info,
    env: {
      ...settings.env,
      LOG_FILE: file,
      ...(emulatorPath !== undefined && { [EMULATOR_PATH_VARIABLE]: emulatorPath }),
    },
    ...(options.recordings !== undefined && { recordingsDir: resolve(options.recordings) }),
  }).catch((error: unknown) => {
    throw toDiskFailure(error, stateDir) ?? toStartFailure(error);
  });
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
