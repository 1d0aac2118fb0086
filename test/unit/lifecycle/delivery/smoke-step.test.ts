import { describe, expect, it } from 'vitest';
import { pollFor, SmokeInterrupted, waitUntil } from '#lib/lifecycle/delivery/smoke-step.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const isInterrupted = () => false;

describe('pollFor', () => {
  it('looks at once, each second, and at the end', async () => {
    const clock = createFakeClock(0);
    const looks: number[] = [];
    const look = async () => void looks.push(clock.nowMs());
    expect(await clock.run(pollFor({ clock, isInterrupted }, 2_500, look))).toBeUndefined();
    expect(looks).toEqual([0, 1_000, 2_000, 2_500]);
  });

  it('ends with the first answer', async () => {
    const clock = createFakeClock(0);
    const look = async () => (clock.nowMs() >= 20_000 ? 'found' : undefined);
    expect(await clock.run(pollFor({ clock, isInterrupted }, 60_000, look, 10_000))).toBe('found');
    expect(clock.nowMs()).toBe(20_000);
  });

  it('does not look after an interruption', async () => {
    const clock = createFakeClock(0);
    let lookCount = 0;
    const look = async () => {
      lookCount += 1;
      return true;
    };
    await expect(pollFor({ clock, isInterrupted: () => true }, 60_000, look)).rejects.toThrow(SmokeInterrupted);
    expect(lookCount).toBe(0);
  });
});

describe('waitUntil', () => {
  it('sleeps in pauses of a second', async () => {
    const clock = createFakeClock(0);
    const pauses: number[] = [];
    const sleepUntil = async (atMs: number) => {
      pauses.push(atMs);
      await clock.sleepUntil(atMs, 'rough');
    };
    await clock.run(waitUntil({ clock: { ...clock, sleepUntil }, isInterrupted }, 2_500));
    expect(pauses).toEqual([1_000, 2_000, 2_500]);
  });

  it('ends in the second of an interruption', async () => {
    const clock = createFakeClock(0);
    const waiting = { clock, isInterrupted: () => clock.nowMs() >= 3_000 };
    await expect(clock.run(waitUntil(waiting, 60_000))).rejects.toThrow(SmokeInterrupted);
    expect(clock.nowMs()).toBe(3_000);
  });
});
