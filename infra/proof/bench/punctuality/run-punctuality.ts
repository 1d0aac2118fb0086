/**
 * Punctuality on the real local stack, in one process: positions are opened through the real `open` function, their exits are
 * all due on one second, and what is measured is when each first sell arrives at the exchange.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder } from '#infra/proof/temporary-folder.ts';
import type { LocalStack, StartLocalStack } from '#infra/shared/local-stack.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { getPosition } from '#lib/lifecycle/record-event.ts';
import { connectSuite, type SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { createRandom } from '#lib/venue/random.ts';
import { benchEnv, EXIT_LEAD_MS, planDueAtMs, TIMER_GRAIN_MS } from './bench-times.ts';
import { countByName, type ErrorCounts, namesFromLog } from './count-errors.ts';
import { mapInParallel } from './in-parallel.ts';
import { type Lateness, summariseLateness } from './lateness.ts';
import { openBenchPositions } from './open-bench-positions.ts';
import { readExit } from './read-exit.ts';
import { type RivalExit, runRival, SCHEDULER_ALONE, WORKER } from './rivals.ts';
import { stateRoot } from './state-root.ts';

export type PunctualityOptions = {
  readonly positions: number;
  /** Of prices, phases and jitter. */
  readonly seed: number;
};

export type PunctualityReport = {
  readonly tminus: Lateness;
  readonly worker: Lateness;
  readonly schedulerAlone: Lateness;
};

export type PunctualityRun = {
  readonly report: PunctualityReport;
  /** From the due time to the exchange's answer, T-minus only. */
  readonly answered: Lateness;
  /** Positions of T-minus that were sold and whose trades are final. */
  readonly finishedCount: number;
  /** Positions each rival sold at all. */
  readonly soldCounts: { readonly worker: number; readonly schedulerAlone: number };
  /** What went wrong on the way, of the functions, the stack around them and the first sells. */
  readonly errors: ErrorCounts;
};

const READER_COUNT = 8;
const FINISH_POLL_MS = 1_000;
/** By then the last look-up of a sell has been made, or the end has been written. */
const FINISH_GRACE_MS = 30_000;

export async function runPunctuality(
  { startLocalStack }: { readonly startLocalStack: StartLocalStack },
  options: PunctualityOptions,
  say: (text: string) => void,
): Promise<PunctualityRun> {
  const stateDir = makeTemporaryFolder(stateRoot(), 'tminus-bench-');
  try {
    const logFile = join(stateDir, 'functions.log');
    const stackErrors: string[] = [];
    const stack = await startLocalStack({
      stateDir,
      seed: options.seed,
      timerGrainMs: TIMER_GRAIN_MS,
      timerJitterMs: TIMER_GRAIN_MS,
      env: { ...benchEnv(options.positions), LOG_FILE: logFile },
      log: (message, { function: name, errorType, error }) =>
        stackErrors.push(['stack', name, message, errorType ?? error].filter(Boolean).join(': ')),
    });
    const suite = connectSuite(stack.env);
    try {
      const { setbacks, ...run } = await measure({ stack, suite, say }, options);
      return { ...run, errors: countByName([...namesFromLog(logFile), ...stackErrors, ...setbacks]) };
    } finally {
      suite.close();
      await stack.stop();
    }
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

type MeasureDeps = {
  readonly stack: Pick<LocalStack, 'venue' | 'env'>;
  readonly suite: SuiteClient;
  readonly say: (text: string) => void;
};

async function measure(
  deps: MeasureDeps,
  { positions: positionCount, seed }: PunctualityOptions,
): Promise<Omit<PunctualityRun, 'errors'> & { readonly setbacks: readonly string[] }> {
  const { suite, say } = deps;
  const dueAtMs = planDueAtMs(Date.now(), positionCount);
  say(`Opening ${positionCount} positions; every exit is due at ${new Date(dueAtMs).toISOString()}.`);
  const ids = await openBenchPositions(deps, positionCount, dueAtMs);
  const positions = await mapInParallel(ids, READER_COUNT, (id) => getPosition(suite, id));
  say(
    `Opened. The exits begin in ${Math.round((dueAtMs - Date.now()) / 1_000)} s; the last timer fires a minute later.`,
  );
  const [worker, schedulerAlone] = await runRivals(deps.stack, { positions, dueAtMs, seed });
  await untilFinished(suite, dueAtMs + EXIT_LEAD_MS + FINISH_GRACE_MS);
  const exits = await mapInParallel(ids, READER_COUNT, (id) => readExit(suite.store, id));
  const lateOf = (times: readonly (number | null)[]): Lateness =>
    summariseLateness(times.filter((atMs) => atMs !== null).map((atMs) => atMs - dueAtMs));
  return {
    report: {
      tminus: lateOf(exits.map((exit) => exit.arrivedAtMs)),
      worker: lateOf(worker.map((exit) => exit.arrivedAtMs)),
      schedulerAlone: lateOf(schedulerAlone.map((exit) => exit.arrivedAtMs)),
    },
    answered: lateOf(exits.map((exit) => exit.answeredAtMs)),
    finishedCount: exits.filter((exit) => exit.isFinished).length,
    soldCounts: { worker: countSold(worker), schedulerAlone: countSold(schedulerAlone) },
    setbacks: exits.flatMap((exit) => exit.setbacks),
  };
}

type RivalsInput = { readonly positions: readonly Position[]; readonly dueAtMs: number; readonly seed: number };

function runRivals({ env }: Pick<LocalStack, 'env'>, { positions, dueAtMs, seed }: RivalsInput) {
  const { CLOB_HOST: clobHost = '', GAMMA_HOST: gammaHost = '' } = env;
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock: systemClock });
  return Promise.all([
    runRival({ marketData, random: createRandom(`${seed}|worker`) }, WORKER, positions, dueAtMs),
    runRival({ marketData, random: createRandom(`${seed}|scheduler`) }, SCHEDULER_ALONE, positions, dueAtMs),
  ]);
}

async function untilFinished({ store }: Pick<SuiteClient, 'store'>, untilMs: number): Promise<void> {
  while (Date.now() < untilMs) {
    const { paper } = await store.countOpen();
    if (paper === 0) return;
    await systemClock.sleepUntil(Date.now() + FINISH_POLL_MS);
  }
}

const countSold = (exits: readonly RivalExit[]): number => exits.filter(({ isSold }) => isSold).length;
