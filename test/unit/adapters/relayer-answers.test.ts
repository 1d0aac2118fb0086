import { describe, expect, it } from 'vitest';
import type { HttpOutcome } from '#lib/adapters/http/send-request.ts';
import { readFailure, toAnswer } from '#lib/adapters/polymarket/relayer/relayer-answers.ts';

const answered = (status: number, body: object | string, headers = new Headers()): HttpOutcome => {
  return { kind: 'answered', status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) };
};
const read = (outcome: HttpOutcome) => toAnswer(outcome, 0, (text) => text);

describe('an answer of the relayer', () => {
  it.each([
    [400, { error: 'wallet busy: active action exists' }, { outcome: 'not-sent', retryAfterMs: 5_000 }],
    [400, { error: 'wallet has in-flight action' }, { outcome: 'not-sent', retryAfterMs: 5_000 }],
    // Ours is behind or ahead: nothing was taken, and the next one is signed with the chain's nonce.
    [400, { error: 'batch nonce 3 does not match on-chain nonce 4' }, { outcome: 'not-sent' }],
    [400, { error: 'batch nonce 5 does not match on-chain nonce 4' }, { outcome: 'not-sent' }],
    [400, { error: 'wallet registry validation failed: wallet 0x1 is not registered' }, { outcome: 'not-sent' }],
    [
      400,
      { error: 'call blocked: call[0] blocked: calls to 0x1 are not permitted' },
      { outcome: 'refused', isFinal: true },
    ],
    [
      429,
      { error: 'quota exceeded: 0 units remaining, resets in 3600 seconds' },
      { outcome: 'not-sent', retryAfterMs: 3_600_000 },
    ],
    [429, 'Too Many Requests', { outcome: 'not-sent', retryAfterMs: null }],
    [500, { code: 19, error: 'Temporary internal error' }, { outcome: 'unknown' }],
    [400, { code: 19, message: 'Temporary internal error' }, { outcome: 'unknown' }],
    [503, '<html>', { outcome: 'unknown' }],
    [408, '', { outcome: 'unknown' }],
    [200, {}, { outcome: 'unknown' }],
    [401, { error: 'invalid authorization' }, { outcome: 'refused', isFinal: false }],
    [422, { error: 'a sentence of next year' }, { outcome: 'refused', isFinal: false }],
    [200, { transactionID: 'a', state: 'STATE_NEW' }, { outcome: 'accepted', reference: 'a' }],
    [201, { transaction_id: 'b', transaction_hash: '' }, { outcome: 'accepted', reference: 'b' }],
  ])('%i %j is %j', (status, body, answer) => {
    expect(read(answered(status, body))).toMatchObject(answer);
  });

  it('that does not come is unknown, and a request that never left is not sent', () => {
    expect(read({ kind: 'lost', isLate: true, status: null, cause: null }).outcome).toBe('unknown');
    expect(read({ kind: 'not-sent', isLate: true }).outcome).toBe('not-sent');
  });

  it.each([
    ['STATE_FAILED', /FAILED/],
    ['STATE_INVALID', /INVALID/],
    ['STATE_NEW', null],
    ['STATE_EXECUTED', null],
    ['STATE_MINED', null],
    ['STATE_CONFIRMED', null],
    ['SUBMITTED', null],
    ['STATE_OF_NEXT_YEAR', null],
  ])('tells of a transaction in %s: %s, as a list and as an object', (state, failure) => {
    for (const body of [[{ transactionID: 'a', state }], { transaction_id: 'a', state }]) {
      const text = readFailure(body, 'a');
      if (failure === null) expect(text).toBeNull();
      else expect(text).toMatch(failure);
    }
  });
});
