/**
 * What a live exit attempt costs this process: processor time of the very function from the message to the saved result, with real
 * signatures, and how many requests wait for each other until the order leaves. Venue, chain and table run in other processes.
 *   node infra/local/bench/attempt.ts [--positions N]
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { createHandler } from '#functions/sell.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { encodeWakeMessage } from '#lib/contracts/wake-body.ts';
import { InvalidInputError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { EXIT_LEAD_MS, OPENING_MS_PER_POSITION, SETTLING_MS } from './attempt/attempt-times.ts';
import { cpuMs, findPost, noteTrips, tripsBeforePost } from './attempt/request-trips.ts';
import { connectBench } from './connect-bench.ts';

/** The first ones load code and open connections. */
const WARM_UP_COUNT = 5;
const EnvSchema = z.record(z.string(), z.string());

type Attempt = {
  readonly cpuMs: number;
  readonly untilPostMs: number;
  readonly tripCount: number;
  readonly isSold: boolean;
};

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { positions: { type: 'string', default: '40' } } });
  const count = Number(values.positions);
  if (!Number.isInteger(count) || count < 1 || count > 200)
    throw new InvalidInputError('--positions has to be 1 to 200');
  const ground = spawn(process.execPath, [fileURLToPath(new URL('./attempt/attempt-ground.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: ground.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new UpstreamUnavailableError('The local stack did not start');
    return line.value;
  };
  try {
    const env = EnvSchema.parse(JSON.parse(await nextLine()));
    const listMarket = (endsAtMs: number): Promise<string> => {
      ground.stdin.write(`${endsAtMs}\n`);
      return nextLine();
    };
    report(await measure(env, listMarket, count + WARM_UP_COUNT));
  } finally {
    ground.stdin.end();
  }
}

async function measure(
  env: Readonly<Record<string, string>>,
  listMarket: (endsAtMs: number) => Promise<string>,
  count: number,
): Promise<readonly Attempt[]> {
  const suite = connectBench(env);
  const dueAtMs = Date.now() + count * OPENING_MS_PER_POSITION + SETTLING_MS;
  const positionIds: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const marketSlug = await listMarket(dueAtMs + EXIT_LEAD_MS);
    const terms = { asset: 'BTC', side: 'UP', usd: '10', mode: 'live', marketSlug };
    positionIds.push(await suite.open({ requestId: `attempt-${number}`, ...terms }));
  }
  await systemClock.sleepUntil(dueAtMs);
  const sell = createHandler(env);
  const trips = noteTrips();
  const attempts: Attempt[] = [];
  for (const positionId of positionIds) {
    const body = encodeWakeMessage({ positionId, wakeUpId: 'exit', source: 'timer' });
    trips.take();
    const before = cpuMs();
    await sell({ Records: [recordOf(body)] });
    const spentMs = cpuMs() - before;
    const made = trips.take();
    const position = await suite.store.find(positionId);
    const isSold =
      position?.attempts.some(({ phase, intent }) => intent.side === 'SELL' && phase === 'matched') ?? false;
    attempts.push({
      cpuMs: spentMs,
      untilPostMs: (findPost(made)?.startedCpuMs ?? Number.NaN) - before,
      tripCount: tripsBeforePost(made),
      isSold,
    });
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

function report(attempts: readonly Attempt[]): void {
  // The rest had its buy to look up first, and posted nothing.
  const posted = attempts.filter(({ tripCount }) => Number.isFinite(tripCount));
  const trips = [...new Set(posted.map(({ tripCount }) => tripCount))].toSorted((a, b) => a - b);
  const soldCount = posted.filter(({ isSold }) => isSold).length;
  process.stdout.write(
    [
      `${posted.length} live exit attempts, ${soldCount} sold; own processor time of one, ms:`,
      `  until the order left      ${figures(posted.map((each) => each.untilPostMs))}`,
      `  with its result written   ${figures(posted.map((each) => each.cpuMs))}`,
      `requests that wait for each other before the order leaves: ${trips.join(' or ')}`,
      'Processor time grows on a machine that others use: two threads share a core.',
      '',
    ].join('\n'),
  );
}

function figures(unsorted: readonly number[]): string {
  const values = unsorted.toSorted((a, b) => a - b);
  const at = (share: number): string => (values[Math.floor((values.length - 1) * share)] ?? Number.NaN).toFixed(1);
  return `median ${at(0.5)}, p90 ${at(0.9)}, max ${at(1)}`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'The benchmark failed without saying why'}\n`);
  process.exitCode = error instanceof InvalidInputError ? 2 : 1;
}
