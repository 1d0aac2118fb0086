import { describe, expect, it } from 'vitest';
import { InvalidInputError, InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Log } from '#lib/runtime/log.ts';
import { withFields } from '#lib/runtime/log.ts';
import type { Meter } from '#lib/runtime/metrics.ts';
import { runQueueBatch, runStreamBatch } from '#lib/runtime/run-batch.ts';

function aRecordingLog() {
  const lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, fields });
    };
  const log: Log = { info: at('info'), warn: at('warn'), error: at('error') };
  return { log, lines };
}

function aRecordingMeter() {
  const counts: Record<string, number> = {};
  let flushCount = 0;
  const meter: Meter = {
    count: (name, value = 1) => {
      counts[name] = (counts[name] ?? 0) + value;
    },
    millis: () => {},
    flush: () => {
      flushCount += 1;
    },
  };
  return { meter, counts, flushCount: () => flushCount };
}

const queueEvent = (...bodies: string[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `m${index}`, body })),
});

describe('runQueueBatch', () => {
  it('reports only the records that failed, and logs each once with its policy', async () => {
    const { log, lines } = aRecordingLog();
    const { meter, counts, flushCount } = aRecordingMeter();
    const response = await runQueueBatch(
      { log, meter },
      queueEvent('fine', 'broken', 'bug', 'fine'),
      async ({ body }) => {
        if (body === 'broken') throw new UpstreamUnavailableError('Not there', { service: 'x' });
        if (body === 'bug') throw new InvariantError('Cannot be');
      },
    );
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm2' }] });
    expect(lines.map(({ level, fields }) => [level, fields.itemIdentifier, fields.queue, fields.errorName])).toEqual([
      ['warn', 'm1', 'retry', 'UpstreamUnavailableError'],
      ['error', 'm2', 'dead-letter', 'InvariantError'],
    ]);
    expect(counts).toEqual({ RecordFailed: 2, AlarmingFailure: 1 });
    expect(flushCount()).toBe(1);
  });

  it('calls onRetry for every record that is delivered again, and for no other', async () => {
    const retried: [string, unknown][] = [];
    const error = new UpstreamUnavailableError('Not there');
    const { log, lines } = aRecordingLog();
    const deps = {
      log,
      meter: aRecordingMeter().meter,
      keepDead: async () => {},
      onRetry: async ({ body }: { body: string }, cause: unknown) => {
        retried.push([body, cause]);
        throw new Error('the queue does not answer either');
      },
    };
    const response = await runQueueBatch(deps, queueEvent('fine', 'broken', 'bad'), async ({ body }) => {
      if (body === 'broken') throw error;
      if (body === 'bad') throw new InvalidInputError('bad');
    });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(retried).toEqual([['broken', error]]);
    expect(lines.map(({ message }) => message)).toContain(
      'The delay of a record could not be set; its queue delivers it after the visibility timeout',
    );
  });

  it('runs records side by side: a slow one does not delay the others', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const response = await runQueueBatch(
      { log: aRecordingLog().log, meter: aRecordingMeter().meter },
      queueEvent('slow', 'releases the slow one'),
      async ({ body }) => (body === 'slow' ? released : release()),
    );
    expect(response.batchItemFailures).toEqual([]);
  });

  it('handles a synchronous throw and a thrown value that is not an error', async () => {
    const response = await runQueueBatch(
      { log: aRecordingLog().log, meter: aRecordingMeter().meter },
      queueEvent('sync', 'text'),
      ({ body }) => {
        if (body === 'sync') throw new Error('at once');
        return Promise.reject('a text');
      },
    );
    expect(response.batchItemFailures).toHaveLength(2);
  });

  it('does not log the body of a failed record', async () => {
    const { log, lines } = aRecordingLog();
    await runQueueBatch({ log, meter: aRecordingMeter().meter }, queueEvent('hush'), async () => {
      throw new InvalidInputError('The body is not valid');
    });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain('hush');
  });

  it('moves a record that no retry can help at once, unchanged', async () => {
    const kept: unknown[] = [];
    const deps = {
      log: aRecordingLog().log,
      meter: aRecordingMeter().meter,
      keepDead: async (record: { readonly body: string }, errorName: string) => {
        kept.push([record.body, errorName]);
      },
    };
    const response = await runQueueBatch(deps, queueEvent('malformed', 'unlucky'), async ({ body }) => {
      throw body === 'malformed' ? new InvalidInputError('No') : new UpstreamUnavailableError('Not now');
    });
    expect(kept).toEqual([['malformed', 'InvalidInputError']]);
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  });

  it.each([{}, null, { Records: 'none' }])('refuses %o, which no queue sends', async (event) => {
    const deps = { log: aRecordingLog().log, meter: aRecordingMeter().meter };
    const run = runQueueBatch(deps, event as Parameters<typeof runQueueBatch>[1], async () => {});
    await expect(run).rejects.toBeInstanceOf(InvalidInputError);
  });

  it('leaves a record in its queue when it cannot be moved to the dead-letter queue', async () => {
    const { log, lines } = aRecordingLog();
    const deps = {
      log,
      meter: aRecordingMeter().meter,
      keepDead: async () => {
        throw new UpstreamUnavailableError('The dead-letter queue is away');
      },
    };
    const response = await runQueueBatch(deps, queueEvent('malformed'), async () => {
      throw new InvalidInputError('No');
    });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect(lines).toHaveLength(2);
  });
});

const streamEvent = (...keys: string[]) => ({
  Records: keys.map((key, index) => ({ key, dynamodb: { SequenceNumber: String(index + 1) } })),
});

describe('runStreamBatch', () => {
  const deps = () => ({ log: aRecordingLog().log, meter: aRecordingMeter().meter });

  it('keeps the order of a key and reports nothing when no record failed', async () => {
    const seen: string[] = [];
    const response = await runStreamBatch(deps(), streamEvent('a', 'b', 'a', 'a', 'b'), {
      keyOf: ({ key }) => key,
      handle: async ({ key, dynamodb }) => {
        // The first of a key takes longest: only waiting for it keeps the order.
        for (let turn = Number(dynamodb.SequenceNumber); turn < 10; turn += 1) await Promise.resolve();
        seen.push(`${key}${dynamodb.SequenceNumber}`);
      },
    });
    expect(response).toEqual({ batchItemFailures: [] });
    expect(seen.filter((entry) => entry.startsWith('a'))).toEqual(['a1', 'a3', 'a4']);
    expect(seen.filter((entry) => entry.startsWith('b'))).toEqual(['b2', 'b5']);
  });

  it('reports the first record that is not done, and stops only its key', async () => {
    const seen: string[] = [];
    const response = await runStreamBatch(deps(), streamEvent('a', 'b', 'b', 'c', 'c'), {
      keyOf: ({ key }) => key,
      handle: async ({ key, dynamodb }) => {
        if (dynamodb.SequenceNumber === '2' || dynamodb.SequenceNumber === '5') throw new Error('boom');
        seen.push(`${key}${dynamodb.SequenceNumber}`);
      },
    });
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(seen.toSorted()).toEqual(['a1', 'c4']);
  });

  it('handles a record without key and number: the whole batch is delivered again', async () => {
    const response = await runStreamBatch<{ dynamodb?: { SequenceNumber?: string } }>(
      deps(),
      { Records: [{}, { dynamodb: { SequenceNumber: '2' } }] },
      {
        keyOf: (record) => {
          if (record.dynamodb === undefined) throw new TypeError('no key');
          return 'a';
        },
        handle: async (record) => {
          if (record.dynamodb === undefined) throw new InvalidInputError('No image');
        },
      },
    );
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '' }] });
  });
});

describe('withFields', () => {
  it('adds the shared fields to every line and lets the line win', () => {
    const { log, lines } = aRecordingLog();
    const child = withFields(log, { positionId: 'p1', step: 'a' });
    child.warn('Something', { step: 'b' });
    child.info('Something else');
    expect(lines.map(({ fields }) => fields)).toEqual([
      { positionId: 'p1', step: 'b' },
      { positionId: 'p1', step: 'a' },
    ]);
  });
});
