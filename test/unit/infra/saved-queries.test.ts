import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logAccounts } from '#functions/sweep.ts';
import { measureStep } from '#functions/wiring/trading-deps.ts';
import { MONEY_QUERIES } from '#infra/aws/watching/money-widgets.ts';
import { SAVED_QUERIES } from '#infra/aws/watching/saved-queries.ts';
import { sendRequest } from '#lib/adapters/http/send-request.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { inInvocation } from '#lib/runtime/invocation.ts';
import { addLogFields } from '#lib/runtime/log-context.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics } from '#lib/runtime/metrics.ts';
import { runQueueBatch } from '#lib/runtime/run-batch.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';

type Line = Readonly<Record<string, unknown>>;

/** What one invocation writes that refuses, sells late, fails and meets a venue that fails. */
let lines: readonly Line[] = [];
const write = process.stdout.write;

beforeAll(async () => {
  const server = createServer((_request, response) => response.writeHead(503).end());
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const written: string[] = [];
  process.stdout.write = ((chunk: string | Uint8Array) => {
    written.push(...String(chunk).split('\n').filter(Boolean));
    return true;
  }) as typeof process.stdout.write;
  try {
    const env = { CLOB_HOST: host, STAGE: 'test', COMMIT: '0123456789abcdef0123456789abcdef01234567' };
    const log = createLogger({ env, service: 'sell' });
    const meter = createMetrics({ env, service: 'sell' });
    const handler = inInvocation({ log, env }, (event: { readonly Records: { messageId: string; body: string }[] }) =>
      runQueueBatch({ log, meter }, event, async ({ body: positionId }) => {
        addLogFields({ positionId });
        const step = { isExitAttempt: true, isUnrecognised: false, isExitFailing: false };
        measureStep(meter, { ...step, exitSetback: 'unsettled-buy', orderLatenessMs: null });
        measureStep(meter, { ...step, exitSetback: null, orderLatenessMs: 3_210 });
        await sendRequest({ clock }, { method: 'GET', url: `${host}/book`, deadlineAtMs: clock.nowMs() + 5_000 });
        log.info('Wake-up ended', { positionId, outcome: 'stepped', state: 'exiting' });
        throw new UpstreamUnavailableError('The queue did not answer');
      }),
    );
    await handler({ Records: [{ messageId: 'm1', body: 'position-1' }] }, { awsRequestId: 'request-1' });
    const store = createMemoryPositionStore();
    await store.setHalt('live', { sinceMs: 0, by: 'alice', reason: 'bad day' });
    await logAccounts({ store, clock }, log);
  } finally {
    process.stdout.write = write;
    server.close();
  }
  lines = written.map((line) => ({ '@message': line, '@timestamp': clock.nowMs(), ...JSON.parse(line) }) as Line);
});
afterAll(() => {
  process.stdout.write = write;
});

const NAME = /(?<![\w."@])(?:@?[a-z][\w]*(?:\.\w+)*|[A-Z]\w*)(?![\w(])/g;
const WORDS = new Set(
  'fields filter stats sort display limit by as asc desc in like and or not bin is is_valid'.split(' '),
);

/** Names that a query reads: without its functions, words, texts and the names that it gives itself. */
function fieldsOf(text: string): readonly string[] {
  const code = text.replace(/^#.*$/gm, '').replace(/"[^"]*"/g, '""');
  const own = new Set([...code.matchAll(/\bas (\w+)/g)].map(([, name]) => name));
  const names = [...code.matchAll(NAME)].map(([name]) => name).filter((name) => !WORDS.has(name) && !own.has(name));
  return [...new Set(names)].filter((name) => !/^\d/.test(name));
}

const readField = (line: Line, field: string): unknown =>
  Object.hasOwn(line, field)
    ? line[field]
    : field.split('.').reduce<unknown>((owner, name) => (Object(owner) as Line)[name], line);

/** The lines that pass the query's filters, for the forms of filter that ours have. */
function passing(text: string): readonly Line[] {
  return [...text.matchAll(/filter (.+)/g)].reduce((left, [, filter = '']) => {
    const present = /^ispresent\(([\w.]+)\)$/.exec(filter)?.[1];
    const [, equal = '', wanted] = /^([\w.]+) = "([^"]+)"$/.exec(filter) ?? [];
    const [, one = '', list] = /^([\w.]+) in \[(.+)\]$/.exec(filter) ?? [];
    const like = /^@message like "([^"]+)"$/.exec(filter)?.[1];
    if (present !== undefined) return left.filter((line) => readField(line, present) !== undefined);
    if (wanted !== undefined) return left.filter((line) => readField(line, equal) === wanted);
    if (list !== undefined) return left.filter((line) => list.includes(`"${String(readField(line, one))}"`));
    if (like !== undefined) return left.filter((line) => String(line['@message']).includes(like));
    throw new Error(`The matcher does not know the filter ${filter}`);
  }, lines);
}

describe('a saved query', () => {
  it.each([...SAVED_QUERIES, ...MONEY_QUERIES])(
    'finds lines by $id, which have the fields that it names',
    ({ text }) => {
      const asked = text.replaceAll('POSITION_ID', 'position-1').replace(/^# Replace.*$/m, '');
      const found = passing(asked);
      expect(found).not.toEqual([]);
      for (const field of fieldsOf(asked)) {
        expect(
          found.some((line) => readField(line, field) !== undefined),
          field,
        ).toBe(true);
      }
    },
  );

  it.each([
    ['PositionLife', 5],
    ['ErrorsByCause', 2],
    ['RefusalsByCause', 1],
    ['LateExits', 1],
    ['SlowCalls', 1],
  ])('%s finds its lines and no others (%i)', (id, count) => {
    const { text = '' } = SAVED_QUERIES.find((query) => query.id === id) ?? {};
    expect(passing(text.replaceAll('POSITION_ID', 'position-1'))).toHaveLength(count);
  });

  it('of a line tells the request, the position and the commit', () => {
    for (const line of passing(SAVED_QUERIES[1]?.text ?? '')) {
      expect(line).toMatchObject({ awsRequestId: 'request-1', positionId: 'position-1', commit: '0123456789ab' });
    }
  });
});
