/**
 * Measures punctuality on the local stack, in one process. Positions are opened through the function `open`, all exits
 * are due on the same second, and the arrival of each first sell at the exchange is measured.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalStack, StartLocalStack } from '#infra/shared/local-stack.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { getPosition } from '#lib/lifecycle/record-event.ts';
import { connectSuite, type SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import { createRandom } from '#lib/venue/random.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { type BaselineExit, POLLING_WORKER, runBaseline, SCHEDULER_ALONE } from './baselines.ts';
import { benchEnv, EXIT_LEAD_MS, findStateRoot, planDueAtMs, TIMER_GRAIN_MS } from './bench-settings.ts';
import { countByName, namesFromLog } from './count-errors.ts';
import { type Lateness, type PunctualityRun, summariseLateness } from './punctuality-report.ts';
import { readExit } from './read-exit.ts';

export type PunctualityOptions = {
  readonly positions: number;
  /** Prices, phases and jitter follow from it. */
  readonly seed: number;
};

/** Parallel calls of `open`, and parallel reads: enough to keep the machine busy. */
const PARALLEL_COUNT = 8;
const PRICE_MICROS = 550_000n;
const PRICE_PIN_MS = 1_000;
const FINISH_POLL_MS = 1_000;
/** After the last market's end: the last look-up of a sell has ended, or the end is written. */
const FINISH_GRACE_MS = 30_000;

/** @throws UpstreamUnavailableError when a position could not be opened */
export async function runPunctuality(
  { startLocalStack }: { readonly startLocalStack: StartLocalStack },
  options: PunctualityOptions,
  say: (text: string) => void,
): Promise<PunctualityRun> {
  const stateDir = makeTemporaryFolder(findStateRoot(), 'tminus-bench-');
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
  say(`Opening ${positionCount} positions. All exits are due at ${new Date(dueAtMs).toISOString()}.`);
  const ids = await openPositions(deps, positionCount, dueAtMs);
  const positions = await mapInParallel(ids, (id) => getPosition(suite, id));
  say(
    `Opened. Exits start in ${Math.round((dueAtMs - Date.now()) / 1_000)} s and the last timer fires a minute later.`,
  );
  const [worker, schedulerAlone] = await runBaselines(deps.stack, { positions, dueAtMs, seed });
  await untilFinished(suite, dueAtMs + EXIT_LEAD_MS + FINISH_GRACE_MS);
  const exits = await mapInParallel(ids, (id) => readExit(suite.store, id));
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

/** Each position has a market of its own. */
async function openPositions(
  { stack, suite }: MeasureDeps,
  positionCount: number,
  dueAtMs: number,
): Promise<readonly string[]> {
  const startsAtMs = Date.now();
  const numbers = Array.from({ length: positionCount }, (_, index) => index + 1);
  return mapInParallel(numbers, async (number) => {
    const atMs = Math.max(Date.now(), startsAtMs + PRICE_PIN_MS);
    const marketSlug = stack.venue.addMarket({
      asset: 'BTC',
      window: '5m',
      startsAtMs,
      endsAtMs: dueAtMs + EXIT_LEAD_MS,
      tokenMidAt: { outcome: 'UP', priceMicros: PRICE_MICROS, atMs },
    });
    const requestId = `bench-${number}`;
    const reply = await suite.open({ requestId, asset: 'BTC', side: 'UP', usd: '10', mode: 'paper', marketSlug });
    return getOpened(reply).positionId;
  });
}

type BaselinesInput = { readonly positions: readonly Position[]; readonly dueAtMs: number; readonly seed: number };

function runBaselines({ env }: Pick<LocalStack, 'env'>, { positions, dueAtMs, seed }: BaselinesInput) {
  const { CLOB_HOST: clobHost = '', GAMMA_HOST: gammaHost = '' } = env;
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock: systemClock });
  return Promise.all([
    runBaseline({ marketData, random: createRandom(`${seed}|worker`) }, POLLING_WORKER, positions, dueAtMs),
    runBaseline({ marketData, random: createRandom(`${seed}|scheduler`) }, SCHEDULER_ALONE, positions, dueAtMs),
  ]);
}

async function untilFinished({ store }: Pick<SuiteClient, 'store'>, untilMs: number): Promise<void> {
  while (Date.now() < untilMs) {
    const { paper } = await store.countOpen();
    if (paper === 0) return;
    await systemClock.sleepUntil(Date.now() + FINISH_POLL_MS);
  }
}

const countSold = (exits: readonly BaselineExit[]): number => exits.filter(({ isSold }) => isSold).length;

/** Results are in the order of the items. The first failure ends it. */
async function mapInParallel<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = new Array(items.length);
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: PARALLEL_COUNT }, worker));
  return results;
}
