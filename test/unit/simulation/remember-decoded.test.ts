import { describe, expect, it } from 'vitest';
import { rememberDecoded } from '#lib/simulation/world/remember-decoded.ts';

describe('a caching decoder', () => {
  it('decodes the same text once', () => {
    const texts: string[] = [];
    const decode = rememberDecoded((text) => {
      texts.push(text);
      return { text };
    });
    const first = decode('a');
    expect(decode('b')).toEqual({ text: 'b' });
    expect(decode('a')).toBe(first);
    expect(texts).toEqual(['a', 'b']);
  });

  it('throws again for a text that it cannot decode', () => {
    const decode = rememberDecoded((text): string => {
      throw new Error(`not ${text}`);
    });
    expect(() => decode('a')).toThrow('not a');
    expect(() => decode('a')).toThrow('not a');
  });

  it('has a bound, and decodes again what it dropped', () => {
    let readCount = 0;
    const decode = rememberDecoded((text) => {
      readCount += 1;
      return { text };
    });
    for (let number = 0; number < 10_000; number += 1) decode(String(number));
    expect(decode('0')).toEqual({ text: '0' });
    expect(readCount).toBe(10_001);
  });
});
