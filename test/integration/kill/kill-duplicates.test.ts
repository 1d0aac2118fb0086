import { afterAll, describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { sentMessages, writtenStep } from '#test/fixtures/kill/kill-points.ts';
import { type Machine, startMachine } from '#test/fixtures/kill/killed-machine.ts';

/**
 * Many messages at once for one exit: the delayed one, the timer, the sweep and five copies of the first. The test
 * counts what the functions send and order as it goes by.
 */
const COPY_COUNT = 5;
const SETTINGS = { OPEN_SLACK_TICKS: '20', PAPER_SETTLEMENT_FIXED_MS: '500' };
/** On AWS it runs as rarely. Here the test runs it as well, at the worst time. */
const SWEEP_PERIOD_MS = 60_000;
/** The exit is due two minutes before. */
const LIFE_MS = 300_000;

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

async function openOne(): Promise<{ machine: Machine; position: Position }> {
  const machine = await startMachine(SETTINGS, SWEEP_PERIOD_MS);
  machines.push(machine);
  const slug = await machine.addMarket(LIFE_MS);
  expect(await machine.open('one', slug)).toBe('opened');
  return { machine, position: await machine.get(slug) };
}

/** Sends five copies of the exit message and one of the sweep's, and runs the sweep beside them. */
async function crowd({ run }: Machine, positionId: string): Promise<void> {
  const copy = { positionId, wakeUpId: 'exit', source: 'delay' } as const;
  const copies = Array.from({ length: COPY_COUNT }, () => run.send(copy));
  await Promise.all([...copies, run.send({ ...copy, source: 'sweep' }), run.sweep()]);
}

/**
 * What the design allows. A chain has one message under way: each saved step sends at most the one for the wake-up it
 * named. Beside the chain there are two delayed messages, for the exit and for the deadline. A message that comes early
 * is sent on, one for one: the timer's, the delayed one and each copy, once each in its last seconds. A run of the
 * sweep adds one at most.
 */
async function expectBounded(machine: Machine, positionId: string): Promise<void> {
  await machine.untilEnded();
  expect(await machine.findBrokenLaws()).toEqual([]);
  const calls = machine.listAnswered();
  const sources = calls.flatMap((call) => sentMessages(call).map(({ source }) => source));
  const saved = calls.flatMap((call) => writtenStep(call)?.event ?? []);
  const sweepRuns = calls.filter(({ operation, body }) => operation === 'Query' && body.includes('"byDue"'));
  const position = await machine.run.store.find(positionId);
  const { orders } = await machine.run.ledger.read(position!);
  const countOf = (event: string): number => saved.filter((each) => each === event).length;
  const sentBy = (...given: string[]): number => sources.filter((source) => given.includes(source)).length;
  const soldCount = orders.filter(({ side }) => side === 'SELL').length;
  expect(orders.length - soldCount).toBe(1);
  // Every order was filled or refused before the next one was made; a book may refuse one, never one for each copy.
  expect(countOf('sell-intended')).toBe(soldCount + countOf('order-refused'));
  expect(countOf('sell-intended')).toBeLessThanOrEqual(3);
  expect(soldCount).toBeGreaterThanOrEqual(1);
  expect(sentBy('retry')).toBeLessThanOrEqual(saved.length);
  expect(sentBy('sweep')).toBeLessThanOrEqual(1 + sweepRuns.length);
  expect(sources.length - sentBy('retry', 'sweep')).toBeLessThanOrEqual(2 + 2 + COPY_COUNT);
}

describe.concurrent('five copies of an exit message, the timer and the sweep at once', () => {
  it('lead to one sell, and to no more messages than steps', { timeout: 900_000 }, async () => {
    const { machine, position } = await openOne();
    // Early by more than an exit is prepared ahead: each copy is sent on.
    await machine.moveClockTo(position.exitDueAtMs - 6_000);
    await crowd(machine, position.positionId);
    await expectBounded(machine, position.positionId);
  });

  it('lead to one sell when all of them come late, after an outage', { timeout: 900_000 }, async () => {
    const { machine, position } = await openOne();
    // So late that every message is honoured, whatever it names.
    await machine.restartAt(position.exitDueAtMs + 6_000);
    await crowd(machine, position.positionId);
    await expectBounded(machine, position.positionId);
  });
});
