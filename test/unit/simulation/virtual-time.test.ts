import { describe, expect, it } from 'vitest';
import { takeSteps } from '#lib/simulation/take-steps.ts';
import { createVirtualTime } from '#lib/simulation/world/virtual-time.ts';
import { createRandom } from '#lib/venue/random.ts';

describe('virtual time', () => {
  it('runs events in the order of their times, and of their planning within one millisecond', () => {
    const time = createVirtualTime(0);
    const random = createRandom('order');
    const planned = Array.from({ length: 500 }, (_, index) => ({ atMs: random.nextInt(50), index }));
    const seen: typeof planned = [];
    for (const event of planned) time.at(event.atMs, () => seen.push(event));
    while (time.step());
    expect(seen).toEqual(planned.toSorted((a, b) => a.atMs - b.atMs || a.index - b.index));
    expect(time.nowMs()).toBe(Math.max(...planned.map(({ atMs }) => atMs)));
  });

  it('never goes back, and runs a late event now', () => {
    const time = createVirtualTime(1_000);
    const seenAtMs: number[] = [];
    time.at(400, () => seenAtMs.push(time.nowMs()));
    time.step();
    expect(seenAtMs).toEqual([1_000]);
  });

  it('drops cancelled events and counts only events that keep the world alive', () => {
    const time = createVirtualTime(0);
    const planned = time.at(10, () => expect.unreachable('it was cancelled'));
    time.atInBackground(20, () => undefined);
    expect(time.foregroundCount()).toBe(1);
    time.cancel(planned);
    time.cancel(planned);
    expect(time.foregroundCount()).toBe(0);
    expect(time.step()).toBe(true);
    expect(time.nowMs()).toBe(20);
    expect(time.step()).toBe(false);
  });

  it('reports a quiet event, after which the next may follow at once', () => {
    const time = createVirtualTime(0);
    const seen: string[] = [];
    time.atQuietly(10, () => seen.push('quiet'));
    time.at(10, () => seen.push('loud'));
    expect(time.foregroundCount()).toBe(2);
    const quiets = [time.step() && time.wasQuiet(), time.step() && time.wasQuiet()];
    expect(quiets).toEqual([true, false]);
    expect(seen).toEqual(['quiet', 'loud']);
  });

  it('lets code sleep, and go on within one turn through any number of promises', async () => {
    const time = createVirtualTime(0);
    const seen: string[] = [];
    const deep = async (depth: number): Promise<void> => (depth === 0 ? undefined : deep(depth - 1));
    const sleeper = async () => {
      await time.sleepUntil(5_000);
      await deep(40);
      seen.push(`awake at ${time.nowMs()}`);
      await time.sleepUntil(4_000);
      seen.push('no sleep for a time that has passed');
    };
    void sleeper();
    await takeSteps(time.step);
    expect(seen).toEqual(['awake at 5000', 'no sleep for a time that has passed']);
  });
});
