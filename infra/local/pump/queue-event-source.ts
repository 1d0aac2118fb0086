import { setTimeout as delay } from 'node:timers/promises';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import type { FunctionResult } from '#infra/shared/function-runtime.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { queueArn, REGION } from '../topology.ts';

export type QueueEventSourceDeps = {
  /** Not shared: a long poll occupies a socket while the queue is empty. */
  readonly client: SQSClient;
  readonly queueName: string;
  readonly queueUrl: string;
  readonly pollerCount: number;
  /** Concurrent batches, as with a maximum concurrency on AWS. */
  readonly batchCountMax: number;
  readonly invoke: (event: SQSEvent) => Promise<FunctionResult>;
  readonly releasePollers: () => void;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

export type EventSource = {
  /** Stops receiving and waits for running invocations, at most `deadlineMs`. Unfinished events are delivered again. */
  stop(deadlineMs: number): Promise<void>;
};

const BATCH_SIZE = QUEUE_DELIVERY.exit.batchSizeMax;
const POLL_SECONDS = 20;
const RECEIVE_RETRY_MS = 200;
const RELEASE_POLL_MS = 20;
/** The interval at which the emulator looks for messages whose delay has ended. */
const GATHER_MS = 20;

/**
 * Delivers messages from a queue to a function, in concurrent batches of up to ten. Failed messages stay in the queue.
 */
export function startQueueEventSource(deps: QueueEventSourceDeps): EventSource {
  const inFlight = new Set<Promise<void>>();
  const state = { stopping: false, ended: false };
  const poll = async (): Promise<void> => {
    while (!state.stopping) {
      if (inFlight.size >= deps.batchCountMax) {
        await Promise.race(inFlight);
        continue;
      }
      const messages = await receive(deps);
      if (messages.length === 0) continue;
      // Not awaited: a slow batch must not hold up a message that is due now.
      const batch = runBatch(deps, messages).finally(() => inFlight.delete(batch));
      inFlight.add(batch);
      // Gathers messages that become visible one by one into fewer, fuller batches.
      if (messages.length < BATCH_SIZE) await delay(GATHER_MS);
    }
  };
  const polling = Promise.all(Array.from({ length: deps.pollerCount }, poll)).then(() => {
    state.ended = true;
  });
  return {
    stop: async (deadlineMs) => {
      state.stopping = true;
      while (!state.ended) {
        deps.releasePollers();
        await Promise.race([polling, delay(RELEASE_POLL_MS)]);
      }
      await Promise.race([Promise.allSettled(inFlight), delay(deadlineMs, undefined, { ref: false })]);
    },
  };
}

async function receive(deps: QueueEventSourceDeps): Promise<readonly Message[]> {
  try {
    const { Messages = [] } = await deps.client.send(
      new ReceiveMessageCommand({
        QueueUrl: deps.queueUrl,
        MaxNumberOfMessages: BATCH_SIZE,
        WaitTimeSeconds: POLL_SECONDS,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    return Messages;
  } catch (error) {
    deps.log('A queue did not answer', {
      queue: deps.queueName,
      error: error instanceof Error ? error.name : 'unknown',
    });
    await delay(RECEIVE_RETRY_MS);
    return [];
  }
}

async function runBatch(deps: QueueEventSourceDeps, messages: readonly Message[]): Promise<void> {
  const records = messages.map((message) => toRecord(deps.queueName, message));
  const result = await deps.invoke({ Records: records });
  const failedIds = result.outcome === 'returned' ? readFailures(result.value, records) : undefined;
  const done = failedIds === undefined ? [] : records.filter((record) => !failedIds.has(record.messageId));
  if (done.length === 0) return;
  try {
    await deps.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: deps.queueUrl,
        Entries: done.map((record, index) => ({ Id: String(index), ReceiptHandle: record.receiptHandle })),
      }),
    );
  } catch (error) {
    deps.log('Handled messages could not be deleted and will be delivered again', {
      queue: deps.queueName,
      error: error instanceof Error ? error.name : 'unknown',
    });
  }
}

const BatchResponseSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish() })
  .nullish();

/** Ids reported as failed, or undefined for an invalid report, which fails the whole batch as on AWS. */
function readFailures(value: unknown, records: readonly SQSRecord[]): ReadonlySet<string> | undefined {
  const response = BatchResponseSchema.safeParse(value);
  if (!response.success) return undefined;
  const failedIds = new Set((response.data?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier));
  const knownIds = new Set(records.map((record) => record.messageId));
  return [...failedIds].every((id) => knownIds.has(id)) ? failedIds : undefined;
}

function toRecord(queueName: string, message: Message): SQSRecord {
  const attributes = message.Attributes ?? {};
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? '1',
      SentTimestamp: attributes.SentTimestamp ?? '0',
      SenderId: attributes.SenderId ?? '',
      ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? '0',
    },
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [
        name,
        { stringValue: attribute.StringValue, dataType: attribute.DataType ?? 'String' },
      ]),
    ),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn(queueName),
    awsRegion: REGION,
  };
}
