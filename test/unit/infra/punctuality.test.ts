import { describe, expect, it } from 'vitest';
import { POLLING_WORKER, SCHEDULER_ALONE } from '#infra/proof/punctuality/baselines.ts';
import { benchEnv, planDueAtMs, TIMER_GRAIN_MS } from '#infra/proof/punctuality/bench-settings.ts';
import { summariseLateness } from '#infra/proof/punctuality/punctuality-report.ts';
import { firstSellOf } from '#infra/proof/punctuality/read-exit.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { createRandom } from '#lib/venue/random.ts';

describe('summary of lateness', () => {
  it('shows measured figures only, by nearest rank', () => {
    const figures = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(summariseLateness(figures)).toEqual({ p50Ms: 50, p99Ms: 99, maxMs: 100, n: 100 });
    expect(summariseLateness([7])).toEqual({ p50Ms: 7, p99Ms: 7, maxMs: 7, n: 1 });
  });

  it('sorts by number, with early sells first', () => {
    expect(summariseLateness([10, 9, -1])).toEqual({ p50Ms: 9, p99Ms: 10, maxMs: 10, n: 3 });
  });

  it('counts zero without sells', () => {
    expect(summariseLateness([]).n).toBe(0);
  });
});

const line = (version: number, type: string, evidence: TimelineEntry['evidence'] = {}) =>
  ({ version, event: { type, atMs: 0 }, evidence }) as TimelineEntry;

describe('the first sell in a timeline', () => {
  const bought = [line(1, 'opened'), line(2, 'buy-intended'), line(3, 'order-accepted', { postedAtMs: 5, tookMs: 1 })];

  it('is not the buy', () => {
    expect(firstSellOf(bought)).toEqual({ arrivedAtMs: null, answeredAtMs: null });
  });

  it('counts when it was refused, and later ones do not', () => {
    const timeline = [
      ...bought,
      line(4, 'sell-intended'),
      line(5, 'order-refused', { postedAtMs: 1_000, tookMs: 40 }),
      line(6, 'sell-intended'),
      line(7, 'order-accepted', { postedAtMs: 2_000, tookMs: 300 }),
    ];
    expect(firstSellOf(timeline)).toEqual({ arrivedAtMs: 1_000, answeredAtMs: 1_040 });
  });

  it('is unknown while no result says when it was posted', () => {
    expect(firstSellOf([...bought, line(4, 'sell-intended')]).arrivedAtMs).toBeNull();
  });
});

describe('baselines', () => {
  it('start within their documented period, and equally for equal seeds', () => {
    const draw = (baseline: typeof POLLING_WORKER) => {
      const random = createRandom('1');
      return Array.from({ length: 1_000 }, () => baseline.drawDelayMs(random));
    };
    expect(Math.max(...draw(POLLING_WORKER))).toBeLessThan(10_000);
    expect(Math.max(...draw(SCHEDULER_ALONE))).toBeLessThan(60_000);
    expect(Math.max(...draw(SCHEDULER_ALONE))).toBeGreaterThan(55_000);
    expect(Math.min(...draw(SCHEDULER_ALONE))).toBeGreaterThanOrEqual(0);
    expect(draw(POLLING_WORKER)).toEqual(draw(POLLING_WORKER));
  });
});

describe('bench settings', () => {
  it('make every exit due on one whole second of the timers', () => {
    expect(planDueAtMs(1_764_000_000_123, 100) % TIMER_GRAIN_MS).toBe(0);
    expect(planDueAtMs(0, 1_000)).toBeGreaterThan(planDueAtMs(0, 10));
  });

  it("keep production's lead for up to a hundred positions, and stay within the function's timeout", () => {
    expect(benchEnv(100).EXIT_PREPARE_LEAD_MS).toBe('3000');
    expect(benchEnv(1_000).EXIT_PREPARE_LEAD_MS).toBe('8500');
  });

  it('read the book earlier the more exits there are, and never before the exit is prepared', () => {
    expect(benchEnv(100).EXIT_BOOK_LEAD_MS).toBe('2000');
    expect(benchEnv(1_000).EXIT_BOOK_LEAD_MS).toBe('8500');
  });
});
