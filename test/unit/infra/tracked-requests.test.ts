import { describe, expect, it } from 'vitest';
import { countSequentialRequests, type TrackedRequest } from '#infra/proof/attempt/tracked-requests.ts';

const request = (path: string, startedMs: number, endedMs: number, method = 'GET'): TrackedRequest => ({
  ...{ method, path, startedMs, endedMs },
  cpuAtStart: null,
});
const order = (startedMs: number) => request('/order', startedMs, startedMs + 250, 'POST');

describe('sequential requests before an order', () => {
  it('counts parallel requests once, and requests that wait for each other one by one', () => {
    const row = request('/row', 0, 10, 'POST');
    const reads = [request('/book', 11, 20), request('/chain', 11, 25, 'POST')];
    expect(countSequentialRequests([row, ...reads, request('/intent', 26, 30, 'POST'), order(31)])).toBe(3);
  });

  it('does not count requests that are still running, or start after the order', () => {
    const running = request('/price', 0, 90);
    const after = request('/result', 300, 310);
    expect(countSequentialRequests([request('/row', 0, 10), running, order(11), after])).toBe(1);
  });

  it('is unknown without an order', () => {
    expect(countSequentialRequests([request('/row', 0, 10)])).toBeNaN();
  });
});
