import type { QueueDelivery } from '#lib/runtime/delivery-rules.ts';
import type { BatchResponse, QueueRecord } from '#lib/runtime/run-batch.ts';
import type { World } from './world.ts';

export type SimMessage<Content> = QueueRecord & {
  readonly hopCount: number;
  /** The content itself where the body is empty because the life is not thorough; null where the body has it. */
  readonly unencoded: Content | null;
};

export type SimQueue<Content> = {
  /** Takes a message to be delivered after `delayMs`, or a little later. */
  send(content: Content, delayMs: number, hopCount: number): void;
  /** Messages received too often without success, or stopped by Lambda's recursion guard. */
  readonly deadLetters: readonly SimMessage<Content>[];
  openCount(): number;
  sentCount(): number;
};

export type SimQueueOptions<Content> = {
  readonly name: string;
  readonly delivery: QueueDelivery;
  /** Writes the body; null where messages are passed on as they are. */
  readonly encode: ((content: Content) => string) | null;
  /** Passes a batch to the function; `onDone` is not called when it dies or throws. */
  readonly deliver: (
    records: readonly SimMessage<Content>[],
    hopCount: number,
    onDone: (response: BatchResponse) => void,
  ) => void;
  readonly isRecursionStopped: () => boolean;
};

type Held<Content> = SimMessage<Content> & { receiveCount: number; isDone: boolean };

/** Lambda stops a chain of functions and queues after so many runs. */
const HOP_COUNT_MAX = 16;

/** Models SQS: at-least-once delivery, no order, a visibility timeout, and dead letters after too many receives. */
export function createSimQueue<Content>(world: World, options: SimQueueOptions<Content>): SimQueue<Content> {
  const { time, dice } = world;
  const { name, encode } = options;
  const { visibilityMs, receiveCountMax, batchSizeMax } = options.delivery;
  const deadLetters: SimMessage<Content>[] = [];
  let ready: Held<Content>[] = [];
  let isPolling = false;
  let sentCount = 0;
  let openCount = 0;

  const setAside = (held: Held<Content>, why: string): void => {
    if (held.isDone) return;
    held.isDone = true;
    openCount -= 1;
    deadLetters.push(held);
    world.note(name, () => `puts ${held.messageId} aside: ${why}`);
  };
  const makeVisible = (held: Held<Content>): void => {
    if (held.isDone) return;
    if (held.receiveCount >= receiveCountMax) {
      setAside(held, 'received too often');
      return;
    }
    ready.push(held);
    if (isPolling) return;
    isPolling = true;
    time.at(time.nowMs() + world.draw(30), poll);
  };
  const poll = (): void => {
    isPolling = false;
    const batch = ready.slice(0, batchSizeMax).filter((held) => !held.isDone);
    ready = ready.slice(batchSizeMax);
    for (const held of batch) held.receiveCount += 1;
    if (batch.length > 0) deliver(batch);
    // Copies go to other instances, at the same time.
    for (const held of batch) {
      const copyCount = dice.roll('queue-storm') ? 4 : dice.roll('queue-duplicate') ? 1 : 0;
      for (let copy = 0; copy < copyCount; copy += 1) deliver([held]);
    }
    if (ready.length === 0) return;
    isPolling = true;
    time.at(time.nowMs() + 1 + world.draw(10), poll);
  };
  const deliver = (batch: readonly Held<Content>[]): void => {
    let hopCount = 0;
    for (const held of batch) hopCount = Math.max(hopCount, held.hopCount);
    if (hopCount > HOP_COUNT_MAX && options.isRecursionStopped()) {
      for (const held of batch) setAside(held, 'stopped after 16 hops');
      return;
    }
    const redeliveries = batch.map((held) => time.atQuietly(time.nowMs() + visibilityMs, () => makeVisible(held)));
    options.deliver(batch, hopCount, ({ batchItemFailures }) => {
      batch.forEach((held, index) => {
        const isFailed = batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === held.messageId);
        if (isFailed || held.isDone) return;
        const redelivery = redeliveries[index];
        if (redelivery !== undefined) time.cancel(redelivery);
        held.isDone = true;
        openCount -= 1;
      });
    });
  };
  return {
    send: (content, delayMs, hopCount) => {
      sentCount += 1;
      openCount += 1;
      const held: Held<Content> = {
        messageId: `${name}-${sentCount}`,
        body: encode === null ? '' : encode(content),
        unencoded: encode === null ? content : null,
        hopCount,
        receiveCount: 0,
        isDone: false,
      };
      const lateMs = dice.roll('queue-late') ? dice.between('queue-late', 1_000, 10_000) : 0;
      time.atQuietly(time.nowMs() + delayMs + world.draw(200) + lateMs, () => makeVisible(held));
    },
    deadLetters,
    openCount: () => openCount,
    sentCount: () => sentCount,
  };
}
