import { describe, expect, it } from 'vitest';
import { toApiError } from '#lib/contracts/api/api-error.ts';
import { toOpenAnswer, toOpenFailure } from '#lib/contracts/open-answer.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { aPosition } from '#test/factories/a-position.ts';

describe('the answer to an open request', () => {
  it('has the position with its side, and uses "outcome" for the answer alone', () => {
    const { statusCode, answer } = toOpenAnswer({ outcome: 'opened', position: aPosition({ state: 'holding' }) }, 'r');
    expect(statusCode).toBe(201);
    expect(answer).toMatchObject({ outcome: 'opened', position: { side: 'UP', state: 'holding' } });
    expect(answer).not.toHaveProperty('position.outcome');
  });

  it('names a refusal by "code", at the top as before and in the error', () => {
    const refusal = { code: 'halted', message: 'Openings are halted.' } as const;
    const { statusCode, answer } = toOpenAnswer({ outcome: 'refused', refusal }, 'r');
    const error = { ...refusal, retryable: false, requestId: 'r' };
    expect([statusCode, answer]).toEqual([422, { outcome: 'refused', ...refusal, error }]);
    const early = { code: 'too-late-to-exit', message: 'Ask again.', retryAtMs: 5 } as const;
    expect(toOpenAnswer({ outcome: 'refused', refusal: early }, 'r').answer).toMatchObject({
      retryAtMs: 5,
      error: { retryable: true },
    });
  });

  it('names a failure by "code", at the top as before and in the error', () => {
    const error = toApiError(new InvalidInputError('usd: must be more than 0'), 'r');
    expect(toOpenFailure(error)).toEqual({
      outcome: 'failed',
      code: 'InvalidInputError',
      message: 'usd: must be more than 0',
      error: { code: 'InvalidInputError', message: 'usd: must be more than 0', retryable: false, requestId: 'r' },
    });
  });

  it('shows no text of a library', () => {
    expect(toApiError(new TypeError('fetch failed at 10.0.0.1'))).toEqual({
      code: 'InternalError',
      message: 'The request failed. Repeat it with the same requestId.',
      retryable: true,
    });
  });
});
