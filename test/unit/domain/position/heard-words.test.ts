import { describe, expect, it } from 'vitest';
import { hear } from '#lib/domain/position/heard-words.ts';

const hearAll = (...texts: string[]) => texts.reduce<ReturnType<typeof hear>>((heard, text) => hear(heard, text), []);

describe('hear', () => {
  it('counts each text and puts the last one last', () => {
    expect(hearAll('a', 'b', 'a')).toEqual([
      { text: 'b', count: 1 },
      { text: 'a', count: 2 },
    ]);
  });

  it('counts texts as one kind that differ in ids and figures alone, and keeps the last of them', () => {
    const text = (id: string, balance: number) =>
      `order ${id} is refused -> balance: ${balance}, order amount: 5000000`;
    expect(hearAll(text('0x12ab', 0), text('0xff', 4_893_500))).toEqual([{ text: text('0xff', 4_893_500), count: 2 }]);
  });

  it('reads a figure with decimals as one', () => {
    expect(hearAll('price 0.5 is low', 'price 12.34 is low', 'price 7 is low')).toEqual([
      { text: 'price 7 is low', count: 3 },
    ]);
  });

  it('compares no more than the beginning, because figures move the place where a text is cut', () => {
    const text = (end: string) => `${'x'.repeat(100)}${end}`;
    expect(hearAll(text('a'), text('b'))).toEqual([{ text: text('b'), count: 2 }]);
    const early = (end: string) => `${'x'.repeat(99)}${end}`;
    expect(hearAll(early('a'), early('b'))).toHaveLength(2);
  });

  it('cuts a text of more than 200 characters', () => {
    expect(hearAll('x'.repeat(200))).toEqual([{ text: 'x'.repeat(200), count: 1 }]);
    expect(hearAll('x'.repeat(201))).toEqual([{ text: `${'x'.repeat(199)}…`, count: 1 }]);
  });

  it('keeps four kinds of limited length, without half a character', () => {
    const heard = hearAll('a', 'b', 'c', 'd', `${'x'.repeat(198)}🙂🙂`);
    expect(heard.map(({ text }) => text.slice(0, 1))).toEqual(['b', 'c', 'd', 'x']);
    expect(heard.at(-1)?.text.length).toBeLessThanOrEqual(200);
    expect(heard.every(({ text }) => text.isWellFormed())).toBe(true);
  });
});
