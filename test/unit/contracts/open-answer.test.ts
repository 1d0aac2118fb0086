import { describe, expect, it } from 'vitest';
import { toOpenAnswer, toOpenFailure } from '#lib/contracts/open-answer.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { aPosition } from '#test/factories/a-position.ts';

describe('the answer to an open request', () => {
  it('has the position with its side, and uses "outcome" for the answer alone', () => {
    const { statusCode, answer } = toOpenAnswer({ outcome: 'opened', position: aPosition({ state: 'holding' }) });
    expect(statusCode).toBe(201);
    expect(answer).toMatchObject({ outcome: 'opened', position: { side: 'UP', state: 'holding' } });
    expect(answer).not.toHaveProperty('position.outcome');
  });

  it('names a refusal and a failure by "code"', () => {
    const refusal = { code: 'halted', message: 'Openings are halted.' } as const;
    const { statusCode, answer } = toOpenAnswer({ outcome: 'refused', refusal });
    expect([statusCode, answer]).toEqual([422, { outcome: 'refused', ...refusal }]);
    const failure = { outcome: 'failed', code: 'InvalidInputError', message: 'usd: must be more than 0' };
    expect(toOpenFailure(new InvalidInputError('usd: must be more than 0'))).toEqual(failure);
  });

  it('shows no text of a library', () => {
    expect(toOpenFailure(new TypeError('fetch failed at 10.0.0.1'))).toEqual({
      outcome: 'failed',
      code: 'InternalError',
      message: 'The request failed. Repeat it with the same requestId.',
    });
  });
});
