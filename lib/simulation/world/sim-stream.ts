import type { AnnouncedChange } from '#lib/lifecycle/notify/announce-change.ts';
import { FUNCTION_TIMEOUT_MS, STREAM_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import type { BatchResponse, StreamRecord } from '#lib/runtime/run-batch.ts';
import type { World } from './world.ts';

/** A record of the table's stream; `poison` is one that cannot be read. */
export type SimStreamRecord = StreamRecord & { readonly key: string; readonly change: AnnouncedChange | 'poison' };

export type SimStream = {
  push(key: string, change: AnnouncedChange): void;
  readonly deadLetters: readonly SimStreamRecord[];
  openCount(): number;
};

export type SimStreamOptions = {
  /** Passes a batch to the function; calls back with null when it failed, and not at all when it died. */
  readonly deliver: (records: readonly SimStreamRecord[], onDone: (response: BatchResponse | null) => void) => void;
};

const BATCH_SIZE = 10;
/** Lambda polls a stream four times a second. */
const POLL_MS = 250;
const RETRY_MS_MAX = 5_000;
/** After this the function of a batch counts as dead. */
const SILENCE_MS = FUNCTION_TIMEOUT_MS.announce + 1_000;

/** Lambda on a table stream: in order, retried from the first failure, and past a record that fails too often. */
export function createSimStream(world: World, { deliver }: SimStreamOptions): SimStream {
  const { time, dice } = world;
  const deadLetters: SimStreamRecord[] = [];
  const arriving: SimStreamRecord[] = [];
  const pending: SimStreamRecord[] = [];
  let failureCount = 0;
  let isBusy = false;
  let recordCount = 0;
  let visibleAtMs = 0;

  const pump = (): void => {
    if (isBusy || pending.length === 0) return;
    isBusy = true;
    const batch = pending.slice(0, failureCount > 0 ? 1 : BATCH_SIZE);
    let isAnswered = false;
    const end = (doneCount: number): void => {
      if (isAnswered) return;
      isAnswered = true;
      time.cancel(silence);
      isBusy = false;
      goOn(batch, doneCount);
    };
    const silence = time.at(time.nowMs() + SILENCE_MS, () => end(0));
    deliver(batch, (response) => end(response === null ? 0 : doneCountOf(batch, response)));
  };
  const goOn = (batch: readonly SimStreamRecord[], doneCount: number): void => {
    pending.splice(0, doneCount);
    failureCount = doneCount === batch.length ? 0 : doneCount > 0 ? 1 : failureCount + 1;
    if (failureCount > STREAM_DELIVERY.retryCountMax) {
      const [culprit] = pending;
      if (culprit !== undefined) deadLetters.push(culprit);
      world.note('stream', () => `gives ${culprit?.dynamodb?.SequenceNumber} up`);
      pending.shift();
      failureCount = 0;
    }
    if (pending.length === 0) return;
    const pauseMs = failureCount === 0 ? 0 : Math.min(200 * 2 ** failureCount, RETRY_MS_MAX);
    time.at(time.nowMs() + pauseMs, pump);
  };
  const poll = (): void => {
    if (time.nowMs() < visibleAtMs) return;
    pending.push(...arriving.splice(0));
    pump();
  };
  const append = (key: string, change: AnnouncedChange | 'poison'): void => {
    recordCount += 1;
    const record = { key, change, dynamodb: { SequenceNumber: `s${recordCount}` } };
    const lateMs = dice.roll('stream-late') ? dice.between('stream-late', 1_000, 20_000) : 0;
    arriving.push(record);
    // Order is kept: a late record delays those behind it.
    const nextPollMs = Math.ceil((time.nowMs() + 1) / POLL_MS) * POLL_MS + lateMs;
    if (nextPollMs <= visibleAtMs) return;
    visibleAtMs = nextPollMs;
    time.at(nextPollMs, poll);
  };
  return {
    push: (key, change) => {
      append(key, change);
      if (dice.roll('stream-duplicate')) append(key, change);
      if (dice.roll('stream-poison')) append(key, 'poison');
    },
    deadLetters,
    openCount: () => pending.length,
  };
}

/** Records before the first that is reported as failed. */
function doneCountOf(batch: readonly SimStreamRecord[], { batchItemFailures }: BatchResponse): number {
  if (batchItemFailures.length === 0) return batch.length;
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const index = batch.findIndex((record) => failed.has(record.dynamodb?.SequenceNumber ?? ''));
  return index === -1 ? batch.length : index;
}
