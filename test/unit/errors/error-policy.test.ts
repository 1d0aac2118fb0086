import { describe, expect, it } from 'vitest';
import { BrokenLawError } from '#lib/domain/position/broken-law.ts';
import type { ErrorName, ErrorPolicy } from '#lib/errors/error-policy.ts';
import { ERROR_POLICIES, policyOf, UNKNOWN_ERROR_POLICY } from '#lib/errors/error-policy.ts';
import * as errors from '#lib/errors/errors.ts';

const { TminusError: _abstract, RateLimitedError, ...plain } = errors;

/** One error of each class. */
const EXAMPLES: readonly Error[] = [
  ...Object.values(plain).map((ErrorClass) => new ErrorClass('Something happened')),
  new RateLimitedError('Wait', 1_000),
  new BrokenLawError('Cannot be'),
];

const EXPECTED: Record<ErrorName, readonly [ErrorPolicy['queue'], number, ErrorPolicy['logLevel'], isAlarm: boolean]> =
  {
    InvalidInputError: ['dead-letter', 400, 'warn', false],
    ConfigError: ['retry', 500, 'error', true],
    PositionNotFoundError: ['dead-letter', 404, 'error', true],
    VersionConflictError: ['retry', 409, 'warn', false],
    StoreUnavailableError: ['retry', 503, 'error', false],
    CorruptRowError: ['dead-letter', 500, 'error', true],
    UpstreamUnavailableError: ['retry', 503, 'warn', false],
    RateLimitedError: ['retry', 503, 'warn', false],
    RejectedByUpstreamError: ['dead-letter', 502, 'error', true],
    UnexpectedReplyError: ['retry', 502, 'error', true],
    InvariantError: ['dead-letter', 500, 'error', true],
    BrokenLawError: ['dead-letter', 500, 'error', true],
  };

describe('policyOf', () => {
  it('has an example of every row', () => {
    expect(EXAMPLES.map(({ name }) => name).toSorted()).toEqual(Object.keys(ERROR_POLICIES).toSorted());
  });

  it.each(Object.entries(EXPECTED))('decides for %s', (name, [queue, httpStatus, logLevel, isAlarm]) => {
    const example = EXAMPLES.find((error) => error.name === name);
    expect(policyOf(example)).toEqual({ queue, httpStatus, logLevel, isAlarm });
  });

  it.each([
    ['an error nobody foresaw', new TypeError('x is not a function')],
    ["a library's error with a name of ours", Object.assign(new Error('theirs'), { name: 'InvalidInputError' })],
    ['something that is no error', 'a text'],
    ['nothing', undefined],
  ])('retries and pages a human for %s', (_what, thrown) => {
    expect(policyOf(thrown)).toEqual(UNKNOWN_ERROR_POLICY);
    expect(UNKNOWN_ERROR_POLICY).toEqual({ queue: 'retry', httpStatus: 500, logLevel: 'error', isAlarm: true });
  });
});
