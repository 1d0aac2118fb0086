import { describe, expect, it } from 'vitest';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { SURVEY_COUNT_MAX, sendLooks, surveyOpen } from '#lib/lifecycle/watch/survey-open.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { aPosition, type PositionIn } from '#test/factories/a-position.ts';

const FOUND = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 7n };
const guarded = (overrides: Partial<PositionIn<'holding'>> = {}) =>
  aPosition({ ...{ state: 'holding', origin: 'guard', trades: [], found: FOUND }, ...overrides });
const { exitDueAtMs: DUE_AT_MS, policy, openedAtMs: OPENED_AT_MS } = guarded();

function aQueue(failure?: Error) {
  const sent: (WakeMessage & { readonly atMs: number })[] = [];
  const send = async (message: WakeMessage, atMs: number) => {
    if (failure !== undefined) throw failure;
    sent.push({ ...message, atMs });
  };
  return { sent, queue: { send } };
}

const looksAt = async (nowMs: number, position: PositionIn<'holding'>, failure?: Error) => {
  const { sent, queue } = aQueue(failure);
  const clock = { nowMs: () => nowMs, sleepUntil: async () => undefined };
  return { report: await sendLooks({ clock, queue }, [position]), sent };
};

it('a survey has every open position, without those that have just ended', async () => {
  const open = guarded();
  const asked: unknown[] = [];
  const store = {
    listDue: async (...args: unknown[]) => {
      asked.push(args);
      return ['a', 'b'];
    },
    findMany: async () => ({ positions: [open, aPosition({ state: 'exited' })], corruptIds: ['c'] }),
  };
  expect(await surveyOpen({ store })).toEqual([open]);
  expect(asked).toEqual([[Number.MAX_SAFE_INTEGER, SURVEY_COUNT_MAX]]);
});

describe('the looks of a sweep', () => {
  const look = { positionId: 'position-1', wakeUpId: 'shares', source: 'sweep' } as const;

  it('go to the wallet of a guarded position that holds shares', async () => {
    const nowMs = DUE_AT_MS - 90_001;
    expect(await looksAt(nowMs, guarded())).toEqual({
      report: { lookCount: 1, failedIds: [] },
      sent: [{ ...look, atMs: nowMs }],
    });
  });

  it('come with the message of the exit once the next sweep may be too late, for its prepared start', async () => {
    const nowMs = DUE_AT_MS - 90_000;
    const position = guarded({ openedAtMs: DUE_AT_MS - 3_600_000 });
    expect((await looksAt(nowMs, position)).sent).toEqual([
      { ...look, atMs: nowMs },
      { ...look, wakeUpId: 'exit', source: 'timer', atMs: DUE_AT_MS - policy.prepareLeadMs },
    ]);
  });

  it('come with that message a little after the delayed one of a position that has one', async () => {
    const { sent } = await looksAt(DUE_AT_MS - 60_000, guarded());
    expect(sent[1]?.atMs).toBeGreaterThan(DUE_AT_MS);
  });

  it.each([
    ['bought by the suite', aPosition({ state: 'holding' })],
    ['that waits for its shares', aPosition({ state: 'holding', origin: 'guard', trades: [] })],
  ])('do not go to a position %s', async (_what, position) => {
    expect(await looksAt(OPENED_AT_MS, position)).toEqual({ report: { lookCount: 0, failedIds: [] }, sent: [] });
  });

  it('are left to the next sweep where the queue does not answer, and a bug is thrown', async () => {
    const { report } = await looksAt(OPENED_AT_MS, guarded(), new UpstreamUnavailableError('Away'));
    expect(report).toEqual({ lookCount: 0, failedIds: ['position-1'] });
    await expect(looksAt(OPENED_AT_MS, guarded(), new InvariantError('A bug'))).rejects.toBeInstanceOf(InvariantError);
  });
});
