import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addLogFields, withLogFields } from '#lib/runtime/log-context.ts';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics } from '#lib/runtime/metrics.ts';

/** Both write to standard output, where the test listens. */
let lines: string[] = [];
const write = process.stdout.write;
beforeEach(() => {
  lines = [];
  process.stdout.write = ((chunk: string | Uint8Array) => {
    lines.push(...String(chunk).split('\n').filter(Boolean));
    return true;
  }) as typeof process.stdout.write;
});
afterEach(() => {
  process.stdout.write = write;
});

const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('createLogger', () => {
  it('writes one JSON line with its facts under their own key', () => {
    createLogger({ env: {}, service: 'sell' }).info('A position was sold', {
      positionId: 'p1',
      level: 'x',
      micros: 5n,
    });
    expect(parsed()).toMatchObject([
      {
        level: 'INFO',
        service: 'sell',
        message: 'A position was sold',
        facts: { positionId: 'p1', level: 'x', micros: '5' },
      },
    ]);
  });

  it('names the position beside the message, wherever the facts name it, and the release', () => {
    const log = createLogger({ env: { COMMIT: '0123456789abcdef0123' }, service: 'open' });
    log.info('Sold', { positionId: 'p1' });
    log.info('Opened', { position: { positionId: 'p2' } });
    log.error('Failed', { errorContext: { positionId: 'p3' } });
    expect(parsed().map(({ positionId, commit }) => [positionId, commit])).toEqual(
      ['p1', 'p2', 'p3'].map((id) => [id, '0123456789ab']),
    );
  });

  it('has the fields of its own record, beside others that run at the same time', async () => {
    const log = createLogger({ env: {}, service: 'sell' });
    const meter = createMetrics({ service: 'sell', env: {} });
    await withLogFields({ awsRequestId: 'r1' }, () =>
      Promise.all(
        ['p1', 'p2'].map((positionId) =>
          withLogFields({}, async () => {
            addLogFields({ positionId });
            await nextTick();
            log.info('Sold', { expected: positionId });
            meter.count('ExitRefused', 1, { cause: 'unsettled-buy' });
          }),
        ),
      ),
    );
    log.info('Outside');
    expect(parsed()).toMatchObject([
      { awsRequestId: 'r1', positionId: 'p1', facts: { expected: 'p1' } },
      { awsRequestId: 'r1', positionId: 'p1', cause: 'unsettled-buy' },
      { awsRequestId: 'r1', positionId: 'p2', facts: { expected: 'p2' } },
      { awsRequestId: 'r1', positionId: 'p2', cause: 'unsettled-buy' },
      expect.not.objectContaining({ awsRequestId: expect.anything() }),
    ]);
  });

  it('takes its level from the given environment', () => {
    const log = createLogger({ env: { LOG_LEVEL: 'error' }, service: 'sell' });
    log.info('Not written');
    log.warn('Not written either');
    expect(lines).toEqual([]);
  });

  it('writes its message even when the facts are not JSON', () => {
    const facts: Record<string, unknown> = {};
    facts.itself = facts;
    createLogger({ env: {}, service: 'sell' }).error('Refused', facts);
    expect(parsed()).toMatchObject([{ level: 'ERROR', message: 'Refused', facts: expect.any(String) }]);
  });

  it.each([
    [{ COMMIT: '1234567890abcdef1234567890abcdef12345678' }, '1234567890ab'],
    [{ COMMIT: '1234567890abcdef1234567890abcdef12345678-dirty' }, '1234567890ab-dirty'],
    [{ COMMIT: '' }, 'unknown'],
    [{}, 'unknown'],
  ])('names the commit of %o on every line, of metrics too', (env, commit) => {
    createLogger({ env, service: 'sell' }).info('Written');
    const meter = createMetrics({ env, service: 'sell' });
    meter.count('ExitAttempt');
    meter.flush();
    expect(parsed()).toMatchObject([{ commit }, { commit, ExitAttempt: 1 }]);
  });

  it('accepts a misspelt level', () => {
    createLogger({ env: { LOG_LEVEL: 'loud' }, service: 'sell' }).info('Written');
    expect(lines).toHaveLength(1);
  });
});

describe('with LOG_FILE set', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tminus-log-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes the lines of every function to one file and nothing to the terminal', async () => {
    const LOG_FILE = join(folder, 'functions.log');
    createLogger({ env: { LOG_FILE }, service: 'open' }).info('Opened', { micros: 5n });
    createLogger({ env: { LOG_FILE, LOG_LEVEL: 'WARN' }, service: 'sell' }).info('Not written');
    createLogger({ env: { LOG_FILE }, service: 'sell', fields: { stage: 'local' } }).error('Refused');
    const meter = createMetrics({ service: 'sell', env: { LOG_FILE } });
    meter.count('ExitRefused', 1, { cause: 'unsettled-buy' });
    meter.flush();
    const written = (await readFile(LOG_FILE, 'utf8')).trimEnd().split('\n');
    expect(written.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'INFO', service: 'open', message: 'Opened', facts: { micros: '5' } },
      { level: 'ERROR', service: 'sell', stage: 'local', commit: 'unknown', message: 'Refused' },
      {
        service: 'sell',
        commit: 'unknown',
        message: 'Measured',
        facts: { metric: 'ExitRefused', value: 1, cause: 'unsettled-buy' },
      },
    ]);
    expect(lines).toEqual([]);
  });

  it('does not throw when a line cannot be written', () => {
    const log = createLogger({ env: { LOG_FILE: join(folder, 'missing', 'x.log') }, service: 'sell' });
    expect(() => log.error('Refused')).not.toThrow();
  });
});

describe('createMetrics', () => {
  it('writes the gathered values in the embedded metric format, once', () => {
    const meter = createMetrics({ service: 'sell', env: { STAGE: 'test' } });
    meter.count('ExitAttempt');
    meter.count('ExitAttempt', 2);
    meter.millis('OrderLateness', 12);
    meter.flush();
    meter.flush();
    expect(parsed()).toMatchObject([{ stage: 'test', service: 'sell', ExitAttempt: [1, 2], OrderLateness: 12 }]);
  });

  it('writes a value with facts on a line of its own, with the same dimensions', () => {
    const meter = createMetrics({ service: 'sell', env: { STAGE: 'test' } });
    meter.count('ExitAttempt');
    meter.count('ExitRefused', 1, { cause: 'unsettled-buy' });
    meter.flush();
    expect(parsed()).toMatchObject([
      { stage: 'test', service: 'sell', ExitRefused: 1, cause: 'unsettled-buy' },
      { stage: 'test', service: 'sell', ExitAttempt: 1 },
    ]);
    const { _aws } = parsed()[0] as { _aws: { CloudWatchMetrics: { Dimensions: string[][]; Namespace: string }[] } };
    expect(_aws.CloudWatchMetrics).toEqual([
      { Namespace: 'tminus', Dimensions: [['service', 'stage']], Metrics: [{ Name: 'ExitRefused', Unit: 'Count' }] },
    ]);
  });

  it("starts a new line before CloudWatch's limit, and loses no value", () => {
    const meter = createMetrics({ service: 'sell', env: { STAGE: 'test' } });
    for (let n = 0; n < 250; n += 1) meter.millis('OrderLateness', n);
    meter.flush();
    const values = parsed().map(({ OrderLateness }) => OrderLateness as number[]);
    expect(values.map((each) => each.length)).toEqual([100, 100, 50]);
    expect(values.flat()).toEqual(Array.from({ length: 250 }, (_, n) => n));
  });

  it('writes a negative time as 0, because CloudWatch has no percentiles with negative values', () => {
    const meter = createMetrics({ service: 'sell', env: { STAGE: 'test' } });
    meter.millis('CanaryLateness', -3);
    meter.flush();
    expect(JSON.parse(lines[0]!)).toMatchObject({ CanaryLateness: 0 });
  });

  it('writes nothing for a quiet event', () => {
    createMetrics({ service: 'sell', env: {} }).flush();
    expect(lines).toEqual([]);
  });
});
