import { describe, expect, it } from 'vitest';
import {
  countLettersAfter,
  countLettersBefore,
  readErrors,
  seeStacks,
} from '#lib/lifecycle/delivery/smoke-deployment.ts';
import type { DeploymentPart, PartState } from '#lib/ports/deployment.ts';
import { aPart, aSmokeRun, IN_ORDER, SMOKE_STARTED_AT_MS } from '#test/factories/a-smoke-run.ts';

const COMMIT = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);

describe('the stacks', () => {
  const see = async (
    commits: readonly (string | null)[],
    commit: string | null = COMMIT,
    parts: readonly DeploymentPart[] = [aPart('stack', 'state')],
  ) => {
    const { run } = aSmokeRun({
      command: { commit },
      deps: () => ({
        deployment: { listParts: async () => parts },
        listStacks: async () => commits.map((each, index) => ({ name: `stack-${index}`, commit: each })),
      }),
    });
    const { status, found } = await seeStacks(run);
    return [status, found];
  };

  it('are left out where there are none', async () => {
    expect(await seeStacks(aSmokeRun().run)).toEqual({
      ...{ status: 'skipped', found: 'there are no stacks here', advice: null },
    });
  });

  it('are read within 20 s', async () => {
    const asked: number[] = [];
    const listParts = async (untilMs: number) => {
      asked.push(untilMs);
      return [];
    };
    await seeStacks(aSmokeRun({ deps: () => ({ deployment: { listParts }, listStacks: async () => [] }) }).run);
    expect(asked).toEqual([SMOKE_STARTED_AT_MS + 20_000]);
  });

  it('are a fault when none is found', async () => {
    expect(await see([COMMIT], COMMIT, [aPart('table', 'positions')])).toEqual(['failed', 'no stack was found']);
  });

  it.each<readonly [PartState, string]>([
    [{ kind: 'missing' }, 'x does not exist'],
    [{ kind: 'changing', state: 'UPDATE_IN_PROGRESS' }, 'x is UPDATE_IN_PROGRESS'],
    [{ kind: 'unread', reason: 'ETIMEDOUT', missingRight: null }, 'x could not be read: ETIMEDOUT'],
    [
      { kind: 'unread', reason: 'denied', missingRight: 'cloudformation:DescribeStacks' },
      'x could not be read: cloudformation:DescribeStacks is missing',
    ],
    [{ kind: 'broken', reason: 'was rolled back' }, 'x was rolled back'],
    [{ kind: 'off' }, 'x off'],
  ])('are a fault when one is not in order, case %#', async (state, found) => {
    const parts = [aPart('stack', 'x', state), aPart('stack', 'y'), aPart('table', 'z', { kind: 'missing' })];
    expect(await see([COMMIT], COMMIT, parts)).toEqual(['failed', found]);
    const twice = [...parts, aPart('stack', 'w', { kind: 'missing' })];
    expect(await see([COMMIT], COMMIT, twice)).toEqual(['failed', `${found}; w does not exist`]);
  });

  it('may have been put back by CloudFormation only where there is a commit to compare with', async () => {
    const parts = [aPart('stack', 'x', { kind: 'failing', reason: 'runs the release before' })];
    expect(await see([COMMIT], COMMIT, parts)).toEqual(['ok', '1 complete, all at aaaaaaaaaaaa']);
    expect(await see([COMMIT], null, parts)).toEqual(['failed', 'x runs the release before']);
  });

  it.each<readonly [readonly (string | null)[], string | null, string, string]>([
    [[COMMIT, COMMIT], COMMIT, 'ok', '2 complete, all at aaaaaaaaaaaa'],
    [[COMMIT, COMMIT], 'aaaaaaa', 'ok', '2 complete, all at aaaaaaaaaaaa'],
    [[], COMMIT, 'ok', '0 complete, all at no commit'],
    [
      [COMMIT, null],
      null,
      'ok',
      '2 complete: stack-0 at aaaaaaaaaaaa, stack-1 at no commit; this checkout has no commit to compare with',
    ],
    [[OTHER, OTHER], COMMIT, 'failed', 'all at bbbbbbbbbbbb, and this checkout is aaaaaaaaaaaa'],
    [[null], COMMIT, 'failed', 'all at no commit, and this checkout is aaaaaaaaaaaa'],
    [
      [COMMIT, `${COMMIT}-dirty`],
      COMMIT,
      'failed',
      'stack-0 at aaaaaaaaaaaa, stack-1 at aaaaaaaaaaaa-dirty, and this checkout is aaaaaaaaaaaa',
    ],
  ])('are compared with the checkout, case %#', async (commits, commit, status, found) => {
    expect(await see(commits, commit)).toEqual([status, found]);
  });

  const hash = `${'0123456789'.repeat(3)}abcdefabcd`;
  it.each<readonly [string | null, string, boolean]>([
    [hash, hash, true],
    [hash, hash.slice(0, 39), true],
    [hash, hash.slice(0, 7), true],
    [hash, hash.slice(0, 6), false],
    [hash, hash.slice(1, 12), false],
    [hash, hash.slice(-12), false],
    [hash, '', false],
    [hash, `${hash.slice(0, 12)}-dirty`, false],
    [`${hash}-dirty`, `${hash}-dirty`, true],
    [`${hash}-dirty`, hash.slice(0, 12), false],
    [`${hash}0`, hash.slice(0, 12), false],
    [`x${hash}`, hash.slice(0, 12), false],
    ['0123456789ab', '0123456', false],
    [null, hash.slice(0, 12), false],
  ])('are at the commit that may be named by its first letters: %s, %s: %s', async (deployed, named, isSame) => {
    expect((await see([deployed], named))[0]).toBe(isSame ? 'ok' : 'failed');
  });
});

describe('the dead letters of a smoke test', () => {
  const holding = (name: string, messageCount: number) =>
    aPart('dead-letter-queue', name, { kind: 'holds-messages', messageCount });
  const denied: PartState = { kind: 'unread', reason: 'denied', missingRight: 'sqs:GetQueueAttributes' };
  const countBefore = async (...parts: readonly DeploymentPart[]) => {
    const { run } = aSmokeRun({ deps: () => ({ deployment: { listParts: async () => parts } }) });
    const finding = await countLettersBefore(run);
    return { ...finding, letters: run.traces.letters };
  };

  it('that were there before are counted and left', async () => {
    const parts = [aPart('dead-letter-queue', 'a'), holding('b', 2), holding('c', 1), aPart('queue', 'exits')];
    expect(await countBefore(...parts)).toMatchObject({
      ...{ status: 'ok', found: '2 in b, 1 in c: not this run’s, and left alone (3 queues)' },
      letters: new Map([
        ['a', 0],
        ['b', 2],
        ['c', 1],
      ]),
    });
    expect(await countBefore(aPart('dead-letter-queue', 'a'), holding('b', 0))).toMatchObject({
      ...{ status: 'ok', found: 'none (2 queues)' },
    });
  });

  it('have to be readable, and the queues before them as well', async () => {
    const parts = [
      aPart('dead-letter-queue', 'a', denied),
      aPart('queue', 'exits', denied),
      aPart('queue', 'off', { kind: 'off' }),
      aPart('dead-letter-queue', 'gone', { kind: 'missing' }),
      aPart('table', 'positions', denied),
      holding('b', 1),
      aPart('dead-letter-queue', 'c', IN_ORDER),
    ];
    expect(await countBefore(...parts)).toMatchObject({
      status: 'failed',
      found:
        'a could not be read: sqs:GetQueueAttributes is missing; exits could not be read: sqs:GetQueueAttributes is ' +
        'missing; gone does not exist',
    });
  });

  const countAfter = async (partsAt: (passedMs: number) => readonly DeploymentPart[]) => {
    const removed: string[] = [];
    const looks: number[] = [];
    const world = aSmokeRun({
      traces: { letters: new Map([['a', 1]]) },
      deps: (clock) => ({
        deployment: {
          listParts: async () => {
            looks.push(clock.nowMs() - SMOKE_STARTED_AT_MS);
            return partsAt(clock.nowMs() - SMOKE_STARTED_AT_MS);
          },
        },
        poison: {
          send: async () => undefined,
          find: async () => undefined,
          remove: async (body) => {
            removed.push(body);
            return true;
          },
        },
      }),
    });
    return { finding: await world.clock.run(countLettersAfter(world.run)), removed, looks };
  };

  it('may be counted late, and the copies of the poison are removed meanwhile', async () => {
    const { finding, removed, looks } = await countAfter((ms) => [holding('a', ms < 120_000 ? 2 : 1)]);
    expect(finding).toMatchObject({ status: 'ok', found: 'no new ones' });
    expect(looks).toEqual(Array.from({ length: 13 }, (_, index) => index * 10_000));
    expect(removed).toEqual(Array(12).fill('{"smoke":"smoke-1"}'));
  });

  it('are a fault when there are more than before after two minutes', async () => {
    const { finding, looks } = await countAfter(() => [holding('a', 2), holding('b', 1), holding('c', 0)]);
    expect(finding).toMatchObject({ status: 'failed', found: 'new ones: 2 in a, 1 in b' });
    expect(looks.at(-1)).toBe(120_000);
  });

  it('may become fewer', async () => {
    const { finding, removed } = await countAfter(() => [holding('a', 0)]);
    expect([finding.status, removed]).toEqual(['ok', []]);
  });
});

describe('the error log', () => {
  const read = async (...texts: readonly string[]) => {
    const sinceMs: number[] = [];
    const listErrors = async (since: number) => {
      sinceMs.push(since);
      return texts.map((text) => ({ logGroup: '/aws/lambda/sell', atMs: 0, text }));
    };
    const { run, clock, passedMs } = aSmokeRun({ deps: () => ({ errorLog: { listErrors } }) });
    return { ...(await clock.run(readErrors(run))), sinceMs, passedMs: passedMs() };
  };

  it('is read since the start, ten seconds after the last step', async () => {
    expect(await read()).toEqual({
      ...{ status: 'ok', found: 'no error since the start', advice: null },
      ...{ sinceMs: [SMOKE_STARTED_AT_MS], passedMs: 10_000 },
    });
    expect(await readErrors(aSmokeRun().run)).toMatchObject({
      status: 'skipped',
      found: 'there are no logs to read here',
    });
  });

  it('shows three lines, each with its function and cut', async () => {
    expect(await read('one')).toMatchObject({ status: 'failed', found: '1 error line: sell: one' });
    const long = `${'x'.repeat(160)}y`;
    expect(await read('one', long, 'three', 'four')).toMatchObject({
      found: `4 error lines: sell: one | sell: ${'x'.repeat(160)} | sell: three`,
    });
  });
});
