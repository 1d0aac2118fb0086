import { describe, expect, it } from 'vitest';
import { RejectedByUpstreamError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { describeError } from '#lib/runtime/describe-error.ts';

describe('describeError', () => {
  it('returns name, message, context and the chain of causes, and no stack', () => {
    const root = Object.assign(new Error('socket hang up'), { name: 'SocketError', request: { headers: 'hush' } });
    const middle = new UpstreamUnavailableError('The table did not answer', { table: 'x' }, { cause: root });
    const error = new RejectedByUpstreamError('Refused', { positionId: 'p1' }, { cause: middle });
    expect(describeError(error)).toEqual({
      errorName: 'RejectedByUpstreamError',
      errorMessage: 'Refused',
      errorContext: { positionId: 'p1' },
      errorCauses: [
        { name: 'UpstreamUnavailableError', message: 'The table did not answer' },
        { name: 'SocketError', message: 'socket hang up' },
      ],
    });
  });

  it('cuts addresses down to their host and hides words that may be keys', () => {
    const key = 'ab'.repeat(32);
    const error = new TypeError(
      `Failed to parse https://user:pass@discord.com/api/webhooks/1/token?wait=true and 0x${key}, ${key}`,
    );
    const { errorMessage } = describeError(error);
    expect(errorMessage).toContain('https://discord.com/…');
    for (const secret of ['pass', 'token', 'webhooks', key]) expect(errorMessage).not.toContain(secret);
  });

  it('does not show a thrown value that is not an error', () => {
    expect(JSON.stringify(describeError('hush'))).not.toContain('hush');
    expect(describeError(null).errorName).toBe('NotAnError');
  });

  it('ends on a circular chain, and cuts long messages', () => {
    const error = new Error('x'.repeat(10_000));
    error.cause = error;
    const described = describeError(error);
    expect(described.errorCauses).toHaveLength(5);
    expect(described.errorMessage).toHaveLength(500);
  });
});
