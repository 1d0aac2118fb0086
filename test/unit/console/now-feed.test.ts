import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { changesSince, type NowState } from '#lib/console/now/now-changes.ts';
import { createNowFeed } from '#lib/console/now/now-feed.ts';
import { windowOf } from '#lib/console/page/now/row-window.ts';
import { applyMessage, EMPTY_MODEL } from '#lib/console/page/now-model.ts';
import { aBook } from '#test/factories/a-book.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { type ConsoleSuite, createConsoleSuite } from '#test/fakes/console-suite.ts';

const START_MS = WINDOW_STARTS_AT_MS + 60_000;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A feed whose pauses the test ends. */
function startFeed(suites: readonly ConsoleSuite[]) {
  let nowMs = START_MS;
  let wake = (): void => undefined;
  const pauses: number[] = [];
  const later = [...suites.slice(1)];
  const [first] = suites;
  if (first === undefined) throw new Error('Name a suite');
  const feed = createNowFeed(
    {
      clock: { nowMs: () => nowMs },
      sleep: (ms, signal) => {
        pauses.push(ms);
        return new Promise((resolve) => {
          wake = resolve;
          signal.addEventListener('abort', () => resolve());
        });
      },
      connect: async () => (later.shift() ?? fail()).connection,
    },
    first.connection,
  );
  stops.push(feed.stop);
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  };
  return {
    feed,
    pauses,
    settle,
    later,
    nowMs: () => nowMs,
    async poll(ms = 2_000) {
      nowMs += ms;
      wake();
      await settle();
    },
  };
}

function fail(): never {
  throw new Error('There is no suite');
}

/** A page: what the lines of the stream make of it. */
function openPage({ feed, nowMs }: ReturnType<typeof startFeed>) {
  let sent: NowState | null = null;
  let model = EMPTY_MODEL;
  const sizes: number[] = [];
  const close = feed.subscribe((state) => {
    const message = changesSince(sent, state, nowMs());
    sent = state;
    sizes.push(message.rows.length);
    model = applyMessage(model, message);
  });
  return { close, sizes, model: () => model };
}

const holding = (positionId: string, endsInMs = 240_000) =>
  aPosition({ state: 'holding', positionId, tokenId: `token-${positionId}`, marketEndsAtMs: START_MS + endsInMs });

describe('the feed of the page Now', () => {
  it('reads the table once for all pages, and not without one', async () => {
    const suite = createConsoleSuite();
    suite.rows.set('a', holding('a'));
    const world = startFeed([suite]);
    const pages = [openPage(world), openPage(world), openPage(world)];
    await world.settle();
    await world.poll();
    expect(suite.reads.index).toBe(2);
    for (const page of pages) expect(page.model().order).toHaveLength(1);
    for (const page of pages) page.close();
    await world.poll();
    await world.poll();
    expect(suite.reads.index).toBe(2);
    openPage(world);
    await world.settle();
    expect(suite.reads.index).toBe(3);
  });

  it('reads rows that act soon each time, and calm ones every ten seconds', async () => {
    const suite = createConsoleSuite();
    suite.rows.set('busy', holding('busy', 150_000));
    suite.rows.set('calm', holding('calm', 900_000));
    const world = startFeed([suite]);
    openPage(world);
    await world.settle();
    for (let count = 0; count < 5; count += 1) await world.poll();
    expect(suite.reads.rows.filter((id) => id === 'busy')).toHaveLength(6);
    expect(suite.reads.rows.filter((id) => id === 'calm')).toHaveLength(2);
  });

  it('sends only rows that changed', async () => {
    const suite = createConsoleSuite();
    for (const id of ['a', 'b', 'c']) suite.rows.set(id, holding(id, 150_000));
    const world = startFeed([suite]);
    const page = openPage(world);
    await world.settle();
    page.sizes.length = 0;
    suite.rows.set('b', { ...holding('b', 150_000), version: 9, attemptCount: 2 });
    await world.poll();
    expect(page.sizes.reduce((sum, size) => sum + size, 0)).toBe(1);
    expect(page.model().rows.get('b')?.attemptCount).toBe(2);
  });

  it('shows a position that has ended with its result, after those that are open, for an hour', async () => {
    const suite = createConsoleSuite();
    suite.rows.set('a', holding('a', 150_000));
    suite.rows.set('b', holding('b', 900_000));
    const world = startFeed([suite]);
    const page = openPage(world);
    await world.settle();
    const ended = aPosition({ state: 'exited', positionId: 'a', version: 9, marketEndsAtMs: START_MS + 150_000 });
    suite.rows.set('a', ended);
    await world.poll();
    expect(page.model().order.map(({ positionId, state }) => `${positionId} ${state}`)).toEqual([
      'b holding',
      'a exited',
    ]);
    await world.poll(ended.closedAtMs - world.nowMs() + 3_600_001);
    expect(page.model().order.map(({ positionId }) => positionId)).toEqual(['b']);
  });

  it('leaves out canaries', async () => {
    const suite = createConsoleSuite();
    suite.rows.set('a', { ...holding('a'), origin: 'canary' });
    const world = startFeed([suite]);
    const page = openPage(world);
    await world.settle();
    expect(page.model().order).toEqual([]);
  });

  it('tells each step once, and reads a timeline only when its row is another', async () => {
    const suite = createConsoleSuite();
    suite.rows.set('a', holding('a', 150_000));
    const world = startFeed([suite]);
    const page = openPage(world);
    await world.settle();
    suite.reads.timelines.length = 0;
    const event = anEvent({ type: 'order-refused', atMs: START_MS + 1_000, text: 'not enough balance / allowance' });
    suite.rows.set('a', { ...holding('a', 150_000), version: 5 });
    suite.timelines.set('a', [{ version: 5, event, evidence: {} }]);
    for (let count = 0; count < 3; count += 1) await world.poll();
    expect(suite.reads.timelines).toEqual(['a']);
    expect(page.model().sections.news?.map(({ id }) => id)).toEqual(['a#5']);
    expect(page.model().sections.news?.[0]?.text).toContain('not enough balance / allowance');
  });

  it('goes on where one timeline cannot be read', async () => {
    const suite = createConsoleSuite();
    suite.rows.set('a', { ...holding('a', 150_000) });
    suite.corruptTimelines.add('a');
    const world = startFeed([suite]);
    const page = openPage(world);
    await world.settle();
    expect(suite.reads.timelines).toEqual(['a']);
    expect(page.model().sections.link).toEqual({ state: 'ok' });
    expect(page.model().order).toHaveLength(1);
  });

  it('keeps what it showed while the suite is away, says since when and why, and finds it again', async () => {
    const [suite, restarted] = [createConsoleSuite(), createConsoleSuite()];
    suite.rows.set('a', holding('a'));
    restarted.rows.set('a', { ...holding('a'), version: 7, attemptCount: 3 });
    const world = startFeed([suite]);
    const page = openPage(world);
    await world.settle();
    suite.failure = 'ECONNREFUSED';
    await world.poll();
    const lost = page.model();
    expect(lost.order).toHaveLength(1);
    expect(lost.sections.link).toEqual({
      state: 'lost',
      sinceMs: START_MS + 2_000,
      lastReadAtMs: START_MS,
      reason: 'The table did not answer (ECONNREFUSED).',
    });
    for (let count = 0; count < 5; count += 1) await world.poll(1_000);
    expect(world.pauses).toEqual([2_000, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(page.model().sections.link).toMatchObject({ sinceMs: START_MS + 2_000, reason: 'It could not be read.' });
    world.later.push(restarted);
    await world.poll();
    expect(page.model().sections.link).toEqual({ state: 'ok' });
    expect(page.model().rows.get('a')?.attemptCount).toBe(3);
    expect(suite.isClosed).toBe(true);
    expect(world.feed.current()).toBe(restarted.connection);
  });

  it('reads the bids beside the rows, and says which it did not get', async () => {
    const suite = createConsoleSuite();
    suite.rows.set('a', holding('a'));
    suite.rows.set('b', holding('b'));
    suite.books.set('token-a', aBook({ tokenId: 'token-a', atMs: START_MS }));
    const world = startFeed([suite]);
    const page = openPage(world);
    await world.settle();
    expect(page.model().rows.get('a')?.bid).toBe('60.0¢');
    expect(page.model().rows.get('b')?.bid).toBeNull();
    expect(page.model().sections.prices?.note).toContain('1 of 2 books');
  });

  it('reads twenty books at most in one go, those of exits first', async () => {
    const suite = createConsoleSuite();
    for (let index = 0; index < 30; index += 1) suite.rows.set(`calm-${index}`, holding(`calm-${index}`, 900_000));
    suite.rows.set('busy', holding('busy', 150_000));
    const world = startFeed([suite]);
    openPage(world);
    await world.settle();
    expect(suite.reads.books).toHaveLength(20);
    expect(suite.reads.books[0]).toBe('token-busy');
  });

  it('shows the checks by their faults, one for each part', async () => {
    const suite = createConsoleSuite();
    const part = { kind: 'alarm', id: 'x', advice: 'Look.' } as const;
    suite.checks = [
      {
        ...{ name: 'alarms', status: 'red', isHard: false, found: 'all of them', advice: null },
        parts: [
          { ...part, name: 'ExitsFailing', status: 'red', found: 'is in ALARM' },
          { ...part, name: 'Other', status: 'ok', found: 'in order' },
        ],
      },
      { name: 'timer', status: 'warning', isHard: false, found: 'late', advice: 'Wait.' },
    ];
    const world = startFeed([suite]);
    const page = openPage(world);
    await world.settle();
    await world.poll();
    expect(page.model().sections.checks).toMatchObject({
      state: 'read',
      checks: [
        { faults: [{ text: 'alarms: ExitsFailing is in ALARM', advice: 'Look.', isRed: true }] },
        { faults: [{ text: 'timer: late', advice: 'Wait.', isRed: false }] },
      ],
    });
  });
});

describe('the rows in sight', () => {
  it.each([
    ['the top of a long list', { count: 1_000, topPx: 300, screenPx: 900, rowPx: 50 }, { from: 0, to: 30 }],
    ['its middle', { count: 1_000, topPx: -25_000, screenPx: 900, rowPx: 50 }, { from: 480, to: 540 }],
    ['its end', { count: 1_000, topPx: -49_500, screenPx: 900, rowPx: 50 }, { from: 970, to: 1_000 }],
    ['beyond it', { count: 10, topPx: -90_000, screenPx: 900, rowPx: 50 }, { from: 10, to: 10 }],
    ['a short list', { count: 3, topPx: 300, screenPx: 900, rowPx: 50 }, { from: 0, to: 3 }],
    ['nothing', { count: 0, topPx: 300, screenPx: 900, rowPx: 50 }, { from: 0, to: 0 }],
  ])('draws %s', (_what, input, rows) => {
    expect(windowOf(input)).toEqual(rows);
  });
});
