import { policyOf } from '#lib/errors/error-policy.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { describeError } from './describe-error.ts';
import type { Log } from './log.ts';
import type { Meter } from './metrics.ts';

/** What Lambda wants back: the records to deliver again. */
export type BatchResponse = { batchItemFailures: { itemIdentifier: string }[] };

export type QueueRecord = { readonly messageId: string; readonly body: string };
export type StreamRecord = { readonly dynamodb?: { readonly SequenceNumber?: string | undefined } | undefined };

export type BatchDeps<R> = {
  readonly log: Log;
  readonly meter: Meter;
  /**
   * Keeps a record that no repetition can help. Without it such a record is reported as failed, and the queue's own
   * redrive (or the stream's failure destination) takes it after the last receive.
   */
  readonly keepDead?: (record: R, errorName: string) => Promise<void>;
  /** Told of every record that is going to come again: says when, or that it was the last time. Best effort. */
  readonly onRetry?: (record: R, error: unknown) => Promise<void>;
};

/** True when the record is done with, false when it has to come again. Logs a failure once; never throws. */
async function attemptRecord<R>(
  deps: BatchDeps<R>,
  record: R,
  itemIdentifier: string,
  handle: (record: R) => Promise<void>,
): Promise<boolean> {
  try {
    await handle(record);
    return true;
  } catch (error) {
    const policy = policyOf(error);
    const described = describeError(error);
    const isKept = policy.queue === 'dead-letter' && (await tryKeepDead(deps, record, described.errorName));
    if (!isKept) await tellRetry(deps, record, error);
    deps.log[policy.logLevel]('A record failed', {
      itemIdentifier,
      queue: policy.queue,
      isAlarm: policy.isAlarm,
      ...described,
    });
    deps.meter.count('RecordFailed');
    if (policy.isAlarm) deps.meter.count('AlarmingFailure');
    return isKept;
  }
}

async function tryKeepDead<R>(deps: BatchDeps<R>, record: R, errorName: string): Promise<boolean> {
  if (deps.keepDead === undefined) return false;
  try {
    await deps.keepDead(record, errorName);
    return true;
  } catch (error) {
    deps.log.error('A dead record could not be set aside and stays in its queue', describeError(error));
    return false;
  }
}

async function tellRetry<R>(deps: BatchDeps<R>, record: R, cause: unknown): Promise<void> {
  try {
    await deps.onRetry?.(record, cause);
  } catch (error) {
    deps.log.warn('A record could not be put off and comes again when its queue says so', describeError(error));
  }
}

/** Runs the records of a queue batch in parallel: one slow or broken position never holds up another. */
export async function runQueueBatch<R extends QueueRecord>(
  deps: BatchDeps<R>,
  event: { readonly Records: readonly R[] },
  handle: (record: R) => Promise<void>,
): Promise<BatchResponse> {
  const results = await Promise.all(
    recordsOf(event).map(async (record) => ({
      itemIdentifier: record.messageId,
      isDone: await attemptRecord(deps, record, record.messageId, handle),
    })),
  );
  deps.meter.flush();
  return {
    batchItemFailures: results.filter(({ isDone }) => !isDone).map(({ itemIdentifier }) => ({ itemIdentifier })),
  };
}

/**
 * Runs the records of a stream batch: in order per key, keys in parallel. Reports the first record of the batch that is not
 * done; Lambda delivers that one and everything after it again, so handlers must bear a repetition. A key stops at its first
 * failure, because its later records may build on the failed one.
 */
export async function runStreamBatch<R extends StreamRecord>(
  deps: BatchDeps<R>,
  event: { readonly Records: readonly R[] },
  options: { readonly keyOf: (record: R) => string; readonly handle: (record: R) => Promise<void> },
): Promise<BatchResponse> {
  const records = recordsOf(event);
  const indexed = records.map((record, index) => ({ record, index }));
  const byKey = Map.groupBy(indexed, ({ record }) => safeKey(record, options.keyOf));
  const failedIndexes = await Promise.all(
    [...byKey.values()].map(async (entries) => {
      for (const { record, index } of entries) {
        if (!(await attemptRecord(deps, record, sequenceOf(record), options.handle))) return index;
      }
      return Number.POSITIVE_INFINITY;
    }),
  );
  deps.meter.flush();
  const firstFailed = records[Math.min(...failedIndexes)];
  return { batchItemFailures: firstFailed === undefined ? [] : [{ itemIdentifier: sequenceOf(firstFailed) }] };
}

/** @throws InvalidInputError for an event that is no batch: called by hand, because a queue or stream sends nothing else */
function recordsOf<R>(event: { readonly Records: readonly R[] }): readonly R[] {
  if (Array.isArray(event?.Records)) return event.Records;
  throw new InvalidInputError('The event has no Records: this function is called by its queue or stream, not by hand');
}

/** An empty identifier makes Lambda deliver the whole batch again: safe for a record that does not even carry its number. */
function sequenceOf(record: StreamRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}

/** A record too malformed to have a key shares one with its like; its handler says what is wrong with it. */
function safeKey<R>(record: R, keyOf: (record: R) => string): string {
  try {
    return keyOf(record);
  } catch {
    return '';
  }
}
