import { join, resolve } from 'node:path';
import { EMULATOR_PATH_VARIABLE } from '#infra/local/check-platform.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { createSuite } from '#lib/cli/find-suite.ts';
import { endWithLauncher, untilInterrupted } from '#lib/cli/interruption.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/local-stack.ts';
import { narrate } from '#lib/cli/story/narrate-step.ts';
import { runStory, type Story } from '#lib/cli/story/run-story.ts';
import { createStoryScreen, SILENT_SCREEN, type StoryScreen } from '#lib/cli/story/story-screen.ts';
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

/** The night of the loss, on this machine. */
export async function startCommand(terminal: Terminal, options: StartOptions): Promise<ExitCode> {
  const screen = options.json === true ? SILENT_SCREEN : createStoryScreen(terminal);
  const settings = readStorySettings(terminal.env);
  const startedAtMs = terminal.nowMs();
  const interruption = untilInterrupted();
  const launcher = endWithLauncher(terminal.env);
  screen.say(opening(options, terminal));
  try {
    const stack = await startStack(terminal, options, settings);
    try {
      const suite = createSuite({
        place: options.stateDir,
        flags: ` --state-dir ${options.stateDir}`,
        env: stack.env,
        limits: DEFAULT_AWS_LIMITS,
      });
      const { signal } = interruption;
      const story = await runStory(
        { terminal, screen, stack, suite, settings, startedAtMs, signal },
        { marketCount: options.markets, isRecorded: options.recordings !== undefined },
      ).finally(suite.close);
      tell(story, terminal, options);
      if (options.keepRunning === true) await keepRunning(screen, options, signal);
      return exitCodeOf(story);
    } finally {
      screen.end();
      await stack.stop();
    }
  } finally {
    interruption.dispose();
    launcher.dispose();
  }
}

function opening({ stateDir }: StartOptions, { paint }: Terminal): string {
  return [
    paint('strong', 'T-minus: no position expires unmanaged.'),
    narrate(
      'The night of the loss, on this machine and on paper: shares were bought and could not be sold, because they had not ' +
        'settled, and nobody tried again. Here they are bought again.',
    ),
    paint(
      'quiet',
      `State: ${stateDir} (survives a kill; start again and it goes on).\nLog: ${join(stateDir, LOG_NAME)}`,
    ),
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
  }).catch(cannotStart);
}

/** A part of the stack that did not come up is no failure of the story: without it there is no stack. @throws CliError 5 */
function cannotStart(error: unknown): never {
  if (!(error instanceof UpstreamUnavailableError)) throw error;
  throw new CliError(EXIT_CODES.notRunning, 'not-started', error.message, { cause: error });
}

function tell({ summary, tracked }: Story, terminal: Terminal, options: StartOptions): void {
  terminal.out(options.json === true ? toJson(summary) : renderSummary(summary, tracked, terminal.paint));
}

async function keepRunning(screen: StoryScreen, { stateDir }: StartOptions, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const suffix = stateDir === '.tminus' ? '' : ` --state-dir ${stateDir}`;
  screen.say(
    [
      '',
      'The stack stays up; Ctrl-C stops it. In another terminal:',
      `  npx tminus open --asset BTC --window 5m --side UP --usd 25 --mode paper${suffix}`,
      `  npx tminus positions${suffix}`,
    ].join('\n'),
  );
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
  screen.say('Stopping.');
}

/** 0 only when something was opened and nothing is left unmanaged. */
function exitCodeOf({ summary }: Story): ExitCode {
  return summary.unmanagedIds.length === 0 && summary.positions.length > 0 ? EXIT_CODES.ok : EXIT_CODES.failure;
}
