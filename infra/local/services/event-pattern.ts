import type { EventPattern, EventPatternValue } from '#infra/shared/event-rules.ts';
import { ConfigError } from '#lib/errors/errors.ts';

/** @throws ConfigError for content filters ("prefix", "anything-but" …) and bare values */
export function assertSupportedPattern(pattern: EventPattern): void {
  for (const [field, expected] of Object.entries(pattern)) {
    if (isPattern(expected)) assertSupportedPattern(expected);
    else if (!Array.isArray(expected) || expected.some((value) => typeof value === 'object' && value !== null)) {
      throw new ConfigError('A local event rule may use lists of exact values only', { field });
    }
  }
}

export function matchesPattern(event: unknown, pattern: EventPattern): boolean {
  if (typeof event !== 'object' || event === null) return false;
  const fields: Record<string, unknown> = { ...event };
  return Object.entries(pattern).every(([field, expected]) => {
    const actual = fields[field];
    if (isPattern(expected)) return matchesPattern(actual, expected);
    // A list in the event matches when one of its members matches.
    const candidates: readonly unknown[] = Array.isArray(actual) ? actual : [actual];
    return expected.some((value) => candidates.includes(value));
  });
}

function isPattern(value: EventPattern | readonly EventPatternValue[]): value is EventPattern {
  return !Array.isArray(value);
}
