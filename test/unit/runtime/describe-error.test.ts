import { describe, expect, it } from 'vitest';
import { RejectedByUpstreamError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { describeError } from '#lib/runtime/describe-error.ts';

describe('describeError', () => {
  it('returns name, message, context and the chain of causes, each with its frames', () => {
    const root = Object.assign(new Error('socket hang up'), { name: 'SocketError', request: { headers: 'hush' } });
    const middle = new UpstreamUnavailableError('The table did not answer', { table: 'x' }, { cause: root });
    const error = new RejectedByUpstreamError('Refused', { positionId: 'p1' }, { cause: middle });
    const ofThisFile = expect.arrayContaining([
      expect.stringMatching(/^(?:\S+ \()?test\/unit\/runtime\/describe-error\.test\.ts:\d+:\d+\)?$/),
    ]);
    expect(describeError(error)).toEqual({
      errorName: 'RejectedByUpstreamError',
      errorMessage: 'Refused',
      errorContext: { positionId: 'p1' },
      errorFrames: ofThisFile,
      errorCauses: [
        { name: 'UpstreamUnavailableError', message: 'The table did not answer', frames: ofThisFile },
        { name: 'SocketError', message: 'socket hang up', frames: ofThisFile },
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

  it('hides what is named as a secret or looks like a key, and keeps wallets and slugs', () => {
    const apiKey = 'q3Zr8Xw1Lk0Tn5Vb7Ym2Pc9Hd4Gf6Js1Aa0Bb2Cc=';
    const accessKey = 'AKIAIOSFODNN7EXAMPLE';
    const secrets = ['hush1', 'hush2', 'hush3', 'hush4', apiKey, accessKey];
    const error = new Error(
      `Authorization: Bearer hush1, {"secret":"hush2","passphrase": 'hush3'} POLY_SIGNATURE=hush4 ${apiKey} ${accessKey} ` +
        '0x52908400098527886E0F7030069857D2E4169EE7 btc-updown-5m-1764525600',
    );
    const { errorMessage } = describeError(error);
    for (const secret of secrets) expect(errorMessage).not.toContain(secret);
    expect(errorMessage).toContain('0x52908400098527886E0F7030069857D2E4169EE7 btc-updown-5m-1764525600');
  });

  it.each([
    [
      'JSON inside JSON',
      String.raw`body {\"apiKey\":\"hush\",\"secret\":\"hush\"} {"a":"{\\\"passphrase\\\":\\\"hush\\\"}"}`,
    ],
    ['variables', 'CLOB_L2_SECRET=hush POLYMARKET_API_SECRET=hush x-amz-security-token: hush'],
    ['another scheme of authorization', 'authorization: Token hush, authorization: Digest hush'],
    [
      'a password with the signs of an address',
      'wss://user:hush@hush@host.example/x wss://user:hu/hush@host.example/x',
    ],
    ['a key beside a name', `PRIVATE_KEY_0x${'ab'.repeat(32)}`],
  ])('hides secrets in %s, in a nested cause as well', (_, text) => {
    const described = describeError(
      new UpstreamUnavailableError('Refused', { reason: text }, { cause: new Error(text) }),
    );
    expect(described.errorCauses?.[0]?.message).not.toMatch(/hush|abab/);
    expect(JSON.stringify(described.errorContext)).not.toContain('hush');
  });

  it('keeps the hash of an order in the context, and hides an address with its key', () => {
    const orderHash = `0x${'ab'.repeat(32)}`;
    const reason = 'no access to https://polygon.example/v2/hush';
    const { errorContext } = describeError(new UpstreamUnavailableError('Refused', { orderHash, reason }));
    expect(errorContext).toEqual({ orderHash, reason: 'no access to https://polygon.example/…' });
  });

  it('names places by their path in the project or package, and of other files only the name', () => {
    const error = withStack(
      '    at async attempt (file:///home/alice/t-minus/node_modules/viem/_esm/call.js:7:3)',
      '    at file:///home/alice/secret-place/strategy.mjs:1:2',
      '    at node:internal/process/task_queues:105:5',
      '    at Promise.all (index 0)',
      `    at ${'ab'.repeat(32)} (/var/task/index.mjs:3:20311)`,
      '    at run (https://user:pass@host.example/token/x.js?key=hush:1:2)',
    );
    const { errorFrames } = describeError(error);
    expect(errorFrames).toEqual([
      'attempt (node_modules/viem/_esm/call.js:7:3)',
      'strategy.mjs:1:2',
      '… (index.mjs:3:20311)',
    ]);
  });

  it('takes no frame from the lines of a message, and no more than eight', () => {
    const error = new Error('Refused\n    at hush (hush.ts:1:2)');
    error.stack = `Error: ${error.message}\n${'    at step (/var/task/index.mjs:3:20311)\n'.repeat(40)}`;
    const { errorFrames } = describeError(error);
    expect(errorFrames).toHaveLength(8);
    expect(String(errorFrames)).not.toContain('hush');
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

function withStack(...frames: readonly string[]): Error {
  const error = new Error('Refused');
  error.stack = ['Error: Refused', ...frames].join('\n');
  return error;
}
