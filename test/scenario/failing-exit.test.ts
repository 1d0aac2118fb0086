import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { noticeKeyOf } from '#lib/domain/news/domain-event.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { sweepOverdue } from '#lib/lifecycle/watch/sweep-overdue.ts';
import { tellStalled } from '#lib/lifecycle/watch/tell-stalled.ts';
import { createTradingWorld, ENDS_AT_MS, EXIT_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';

type Script = TradingWorld['exchange']['script']['SELL'][number];

const SIXTY: readonly undefined[] = Array.from({ length: 60 });
const KINDS_OF_PAGES = new Set(['exit-failing', 'needs-human', 'sell-failed', 'exit-overdue']);

/** A position in a five-minute window whose sells all end like this. */
async function exitingWith(script: readonly Script[]): Promise<TradingWorld> {
  const world = createTradingWorld();
  await world.open();
  world.exchange.script.SELL.push(...script);
  await world.runUntil(ENDS_AT_MS + 1_000);
  return world;
}

async function pagesOf(world: TradingWorld) {
  const { positionId } = await world.position();
  return world.store.alertsOf(positionId).filter(({ severity }) => severity === 'page');
}

describe('an exit of two minutes that fails', () => {
  const refused: Script = { does: 'refuse', code: 'balance-or-allowance' };
  test.each([
    ['is refused for the balance', SIXTY.map(() => refused)],
    ['gets no answer', SIXTY.map((): Script => ({ does: 'lose' }))],
    ['is not considered', SIXTY.map((): Script => ({ does: 'not-send', code: 'engine-restarting' }))],
    ['is told to wait', SIXTY.map((): Script => ({ does: 'not-send', code: 'rate-limited', retryAfterMs: 60_000 }))],
    ['is refused in unknown words', SIXTY.map((): Script => ({ does: 'refuse', code: 'unrecognised' }))],
  ])('pages more than a minute before the end when each sell %s', async (_, script) => {
    const [first] = await pagesOf(await exitingWith(script));
    expect(first?.atMs).toBeLessThan(ENDS_AT_MS - 60_000);
  });

  test('pages once for it, 20 to 30 s after it began, and once more for what is left at the deadline', async () => {
    const pages = await pagesOf(
      await exitingWith(SIXTY.map((): Script => ({ does: 'not-send', code: 'engine-restarting' }))),
    );
    expect(pages.map(({ kind }) => kind)).toEqual(['exit-failing', 'sell-failed']);
    const [first] = pages;
    expect(first?.atMs).toBeGreaterThan(EXIT_AT_MS + 15_000);
    expect(first?.atMs).toBeLessThanOrEqual(EXIT_AT_MS + 30_000);
  });

  test('pages a minute before the end while there are no bids: until then the minimum price falls', async () => {
    const pages = await pagesOf(await exitingWith(SIXTY.map((): Script => ({ does: 'refuse', code: 'no-match' }))));
    expect(pages.map(({ kind }) => kind)).toEqual(['exit-failing', 'sell-failed']);
    expect(pages[0]).toMatchObject({ cause: 'no-liquidity' });
    expect(pages[0]?.atMs).toBeGreaterThan(ENDS_AT_MS - 75_000);
    expect(pages[0]?.atMs).toBeLessThanOrEqual(ENDS_AT_MS - 60_000);
  });

  test('pages once more than a minute before the end when it is not known what the buy brought', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'lose' });
    await world.open();
    world.exchange.settings.areReadsDown = true;
    await world.runUntil(ENDS_AT_MS + 1_000);
    const pages = await pagesOf(world);
    expect(pages).toMatchObject([{ kind: 'exit-failing', position: { state: 'buying' } }]);
    expect(pages[0]?.atMs).toBeGreaterThan(EXIT_AT_MS - 5_000);
    expect(pages[0]?.atMs).toBeLessThan(ENDS_AT_MS - 60_000);
  });

  test.each([1, 3, 5])('does not page for %i refusals that pass', async (count) => {
    const world = await exitingWith(
      SIXTY.slice(0, count).map((): Script => ({ does: 'not-send', code: 'engine-restarting' })),
    );
    const { positionId } = await world.position();
    expect(world.store.alertsOf(positionId).filter(({ kind }) => KINDS_OF_PAGES.has(kind))).toEqual([]);
  });
});

describe('an exit that takes no step', () => {
  async function stalledAt(atMs: number) {
    const world = createTradingWorld();
    await world.open();
    world.faults.isSweepOn = false;
    await world.runUntil(EXIT_AT_MS - 10_000);
    world.faults.isDeliveryOn = false;
    await world.runUntil(atMs);
    return { world, deps: { clock: world.clock, store: world.store, queue: world.deps.queue } };
  }

  test('is paged by the sweep more than a minute before the end, once for each version of the row', async () => {
    const { world, deps } = await stalledAt(EXIT_AT_MS + 31_000);
    const told: DomainEvent[] = [];
    const bus = { publish: async (events: readonly DomainEvent[]) => void told.push(...events) };
    for (let run = 1; run <= 2; run += 1) {
      expect(await tellStalled({ bus, clock: world.clock }, (await sweepOverdue(deps)).stalled)).toBe(true);
    }
    const { positionId, version } = await world.position();
    const alert = { kind: 'exit-stalled', severity: 'page', version, position: { positionId } };
    expect(told).toMatchObject([{ alert }, { alert }]);
    expect(new Set(told.map(noticeKeyOf))).toEqual(new Set([`position-alert#${positionId}#${version}#stalled`]));
  });

  test('does not stop a sweep whose bus is down, and is not told before 30 s or after the end', async () => {
    const { world, deps } = await stalledAt(EXIT_AT_MS + 29_000);
    expect((await sweepOverdue(deps)).stalled).toEqual([]);
    await world.runUntil(EXIT_AT_MS + 31_000);
    const bus = { publish: () => Promise.reject(new UpstreamUnavailableError('The bus was not reached')) };
    expect(await tellStalled({ bus, clock: world.clock }, (await sweepOverdue(deps)).stalled)).toBe(false);
    await world.runUntil(ENDS_AT_MS + 1_000);
    expect((await sweepOverdue(deps)).stalled).toEqual([]);
  });
});
