/**
 * Measures what a live exit attempt costs this process: processor time of the function `sell` from the message to the
 * saved result, with real signatures, and how many requests wait for each other before the order is sent. Every other
 * exit is woken before its due time, so that it includes all reads and the wait for the due time; the others are late
 * and wait for nothing, as a retry does. Venue, chain and table run in other processes of this machine, without TLS.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { createHandler } from '#functions/sell.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { connectSuite, type SuiteClient } from '#lib/suite-client/connect-suite.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import { EXIT_LEAD_MS } from './serve-attempt-stack.ts';
import {
  type CpuTime,
  countSequentialRequests,
  cpuTimeBetween,
  findOrder,
  readCpuTime,
  trackRequests,
} from './tracked-requests.ts';

/** Not reported: these load code and open connections. */
const WARM_UP_COUNT = 6;
/** The first and last ten are also reported apart: the JIT compiler makes later ones cheaper. */
const END_COUNT = 10;
/** A live opening takes about a third of a second. The warm-up openings show what it takes on this machine today. */
const FIRST_OPENING_MS = 700;
/** A machine becomes busier while a run goes on. */
const OPENING_MARGIN = 1.5;
/** Time for the shares to settle and the trades to become final. */
const SETTLING_MS = 10_000;
/** How long before its due time an exit is woken. The book is read one second before it. */
const WAKE_LEAD_MS = 1_100;
/** Between the due times of two pairs, each of an exit on time and a late one. An answer takes 250 ms. */
const EXIT_STEP_MS = 2_200;
const EnvSchema = z.record(z.string(), z.string());

type Attempt = {
  readonly isOnTime: boolean;
  readonly total: CpuTime;
  /** Null when no order was sent: the buy was looked up first. */
  readonly untilOrder: CpuTime | null;
  readonly sequentialCount: number;
  /** Before the order, and in all. */
  readonly requestCounts: readonly [number, number];
  readonly isSold: boolean;
};

/**
 * Runs the bench and returns the report. `stackScript` is started as a child process that serves the local stack
 * (serve-attempt-stack.ts), so that this process runs nothing but exits.
 * @throws UpstreamUnavailableError when the stack does not start
 */
export async function runAttempt(
  stackScript: string,
  positionCount: number,
  say: (text: string) => void,
): Promise<string> {
  const child = spawn(process.execPath, [stackScript], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new UpstreamUnavailableError('The local stack did not start');
    return line.value;
  };
  try {
    const env = EnvSchema.parse(JSON.parse(await nextLine()));
    const listMarket = (endsAtMs: number): Promise<string> => {
      child.stdin.write(`${endsAtMs}\n`);
      return nextLine();
    };
    return report(await measure(env, listMarket, positionCount + WARM_UP_COUNT, say));
  } finally {
    child.stdin.end();
  }
}

async function measure(
  env: Readonly<Record<string, string>>,
  listMarket: (endsAtMs: number) => Promise<string>,
  count: number,
  say: (text: string) => void,
): Promise<readonly Attempt[]> {
  const suite = connectSuite(env);
  const exits = await openPositions(suite, listMarket, count, say);
  say(`Selling them takes ${Math.ceil(((exits.at(-1)?.dueAtMs ?? 0) - Date.now()) / 1_000)} s more.`);
  const sell = createHandler(env);
  const requests = trackRequests();
  const attempts: Attempt[] = [];
  for (const { positionId, dueAtMs } of exits) {
    const body = encodeWakeMessage({ positionId, wakeUpId: 'exit', source: 'delay' });
    await systemClock.sleepUntil(dueAtMs - WAKE_LEAD_MS, 'rough');
    requests.take();
    const isOnTime = Date.now() < dueAtMs;
    const before = readCpuTime();
    await sell({ Records: [recordOf(body)] });
    const total = cpuTimeBetween(before, readCpuTime());
    const sent = requests.take();
    const order = findOrder(sent);
    const cpuAtOrder = order?.cpuAtStart ?? null;
    const position = await suite.store.find(positionId);
    attempts.push({
      isOnTime,
      total,
      untilOrder: cpuAtOrder === null ? null : cpuTimeBetween(before, cpuAtOrder),
      sequentialCount: countSequentialRequests(sent),
      requestCounts: [order === undefined ? Number.NaN : sent.indexOf(order), sent.length],
      isSold: position?.attempts.some(({ phase, intent }) => intent.side === 'SELL' && phase === 'matched') ?? false,
    });
  }
  suite.close();
  return attempts.slice(WARM_UP_COUNT);
}

type Exit = { readonly positionId: string; readonly dueAtMs: number };

/**
 * Opens the positions one after the other. Both exits of a pair are due together: the second one runs after the first
 * one's answer, and so is late. Where openings take longer than expected, the first exits are all late.
 */
async function openPositions(
  suite: SuiteClient,
  listMarket: (endsAtMs: number) => Promise<string>,
  count: number,
  say: (text: string) => void,
): Promise<readonly Exit[]> {
  const startedAtMs = Date.now();
  let firstDueAtMs = startedAtMs + count * FIRST_OPENING_MS + SETTLING_MS;
  say(`Opening ${count} positions, ${WARM_UP_COUNT} of them to warm up.`);
  const exits: Exit[] = [];
  for (let number = 0; number < count; number += 1) {
    if (number === WARM_UP_COUNT) {
      const openingMs = ((Date.now() - startedAtMs) / WARM_UP_COUNT) * OPENING_MARGIN;
      firstDueAtMs = Date.now() + (count - number) * openingMs + SETTLING_MS;
    }
    const dueAtMs = firstDueAtMs + Math.floor(number / 2) * EXIT_STEP_MS;
    const marketSlug = await listMarket(dueAtMs + EXIT_LEAD_MS);
    const requestId = `attempt-${number}`;
    const reply = await suite.open({ requestId, asset: 'BTC', side: 'UP', usd: '10', mode: 'live', marketSlug });
    exits.push({ dueAtMs, positionId: getOpened(reply).positionId });
  }
  await systemClock.sleepUntil(Date.now() + SETTLING_MS, 'rough');
  return exits;
}

function recordOf(body: string): SQSRecord {
  return {
    body,
    messageId: '1',
    receiptHandle: '1',
    md5OfBody: '',
    messageAttributes: {},
    awsRegion: 'us-east-1',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:exit',
    attributes: {
      ApproximateReceiveCount: '1',
      SenderId: 'bench',
      SentTimestamp: String(Date.now()),
      ApproximateFirstReceiveTimestamp: String(Date.now()),
    },
  };
}

function report(attempts: readonly Attempt[]): string {
  // An attempt without an order looked up its buy first.
  const posted = attempts.filter(({ untilOrder }) => untilOrder !== null);
  const soldCount = posted.filter(({ isSold }) => isSold).length;
  const late = posted.filter(({ isOnTime }) => !isOnTime);
  // Attempts on time also wait for the clock between their requests.
  const sequential = distinct(late.map(({ sequentialCount }) => sequentialCount));
  const before = distinct(late.map(({ requestCounts }) => requestCounts[0]));
  const inAll = distinct(late.map(({ requestCounts }) => requestCounts[1]));
  return [
    `${posted.length} live exit attempts, ${soldCount} sold. Processor time of one attempt, ms:`,
    'woken before its due time',
    ...describe(posted.filter(({ isOnTime }) => isOnTime)),
    'late',
    ...describe(late),
    `Requests of a late attempt: ${before} before the order, ${inAll} in all.`,
    `Before the order wait for each other: ${sequential}`,
    '',
    'Processor time grows when other processes use the machine. Time outside the',
    'main thread is JIT compilation and garbage collection.',
  ].join('\n');
}

function distinct(counts: readonly number[]): string {
  return [...new Set(counts)].toSorted((a, b) => a - b).join(' or ');
}

function describe(attempts: readonly Attempt[]): readonly string[] {
  const untilOrder = attempts.flatMap((each) => each.untilOrder ?? []);
  const all = untilOrder.map(({ allMs }) => allMs);
  return [
    `  until the order was sent  ${figures(all)}`,
    `    first ${END_COUNT}                ${figures(all.slice(0, END_COUNT))}`,
    `    last ${END_COUNT}                 ${figures(all.slice(-END_COUNT))}`,
    `    main thread alone       ${figures(untilOrder.map(({ mainMs }) => mainMs))}`,
    `      kernel calls of it    ${figures(untilOrder.map(({ mainKernelMs }) => mainKernelMs))}`,
    `  until its result is saved ${figures(attempts.map(({ total }) => total.allMs))}`,
    `    main thread alone       ${figures(attempts.map(({ total }) => total.mainMs))}`,
  ];
}

function figures(unsorted: readonly number[]): string {
  const values = unsorted.toSorted((a, b) => a - b);
  const at = (share: number): string => (values[Math.floor((values.length - 1) * share)] ?? Number.NaN).toFixed(1);
  return `median ${at(0.5)}, p90 ${at(0.9)}, max ${at(1)}`;
}
