import { describe, expect, it } from 'vitest';
import { createBookTurns } from '#lib/lifecycle/sell/book-turns.ts';

describe('turns of exits that read their books', () => {
  it('leave a lone exit its time', () => {
    expect(createBookTurns().takeTurnMs(10_000, 0)).toBe(10_000);
  });

  it('put each further exit of the same moment a little earlier, never later', () => {
    const turns = createBookTurns();
    expect([turns.takeTurnMs(10_000, 0), turns.takeTurnMs(10_000, 0), turns.takeTurnMs(10_000, 0)]).toEqual([
      10_000, 9_996, 9_992,
    ]);
  });

  it('are longer where rows come in more slowly, and never so long that books get old', () => {
    const apartAfter = (stepMs: number): number => {
      const turns = createBookTurns();
      const taken = Array.from({ length: 101 }, (_, index) => turns.takeTurnMs(10_000, index * stepMs));
      return (10_000 - Math.min(...taken)) / 100;
    };
    expect([apartAfter(0), apartAfter(2), apartAfter(50)]).toEqual([4, 8, 10]);
  });

  it('spread the ten of a batch over a tenth of a second', () => {
    const turns = createBookTurns();
    const taken = Array.from({ length: 10 }, () => turns.takeTurnMs(10_000, 0));
    expect(Math.min(...taken)).toBeGreaterThan(9_900);
  });

  it('start anew for exits that are due later', () => {
    const turns = createBookTurns();
    for (let count = 0; count < 100; count += 1) turns.takeTurnMs(10_000, 0);
    expect(turns.takeTurnMs(11_000, 0)).toBe(11_000);
  });

  it('never give one later than its wish to an exit that is due before the others', () => {
    const turns = createBookTurns();
    for (let count = 0; count < 100; count += 1) turns.takeTurnMs(10_000, 0);
    expect(turns.takeTurnMs(9_900, 0)).toBeLessThanOrEqual(9_900);
    expect(turns.takeTurnMs(5_000, 0)).toBe(5_000);
  });
});
