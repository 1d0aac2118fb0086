/**
 * Counts what AWS would bill on the local stack: for positions, opened one after the other so that few of them share an
 * invocation, then for the settlement of positions that no bid took, for sweeps without work, canaries and the day's
 * summary; and on one in live mode for looks at the wallet.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { StartLocalStack } from '#infra/shared/local-stack.ts';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { FUNCTION_NAMES, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import { connectSuite } from '#lib/suite-client/connect-suite.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { addUsage, scaleUsage, type Usage } from './bill.ts';
import {
  type Bench,
  EXIT_LEAD_MS,
  type Invoke,
  OPENING_PAUSE_MS,
  openOne,
  PERIODIC,
  QUIET_MS,
  TIME_TO_EXIT_MS,
  untilEnded,
} from './cost-bench.ts';
import { countSettlement, type SettlementCount } from './count-settlement.ts';
import { countWatch, type WatchCount } from './count-watch.ts';
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
  readonly settlement: SettlementCount;
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
  /** Null on a machine without a chain node. */
  readonly watch: Omit<WatchCount, 'faults'> | null;
  /** Positions that did not end in time. */
  readonly unfinishedCount: number;
  readonly faults: readonly string[];
};

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
/** One for each four positions that are sold. */
const SETTLED_SHARE = 4;
const CANARY_PERIOD_MS = 300_000;

type CostDeps = {
  readonly startLocalStack: StartLocalStack;
  readonly tally: Tally;
  readonly say: (text: string) => void;
};

export async function runCost(
  { startLocalStack }: { readonly startLocalStack: StartLocalStack },
  positionCount: number,
  say: (text: string) => void,
): Promise<CostRun> {
  const tally = createTally();
  const log = startLogMeter(tally);
  const deps = { startLocalStack, tally, say };
  try {
    const { faults, ...run } = await countOnPaper(deps, positionCount);
    const watch = await countLooks(deps);
    return { ...run, watch, faults: [...faults, ...(watch?.faults ?? [])] };
  } finally {
    log.stop();
  }
}

/** The chain's node is an optional package: all else is counted without it. */
async function countLooks({ startLocalStack, tally, say }: CostDeps): Promise<WatchCount | null> {
  const invokeAt = (env: Readonly<Record<string, string>>) => {
    const aws = createAwsClients(env);
    const invoke: Invoke = (name, event) => invokeFunction(aws, name, event);
    return { invoke, close: aws.destroy };
  };
  try {
    return await countWatch({ startLocalStack, tally, say, invokeAt });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    say(`Looks at the wallet are not counted: ${error.message}`);
    return null;
  }
}

async function countOnPaper(
  { startLocalStack, tally, say }: CostDeps,
  positionCount: number,
): Promise<Omit<CostRun, 'watch'>> {
  const stateDir = makeTemporaryFolder(tmpdir(), 'tminus-cost-');
  const functions = createMeteredFunctions(tally);
  const stackFaults: string[] = [];
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
      const settlement = await countSettlement(bench, Math.ceil(positionCount / SETTLED_SHARE));
      const idle = await countIdle(bench);
      return { ...lives, settlement, idle, faults: [...functions.faults, ...stackFaults] };
    } finally {
      aws.destroy();
      suite.close();
      await stack.stop();
      await functions.stop();
    }
  } finally {
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

async function countLives(
  bench: Bench,
  positionCount: number,
): Promise<Omit<CostRun, 'settlement' | 'idle' | 'watch' | 'faults'>> {
  const { suite, tally, say } = bench;
  // The first position is not counted: each function opens its connections at its first event.
  const warmUp = await openOne(bench, '0');
  say(
    `Opening ${positionCount} positions, ${OPENING_PAUSE_MS / 1_000} s apart, after a first one that is not counted.`,
  );
  await untilEnded(bench, [warmUp.positionId]);
  tally.clear();
  const bytesBefore = await bench.readTableBytes();
  const ids: string[] = [];
  for (let number = 1; number <= positionCount; number += 1) {
    ids.push((await openOne(bench, String(number))).positionId);
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
