import { describe, expect, it } from 'vitest';
import { once } from '#lib/runtime/once.ts';

describe('once', () => {
  it('makes the value once, also for concurrent callers', async () => {
    let count = 0;
    const get = once(async () => {
      count += 1;
      return { count };
    });
    const [first, second] = await Promise.all([get(), get()]);
    expect(first).toBe(second);
    expect(await get()).toBe(first);
    expect(count).toBe(1);
  });

  it('does not keep a failure, so that the next event tries again', async () => {
    let count = 0;
    const get = once(async () => {
      count += 1;
      if (count === 1) throw new Error('not yet');
      return count;
    });
    await expect(get()).rejects.toThrow('not yet');
    await expect(get()).resolves.toBe(2);
    await expect(get()).resolves.toBe(2);
  });

  it('turns a synchronous throw into a rejection', async () => {
    const get = once(() => {
      throw new Error('at once');
    });
    await expect(get()).rejects.toThrow('at once');
  });
});
