import { describe, expect, it } from 'vitest';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { CorruptRowError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type JudgeDeps, judgeLetter } from '#lib/lifecycle/dead-letters/judge-letter.ts';
import type { DeadLetter, DeadLetterContent, LostCall, StreamBatch, TableChange } from '#lib/ports/dead-letters.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';

const buying = aPosition({ state: 'buying' });
const holding = aPosition({ state: 'holding' });
const exiting = aPosition({ state: 'exiting' });
const awaiting = aPosition({ state: 'awaiting-resolution' });
const ID = holding.positionId;
const DROP = 'It can be dropped.';

type World = {
  readonly nowMs?: number;
  readonly row?: Position | Error;
  readonly delivered?: readonly string[];
  readonly changes?: readonly TableChange[] | Error;
  readonly opened?: string;
};

const letterOf = (content: DeadLetterContent, of: Partial<DeadLetter> = {}): DeadLetter => ({
  ...{ id: 'letter-1', queue: 'exits', body: '{"v":1}', content, why: 'it failed', atMs: 0, replayCount: 0 },
  ...of,
});

function judge({ nowMs = 0, row, delivered = [], changes, opened }: World, letter: DeadLetter) {
  const deps: JudgeDeps = {
    clock: { nowMs: () => nowMs },
    store: {
      find: async () => {
        if (row instanceof Error) throw row;
        return row;
      },
      findIdByRequest: async () => opened,
    },
    notices: { isSent: async (key) => delivered.includes(key) },
    changes: {
      read: async () => {
        if (changes instanceof Error) throw changes;
        return changes === undefined ? { outcome: 'gone' } : { outcome: 'read', changes };
      },
    },
    targets: { newsTopicArn: 'news-topic' },
  };
  return judgeLetter(deps, letter);
}

const wakeUp = (of: Partial<WakeMessage> = {}): DeadLetterContent => ({
  kind: 'wake-up',
  message: { positionId: ID, wakeUpId: 'other', source: 'retry', ...of },
});
const judgeWakeUp = (position: OpenPosition, message: Partial<WakeMessage>, nowMs = position.wakeUp.atMs) =>
  judge({ row: position, nowMs }, letterOf(wakeUp(message)));

describe('a wake-up among the dead letters', () => {
  it('wakes a position whose step is due', async () => {
    expect(await judgeWakeUp(exiting, { wakeUpId: exiting.wakeUp.id })).toEqual({
      ...{ what: 'wake-up for the next try', positionIds: [ID], isByIdOnly: false },
      replay: 'Wakes the position (exiting) at once: sell takes the step that is due.',
      plan: { to: 'exits', body: '{"v":1}' },
    });
    expect(await judgeWakeUp(awaiting, { wakeUpId: awaiting.wakeUp.id, source: 'sweep' })).toEqual({
      ...{ what: 'wake-up by the sweep', positionIds: [ID], isByIdOnly: false },
      replay: 'Wakes the position (awaiting-resolution) at once: settle takes the step that is due.',
      plan: { to: 'settlements', body: '{"v":1,"to":"settle"}' },
    });
  });

  it.each([
    ['starts the exit of a held position early', holding, 'exit', true],
    ['starts the exit of a position that is being bought early', buying, 'exit', true],
    ['takes in the shares of a held position early', holding, 'shares', true],
    ['takes in the shares of a position that is being bought early', buying, 'shares', true],
    ['starts no exit a second time', exiting, 'exit', false],
    ['takes in no shares of a position that is being sold', exiting, 'shares', false],
    ['is of no use under an id that is not due', holding, 'v3', false],
  ] as const)('%s', async (_name, position, wakeUpId, isUseful) => {
    const { plan, replay } = await judgeWakeUp(position, { wakeUpId }, position.wakeUp.atMs - 1);
    expect(plan).toEqual(isUseful ? { to: 'exits', body: '{"v":1}' } : null);
    if (!isUseful) {
      expect(replay).toBe(`Nothing: its next step has a wake-up of its own and is not late. ${DROP}`);
    }
  });

  it.each([buying, holding, exiting, awaiting])('is of no use for a look at the wallet, case %#', async (position) => {
    expect((await judgeWakeUp(position, { wakeUpId: 'look' }, position.wakeUp.atMs + 60_000)).plan).toBeNull();
  });

  it.each([
    [aPosition({ state: 'exited' }), `Nothing: the position has ended (exited). ${DROP}`],
    [new CorruptRowError('broken'), 'Nothing: the row of the position cannot be read. Repair the row first.'],
    [undefined, 'Nothing: the table has no such position.'],
  ])('says why it is left, case %#', async (row, replay) => {
    const what = "wake-up by the position's timer";
    expect(await judge({ ...(row && { row }) }, letterOf(wakeUp({ source: 'timer' })))).toEqual({
      ...{ what, positionIds: [ID], replay, plan: null, isByIdOnly: false },
    });
  });

  it('is not judged while the table does not answer', async () => {
    const row = new StoreUnavailableError('The table did not answer');
    await expect(judge({ row }, letterOf(wakeUp()))).rejects.toBe(row);
  });
});

describe('an exit by hand among the dead letters', () => {
  const requested = { ...exiting, exitRequest: { atMs: exiting.exitDueAtMs - 60_000, minPriceMicros: 500_000n } };
  const part = { exit: { requestId: 'r', sharesMicros: 1_000_000n } };

  it.each([
    ['everything', holding, {}, 'Sells everything, now (the position is holding). Only by its id.'],
    [
      'a part',
      holding,
      part,
      'Sells the part that was asked for, once, now (the position is holding). Only by its id.',
    ],
    [
      'a part of what is being sold',
      exiting,
      part,
      'Sells the part that was asked for, once, now (the position is exiting). Only by its id.',
    ],
    [
      'everything while a floor is tried',
      requested,
      {},
      'Sells everything, now (the position is exiting). Only by its id.',
    ],
  ] as const)('sells %s', async (_name, position, of, replay) => {
    const letter = letterOf(wakeUp({ source: 'by-hand', ...of }));
    expect(await judge({ row: position, nowMs: position.exitDueAtMs - 1 }, letter)).toEqual({
      ...{ what: 'exit by hand', positionIds: [ID], replay, isByIdOnly: true },
      plan: { to: 'exits', body: '{"v":1}' },
    });
  });

  it.each([
    ['its exit has begun', exiting, {}, `Nothing: its exit has begun. ${DROP}`],
    ['its market is over', awaiting, {}, `Nothing: its market is over, and nothing can be sold any more. ${DROP}`],
    ['a part is left', awaiting, part, `Nothing: its market is over, and nothing can be sold any more. ${DROP}`],
  ] as const)('sells nothing when %s', async (_name, row, of, replay) => {
    expect(await judge({ row }, letterOf(wakeUp({ source: 'by-hand', ...of })))).toEqual({
      ...{ what: 'exit by hand', positionIds: [ID], replay, plan: null, isByIdOnly: false },
    });
  });
});

describe('a letter that was replayed before', () => {
  const warning = (times: string) => `It was replayed ${times} before and came back: mend the cause first.`;

  it.each([
    [1, warning('once')],
    [2, warning('2 times')],
  ])('warns, and is replayed by its id only, after %i replays', async (replayCount, words) => {
    const letter = letterOf(wakeUp({ wakeUpId: exiting.wakeUp.id }), { replayCount });
    expect(await judge({ row: exiting }, letter)).toMatchObject({
      isByIdOnly: true,
      replay: `Wakes the position (exiting) at once: sell takes the step that is due. ${words}`,
    });
  });

  it('has no warning when there is nothing to replay', async () => {
    const judged = await judge({}, letterOf(wakeUp(), { replayCount: 1 }));
    expect(judged).toMatchObject({ isByIdOnly: false, replay: 'Nothing: the table has no such position.' });
  });
});

describe('news among the dead letters', () => {
  const notice = (of: { readonly positionId?: string | null; readonly isRepeatSafe?: boolean }): DeadLetterContent => ({
    ...{ kind: 'notice', noticeKey: 'key', title: 'alert late', positionId: 'p', isRepeatSafe: true },
    ...of,
  });
  const event = (targetArn: string | null, positionId: string | null = 'p'): DeadLetterContent => ({
    ...{ kind: 'event', noticeKey: 'key', title: 'alert late', positionId, targetArn },
  });

  it.each([
    [notice({}), ['p'], 'Gives it to discord again, which posts it once.'],
    [
      notice({ positionId: null, isRepeatSafe: false }),
      [],
      'Gives it to discord again. It has no key, so it may be posted twice.',
    ],
  ])('gives a notice to discord again, case %#', async (content, positionIds, replay) => {
    expect(await judge({}, letterOf(content))).toEqual({
      ...{ what: 'notice for Discord: alert late', positionIds, replay, isByIdOnly: false },
      plan: { to: 'discord', body: '{"v":1}' },
    });
  });

  it.each([
    [event('news-topic'), ['p']],
    [event(null, null), []],
  ])('publishes an event for the news topic, or without a target, case %#', async (content, positionIds) => {
    expect(await judge({}, letterOf(content))).toEqual({
      ...{ what: 'event of the bus: alert late', positionIds, isByIdOnly: false },
      replay: 'Publishes it to the news topic, as its rule would have done.',
      plan: { to: 'news-topic', body: '{"v":1}' },
    });
  });

  it('leaves an event of another target', async () => {
    expect(await judge({}, letterOf(event('own-topic')))).toEqual({
      ...{ what: 'event of the bus: alert late', positionIds: ['p'], plan: null, isByIdOnly: false },
      replay: 'Nothing: it was for another target (own-topic). Send it there by hand.',
    });
  });

  it.each([notice({}), event('news-topic')])('leaves what Discord has, case %#', async (content) => {
    expect(await judge({ delivered: ['key'] }, letterOf(content))).toMatchObject({
      ...{ positionIds: ['p'], plan: null },
      replay: `Nothing: Discord has it already. ${DROP}`,
    });
  });
});

describe('a batch of the stream among the dead letters', () => {
  const batch: StreamBatch = { streamArn: 's', shardId: 'shard', firstSequenceNumber: '1', lastSequenceNumber: '2' };
  const letter = letterOf({ kind: 'stream-batch', batch });
  const what = 'changes of the table that announce gave up (shard, 1)';

  it('puts what is to be announced on the bus again, and says what and of which positions', async () => {
    const opened = { kind: 'state', before: null, after: buying } as const;
    const sold = { kind: 'state', before: holding, after: exiting } as const;
    const alert = { kind: 'alert', alert: anAlert({ positionId: 'position-2' }) } as const;
    const action = {
      kind: 'action',
      action: { actionId: 'a', action: 'halt', mode: 'paper', atMs: 0, by: 'alice', reason: null, limits: null },
    } as const;
    const changes = [opened, { kind: 'state', before: holding, after: holding }, sold, alert, action] as const;
    expect(await judge({ changes }, letter)).toEqual({
      what: `${what}: new → buying; holding → exiting; alert forced-exit; halt`,
      positionIds: [ID, 'position-2'],
      replay: 'Puts the events on the bus again; a notice that was delivered is not delivered twice.',
      plan: { to: 'bus', changes: [opened, sold, alert, action] },
      isByIdOnly: false,
    });
  });

  it.each([
    [undefined, 'the stream keeps changes for a day and no longer has this one. The table has it (tminus show).'],
    [[{ kind: 'state', before: holding, after: holding }], `there is nothing to announce in it. ${DROP}`],
    [new CorruptRowError('broken'), 'a row in it cannot be read. Repair the row; drop the letter.'],
    [new UpstreamUnavailableError('down'), 'the stream did not answer. Try again.'],
  ] as const)('says why it is left, case %#', async (changes, why) => {
    expect(await judge({ ...(changes && { changes }) }, letter)).toEqual({
      ...{ what, positionIds: [], replay: `Nothing: ${why}`, plan: null, isByIdOnly: false },
    });
  });

  it('hides no other failure', async () => {
    const changes = new StoreUnavailableError('The table did not answer');
    await expect(judge({ changes }, letter)).rejects.toBe(changes);
  });
});

describe('a call among the dead letters', () => {
  const callOf = (call: LostCall) => letterOf({ kind: 'call', function: 'sweep', call });
  const payload = { requestId: 'r' };
  const ENDS_AT_MS = 300_000;
  const opening = (marketEndsAtMs: number | null): LostCall => ({
    ...{ action: 'opening', requestId: 'r', marketEndsAtMs, marketSlug: 'a-market', payload },
  });

  it.each([
    [{ action: 'periodic', function: 'sweep' }, 'a run of sweep', `it has run again since, on its own. ${DROP}`],
    [{ action: 'read' }, 'a read through the API', `its caller no longer waits. ${DROP}`],
  ] as const)('is left where it changes nothing, case %#', async (call, what, why) => {
    expect(await judge({}, callOf(call))).toEqual({
      ...{ what, positionIds: [], replay: `Nothing: ${why}`, plan: null, isByIdOnly: false },
    });
  });

  it('sums up the day that it named', async () => {
    expect(await judge({}, callOf({ action: 'summary', day: '2026-11-29' }))).toEqual({
      ...{ what: 'the summary of 2026-11-29', positionIds: [], isByIdOnly: false },
      replay: 'Sums up 2026-11-29; a day is published once, however often it is asked for.',
      plan: { to: 'summary', payload: { day: '2026-11-29' } },
    });
  });

  it.each(['guard', 'exit', 'exit-all', 'halt', 'resume'] as const)('does %s by its id only', async (action) => {
    expect(await judge({}, callOf({ action, payload }))).toEqual({
      ...{ what: `a request through the API: ${action}`, positionIds: [], isByIdOnly: true },
      replay: `Does what was asked for (${action}), now. Only by its id.`,
      plan: { to: 'open', payload },
    });
  });

  it('buys by its id only, until half a minute before the end of its market', async () => {
    const seen = { what: 'an opening in a-market, request r', positionIds: [] };
    expect(await judge({ nowMs: ENDS_AT_MS - 30_001 }, callOf(opening(ENDS_AT_MS)))).toEqual({
      ...{ ...seen, isByIdOnly: true, plan: { to: 'open', payload } },
      replay: "BUYS at today's prices, within the limits, if openings are not halted. Only by its id.",
    });
    expect(await judge({ nowMs: ENDS_AT_MS - 30_000 }, callOf(opening(ENDS_AT_MS)))).toEqual({
      ...{ ...seen, isByIdOnly: false, plan: null },
      replay: `Nothing: its market is over, or about to end. ${DROP}`,
    });
  });

  it.each([
    [{ opened: 'position-9' }, ENDS_AT_MS, `it opened the position position-9. ${DROP}`],
    [{}, null, 'when its market ends is not known here. Its caller may repeat it.'],
  ] as const)('does not buy twice, nor at a time that is not known, case %#', async (world, endsAtMs, why) => {
    expect(await judge(world, callOf(opening(endsAtMs)))).toMatchObject({ replay: `Nothing: ${why}`, plan: null });
  });
});

describe('a message that cannot be read among the dead letters', () => {
  it('stays until it is dropped', async () => {
    expect(await judge({}, letterOf({ kind: 'unreadable', reason: 'no JSON' }))).toEqual({
      ...{ what: 'a message that cannot be read', positionIds: [], plan: null, isByIdOnly: false },
      replay: 'Nothing: it cannot be read (no JSON). It stays here until it is dropped.',
    });
  });
});
