import type { DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EventSource } from '#infra/local/pump/queue-event-source.ts';
import { startStreamEventSource } from '#infra/local/pump/stream-event-source.ts';
import type { FunctionResult } from '#infra/shared/function-runtime.ts';

const RECORD_COUNT = 12;
const NONE_FAILED: FunctionResult = { outcome: 'returned', value: { batchItemFailures: [] } };
const THROWN: FunctionResult = { outcome: 'failed', errorType: 'Error', errorMessage: 'broken', trace: [] };

let source: EventSource | undefined;

afterEach(async () => {
  await source?.stop(1_000);
});

/** A stream of twelve records, 1 to 12, and what became of them. */
function start(invoke: (sequenceNumbers: readonly string[]) => FunctionResult, takesDeadLetters = () => true) {
  const seen = { handled: [] as string[], deadLetters: [] as string[], checkpoint: undefined as string | undefined };
  source = startStreamEventSource({
    reader: {
      shardId: 'shard',
      read: async (after = '0') =>
        Array.from({ length: RECORD_COUNT }, (_, index) => String(index + 1))
          .filter((sequenceNumber) => Number(sequenceNumber) > Number(after))
          .map((sequenceNumber) => ({ sequenceNumber, record: { dynamodb: { SequenceNumber: sequenceNumber } } })),
    },
    checkpoints: {
      find: () => seen.checkpoint,
      save: (_shardId, sequenceNumber) => {
        seen.checkpoint = sequenceNumber;
      },
    },
    functionArn: 'function',
    streamArn: 'stream',
    invoke: async (event: DynamoDBStreamEvent) => {
      const sequenceNumbers = event.Records.map((record) => record.dynamodb?.SequenceNumber ?? '');
      const result = invoke(sequenceNumbers);
      if (result === NONE_FAILED) seen.handled.push(...sequenceNumbers);
      return result;
    },
    untilQuiet: async () => undefined,
    sendToDeadLetters: async (body) => {
      if (!takesDeadLetters()) throw new Error('not there');
      seen.deadLetters.push(JSON.parse(body).DDBStreamBatchInfo.startSequenceNumber);
    },
    retryCount: 2,
    retryDelayMs: 1,
    log: () => undefined,
  });
  return seen;
}

const untilDone = (seen: ReturnType<typeof start>) =>
  vi.waitFor(() => expect(seen.checkpoint).toBe(String(RECORD_COUNT)), { timeout: 10_000, interval: 5 });
const allBut = (missing: number): string[] =>
  Array.from({ length: RECORD_COUNT }, (_, index) => String(index + 1)).filter((each) => each !== String(missing));

describe('the stream event source', () => {
  it('finds the record that makes its whole batch fail, sets aside that one only and keeps the order', async () => {
    const seen = start((sequenceNumbers) => (sequenceNumbers.includes('7') ? THROWN : NONE_FAILED));

    await untilDone(seen);

    expect(seen.deadLetters).toEqual(['7']);
    expect(seen.handled).toEqual(allBut(7));
  });

  it('takes a report that names no record of the batch for a failure of all', async () => {
    let callCount = 0;
    const seen = start(() => {
      callCount += 1;
      return callCount === 1
        ? { outcome: 'returned', value: { batchItemFailures: [{ itemIdentifier: '' }] } }
        : NONE_FAILED;
    });

    await untilDone(seen);

    expect(seen.handled).toEqual(allBut(0));
    expect(seen.deadLetters).toEqual([]);
  });

  it('waits with a poison record until the dead-letter queue has taken it', async () => {
    let refusalCount = 0;
    const seen = start(
      (sequenceNumbers) => (sequenceNumbers.includes('1') ? THROWN : NONE_FAILED),
      () => {
        refusalCount += 1;
        return refusalCount > 3;
      },
    );

    await untilDone(seen);

    expect(seen.deadLetters).toEqual(['1']);
    expect(seen.handled).toEqual(allBut(1));
  });
});
