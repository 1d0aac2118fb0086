import { describe, expect, it } from 'vitest';
import { createBookTurns } from '#lib/lifecycle/sell/book-turns.ts';

describe('turns of exits that read their books', () => {
  it('leave a lone exit its time', () => {
    expect(createBookTurns().takeTurnMs(10_000)).toBe(10_000);
  });

  it('put each further exit of the same moment a little earlier, never later', () => {
    const turns = createBookTurns();
    expect([turns.takeTurnMs(10_000), turns.takeTurnMs(10_000), turns.takeTurnMs(10_000)]).toEqual([
      10_000, 9_994, 9_988,
    ]);
  });

  it('spread the ten of a batch over a tenth of a second', () => {
    const turns = createBookTurns();
    const taken = Array.from({ length: 10 }, () => turns.takeTurnMs(10_000));
    expect(Math.min(...taken)).toBeGreaterThan(9_900);
  });

  it('start anew for exits that are due later', () => {
    const turns = createBookTurns();
    for (let count = 0; count < 100; count += 1) turns.takeTurnMs(10_000);
    expect(turns.takeTurnMs(11_000)).toBe(11_000);
  });

  it('never give one later than its wish to an exit that is due before the others', () => {
    const turns = createBookTurns();
    for (let count = 0; count < 100; count += 1) turns.takeTurnMs(10_000);
    expect(turns.takeTurnMs(9_900)).toBeLessThanOrEqual(9_900);
    expect(turns.takeTurnMs(5_000)).toBe(5_000);
  });
});
