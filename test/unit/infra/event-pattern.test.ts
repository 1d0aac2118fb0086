import { describe, expect, it } from 'vitest';
import { assertSupportedPattern, matchesPattern } from '#infra/local/services/event-pattern.ts';
import { EVENT_RULES } from '#infra/shared/event-rules.ts';
import { ConfigError } from '#lib/errors/errors.ts';

const event = { source: 'tminus', 'detail-type': 'Position Alert', detail: { isNews: true, tags: ['a', 'b'], n: 1 } };

describe('matchesPattern', () => {
  it.each([
    ['one of several values', { source: ['other', 'tminus'] }, true],
    ['a nested boolean', { detail: { isNews: [true] } }, true],
    ['a member of a list in the event', { detail: { tags: ['b'] } }, true],
    ['another value', { source: ['other'] }, false],
    ['another nested value', { source: ['tminus'], detail: { isNews: [false] } }, false],
    ['a text that looks like the boolean', { detail: { isNews: ['true'] } }, false],
    ['a field that is not there', { detail: { missing: [1] } }, false],
    ['a field below one that is not an object', { source: { deeper: ['x'] } }, false],
  ])('%s', (_name, pattern, expected) => {
    expect(matchesPattern(event, pattern)).toBe(expected);
  });
});

describe('assertSupportedPattern', () => {
  it('accepts the rules of the suite', () => {
    for (const rule of EVENT_RULES) expect(() => assertSupportedPattern(rule.pattern)).not.toThrow();
  });

  it('refuses filters that this machine would match differently from AWS', () => {
    expect(() => assertSupportedPattern({ detail: { n: [{ prefix: 'a' }] as never } })).toThrow(ConfigError);
  });
});
