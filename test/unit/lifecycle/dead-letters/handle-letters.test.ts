import { beforeEach, describe, expect, it } from 'vitest';
import { readDeadLetter } from '#lib/contracts/dead-letter.ts';
import { encodeWakeMessage } from '#lib/contracts/wake-message.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { CorruptRowError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import {
  dropLetter,
  type LettersDeps,
  listLetters,
  replayLetter,
  replayLetters,
} from '#lib/lifecycle/dead-letters/handle-letters.ts';
import {
  DEAD_LETTER_QUEUES,
  type DeadLetterQueue,
  type DroppedLetter,
  type HeldLetter,
  type StreamBatch,
  type TableChange,
} from '#lib/ports/dead-letters.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const held = aPosition({ state: 'exiting' });
const NOW_MS = held.wakeUp.atMs + 60_000;
const QUEUES = DEAD_LETTER_QUEUES;
const UNFORESEEN = new TypeError('undefined is not a function');

type Stored = {
  readonly queue: DeadLetterQueue;
  readonly body: string;
  readonly attributes: Record<string, string>;
  hiddenUntilMs: number;
};

/** Queues that hide what was taken, as SQS does, and everything that a replay may reach. */
function createWorld() {
  const clock = createFakeClock(NOW_MS);
  const stored = new Map<string, Stored>();
  const rows = new Map<string, Position | Error>([[held.positionId, held]]);
  const sent: { readonly to: string; readonly body: unknown }[] = [];
  const dropped: DroppedLetter[] = [];
  const delivered = new Set<string>();
  const events: DomainEvent[] = [];
  const batches = new Map<string, readonly TableChange[] | Error>();
  const failing = new Set<string>();
  const released: string[] = [];
  const fail = (what: string): void => {
    if (failing.has(what)) throw new UpstreamUnavailableError(`${what} is down`);
  };
  const deps: LettersDeps = {
    clock,
    letters: {
      queues: QUEUES,
      take: async (queue, hideMs) => {
        const visible = [...stored].filter(([, each]) => each.queue === queue && each.hiddenUntilMs <= clock.nowMs());
        return visible.slice(0, 2).map(([id, each]): HeldLetter => {
          each.hiddenUntilMs = clock.nowMs() + hideMs;
          const { body, attributes } = each;
          const letter = readDeadLetter({ id, queue, body, attributes, sentAtMs: NOW_MS - 1_000 });
          return { letter, receipt: id, hiddenUntilMs: each.hiddenUntilMs };
        });
      },
      release: async ({ receipt }) => {
        released.push(receipt);
        const each = stored.get(receipt);
        if (each !== undefined) each.hiddenUntilMs = 0;
      },
      remove: async ({ receipt }) => {
        fail('remove');
        stored.delete(receipt);
      },
      count: async (queue) => {
        const all = [...stored.values()].filter((each) => each.queue === queue);
        const hidden = all.filter(({ hiddenUntilMs }) => hiddenUntilMs > clock.nowMs()).length;
        return { visible: all.length - hidden, hidden };
      },
    },
    store: {
      find: async (id) => {
        const row = rows.get(id);
        if (row instanceof Error) throw row;
        return row;
      },
      findIdByRequest: async (id) => (id === 'opened' ? 'position-9' : undefined),
    },
    notices: { isSent: async (key) => delivered.has(key) },
    changes: {
      read: async ({ shardId }: StreamBatch) => {
        const changes = batches.get(shardId);
        if (changes instanceof Error) throw changes;
        return changes === undefined ? { outcome: 'gone' } : { outcome: 'read', changes };
      },
    },
    bus: { publish: async (facts) => void events.push(...facts) },
    dropped: {
      save: async (letter) => {
        if (failing.has('table')) throw new StoreUnavailableError('The table did not answer');
        dropped.push(letter);
      },
    },
    targets: {
      newsTopicArn: 'news-topic',
      sendToQueue: async (to, body, replayCount) => {
        fail('queue');
        sent.push({ to: `${to} ${replayCount}`, body });
      },
      publishNews: async (body) => void sent.push({ to: 'news', body }),
      invoke: async (name, payload) => {
        sent.push({ to: name, body: payload });
        return { outcome: 'fine' };
      },
    },
  };
  const add = (queue: DeadLetterQueue, body: unknown, attributes: Record<string, string> = {}): string => {
    const id = `letter-${stored.size + 1}`;
    stored.set(id, {
      queue,
      attributes,
      hiddenUntilMs: 0,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return id;
  };
  return { deps, clock, stored, rows, sent, dropped, delivered, events, batches, failing, released, add };
}

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});

const wakeUp = (wakeUpId = held.wakeUp.id, positionId = held.positionId): string =>
  encodeWakeMessage({ positionId, wakeUpId, source: 'retry' });
const byHand = { v: 1, positionId: held.positionId, wakeUpId: 'x', source: 'by-hand' };
const call = (name: string, requestPayload: unknown) => ({
  requestContext: { functionArn: `arn:aws:lambda:eu-west-1:1:function:${name}`, condition: 'RetriesExhausted' },
  timestamp: new Date(NOW_MS).toISOString(),
  requestPayload,
});
const batch = (shardId: string) => ({
  requestContext: { functionArn: 'arn:aws:lambda:eu-west-1:1:function:announce' },
  DDBStreamBatchInfo: { streamArn: 's', shardId, startSequenceNumber: '1', endSequenceNumber: '1' },
});

describe('a list of dead letters', () => {
  it('shows each of every queue and leaves all of them visible', async () => {
    for (const queue of QUEUES) for (let count = 0; count < 3; count += 1) world.add(queue, 'broken');
    const { seen, unseen } = await listLetters(world.deps, QUEUES, 100);
    expect(seen).toHaveLength(3 * QUEUES.length);
    expect(unseen).toEqual([]);
    expect([...world.stored.values()].every(({ hiddenUntilMs }) => hiddenUntilMs === 0)).toBe(true);
  });

  it('reads a bounded number and says what it has not seen, also what another operator holds', async () => {
    for (let count = 0; count < 5; count += 1) world.add('exits', 'broken');
    const [first] = await world.deps.letters.take('exits', 60_000);
    expect(first).toBeDefined();
    expect((await listLetters(world.deps, ['exits'], 2)).unseen).toEqual([{ queue: 'exits', count: 3 }]);
  });

  it('shows a letter that cannot be looked into now', async () => {
    world.rows.set(held.positionId, new StoreUnavailableError('The table did not answer'));
    world.add('exits', wakeUp());
    const { seen } = await listLetters(world.deps, QUEUES, 100);
    const replay = 'Not known: The table did not answer. Try again.';
    expect(seen.map(({ judgement }) => judgement)).toEqual([
      { what: 'wake-up', positionIds: [held.positionId], replay, plan: null, isByIdOnly: false },
    ]);
  });

  it('names no position for a notice that cannot be looked into now', async () => {
    world.add('discord', { Type: 'Notification', MessageId: 'm', Subject: 'Budget', Message: 'Spent' });
    const isSent = () => Promise.reject(new StoreUnavailableError('The table did not answer'));
    const { seen } = await listLetters({ ...world.deps, notices: { isSent } }, QUEUES, 100);
    expect(seen).toMatchObject([{ judgement: { what: 'notice', positionIds: [], plan: null } }]);
  });

  it('ends with an unforeseen error, and leaves the letters visible', async () => {
    const id = world.add('exits', wakeUp());
    world.rows.set(held.positionId, UNFORESEEN);
    await expect(listLetters(world.deps, QUEUES, 100)).rejects.toBe(UNFORESEEN);
    expect(world.stored.get(id)?.hiddenUntilMs).toBe(0);
  });
});

describe('a replay', () => {
  it('wakes an open position whose step is due, without the time of its timer, and removes the letter', async () => {
    const timed = JSON.stringify({ ...JSON.parse(wakeUp()), source: 'timer', plannedAtMs: 5 });
    const id = world.add('timers', { MessageBody: timed, QueueUrl: 'q' });
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'replayed' });
    const { plannedAtMs: _planned, ...body } = JSON.parse(timed);
    expect(world.sent).toEqual([{ to: 'exits 1', body: JSON.stringify(body) }]);
    expect(world.stored.size).toBe(0);
  });

  it('sends a step of a position whose market is over to settlement, whichever queue it died in', async () => {
    const awaiting = aPosition({ state: 'awaiting-resolution', positionId: 'awaiting' });
    world.rows.set('awaiting', awaiting);
    await replayLetter(world.deps, QUEUES, world.add('exits', wakeUp(awaiting.wakeUp.id, 'awaiting')));
    expect(world.sent).toMatchObject([{ to: 'settlements 1', body: expect.stringContaining('"to":"settle"') }]);
  });

  it.each([
    ['a position that has ended', () => world.rows.set(held.positionId, aPosition({ state: 'exited' }))],
    ['a row that cannot be read', () => world.rows.set(held.positionId, new CorruptRowError('broken'))],
    ['a position that is not there', () => world.rows.delete(held.positionId)],
  ])('leaves the wake-up of %s where it is', async (_name, prepare) => {
    prepare();
    const id = world.add('exits', wakeUp());
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'not-replayed' });
    expect(world.sent).toEqual([]);
    expect(world.stored.get(id)?.hiddenUntilMs).toBe(0);
  });

  it('leaves a wake-up that its receiver would drop', async () => {
    const early = { ...held, wakeUp: { ...held.wakeUp, atMs: NOW_MS + 60_000 } };
    world.rows.set(held.positionId, early);
    const id = world.add('exits', wakeUp('another'));
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'not-replayed' });
  });

  it('never sells, buys or halts together with others, and does so by its id', async () => {
    const holding = aPosition({ state: 'holding', positionId: 'holding' });
    world.rows.set('holding', holding);
    const opening = { requestId: 'r', mode: 'paper', asset: 'BTC', side: 'UP', usd: '6' };
    const ids = [
      world.add('exits', { ...byHand, positionId: 'holding' }),
      world.add('failed-events', call('tminus-paper-open', opening)),
      world.add('failed-events', call('tminus-paper-open', { action: 'halt' })),
    ];
    const together = await replayLetters(world.deps, QUEUES, new Set(ids));
    expect(together.map(({ outcome }) => outcome)).toEqual(['not-replayed', 'not-replayed', 'not-replayed']);
    for (const id of ids) expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'replayed' });
    expect(world.sent.map(({ to }) => to)).toEqual(['exits 1', 'open', 'open']);
  });

  it('sells everything for a letter by hand while a part or a floor is being tried', async () => {
    const exitRequest = { atMs: NOW_MS - 1_000, minPriceMicros: 500_000n };
    const trying = {
      ...aPosition({ state: 'exiting', positionId: 'trying' }),
      exitDueAtMs: NOW_MS + 60_000,
      exitRequest,
    };
    world.rows.set('trying', trying);
    const id = world.add('exits', { ...byHand, positionId: 'trying' });
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'replayed' });
    const begun = world.add('exits', byHand);
    expect(await replayLetter(world.deps, QUEUES, begun)).toMatchObject({ outcome: 'not-replayed' });
  });

  it('does not buy in the window that follows the one that an opening meant', async () => {
    const opening = { requestId: 'r', mode: 'paper', asset: 'BTC', side: 'UP', usd: '6' };
    const id = world.add('failed-events', call('tminus-paper-open', opening));
    await world.clock.advanceBy(300_000 - (NOW_MS % 300_000) - 5_000);
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'not-replayed' });
    expect(world.sent).toEqual([]);
  });

  it.each([
    ['was done', { requestId: 'opened', mode: 'paper', asset: 'BTC', side: 'UP', usd: '6' }],
    [
      'has a market that is over',
      { requestId: 'r', mode: 'paper', side: 'UP', usd: '6', marketSlug: 'btc-updown-5m-1700000100' },
    ],
    [
      'has a market without a known end',
      {
        requestId: 'r',
        mode: 'paper',
        side: 'Yes',
        usd: '6',
        marketSlug: 'some-election',
        exitAt: '2030-01-01T00:00:00Z',
      },
    ],
  ])('does not repeat an opening that %s', async (_name, payload) => {
    const id = world.add('failed-events', call('tminus-paper-open', payload));
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'not-replayed' });
    expect(world.sent).toEqual([]);
  });

  it('does not deliver a notice that Discord has, and delivers the others', async () => {
    const detail = {
      v: 1,
      type: 'position-alert',
      positionId: 'p',
      version: 3,
      alert: JSON.parse(JSON.stringify(anAlert(), bigints)),
    };
    const event = { 'detail-type': 'Position Alert', source: 'tminus', detail };
    const ids = [
      world.add('news', event, { TARGET_ARN: 'news-topic' }),
      world.add('news', event, { TARGET_ARN: 'a user’s own topic' }),
      world.add('discord', { Type: 'Notification', MessageId: 'm', Message: JSON.stringify(event) }),
    ];
    const all = () => replayLetters(world.deps, QUEUES, new Set(ids));
    world.delivered.add('position-alert#p#3');
    expect((await all()).map(({ outcome }) => outcome)).toEqual(['not-replayed', 'not-replayed', 'not-replayed']);
    world.delivered.clear();
    expect((await all()).map(({ outcome }) => outcome)).toEqual(['replayed', 'not-replayed', 'replayed']);
    expect(world.sent.map(({ to }) => to)).toEqual(['news', 'discord 1']);
  });

  it('announces the changes that the stream still has, and says why not otherwise', async () => {
    const before = aPosition({ state: 'holding' });
    world.batches.set('here', [{ kind: 'state', before, after: held }]);
    world.batches.set('corrupt', new CorruptRowError('broken'));
    world.batches.set('empty', [{ kind: 'state', before: held, after: held }]);
    const [here, gone, corrupt, empty] = ['here', 'gone', 'corrupt', 'empty'].map((id) => world.add('news', batch(id)));
    for (const id of [gone, corrupt, empty]) {
      expect(await replayLetter(world.deps, QUEUES, id ?? '')).toMatchObject({ outcome: 'not-replayed' });
    }
    expect(await replayLetter(world.deps, QUEUES, here ?? '')).toMatchObject({ outcome: 'replayed' });
    expect(world.events).toMatchObject([{ type: 'position-state-changed', from: 'holding', to: 'exiting' }]);
    expect(world.stored.size).toBe(3);
  });

  it('sums a day up again by the function, and leaves runs that come again by themselves', async () => {
    const scheduled = { 'detail-type': 'Scheduled Event', time: '2026-11-30T00:10:00Z' };
    const summary = world.add('failed-events', call('tminus-paper-trading-SummaryFunction1', scheduled));
    const sweep = world.add('failed-events', call('tminus-paper-trading-SweepFunction1', scheduled));
    await replayLetters(world.deps, QUEUES, new Set([summary, sweep]));
    expect(world.sent).toEqual([{ to: 'summary', body: { day: '2026-11-29' } }]);
    expect([...world.stored.keys()]).toEqual([sweep]);
  });

  it('keeps a letter that came back for a person, and counts on', async () => {
    const id = world.add('exits', wakeUp(), { errorName: 'InvariantError', replayCount: '1' });
    expect(await replayLetters(world.deps, QUEUES, new Set([id]))).toMatchObject([{ outcome: 'not-replayed' }]);
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'replayed' });
    expect(world.sent.map(({ to }) => to)).toEqual(['exits 2']);
  });

  it('sends before it removes: a death in between loses nothing, and repeats at most', async () => {
    const id = world.add('exits', wakeUp());
    world.failing.add('queue');
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'failed', note: 'queue is down' });
    expect([world.stored.size, world.sent.length]).toEqual([1, 0]);
    world.failing.clear();
    world.failing.add('remove');
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'failed' });
    expect([world.stored.size, world.sent.length]).toEqual([1, 1]);
    world.failing.clear();
    expect(await replayLetter(world.deps, QUEUES, id)).toMatchObject({ outcome: 'replayed' });
    expect([world.stored.size, world.sent.length]).toEqual([0, 2]);
  });

  it('does not touch what another operator holds, nor what was not shown', async () => {
    const [shown, later] = [world.add('exits', wakeUp()), world.add('exits', wakeUp())];
    expect((await replayLetters(world.deps, QUEUES, new Set([shown]))).map(({ letter }) => letter.id)).toEqual([shown]);
    await world.deps.letters.take('exits', 60_000);
    expect(await replayLetter(world.deps, QUEUES, later)).toBeUndefined();
  });

  it.each([
    [80_000, 'replayed', null],
    [80_001, 'failed', 'Its turn came too late; replay it again.'],
  ])('sends a letter only while its time is not nearly over: after %i ms it is %s', async (ms, outcome, note) => {
    const id = world.add('exits', wakeUp());
    const { store } = world.deps;
    const find: typeof store.find = async (positionId) => {
      await world.clock.advanceBy(ms);
      return store.find(positionId);
    };
    const handled = await replayLetter({ ...world.deps, store: { ...store, find } }, QUEUES, id);
    expect(handled).toMatchObject({ outcome, note });
    expect(world.sent).toHaveLength(outcome === 'replayed' ? 1 : 0);
  });

  it('holds the letter alone while it is sent', async () => {
    const [other, id] = [world.add('exits', wakeUp()), world.add('exits', wakeUp())];
    const visible: string[] = [];
    const sendToQueue = async () => {
      for (const [each, { hiddenUntilMs }] of world.stored) if (hiddenUntilMs === 0) visible.push(each);
    };
    const targets = { ...world.deps.targets, sendToQueue };
    expect(await replayLetter({ ...world.deps, targets }, QUEUES, id)).toMatchObject({ outcome: 'replayed' });
    expect(visible).toEqual([other]);
  });

  it('puts back what was not replayed, and nothing else', async () => {
    const [sent, left] = [world.add('exits', wakeUp()), world.add('exits', wakeUp())];
    await replayLetters(world.deps, ['exits'], new Set([sent]));
    expect(world.released).toEqual([left]);
  });

  it('sends a letter once that the queue gives twice', async () => {
    const [first, second] = [world.add('exits', wakeUp()), world.add('exits', wakeUp())];
    const all = await world.deps.letters.take('exits', 180_000);
    const pages = [all.slice(0, 1), all];
    const letters = { ...world.deps.letters, take: async () => pages.shift() ?? [] };
    const handled = await replayLetters({ ...world.deps, letters }, ['exits'], new Set([first, second]));
    expect(handled.map(({ letter }) => letter.id)).toEqual([first, second]);
    expect(world.sent).toHaveLength(2);
  });

  it('says what the function answered, not more than 500 characters of it', async () => {
    const id = world.add('failed-events', call('tminus-paper-open', { action: 'halt' }));
    const targets = { ...world.deps.targets, invoke: async () => 'x'.repeat(600) };
    const { note } = (await replayLetter({ ...world.deps, targets }, QUEUES, id)) ?? {};
    expect(note).toBe(`open answered "${'x'.repeat(499)}`);
  });

  it('ends with an unforeseen error, and keeps the letter', async () => {
    const id = world.add('exits', wakeUp());
    const targets = { ...world.deps.targets, sendToQueue: () => Promise.reject(UNFORESEEN) };
    await expect(replayLetter({ ...world.deps, targets }, QUEUES, id)).rejects.toBe(UNFORESEEN);
    expect(world.stored.size).toBe(1);
  });
});

describe('a drop', () => {
  it('notes the letter before it removes it, also one that cannot be read', async () => {
    const id = world.add('timers', 'not json');
    world.failing.add('table');
    expect(await dropLetter(world.deps, QUEUES, id, 'alice')).toMatchObject({ outcome: 'failed' });
    expect(world.stored.size).toBe(1);
    world.failing.clear();
    expect(await dropLetter(world.deps, QUEUES, id, 'alice')).toMatchObject({ outcome: 'dropped' });
    expect(world.dropped).toMatchObject([{ letter: { id, body: 'not json' }, by: 'alice' }]);
    expect(world.stored.size).toBe(0);
    expect(await dropLetter(world.deps, QUEUES, id, 'alice')).toBeUndefined();
  });

  it('ends with an unforeseen error, and keeps the letter', async () => {
    const id = world.add('timers', 'not json');
    const dropped = { save: () => Promise.reject(UNFORESEEN) };
    await expect(dropLetter({ ...world.deps, dropped }, QUEUES, id, 'alice')).rejects.toBe(UNFORESEEN);
    expect(world.stored.size).toBe(1);
  });
});

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
