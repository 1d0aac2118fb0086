import { expect, it } from 'vitest';
import { findTarget } from '#lib/lifecycle/remote/find-target.ts';
import { aPosition } from '#test/factories/a-position.ts';

const ids = ['abcd1111', 'abcd2222', 'zzzz1111'];
const rows = ids.map((positionId) => aPosition({ state: 'holding', positionId }));
const canary = aPosition({ state: 'holding', positionId: 'canary99', origin: 'canary' });

const find = (target: string) =>
  findTarget(
    {
      store: {
        find: async (id) => [...rows, canary].find(({ positionId }) => positionId === id),
        listDue: async () => [...ids, canary.positionId],
        listClosed: async () => ({ positionIds: [] }),
        findMany: async (asked) => ({
          positions: [...rows, canary].filter(({ positionId }) => asked.includes(positionId)),
          corruptIds: [],
        }),
      },
    },
    target,
  );

it.each([
  ['its id', 'abcd1111', 0],
  ['the beginning of its id', 'zzzz', 2],
  ['the end of its id', '2222', 1],
])('a position is found by %s', async (_what, target, index) => {
  expect(await find(target)).toEqual({ kind: 'found', position: rows[index] });
});

it.each([
  ['three letters, which may be a typing error', 'zzz'],
  ['the middle of an id', 'cd11'],
  ['what no id has', 'yyyy'],
  ["the id of a canary, which is the suite's own", 'canary99'],
])('nothing is found by %s', async (_what, target) => {
  expect(await find(target)).toEqual({ kind: 'no-such-position', target });
});

it('what two ids have names neither', async () => {
  expect(await find('abcd')).toEqual({ kind: 'several-positions', target: 'abcd', count: 2 });
  expect(await find('1111')).toEqual({ kind: 'several-positions', target: '1111', count: 2 });
});
