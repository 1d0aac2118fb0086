import { afterAll, describe, expect, it } from 'vitest';
import { sentMessages, writtenStep } from '#test/fixtures/kill/kill-points.ts';
import { type Machine, startMachine } from '#test/fixtures/kill/killed-machine.ts';

/**
 * Many messages at once for one exit: the delayed one, the timer, the sweep and five copies of the first. What the functions
 * send and order is counted where it goes by.
 */
const COPY_COUNT = 5;
/** One that is sent on, and one for each run while the row is overdue; the first of them is honoured within the second. */
const SWEEP_COUNT_MAX = 3;
const EXIT_LEAD_MS = 22_000;
const SETTINGS = {
  EXIT_LEAD_MS: String(EXIT_LEAD_MS),
  EXIT_DEADLINE_LEAD_MS: '1000',
  EXIT_LAST_ORDER_LEAD_MS: '2000',
  OPEN_TIME_TO_EXIT_MS_MIN: '1000',
  OPEN_SLACK_TICKS: '20',
  TIMER_LEAD_MS: '2000',
  TIMER_MARGIN_MS: '1000',
  PAPER_SETTLEMENT_FIXED_MS: '500',
};

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

async function openOne(dueMs: number): Promise<{ machine: Machine; positionId: string }> {
  const machine = await startMachine(SETTINGS);
  machines.push(machine);
  expect(await machine.open('one', await machine.addMarket(dueMs + EXIT_LEAD_MS))).toBe('opened');
  const [position] = await machine.run.store.list();
  return { machine, positionId: position!.positionId };
}

/**
 * What the design allows. A chain has one message under way: each saved step sends at most the one for the wake-up it named.
 * Beside the chain there are two delayed messages, for the exit and for the deadline. A message that comes early is sent on,
 * one for one: the timer's, the delayed one and each copy, once each in its last seconds.
 */
async function expectBounded(machine: Machine, positionId: string): Promise<void> {
  await machine.untilEnded(false);
  expect(await machine.findBrokenLaws()).toEqual([]);
  const calls = machine.listAnswered();
  const sent = calls.flatMap((call) => sentMessages(call).map(({ source }) => source));
  const saved = calls.flatMap((call) => writtenStep(call)?.event ?? []);
  const position = await machine.run.store.find(positionId);
  const { orders } = await machine.run.ledger.read(position!);
  const countOf = (event: string): number => saved.filter((each) => each === event).length;
  const soldCount = orders.filter(({ side }) => side === 'SELL').length;
  expect(orders.length - soldCount).toBe(1);
  // Every order was filled or refused before the next one was made; a book may refuse one, never one for each copy.
  expect(countOf('sell-intended')).toBe(soldCount + countOf('order-refused'));
  expect(countOf('sell-intended')).toBeLessThanOrEqual(3);
  expect(soldCount).toBeGreaterThanOrEqual(1);
  expect(sent.filter((source) => source === 'retry').length).toBeLessThanOrEqual(saved.length);
  expect(sent.filter((source) => source !== 'retry').length).toBeLessThanOrEqual(2 + 2 + COPY_COUNT + SWEEP_COUNT_MAX);
}

describe.concurrent('five copies of an exit message, the timer and the sweep at once', () => {
  it('lead to one sell, and to no more messages than steps', { timeout: 100_000 }, async () => {
    const { machine, positionId } = await openOne(8_000);
    const copy = { positionId, wakeUpId: 'exit', source: 'delay' } as const;
    await Promise.all(Array.from({ length: COPY_COUNT }, () => machine.run.send(copy, 4)));
    await machine.run.send({ ...copy, source: 'sweep' }, 4);
    await expectBounded(machine, positionId);
  });

  it('lead to one sell when all of them come late, after an outage', { timeout: 100_000 }, async () => {
    const { machine, positionId } = await openOne(8_000);
    const copy = { positionId, wakeUpId: 'exit', source: 'delay' } as const;
    await Promise.all(Array.from({ length: COPY_COUNT }, () => machine.run.send(copy, 6)));
    const position = await machine.run.store.find(positionId);
    // Six seconds after the due time every message is honoured, whatever it names, and the sweep adds its own.
    await machine.restart(async () => {
      await new Promise((resolve) => setTimeout(resolve, position!.exitDueAtMs + 6_000 - Date.now()));
    });
    await expectBounded(machine, positionId);
  });
});
