import { afterAll, describe, expect, it } from 'vitest';
import { OPENING_POINTS, seenLife } from '#test/fixtures/kill/kill-points.ts';
import type { KillTime } from '#test/fixtures/kill/kill-proxy.ts';
import { type Machine, startMachine } from '#test/fixtures/kill/killed-machine.ts';
import { countOf, IS_LONG } from '#test/fixtures/test-length.ts';

/**
 * The machine (functions, queues, timers, venue and table at once) is killed while it opens a position, started again,
 * and the caller repeats its request. The next opening is killed at another call. `npm test` kills once at each call,
 * before and after in turn; `npm run test:long` kills before and after each, three times.
 */
const SETTINGS = { OPEN_SLACK_TICKS: '20', LIMIT_OPEN_COUNT: '10', LIMIT_EXPOSURE_MICROS: '500000000' };

/** The exit is due two minutes before that: far enough away for a machine that is started several times until then. */
const LIFE_MS = 420_000;

type Death = { readonly name: keyof typeof OPENING_POINTS; readonly when: KillTime };

const POINT_NAMES = Object.keys(OPENING_POINTS) as Death['name'][];
const DEATHS: readonly Death[] = POINT_NAMES.flatMap((name, index) => {
  const [first, second] = index % 2 === 0 ? (['before', 'after'] as const) : (['after', 'before'] as const);
  return IS_LONG
    ? [
        { name, when: first },
        { name, when: second },
      ]
    : [{ name, when: first }];
});

/** Several deaths in a row on one machine: each also hits the earlier positions wherever they are. */
const IN_A_ROW = 4;
const series = Array.from({ length: Math.ceil(DEATHS.length / IN_A_ROW) }, (_, index) =>
  DEATHS.slice(index * IN_A_ROW, (index + 1) * IN_A_ROW),
);

const machines: Machine[] = [];
afterAll(() => Promise.all(machines.map((machine) => machine.stop())));

const rounds = Array.from({ length: countOf({ short: 1, long: 3 }) }, (_, round) => round + 1);
const cases = rounds.flatMap((round) =>
  series.map((deaths) => ({ round, deaths, title: deaths.map(({ name, when }) => `${when} ${name}`).join(', ') })),
);

describe.concurrent('the whole machine dies while it opens a position, and is started again', () => {
  it.each(cases)('leaves every position managed: $title (round $round)', { timeout: 900_000 }, async ({ deaths }) => {
    const machine = await startMachine(SETTINGS);
    machines.push(machine);
    for (const { name, when } of deaths) {
      const slug = await machine.addMarket(LIFE_MS);
      const requestId = `${name}, ${when}`.replaceAll(/[^a-z]+/gi, '-');
      const life = seenLife(slug);
      const death = machine.deathAt(life, when, OPENING_POINTS[name]);
      expect(await machine.open(requestId, slug)).toBe('lost');
      await machine.startAfter(death, life);
      // The price may have moved too far by now.
      expect(await machine.open(requestId, slug)).toMatch(/opened|refused/);
    }
    await machine.untilEnded();
    expect(await machine.findBrokenLaws()).toEqual([]);
  });
});
