import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import * as z from 'zod';
import type { FunctionResult } from '#infra/shared/function-runtime.ts';
import { STREAM_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import type { CheckpointStore } from './pump-state.ts';
import type { EventSource } from './queue-event-source.ts';
import type { StreamReader, StreamRecord } from './stream-reader.ts';

export type StreamEventSourceDeps = {
  readonly reader: StreamReader;
  readonly checkpoints: CheckpointStore;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly invoke: (event: DynamoDBStreamEvent) => Promise<FunctionResult>;
  /** Resolves when announcements do not delay exits. */
  readonly untilQuiet: () => Promise<void>;
  readonly sendToDeadLetters: (body: string) => Promise<void>;
  readonly retryCount: number;
  readonly retryDelayMs: number;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

const BATCH_SIZE: number = STREAM_DELIVERY.batchSizeMax;
const IDLE_POLL_MS = 100;
const RETRY_DELAY_MS_MAX = 5_000;

/**
 * Delivers the table's changes to a function, in order. A failing batch is halved until the failing record is alone;
 * after its last retry its position in the stream goes to the dead-letter queue, in AWS's format. Checkpoints are saved
 * after delivery, so a kill causes repetition, never a gap.
 */
export function startStreamEventSource(deps: StreamEventSourceDeps): EventSource {
  const stopping = new AbortController();
  const pump = async (): Promise<void> => {
    let pending: readonly StreamRecord[] = [];
    let failure = { sequenceNumber: '', count: 0 };
    let batchSize = BATCH_SIZE;
    while (!stopping.signal.aborted) {
      if (pending.length === 0) pending = await readNext(deps, stopping.signal);
      const batch = pending.slice(0, batchSize);
      const [first] = batch;
      if (first === undefined) continue;
      await deps.untilQuiet();
      const doneCount = await deliver(deps, batch);
      if (doneCount > 0) pending = checkpointUpTo(deps, pending, doneCount);
      if (doneCount === batch.length) {
        batchSize = BATCH_SIZE;
        continue;
      }
      if (doneCount === 0 && batch.length > 1) {
        // Halving does not count as a retry.
        batchSize = Math.ceil(batch.length / 2);
        continue;
      }
      const culprit = batch[doneCount] ?? first;
      const failureCount = failure.sequenceNumber === culprit.sequenceNumber ? failure.count + 1 : 1;
      failure = { sequenceNumber: culprit.sequenceNumber, count: failureCount };
      batchSize = 1;
      if (failureCount > deps.retryCount) {
        if (await giveUp(deps, culprit, failureCount)) pending = checkpointUpTo(deps, pending, 1);
      } else {
        await pause(Math.min(deps.retryDelayMs * 2 ** (failureCount - 1), RETRY_DELAY_MS_MAX), stopping.signal);
      }
    }
  };
  const pumping = pump();
  return {
    stop: async (deadlineMs) => {
      stopping.abort();
      await Promise.race([pumping, delay(deadlineMs, undefined, { ref: false })]);
    },
  };
}

async function readNext(deps: StreamEventSourceDeps, signal: AbortSignal): Promise<readonly StreamRecord[]> {
  try {
    const records = await deps.reader.read(deps.checkpoints.find(deps.reader.shardId));
    if (records.length > 0) return records;
  } catch (error) {
    deps.log('The table stream did not answer', { error: error instanceof Error ? error.name : 'unknown' });
  }
  await pause(IDLE_POLL_MS, signal);
  return [];
}

const BatchResponseSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish() })
  .nullish();

/** Returns how many records of the batch are done: all before the first one that is reported as failed. */
async function deliver(deps: StreamEventSourceDeps, batch: readonly StreamRecord[]): Promise<number> {
  const result = await deps.invoke({ Records: batch.map(({ record }) => record) });
  if (result.outcome === 'failed') return 0;
  const response = BatchResponseSchema.safeParse(result.value);
  if (!response.success) return 0;
  const failedAt = (response.data?.batchItemFailures ?? []).map(({ itemIdentifier }) =>
    // As on AWS, an unknown identifier fails the whole batch.
    Math.max(
      batch.findIndex(({ sequenceNumber }) => sequenceNumber === itemIdentifier),
      0,
    ),
  );
  return Math.min(batch.length, ...failedAt);
}

function checkpointUpTo(
  deps: StreamEventSourceDeps,
  pending: readonly StreamRecord[],
  doneCount: number,
): readonly StreamRecord[] {
  const last = pending[doneCount - 1];
  if (last !== undefined) deps.checkpoints.save(deps.reader.shardId, last.sequenceNumber);
  return pending.slice(doneCount);
}

async function giveUp(deps: StreamEventSourceDeps, culprit: StreamRecord, failureCount: number): Promise<boolean> {
  const now = new Date().toISOString();
  const body = {
    requestContext: {
      requestId: randomUUID(),
      functionArn: deps.functionArn,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: failureCount,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: now,
    DDBStreamBatchInfo: {
      shardId: deps.reader.shardId,
      startSequenceNumber: culprit.sequenceNumber,
      endSequenceNumber: culprit.sequenceNumber,
      approximateArrivalOfFirstRecord: now,
      approximateArrivalOfLastRecord: now,
      batchSize: 1,
      streamArn: deps.streamArn,
    },
  };
  try {
    await deps.sendToDeadLetters(JSON.stringify(body));
    deps.log('A table change was given up', { sequenceNumber: culprit.sequenceNumber, failureCount });
    return true;
  } catch (error) {
    deps.log('A dead-letter queue did not answer', { error: error instanceof Error ? error.name : 'unknown' });
    return false;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
