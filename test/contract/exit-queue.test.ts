import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqsExitQueue } from '#lib/adapters/sqs/sqs-exit-queue.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { decodeWakeMessage } from '#lib/contracts/wake-message.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ExitQueue, WakeMessage } from '#lib/ports/exit-queue.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import type { LocalSqs } from '#test/integration/aws/sqs-local.ts';
import { startLocalSqs } from '#test/integration/aws/sqs-local.ts';
import { createFakeExitQueue } from './exit-queue-fake.ts';

type Subject = {
  readonly queue: ExitQueue;
  readonly clock: Clock;
  /** What has come due; waits a moment for a queue that is not of this process. */
  readonly receive: () => Promise<readonly WakeMessage[]>;
  /** Lets time pass. */
  readonly waitUntil: (atMs: number) => Promise<void>;
};

const MESSAGE: WakeMessage = { positionId: 'position-1', wakeUpId: 'v7', source: 'retry' };

/** What every exit queue has to do, in memory and on SQS alike. */
function itIsAnExitQueue(make: () => Promise<Subject>): void {
  it('delivers a message that is due now, word for word', async () => {
    const { queue, clock, receive } = await make();
    await queue.send(MESSAGE, clock.nowMs());
    expect(await receive()).toEqual([MESSAGE]);
  });

  it('delivers a message whose time has passed at once', async () => {
    const { queue, clock, receive } = await make();
    await queue.send(MESSAGE, clock.nowMs() - 60_000);
    expect(await receive()).toEqual([MESSAGE]);
  });

  it('holds a message back until it is due, and not for good', async () => {
    const { queue, clock, receive, waitUntil } = await make();
    const dueAtMs = clock.nowMs() + 1_100;
    await queue.send(MESSAGE, dueAtMs);
    let received = await receive();
    for (let tryCount = 0; received.length === 0 && tryCount < 20; tryCount += 1) {
      await waitUntil(clock.nowMs() + 200);
      received = await receive();
    }
    expect(received).toEqual([MESSAGE]);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(dueAtMs);
  });

  it('takes a time beyond its longest delay', async () => {
    const { queue, clock, receive } = await make();
    await queue.send(MESSAGE, clock.nowMs() + 86_400_000);
    expect(await receive()).toEqual([]);
  });

  it('takes the same message twice and delivers it at least once', async () => {
    const { queue, clock, receive } = await make();
    await queue.send(MESSAGE, clock.nowMs());
    await queue.send(MESSAGE, clock.nowMs());
    const received = [...(await receive()), ...(await receive())];
    expect(received.length).toBeGreaterThanOrEqual(1);
    expect(received[0]).toEqual(MESSAGE);
  });
}

describe('the exit queue in memory', () => {
  itIsAnExitQueue(async () => {
    const clock = createFakeClock(1_773_307_380_000);
    const queue = createFakeExitQueue(clock);
    return { queue, clock, receive: async () => queue.receive(), waitUntil: clock.advanceTo };
  });
});

describe('the exit queue on SQS', () => {
  let sqs: LocalSqs;
  beforeAll(async () => {
    sqs = await startLocalSqs();
  });
  afterAll(() => sqs.stop());

  itIsAnExitQueue(async () => {
    const queueUrl = await sqs.createQueue();
    const queue = createSqsExitQueue({ client: sqs.clients.sqs, clock: systemClock, queueUrl });
    const receive = async () => {
      const { Messages = [] } = await sqs.clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body = '' }) => decodeWakeMessage(Body));
    };
    return { queue, clock: systemClock, receive, waitUntil: systemClock.sleepUntil };
  });
});
