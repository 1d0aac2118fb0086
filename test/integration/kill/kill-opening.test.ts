import { afterAll, describe, expect, it } from 'vitest';
import { OPENING_POINTS, seenLife } from '#test/fixtures/kill/kill-points.ts';
import type { KillTime } from '#test/fixtures/kill/kill-proxy.ts';
import { type Machine, startMachine } from '#test/fixtures/kill/killed-machine.ts';

/**
 * The machine (functions, queues, timers, venue and table at once) is killed while it opens a position: before and after each
 * call that matters. It is started again, the caller repeats its request, and the next opening is killed at another call.
 *
 * KILL_ROUNDS=n plays the series n times, and then also waits until a buy that was never made is proven void (half a minute
 * after its market's end).
 */
const ROUND_COUNT = Number(process.env.KILL_ROUNDS ?? '0');
const IS_PATIENT = ROUND_COUNT > 0;

const LIFE_MS = 16_000;
const SETTINGS = {
  EXIT_LEAD_MS: '6000',
  EXIT_DEADLINE_LEAD_MS: '1000',
  EXIT_LAST_ORDER_LEAD_MS: '2000',
  OPEN_TIME_TO_EXIT_MS_MIN: '1000',
  OPEN_SLACK_TICKS: '20',
  TIMER_LEAD_MS: '2000',
  TIMER_MARGIN_MS: '1000',
  PAPER_SETTLEMENT_FIXED_MS: '1000',
};

type PointName = keyof typeof OPENING_POINTS;
const POINT_NAMES = Object.keys(OPENING_POINTS) as PointName[];
/** Several deaths in a row on one machine: each also hits the earlier positions wherever they are. */
const SERIES: readonly (readonly PointName[])[] = [
  POINT_NAMES.slice(0, 2),
  POINT_NAMES.slice(2, 4),
  POINT_NAMES.slice(4, 6),
  POINT_NAMES.slice(6),
];

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

const rounds = Array.from({ length: Math.max(ROUND_COUNT, 1) }, (_, round) => round + 1);
const cases = rounds.flatMap((round) => SERIES.map((names) => ({ round, names, title: names.join(', ') })));

describe.concurrent('the whole machine dies while it opens a position, and is started again', () => {
  it.each(cases)('leaves every position managed: $title (round $round)', { timeout: 200_000 }, async ({ names }) => {
    const machine = await startMachine(SETTINGS);
    machines.push(machine);
    for (const name of names) {
      for (const when of ['before', 'after'] as const satisfies readonly KillTime[]) {
        const slug = await machine.addMarket(LIFE_MS);
        const requestId = `${name}, ${when}`.replaceAll(/[^a-z]+/gi, '-');
        const life = seenLife(slug);
        const death = machine.deathAt(life, when, OPENING_POINTS[name]);
        expect(await machine.open(requestId, slug)).toBe('lost');
        await machine.startAfter(death, life);
        // On a slow machine the market may be too near its end by now.
        expect(await machine.open(requestId, slug)).toMatch(/opened|refused/);
      }
    }
    await machine.untilEnded(IS_PATIENT);
    expect(await machine.findBrokenLaws()).toEqual([]);
  });
});
