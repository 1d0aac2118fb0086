/**
 * What a live exit attempt costs this process: processor time of the very function from the message to the saved result, with real
 * signatures, and how many requests wait for each other until the order leaves. Exits in turns: one is woken before its time, so that
 * everything is in it (the underlying's price, the chain's answer, and waiting to the millisecond), the next is late and waits for
 * nothing, as a retry does. Venue, chain and table run in other processes, over plain connections of one machine: encryption is
 * not in it.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { createHandler } from '#functions/sell.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { connectSuite } from '#lib/suite-client/connect-suite.ts';
import { getOpened } from '#lib/suite-client/invoke-open.ts';
import { EXIT_LEAD_MS, EXIT_STEP_MS, OPENING_MS_PER_POSITION, SETTLING_MS, WAKE_LEAD_MS } from './attempt-times.ts';
import { findPost, noteTrips, type Spent, spentSince, spentSoFar, tripsBeforePost } from './request-trips.ts';

/** The first ones load code and open connections. Those after them still pay for the compiler: the report shows how much. */
const WARM_UP_COUNT = 5;
/** So many at either end tell how far the compiler has come. */
const END_COUNT = 10;
const EnvSchema = z.record(z.string(), z.string());

type Attempt = {
  readonly isOnTime: boolean;
  readonly inAll: Spent;
  /** Null when no order left. */
  readonly untilPost: Spent | null;
  readonly tripCount: number;
  readonly isSold: boolean;
};

/**
 * Measures exit attempts and prints the report. `stackScript` is run as a child process: it serves the local stack
 * (serve-attempt-stack.ts), so that this process does nothing but exits.
 */
export async function runAttempt(stackScript: string, positionCount: number): Promise<string> {
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
    return report(await measure(env, listMarket, positionCount + WARM_UP_COUNT));
  } finally {
    child.stdin.end();
  }
}

async function measure(
  env: Readonly<Record<string, string>>,
  listMarket: (endsAtMs: number) => Promise<string>,
  count: number,
): Promise<readonly Attempt[]> {
  const suite = connectSuite(env);
  const firstDueAtMs = Date.now() + count * OPENING_MS_PER_POSITION + SETTLING_MS;
  const exits: { readonly positionId: string; readonly dueAtMs: number }[] = [];
  for (let number = 0; number < count; number += 1) {
    // The late one of a pair is due when the other's order leaves, and its turn comes after the other's answer.
    const dueAtMs = firstDueAtMs + Math.floor(number / 2) * EXIT_STEP_MS;
    const marketSlug = await listMarket(dueAtMs + EXIT_LEAD_MS);
    const requestId = `attempt-${number}`;
    const reply = await suite.open({ requestId, asset: 'BTC', side: 'UP', usd: '10', mode: 'live', marketSlug });
    exits.push({ dueAtMs, positionId: getOpened(reply).positionId });
  }
  if (Date.now() > firstDueAtMs - SETTLING_MS) {
    throw new UpstreamUnavailableError(
      'The machine is too busy: positions were opened too slowly to be settled in time',
    );
  }
  const sell = createHandler(env);
  const trips = noteTrips();
  const attempts: Attempt[] = [];
  for (const { positionId, dueAtMs } of exits) {
    const body = encodeWakeMessage({ positionId, wakeUpId: 'exit', source: 'delay' });
    await systemClock.sleepUntil(dueAtMs - WAKE_LEAD_MS, 'rough');
    trips.take();
    const isOnTime = Date.now() < dueAtMs;
    const before = spentSoFar();
    await sell({ Records: [recordOf(body)] });
    const inAll = spentSince(before, spentSoFar());
    const made = trips.take();
    const leftAt = findPost(made)?.startedSpent ?? null;
    const position = await suite.store.find(positionId);
    const isSold =
      position?.attempts.some(({ phase, intent }) => intent.side === 'SELL' && phase === 'matched') ?? false;
    const untilPost = leftAt === null ? null : spentSince(before, leftAt);
    attempts.push({ isOnTime, inAll, untilPost, tripCount: tripsBeforePost(made), isSold });
  }
  suite.close();
  return attempts.slice(WARM_UP_COUNT);
}

function recordOf(body: string) {
  return {
    ...{ messageId: '1', receiptHandle: '1', md5OfBody: '', awsRegion: 'us-east-1', body, messageAttributes: {} },
    ...{ eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:exit' },
    attributes: {
      ...{ ApproximateReceiveCount: '1', SenderId: 'bench' },
      ...{ SentTimestamp: String(Date.now()), ApproximateFirstReceiveTimestamp: String(Date.now()) },
    },
  };
}

function report(attempts: readonly Attempt[]): string {
  // The rest had its buy to look up first, and posted nothing.
  const posted = attempts.filter(({ untilPost }) => untilPost !== null);
  const soldCount = posted.filter(({ isSold }) => isSold).length;
  const late = posted.filter(({ isOnTime }) => !isOnTime);
  // Those on time also wait for a clock between their requests.
  const trips = [...new Set(late.map(({ tripCount }) => tripCount))].toSorted((a, b) => a - b);
  return [
    `${posted.length} live exit attempts, ${soldCount} sold; own processor time of one, ms:`,
    'woken before its time',
    ...describe(posted.filter(({ isOnTime }) => isOnTime)),
    'late',
    ...describe(late),
    `requests that wait for each other before the order leaves: ${trips.join(' or ')}`,
    'Processor time grows on a machine that others use: two threads share a core. What is not the main thread is compiling and',
    'collecting garbage; a process that lives longer compiles less.',
  ].join('\n');
}

function describe(attempts: readonly Attempt[]): readonly string[] {
  const untilPost = attempts.flatMap((each) => each.untilPost ?? []);
  const all = untilPost.map(({ allMs }) => allMs);
  return [
    `  until the order left      ${figures(all)}`,
    `    its first ${END_COUNT}            ${figures(all.slice(0, END_COUNT))}`,
    `    its last ${END_COUNT}             ${figures(all.slice(-END_COUNT))}`,
    `    main thread alone       ${figures(untilPost.map(({ mainMs }) => mainMs))}`,
    `  with its result written   ${figures(attempts.map(({ inAll }) => inAll.allMs))}`,
    `    main thread alone       ${figures(attempts.map(({ inAll }) => inAll.mainMs))}`,
  ];
}

function figures(unsorted: readonly number[]): string {
  const values = unsorted.toSorted((a, b) => a - b);
  const at = (share: number): string => (values[Math.floor((values.length - 1) * share)] ?? Number.NaN).toFixed(1);
  return `median ${at(0.5)}, p90 ${at(0.9)}, max ${at(1)}`;
}
