import { describe, expect, it } from 'vitest';
import { createGathering } from '#lib/adapters/sqs/gather-sends.ts';

/** A queue that answers on demand and records its requests. */
function createQueue() {
  const requests: (readonly string[])[] = [];
  const answers: PromiseWithResolvers<ReadonlyMap<number, Error>>[] = [];
  const send = createGathering<string>((messages) => {
    requests.push(messages);
    const answer = Promise.withResolvers<ReadonlyMap<number, Error>>();
    answers.push(answer);
    return answer.promise;
  });
  return {
    requests,
    send,
    answer: (request: number, errors: ReadonlyMap<number, Error> = new Map()) => answers[request]!.resolve(errors),
    fail: (request: number) => answers[request]!.reject(new Error('lost')),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('messages that share requests', () => {
  it('leave at once and alone while no request is in flight', async () => {
    const { requests, send, answer } = createQueue();
    for (const [request, message] of ['a', 'b'].entries()) {
      const sent = send(message);
      expect(requests.at(-1)).toEqual([message]);
      answer(request);
      await sent;
    }
    expect(requests).toHaveLength(2);
  });

  it('leave together when the request before them has been answered', async () => {
    const { requests, send, answer } = createQueue();
    const sends = ['a', 'b', 'c'].map(send);
    expect(requests).toEqual([['a']]);
    answer(0);
    await settle();
    expect(requests).toEqual([['a'], ['b', 'c']]);
    answer(1);
    await Promise.all(sends);
  });

  it('leave as soon as they fill a request, and none is left behind', async () => {
    const { requests, send, answer } = createQueue();
    const sends = Array.from({ length: 13 }, (_, index) => send(String(index)));
    expect(requests.map(({ length }) => length)).toEqual([1, 10]);
    answer(1);
    answer(0);
    await settle();
    expect(requests.map(({ length }) => length)).toEqual([1, 10, 2]);
    answer(2);
    await Promise.all(sends);
    expect(requests.flat()).toHaveLength(13);
  });

  it('fail alone when the queue refuses one of them', async () => {
    const { send, answer } = createQueue();
    const [first, ...others] = ['a', 'b', 'c'].map(send);
    answer(0);
    await first;
    answer(1, new Map([[1, new Error('refused')]]));
    expect((await Promise.allSettled(others)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('fail together with their request, without delaying later ones', async () => {
    const { requests, send, fail, answer } = createQueue();
    const failed = send('a');
    const later = send('b');
    fail(0);
    await expect(failed).rejects.toThrow('lost');
    expect(requests).toEqual([['a'], ['b']]);
    answer(1);
    await later;
  });
});
