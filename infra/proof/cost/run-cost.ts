/**
 * Counts what AWS would bill on the local stack: for positions, opened one after the other so that few of them share an
 * invocation, then for sweeps without work, canaries and the day's summary.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { LocalStack, StartLocalStack } from '#infra/shared/local-stack.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { FUNCTION_NAMES, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { connectSuite, type SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { addUsage, scaleUsage, type Usage } from './bill.ts';
import { startLogMeter } from './log-meter.ts';
import { createMeteredFunctions } from './metered-functions.ts';
import { createTally, PAPER_LEDGER, type Tally, usageOfColdStarts } from './tally.ts';

export type CostRun = {
  /** For all positions together, on paper. */
  readonly positions: Usage;
  /** The part of it that live trading does not have: the paper exchange's rows. */
  readonly paperOnly: Usage;
  /** For all positions, by function. */
  readonly byFunction: Readonly<Record<string, Usage>>;
  /** Posted orders. In live trading each needs a signature. */
  readonly orderCount: number;
  /** Rows that stay in the table. */
  readonly keptBytes: number;
  readonly idle: {
    readonly sweepRun: Usage;
    /** The canary's run and its position. */
    readonly canaryLife: Usage;
    readonly summaryRun: Usage;
    /** The suite's own metrics that are written without positions. */
    readonly metricCount: number;
  };
  /** Positions that did not end in time. */
  readonly unfinishedCount: number;
  readonly faults: readonly string[];
};

/** Production's steps in less time: the timer fires between the buy and the exit. */
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
/** Longer than the run: sweeps are invoked and counted one by one. */
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
  readonly invoke: Invoke;
  readonly readTableBytes: () => Promise<number>;
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
    const aws = createAwsClients(stack.env);
    try {
      await functions.connect(stack.env);
      const bench: Bench = {
        stack,
        suite,
        tally,
        invoke: (name, event) => invokeFunction(aws, name, event),
        readTableBytes: () => readTableBytes(aws, stack.env.TABLE_NAME ?? ''),
        say,
      };
      const lives = await countLives(bench, positionCount);
      const idle = await countIdle(bench);
      return { ...lives, idle, faults: [...functions.faults, ...stackFaults] };
    } finally {
      aws.destroy();
      suite.close();
      await stack.stop();
      await functions.stop();
    }
  } finally {
    log.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function invokeFunction({ lambda }: AwsClients, FunctionName: FunctionName, event: object): Promise<void> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  if (answer.FunctionError !== undefined) throw new UpstreamUnavailableError(`A run of ${FunctionName} failed`);
}

/** Size of all rows. A consistent read takes one unit for each 4 kB. */
async function readTableBytes({ dynamodb }: AwsClients, TableName: string): Promise<number> {
  const scan = { TableName, ConsistentRead: true, Select: 'COUNT', ReturnConsumedCapacity: 'TOTAL' } as const;
  let bytes = 0;
  let page: ScanCommandOutput | undefined;
  do {
    page = await dynamodb.send(new ScanCommand({ ...scan, ExclusiveStartKey: page?.LastEvaluatedKey }));
    bytes += (page.ConsumedCapacity?.CapacityUnits ?? 0) * 4_096;
  } while (page.LastEvaluatedKey !== undefined);
  return bytes;
}

/**
 * Each position has a market of its own, which ends on a whole second, as at the venue. Queue messages are delayed by
 * whole seconds, so the time that `sell` waits depends on the fraction of the second in which the position was opened.
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
  const { suite, tally, say } = bench;
  // The first position is not counted: each function opens its connections at its first event.
  const warmUp = await openOne(bench, 0);
  say(
    `Opening ${positionCount} positions, ${OPENING_PAUSE_MS / 1_000} s apart, after a first one that is not counted.`,
  );
  await untilEnded(bench, [warmUp]);
  tally.clear();
  const bytesBefore = await bench.readTableBytes();
  const ids: string[] = [];
  for (let number = 1; number <= positionCount; number += 1) {
    ids.push(await openOne(bench, number));
    await delay(OPENING_PAUSE_MS);
  }
  const openedAtMs = Date.now();
  const unfinishedCount = await untilEnded(bench, ids);
  say('Waiting for the deadline messages, which are billed as well.');
  await delay(Math.max(openedAtMs + TIME_TO_EXIT_MS + EXIT_LEAD_MS - Date.now(), 0));
  const attempts = await Promise.all(ids.map((id) => suite.store.listAttempts(id)));
  return {
    positions: addUsage(tally.sum(PERIODIC), usageOfColdStarts(tally, PERIODIC)),
    paperOnly: tally.usageOf(PAPER_LEDGER),
    byFunction: Object.fromEntries([...FUNCTION_NAMES, PAPER_LEDGER].map((name) => [name, tally.usageOf(name)])),
    orderCount: attempts.flat().reduce((sum, { postCount }) => sum + postCount, 0),
    keptBytes: (await bench.readTableBytes()) - bytesBefore,
    unfinishedCount,
  };
}

/** These also run without positions. */
const PERIODIC: readonly FunctionName[] = ['sweep', 'canary', 'summary'];

/** Resolves when all positions have ended and their notices are sent, or after a timeout. Returns how many are open. */
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

async function countIdle(bench: Bench): Promise<CostRun['idle']> {
  const { tally, say } = bench;
  say(`Counting ${SWEEP_COUNT} sweeps, ${CANARY_COUNT} canaries and a summary.`);
  tally.metrics.clear();
  const count = async (runs: number, run: (number: number) => Promise<unknown>): Promise<Usage> => {
    // Not counted: opens connections.
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
  if (id === undefined) throw new UpstreamUnavailableError('The canary opened no position');
  await untilEnded(bench, [id]);
}
