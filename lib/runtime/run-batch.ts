import { policyOf } from '#lib/errors/error-policy.ts';
import { InvalidInputError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { describeError } from './describe-error.ts';
import type { Log } from './log.ts';
import { withLogFields } from './log-context.ts';
import type { Meter } from './metrics.ts';

/** Lambda's batch response: the records to deliver again. */
export type BatchResponse = { batchItemFailures: { itemIdentifier: string }[] };

export type QueueRecord = { readonly messageId: string; readonly body: string };
export type StreamRecord = { readonly dynamodb?: { readonly SequenceNumber?: string | undefined } | undefined };

export type BatchDeps<R> = {
  readonly log: Log;
  readonly meter: Meter;
  /**
   * Moves a record that no retry can help to the dead-letter queue. Without it the record is reported as failed, and
   * the queue's redrive (or the stream's failure destination) takes it after the last receive.
   */
  readonly keepDead?: (record: R, errorName: string) => Promise<void>;
  /** Called for every failed record that is not moved: may set when it is delivered again. Best effort. */
  readonly onRetry?: (record: R, error: unknown) => Promise<void>;
};

/** Each record has log fields of its own, which its handler completes with `addLogFields`. */
function attemptRecord<R>(...given: Parameters<typeof handleRecord<R>>): Promise<boolean> {
  return withLogFields({}, () => handleRecord(...given));
}

/** True when the record is done, false when it has to be delivered again. Logs a failure once; never throws. */
async function handleRecord<R>(
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
    if (!isKept) await callOnRetry(deps, record, error);
    deps.log[policy.logLevel]('A record failed', {
      itemIdentifier,
      queue: policy.queue,
      isAlarm: policy.isAlarm,
      ...described,
    });
    deps.meter.count('RecordFailed');
    if (error instanceof StoreUnavailableError) deps.meter.count('StoreUnavailable');
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
    deps.log.error('A record could not be moved to the dead-letter queue and stays in its queue', describeError(error));
    return false;
  }
}

async function callOnRetry<R>(deps: BatchDeps<R>, record: R, cause: unknown): Promise<void> {
  try {
    await deps.onRetry?.(record, cause);
  } catch (error) {
    deps.log.warn(
      'The delay of a record could not be set; its queue delivers it after the visibility timeout',
      describeError(error),
    );
  }
}

/** Runs the records of a queue batch in parallel, so that a slow or broken position does not delay another. */
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
 * Runs the records of a stream batch: in order per key, keys in parallel. Reports the first record that is not done;
 * Lambda delivers that one and all after it again, so handlers must be safe to repeat. A key stops at its first
 * failure, because its later records may depend on the failed one.
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

/** @throws InvalidInputError for an event that is not a batch: the function was invoked manually */
function recordsOf<R>(event: { readonly Records: readonly R[] }): readonly R[] {
  if (Array.isArray(event?.Records)) return event.Records;
  throw new InvalidInputError('The event has no Records: this function is called by its queue or stream');
}

/** An empty identifier makes Lambda deliver the whole batch again. */
function sequenceOf(record: StreamRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}

/** Malformed records share one key; their handler reports the fault. */
function safeKey<R>(record: R, keyOf: (record: R) => string): string {
  try {
    return keyOf(record);
  } catch {
    return '';
  }
}
