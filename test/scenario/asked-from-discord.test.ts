import { describe, expect, it } from 'vitest';
import { type WorkDeps, workOnAsk } from '#functions/wiring/work-on-ask.ts';
import { CorruptRowError, RejectedByUpstreamError, StoreUnavailableError } from '#lib/errors/errors.ts';
import type { AskLog, RemoteAction } from '#lib/ports/store/ask-log.ts';
import { createMemoryAskLog } from '#test/fakes/memory-ask-log.ts';
import { mortal } from '#test/fakes/mortality.ts';
import {
  createTradingWorld,
  ENDS_AT_MS,
  EXIT_AT_MS,
  OPENED_AT_MS,
  type TradingWorld,
} from '#test/fakes/trading-world.ts';

const ALICE = { userId: '111', name: 'alice' };
const TOKEN = 'a-token-that-is-never-written';
const LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

type Desk = {
  readonly world: TradingWorld;
  readonly asks: AskLog;
  /** What the person sees, last answer last. */
  readonly shown: { readonly token: string; readonly answer: Record<string, unknown> }[];
  readonly deps: WorkDeps;
  /** A press or a command of its own id, worked on once. */
  readonly ask: (askId: string, action: RemoteAction, asker?: typeof ALICE) => Promise<string>;
  readonly work: (askId: string) => Promise<object>;
};

async function openDesk(): Promise<Desk> {
  const world = createTradingWorld();
  await world.open();
  const asks = createMemoryAskLog();
  const shown: Desk['shown'] = [];
  const deps: WorkDeps = {
    store: mortal(world.store, world.mortality),
    queue: world.deps.queue,
    clock: world.clock,
    marketData: world.deps.marketData,
    asks: mortal(asks, world.mortality),
    sendAnswer: async (token, answer) => void shown.push({ token, answer: { ...answer } }),
    log: LOG,
  };
  const work = (askId: string) => world.clock.run(workOnAsk(deps, { askId, token: TOKEN }));
  return {
    ...{ world, asks, shown, deps, work },
    ask: async (askId, action, asker = ALICE) => {
      await asks.claim({ askId, action, asker, atMs: world.clock.nowMs() });
      await work(askId);
      return String(shown.at(-1)?.answer.content);
    },
  };
}

const sells = ({ world }: Desk) => world.exchange.posted.filter(({ side }) => side === 'SELL');
const target = async ({ world }: Desk) => (await world.position()).positionId;

describe('selling from Discord', () => {
  it('shows what it would bring, and sells nothing before it is confirmed', async () => {
    const desk = await openDesk();
    await desk.world.runUntil(OPENED_AT_MS + 20_000);
    const text = await desk.ask('1', { kind: 'exit', target: await target(desk) });
    expect(text).toMatch(
      /Sell PAPER BTC UP now\?[\s\S]*shares, best bid 60\.0¢[\s\S]*bring about \*\*\$\d+\.\d\d\*\* after fees/,
    );
    expect(desk.shown.at(-1)?.answer.components).toMatchObject([
      { components: [{ custom_id: 't1:confirm:1' }, { custom_id: 't1:cancel:1' }] },
    ]);
    await desk.world.runUntil(OPENED_AT_MS + 30_000);
    expect(sells(desk)).toHaveLength(0);
    expect(await desk.ask('2', { kind: 'confirm', askId: '1' })).toMatch(/its exit is requested/);
    await desk.world.runUntil(OPENED_AT_MS + 60_000);
    expect(await desk.world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
  });

  it('does each thing once: a second press, and a third on the sold position', async () => {
    const desk = await openDesk();
    await desk.world.runUntil(OPENED_AT_MS + 20_000);
    const positionId = await target(desk);
    await desk.ask('1', { kind: 'exit', target: positionId });
    await desk.ask('2', { kind: 'confirm', askId: '1' });
    expect(await desk.ask('3', { kind: 'confirm', askId: '1' })).toMatch(/confirmed or cancelled before/);
    expect(await desk.ask('4', { kind: 'cancel', askId: '1' })).toMatch(/confirmed or cancelled before/);
    await desk.world.runUntil(OPENED_AT_MS + 60_000);
    expect(sells(desk)).toHaveLength(1);
    expect(await desk.ask('5', { kind: 'exit', target: positionId })).toMatch(
      /it has ended\. It is now: sold\. Result: /,
    );
  });

  it('sends the saved answer again when a delivery is repeated', async () => {
    const desk = await openDesk();
    const first = await desk.ask('1', { kind: 'exit', target: await target(desk) });
    await desk.world.clock.advanceBy(5_000);
    await desk.work('1');
    expect(desk.shown.at(-1)?.answer.content).toBe(first);
  });

  it('refuses an old preview, one that was cancelled, one of another person, and an unknown one', async () => {
    const desk = await openDesk();
    const positionId = await target(desk);
    await desk.ask('1', { kind: 'exit', target: positionId });
    expect(await desk.ask('2', { kind: 'confirm', askId: '1' }, { userId: '222', name: 'mallory' })).toMatch(
      /Another person asked/,
    );
    await desk.world.clock.advanceBy(60_001);
    expect(await desk.ask('3', { kind: 'confirm', askId: '1' })).toMatch(/more than a minute old/);
    await desk.ask('4', { kind: 'exit', target: positionId });
    expect(await desk.ask('5', { kind: 'cancel', askId: '4' })).toMatch(/Cancelled/);
    expect(await desk.ask('6', { kind: 'confirm', askId: '4' })).toMatch(/confirmed or cancelled before/);
    expect(await desk.ask('7', { kind: 'confirm', askId: '99' })).toMatch(/not on record/);
    await desk.world.runUntil(OPENED_AT_MS + 90_000);
    expect(sells(desk)).toHaveLength(0);
  });

  it('finds a position by the end of its id, and says what it does not find', async () => {
    const desk = await openDesk();
    const positionId = await target(desk);
    expect(await desk.ask('1', { kind: 'exit', target: positionId.slice(-5) })).toMatch(/Sell PAPER BTC UP/);
    expect(await desk.ask('2', { kind: 'exit', target: 'zzzz' })).toMatch(/no position zzzz/);
    expect(await desk.ask('3', { kind: 'exit', target: '**x**' })).toMatch(/no position \\\*\\\*x/);
  });

  it('says that the exit has begun where it has', async () => {
    const desk = await openDesk();
    await desk.world.runUntil(EXIT_AT_MS - 1_000);
    expect(await desk.ask('1', { kind: 'hold', target: await target(desk) })).toMatch(/begins this moment/);
  });

  it('sells all that the preview named, and nothing that was opened after it', async () => {
    const desk = await openDesk();
    expect(await desk.ask('1', { kind: 'exit-all' })).toMatch(/Sell all 1 open position now\?[\s\S]*PAPER BTC UP: /);
    expect(await desk.ask('2', { kind: 'confirm', askId: '1' })).toMatch(/The exit of 1 position is requested/);
    await desk.world.runUntil(OPENED_AT_MS + 60_000);
    expect(await desk.ask('3', { kind: 'exit-all' })).toMatch(/No position is open/);
  });

  it('previews without a book, and says so', async () => {
    const desk = await openDesk();
    desk.world.faults.book = 'down';
    expect(await desk.ask('1', { kind: 'exit', target: await target(desk) })).toMatch(/no bid is seen[\s\S]*not known/);
  });
});

describe('two runs at once on one ask', () => {
  it('show the same answer, and halt once', async () => {
    const desk = await openDesk();
    await desk.ask('1', { kind: 'halt', mode: 'paper', reason: 'x' });
    await desk.asks.claim({ askId: '2', action: { kind: 'confirm', askId: '1' }, asker: ALICE, atMs: 0 });
    await Promise.all([desk.work('2'), desk.work('2')]);
    const texts = desk.shown.slice(-2).map(({ answer }) => String(answer.content));
    expect(texts[0]).toMatch(/Openings are halted \(paper\)/);
    expect(texts[1]).toBe(texts[0]);
  });

  it('show the offer that a press confirms', async () => {
    const desk = await openDesk();
    await desk.asks.claim({
      ...{ askId: '1', action: { kind: 'exit', target: await target(desk) }, asker: ALICE },
      atMs: desk.world.clock.nowMs(),
    });
    const { findBook } = desk.deps.marketData;
    let reads = 0;
    const marketData: WorkDeps['marketData'] = {
      findBook: async (...asked) => {
        reads += 1;
        if (reads > 1) throw new StoreUnavailableError('no book for the second');
        return findBook(...asked);
      },
    };
    const work = () => desk.world.clock.run(workOnAsk({ ...desk.deps, marketData }, { askId: '1', token: TOKEN }));
    await Promise.all([work(), work()]);
    expect(reads).toBe(2);
    expect(desk.shown[1]?.answer).toEqual(desk.shown[0]?.answer);
  });
});

describe('a run that dies', () => {
  /** Every effect of a confirmation: the offer is taken, the request noted, the message sent, the answer saved. */
  const points = Array.from({ length: 8 }, (_, index) => index + 1);

  it.each(
    points.flatMap((dieAt) => [
      { dieAt, when: 'before' as const },
      { dieAt, when: 'after' as const },
    ]),
  )('at effect $dieAt, $when it, is repeated: one sale, and a true answer', async ({ dieAt, when }) => {
    const desk = await openDesk();
    await desk.world.runUntil(OPENED_AT_MS + 20_000);
    await desk.ask('1', { kind: 'exit', target: await target(desk) });
    await desk.asks.claim({
      ...{ askId: '2', action: { kind: 'confirm', askId: '1' }, asker: ALICE },
      atMs: desk.world.clock.nowMs(),
    });
    Object.assign(desk.world.mortality, { count: 0, dieAt, when });
    void workOnAsk(desk.deps, { askId: '2', token: TOKEN });
    // Lambda repeats it a minute later, when the offer itself has run out.
    await desk.world.clock.advanceBy(0);
    Object.assign(desk.world.mortality, { dieAt: null });
    await desk.world.runUntil(OPENED_AT_MS + 85_000);
    await desk.work('2');
    await desk.world.runUntil(OPENED_AT_MS + 120_000);
    expect(sells(desk)).toHaveLength(1);
    expect(await desk.world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
    expect(String(desk.shown.at(-1)?.answer.content)).toMatch(/exit is requested|requested before|had begun before/);
  });

  it('tells the person when the table does not answer, and is repeated', async () => {
    const desk = await openDesk();
    await desk.asks.claim({ askId: '1', action: { kind: 'positions' }, asker: ALICE, atMs: 0 });
    const down = async () => {
      throw new StoreUnavailableError('The table did not answer');
    };
    const work = workOnAsk(
      { ...desk.deps, store: { ...desk.deps.store, listDue: down } },
      { askId: '1', token: TOKEN },
    );
    await expect(work).rejects.toThrow(StoreUnavailableError);
    expect(desk.shown.at(-1)?.answer.content).toMatch(/tries again within two minutes/);
    await desk.work('1');
    expect(desk.shown.at(-1)?.answer.content).toMatch(/1 position open/);
  });

  it('says so once where a row cannot be read, and is not repeated for it', async () => {
    const desk = await openDesk();
    const find = async () => {
      throw new CorruptRowError('A stored row breaks its schema');
    };
    await desk.asks.claim({ askId: '1', action: { kind: 'exit', target: 'p1' }, asker: ALICE, atMs: 0 });
    await workOnAsk({ ...desk.deps, store: { ...desk.deps.store, find } }, { askId: '1', token: TOKEN });
    expect(desk.shown.at(-1)?.answer.content).toMatch(/cannot be read[\s\S]*tminus doctor/);
    expect((await desk.asks.find('1'))?.answer).toContain('cannot be read');
  });

  it('does what was asked for when Discord takes no answer any more', async () => {
    const desk = await openDesk();
    await desk.ask('1', { kind: 'halt', mode: null, reason: 'x' });
    await desk.asks.claim({ askId: '2', action: { kind: 'confirm', askId: '1' }, asker: ALICE, atMs: 0 });
    const sendAnswer = async () => {
      throw new RejectedByUpstreamError('Discord refused to show the answer', { status: 404 });
    };
    await workOnAsk({ ...desk.deps, sendAnswer }, { askId: '2', token: TOKEN });
    expect((await desk.world.store.getAccount('paper', 0)).halt).not.toBeNull();
  });
});

describe('halting from Discord', () => {
  it('asks first, then halts both modes in the name of the person, with the reason as text', async () => {
    const desk = await openDesk();
    const reason = '@everyone **look** [here](http://x)';
    expect(await desk.ask('1', { kind: 'halt', mode: null, reason })).toMatch(/Halt openings \(paper and live\)\?/);
    expect((await desk.world.store.getAccount('live', 0)).halt).toBeNull();
    const text = await desk.ask('2', { kind: 'confirm', askId: '1' });
    expect(text).toMatch(/Openings are halted \(live\)[\s\S]*Only `tminus resume`/);
    expect(text).toContain('\\*\\*look\\*\\* \\[here\\]\\(http://x\\)');
    expect(desk.shown.at(-1)?.answer.allowed_mentions).toEqual({ parse: [] });
    expect((await desk.world.store.getAccount('live', 0)).halt).toMatchObject({ by: 'Discord: alice (111)', reason });
  });
});

describe('holding to the end from Discord', () => {
  it('leaves out the exit by the clock, at any price, and lets the result decide', async () => {
    const desk = await openDesk();
    await desk.world.runUntil(OPENED_AT_MS + 20_000);
    expect(await desk.ask('1', { kind: 'hold', target: await target(desk) })).toMatch(/Hold PAPER BTC UP to the end\?/);
    expect(await desk.ask('2', { kind: 'confirm', askId: '1' })).toMatch(/held to the end\. It is not sold/);
    expect(await desk.ask('3', { kind: 'hold', target: await target(desk) })).toMatch(/held to the end already/);
    // Not even a missing book sells it.
    await desk.world.runUntil(EXIT_AT_MS + 5_000);
    desk.world.faults.book = 'down';
    await desk.world.runUntil(ENDS_AT_MS);
    expect(sells(desk)).toHaveLength(0);
    expect(await desk.world.position()).toMatchObject({
      ...{ state: 'awaiting-resolution', exitReason: 'hold:above', forceClosed: false },
    });
    expect(await desk.world.alertKinds()).toEqual(['held']);
  });

  it('ends with a sale when one is asked for', async () => {
    const desk = await openDesk();
    await desk.world.runUntil(OPENED_AT_MS + 20_000);
    await desk.ask('1', { kind: 'hold', target: await target(desk) });
    await desk.ask('2', { kind: 'confirm', askId: '1' });
    await desk.world.runUntil(EXIT_AT_MS + 20_000);
    await desk.ask('3', { kind: 'exit', target: await target(desk) });
    await desk.ask('4', { kind: 'confirm', askId: '3' });
    await desk.world.runUntil(EXIT_AT_MS + 60_000);
    expect(await desk.world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
  });

  it('is held for its reason where no look could be taken', async () => {
    const desk = await openDesk();
    await desk.world.runUntil(OPENED_AT_MS + 20_000);
    await desk.ask('1', { kind: 'hold', target: await target(desk) });
    await desk.ask('2', { kind: 'confirm', askId: '1' });
    desk.world.faults.book = 'down';
    await desk.world.runUntil(ENDS_AT_MS);
    expect(await desk.world.position()).toMatchObject({ state: 'awaiting-resolution', exitReason: 'hold:above' });
  });
});

describe('the token of an interaction', () => {
  it('is in no row', async () => {
    const desk = await openDesk();
    await desk.ask('1', { kind: 'exit', target: await target(desk) });
    expect(JSON.stringify(await desk.asks.find('1'))).not.toContain(TOKEN);
    expect(desk.shown.at(-1)?.token).toBe(TOKEN);
  });
});
