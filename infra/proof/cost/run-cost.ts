/**
 * Lives on the real local stack, with everything counted that AWS would bill: positions, a second or so apart, so that hardly two of
 * them share an invocation; then sweeps with nothing to do, canaries and the day's summary.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { LocalStack, StartLocalStack } from '#infra/shared/local-stack.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { FUNCTION_NAMES, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { connectSuite, type SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { addUsage, scaleUsage, type Usage } from './bill.ts';
import { usageOfColdStarts } from './cold-starts.ts';
import type { IdleCounts } from './idle-month.ts';
import { startLogMeter } from './log-meter.ts';
import { createMeteredFunctions, type MeteredFunctions } from './metered-functions.ts';
import { createTally, PAPER_LEDGER, type Tally } from './tally.ts';

export type CostRun = {
  /** Of all the positions together, on paper. */
  readonly positions: Usage;
  /** The part of it that only paper has: its exchange's rows. */
  readonly paperOnly: Usage;
  /** By function: what it used for the positions. */
  readonly byFunction: Readonly<Record<string, Usage>>;
  /** Orders that were signed for the positions; with real money each is a signature. */
  readonly orderCount: number;
  /** Bytes of the rows that stay. */
  readonly keptBytes: number;
  readonly idle: IdleCounts;
  /** Positions that did not come to their end in time. */
  readonly unfinishedCount: number;
  readonly faults: readonly string[];
};

/** Production's steps in less time: the exit is half a minute after the buy, its timer fires in between. */
const TIME_TO_EXIT_MS = 30_000;
const EXIT_LEAD_MS = 66_000;
const OPENING_PAUSE_MS = 1_300;
const COST_ENV = {
  EXIT_LEAD_MS: String(EXIT_LEAD_MS),
  OPEN_TIME_TO_EXIT_MS_MIN: '9000',
  OPEN_SLACK_TICKS: '20',
  TIMER_LEAD_MS: '10000',
  TIMER_MARGIN_MS: '1000',
  CANARY_TIME_TO_EXIT_MS: '12000',
  CANARY_ROOM_MS: '60000',
  LIMIT_OPEN_COUNT: '10000',
  LIMIT_EXPOSURE_MICROS: '1000000000000',
  LIMIT_DAY_LOSS_MICROS: '1000000000000',
} as const;
const TIMER_GRAIN_MS = 5_000;
/** Long enough that the run has no sweep of its own: sweeps are counted one by one. */
const SWEEP_PERIOD_MS = 3_600_000;
const SWEEP_COUNT = 20;
const CANARY_COUNT = 3;
const CANARY_PERIOD_MS = 300_000;
const FINISH_WAIT_MS = EXIT_LEAD_MS + 40_000;
const QUIET_MS = 3_000;
const POLL_MS = 500;

type Invoke = (name: FunctionName, event: object) => Promise<void>;
type Bench = {
  readonly stack: Pick<LocalStack, 'venue'>;
  readonly suite: SuiteClient;
  readonly tally: Tally;
  readonly functions: Pick<MeteredFunctions, 'storedBytes'>;
  readonly invoke: Invoke;
  readonly say: (text: string) => void;
};

export async function runCost(
  { startLocalStack }: { readonly startLocalStack: StartLocalStack },
  positionCount: number,
  say: (text: string) => void,
): Promise<CostRun> {
  const stateDir = makeTemporaryFolder(tmpdir(), 'tminus-cost-');
  const tally = createTally();
  const functions = createMeteredFunctions(tally);
  const stackFaults: string[] = [];
  const log = startLogMeter(tally);
  try {
    const stack = await startLocalStack({
      stateDir,
      seed: 1,
      timerGrainMs: TIMER_GRAIN_MS,
      timerJitterMs: TIMER_GRAIN_MS,
      sweepPeriodMs: SWEEP_PERIOD_MS,
      env: { ...COST_ENV, CANARY_PERIOD_MS: String(CANARY_PERIOD_MS) },
      functions: functions.handlers,
      log: (message) => void stackFaults.push(`stack: ${message}`),
    });
    const suite = connectSuite(stack.env);
    const caller = connectCaller(stack.env);
    try {
      await functions.connect(stack.env);
      const bench = { stack, suite, tally, functions, invoke: caller.invoke, say };
      const lives = await countLives(bench, positionCount);
      const idle = await countIdle(bench);
      return { ...lives, idle, faults: [...functions.faults, ...stackFaults] };
    } finally {
      caller.close();
      suite.close();
      await stack.stop();
      await functions.stop();
    }
  } finally {
    log.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

function connectCaller(env: Env): { readonly invoke: Invoke; close(): void } {
  const aws = createAwsClients(env);
  return {
    invoke: async (FunctionName, event) => {
      const answer = await aws.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
      if (answer.FunctionError !== undefined) throw new UpstreamUnavailableError(`A run of ${FunctionName} failed`);
    },
    close: aws.destroy,
  };
}

/**
 * One market for each position: as on the venue, where a position is alone in its market, and markets end on whole seconds. A message waits
 * for whole seconds too, so how long `sell` waits for its due time depends on when in a second the position was opened.
 */
async function openOne({ stack, suite }: Bench, number: number): Promise<string> {
  const nowMs = Date.now();
  const endsAtMs = Math.ceil((nowMs + TIME_TO_EXIT_MS + EXIT_LEAD_MS) / 1_000) * 1_000;
  const marketSlug = stack.venue.addMarket({
    asset: 'BTC',
    window: '5m',
    endsAtMs,
    tokenMidAt: { outcome: 'UP', priceMicros: 550_000n, atMs: nowMs },
  });
  const reply = await suite.open({
    requestId: `cost-${number}`,
    asset: 'BTC',
    side: 'UP',
    usd: '10',
    mode: 'paper',
    marketSlug,
  });
  return getOpened(reply).positionId;
}

async function countLives(bench: Bench, positionCount: number): Promise<Omit<CostRun, 'idle' | 'faults'>> {
  const { suite, tally, functions, say } = bench;
  // The first life is not counted: every function makes its connections with its first event.
  const warmUp = await openOne(bench, 0);
  say(
    `Opening ${positionCount} positions, ${OPENING_PAUSE_MS / 1_000} s apart, when one has been opened, sold and told.`,
  );
  await untilEnded(bench, [warmUp]);
  tally.clear();
  const bytesBefore = functions.storedBytes();
  const ids: string[] = [];
  for (let number = 1; number <= positionCount; number += 1) {
    ids.push(await openOne(bench, number));
    await delay(OPENING_PAUSE_MS);
  }
  const openedAtMs = Date.now();
  const unfinishedCount = await untilEnded(bench, ids);
  say('Waiting for the messages of their deadlines, which are paid for as well.');
  await delay(Math.max(openedAtMs + TIME_TO_EXIT_MS + EXIT_LEAD_MS - Date.now(), 0));
  const attempts = await Promise.all(ids.map((id) => suite.store.listAttempts(id)));
  return {
    positions: addUsage(tally.sum(NOT_OF_POSITIONS), usageOfColdStarts(tally, NOT_OF_POSITIONS)),
    paperOnly: tally.usageOf(PAPER_LEDGER),
    byFunction: Object.fromEntries([...FUNCTION_NAMES, PAPER_LEDGER].map((name) => [name, tally.usageOf(name)])),
    orderCount: attempts.flat().reduce((sum, { postCount }) => sum + postCount, 0),
    keptBytes: functions.storedBytes() - bytesBefore,
    unfinishedCount,
  };
}

/** The sweep goes on without positions. */
const NOT_OF_POSITIONS: readonly FunctionName[] = ['sweep', 'canary', 'summary'];

/** Resolves when every one has ended and been told of; to the number of those that have not, when it takes too long. */
async function untilEnded({ suite }: Bench, ids: readonly string[]): Promise<number> {
  const untilMs = Date.now() + FINISH_WAIT_MS;
  for (;;) {
    const found = await Promise.all(ids.map((id) => suite.store.find(id)));
    const openCount = found.filter((position) => position === undefined || !isClosed(position)).length;
    if (openCount === 0 || Date.now() > untilMs) {
      await delay(QUIET_MS);
      return openCount;
    }
    await delay(POLL_MS);
  }
}

async function countIdle(bench: Bench): Promise<IdleCounts> {
  const { tally, say } = bench;
  say(`Counting ${SWEEP_COUNT} sweeps, ${CANARY_COUNT} canaries and a summary.`);
  tally.metrics.clear();
  const count = async (runs: number, run: (number: number) => Promise<unknown>): Promise<Usage> => {
    // Not counted, for the connections again.
    await run(0);
    tally.clear();
    for (let number = 1; number <= runs; number += 1) await run(number);
    return scaleUsage(addUsage(tally.sum(), usageOfColdStarts(tally)), 1 / runs);
  };
  const sweepRun = await count(SWEEP_COUNT, () => bench.invoke('sweep', {}));
  const canaryLife = await count(CANARY_COUNT, (number) => runCanary(bench, number));
  const summaryRun = await count(1, async () => {
    await bench.invoke('summary', {});
    await delay(QUIET_MS);
  });
  return { sweepRun, canaryLife, summaryRun, metricCount: tally.metrics.size };
}

async function runCanary(bench: Bench, number: number): Promise<void> {
  const slotMs = (Math.floor(Date.now() / CANARY_PERIOD_MS) + number) * CANARY_PERIOD_MS;
  await bench.invoke('canary', { time: new Date(slotMs).toISOString() });
  const id = await bench.suite.store.findIdByRequest(`canary-${slotMs}`);
  if (id === undefined) throw new UpstreamUnavailableError('A canary was not sent');
  await untilEnded(bench, [id]);
}
