import { describe, expect, it } from 'vitest';
import { lookForShares, sellWhatIsHeld } from '#lib/lifecycle/guard/look-for-shares.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createGuardingWorld, SHARES_MICROS } from '#test/fakes/guarding-world.ts';
import { EXIT_AT_MS, OPENED_AT_MS } from '#test/fakes/trading-world.ts';

/** A guarded position, the messages that its looks send, and how often the chain was read. */
async function aGuard({ costMicros = null }: { readonly costMicros?: bigint | null } = {}) {
  const world = createGuardingWorld();
  const { clock, readings, deps } = world;
  world.faults.isDeliveryOn = false;
  world.faults.isSweepOn = false;
  readings.move(SHARES_MICROS, -20_000_000n);
  readings.settings.costMicros = costMicros;
  await clock.advanceBy(10_000);
  await world.guard();
  const sent: (WakeMessage & { readonly atMs: number })[] = [];
  const queue = {
    ...deps.queue,
    send: async (message: WakeMessage, atMs: number) => void sent.push({ ...message, atMs }),
  };
  const held = async () => {
    const position = await world.position();
    if (position.state !== 'holding') throw new Error(`The position is ${position.state}`);
    return position;
  };
  const look = async (source: WakeMessage['source'] = 'sweep') => {
    const position = await held();
    const message = { positionId: position.positionId, wakeUpId: 'shares', source } as const;
    return clock.run(lookForShares({ ...deps, store: world.store, queue }, position, message));
  };
  return { world, sent, held, look, queue };
}

const NOTHING_DUE = { outcome: 'dropped', reason: 'nothing-due' };

describe('a look for shares', () => {
  it('writes and sends nothing where nothing changed', async () => {
    const { world, sent, look } = await aGuard({ costMicros: 20_400_000n });
    await world.clock.advanceTo(OPENED_AT_MS + 60_000);
    expect(await look()).toEqual(NOTHING_DUE);
    expect([sent, (await world.position()).version]).toEqual([[], 1]);
  });

  it('plans more of them while a cost is not known, when it is the sweep’s', async () => {
    const { world, sent, look } = await aGuard();
    await world.clock.advanceTo(OPENED_AT_MS + 30_000);
    expect(await look('retry')).toEqual(NOTHING_DUE);
    expect(sent).toEqual([]);
    expect(await look()).toEqual(NOTHING_DUE);
    const nowMs = world.clock.nowMs();
    const later = { positionId: 'position-000001', wakeUpId: 'shares', source: 'retry' };
    expect(sent).toEqual([15_000, 30_000, 45_000].map((afterMs) => ({ ...later, atMs: nowMs + afterMs })));
  });

  it('takes in what came; the exit has its message already', async () => {
    const { world, sent, look } = await aGuard({ costMicros: 20_400_000n });
    world.readings.move(10_000_000n);
    await world.clock.advanceTo(OPENED_AT_MS + 40_000);
    expect(await look('delay')).toEqual({ outcome: 'stepped', state: 'holding' });
    expect(await world.position()).toMatchObject({ version: 2, found: { sharesMicros: 50_000_000n } });
    expect(sent).toEqual([]);
  });

  it.each([
    [10_001, 1],
    [10_000, 0],
    [-1_000, 0],
  ])('reads nothing in the last ten seconds before the exit, or later: %s ms before it', async (beforeMs, count) => {
    const { world, look } = await aGuard({ costMicros: 20_400_000n });
    await world.clock.advanceTo(EXIT_AT_MS - beforeMs);
    const before = world.readings.readCount();
    expect(await look()).toEqual(NOTHING_DUE);
    expect(world.readings.readCount() - before).toBe(count);
  });

  it('reads nothing of a position that is no longer held', async () => {
    const { world, sent, queue } = await aGuard();
    const message = { positionId: 'position-1', wakeUpId: 'shares', source: 'sweep' } as const;
    const exiting = aPosition({ state: 'exiting', mode: 'live', exitDueAtMs: EXIT_AT_MS + 60_000 });
    const before = world.readings.readCount();
    const looked = await world.clock.run(lookForShares({ ...world.deps, store: world.store, queue }, exiting, message));
    expect([looked, sent, world.readings.readCount()]).toEqual([NOTHING_DUE, [], before]);
  });
});

describe('the first sell of a guarded position', () => {
  const planAt = (postAtMs: number) =>
    ({ step: 'sell', sharesMicros: SHARES_MICROS, postAtMs, orderType: 'FAK', onlyIfHeld: false }) as const;

  async function sell(change: (world: Awaited<ReturnType<typeof aGuard>>['world']) => void) {
    const { world, held } = await aGuard({ costMicros: 20_400_000n });
    await world.clock.advanceTo(EXIT_AT_MS - 20_000);
    change(world);
    await world.clock.advanceTo(EXIT_AT_MS - 3_000);
    const account = world.deps.accounts.live;
    if (account === undefined) throw new Error('The world has no live account');
    const after = await world.clock.run(
      sellWhatIsHeld({ ...world.deps, store: world.store, account }, await held(), planAt(EXIT_AT_MS)),
    );
    return { after, posted: world.exchange.posted };
  }

  it('has what is there by then, at its time', async () => {
    const { posted } = await sell(({ readings }) => void readings.move(10_000_000n));
    expect(posted).toMatchObject([{ sharesMicros: 50_000_000n, atMs: EXIT_AT_MS }]);
  });

  it('has what the record says where nothing changed', async () => {
    const { posted } = await sell(() => undefined);
    expect(posted).toMatchObject([{ sharesMicros: SHARES_MICROS, atMs: EXIT_AT_MS }]);
  });

  it('is not posted where all of it has left', async () => {
    const { after, posted } = await sell(({ readings }) => void readings.move(-SHARES_MICROS, 26_000_000n));
    expect([after.state, posted]).toEqual(['exited', []]);
  });

  it.each([
    ['until its book is read', EXIT_AT_MS, (leadMs: number) => EXIT_AT_MS - leadMs],
    ['and a second at least', EXIT_AT_MS - 3_000, () => EXIT_AT_MS - 2_000],
  ])('waits for the chain %s', async (_until, postAtMs, expected) => {
    const { world, held } = await aGuard({ costMicros: 20_400_000n });
    await world.clock.advanceTo(EXIT_AT_MS - 3_000);
    const { live } = world.deps.accounts;
    if (live?.readings === undefined) throw new Error('The world has no live readings');
    const { readings } = live;
    const deadlines: number[] = [];
    const readShares: typeof readings.readShares = (terms, untilMs) => {
      deadlines.push(untilMs);
      return readings.readShares(terms, untilMs);
    };
    const account = { ...live, readings: { ...readings, readShares } };
    const position = await held();
    await world.clock.run(sellWhatIsHeld({ ...world.deps, store: world.store, account }, position, planAt(postAtMs)));
    expect(deadlines[0]).toBe(expected(position.policy.bookLeadMs));
  });
});
