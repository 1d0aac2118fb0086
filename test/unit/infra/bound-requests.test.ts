import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { createTurns, rankOfCommand } from '#infra/local/pump/bound-requests.ts';

/** Tasks that end when they are told to, and what has begun so far. */
function createTasks() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const task = (name: string) => async () => {
    begun.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  return {
    begun,
    task,
    end: (name: string) => ends.get(name)!.resolve(name),
    fail: (name: string) => ends.get(name)!.reject(new Error(name)),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('run so many tasks at a time and the others in the order they came', async () => {
    const { begun, task, end } = createTasks();
    const takeTurn = createTurns(2);
    const results = ['a', 'b', 'c', 'd'].map((name) => takeTurn(task(name)));
    await settle();
    expect(begun).toEqual(['a', 'b']);

    end('b');
    await settle();
    expect(begun).toEqual(['a', 'b', 'c']);

    for (const name of ['a', 'c']) end(name);
    await settle();
    end('d');
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('let tasks of a lower rank go before all that wait, and interrupt none', async () => {
    const { begun, task, end } = createTasks();
    const takeTurn = createTurns(1);
    const results = [
      takeTurn(task('running'), 3),
      takeTurn(task('read'), 3),
      takeTurn(task('write'), 1),
      takeTurn(task('order'), 0),
      takeTurn(task('next order'), 0),
    ];
    for (const name of ['running', 'order', 'next order', 'write', 'read']) {
      await settle();
      expect(begun.at(-1)).toBe(name);
      end(name);
    }
    expect(await Promise.all(results)).toHaveLength(5);
  });

  it('go on after a task that failed', async () => {
    const { begun, task, end, fail } = createTasks();
    const takeTurn = createTurns(1);
    const failed = takeTurn(task('a'));
    const waited = takeTurn(task('b'));
    fail('a');

    await expect(failed).rejects.toThrow('a');
    await settle();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    expect(await waited).toBe('b');
  });

  it('are free again when every task is done', async () => {
    const takeTurn = createTurns(1);
    for (const name of ['a', 'b', 'c']) expect(await takeTurn(async () => name)).toBe(name);
  });
});

describe('requests to the table', () => {
  it('go in this order: intents, ledger writes, other writes, ledger reads, other reads', () => {
    const TableName = 'table';
    const write = (item: Record<string, unknown>) =>
      new TransactWriteCommand({ TransactItems: [{ Put: { TableName, Item: item } }] });
    const commands = [
      write({ pk: 'POSITION#1', sk: 'EVENT#0004', event: { type: 'sell-intended', atMs: 1n } }),
      write({ pk: 'PAPER#paper-local#1', sk: 'ORDER#0x1' }),
      write({ pk: 'POSITION#1', sk: 'EVENT#0005', event: { type: 'order-accepted' } }),
      new QueryCommand({ TableName, ExpressionAttributeValues: { ':pk': 'PAPER#paper-local#1' } }),
      new GetCommand({ TableName, Key: { pk: 'POSITION#1', sk: 'STATE' } }),
    ];
    expect(commands.map(rankOfCommand)).toEqual([0, 1, 2, 3, 4]);
  });
});
