import { describe, expect, it } from 'vitest';
import { type Trip, tripsBeforePost } from '#infra/proof/bench/attempt/request-trips.ts';

const trip = (path: string, startedMs: number, endedMs: number, method = 'GET'): Trip => ({
  ...{ method, path, startedMs, endedMs },
  startedSpent: null,
});
const post = (startedMs: number) => trip('/order', startedMs, startedMs + 250, 'POST');

describe('trips before an order leaves', () => {
  it('counts requests that run side by side once, and those that wait for each other each', () => {
    const row = trip('/row', 0, 10, 'POST');
    const reads = [trip('/book', 11, 20), trip('/chain', 11, 25, 'POST')];
    expect(tripsBeforePost([row, ...reads, trip('/intent', 26, 30, 'POST'), post(31)])).toBe(3);
  });

  it('does not count what is still under way, or comes after', () => {
    expect(tripsBeforePost([trip('/row', 0, 10), trip('/price', 0, 90), post(11), trip('/result', 300, 310)])).toBe(1);
  });

  it('knows nothing where no order left', () => {
    expect(tripsBeforePost([trip('/row', 0, 10)])).toBeNaN();
  });
});
