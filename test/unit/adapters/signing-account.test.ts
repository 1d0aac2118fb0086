import { recoverAddress } from 'viem';
import { describe, expect, it } from 'vitest';

import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { addressOfPublicKey, parseDerSignature } from '#lib/adapters/signing/kms-signing-account.ts';
import { toDer } from '#test/fixtures/kms-double.ts';
import { TEST_ADDRESS, TEST_KEY } from '#test/fixtures/live-account.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe('a key held in memory', () => {
  it('signs a digest as it is: the address comes back out of it', async () => {
    const account = createKeySigningAccount(`  ${TEST_KEY.slice(2).toUpperCase()}\n`);
    expect(account.address).toBe(TEST_ADDRESS);
    const digest = `0x${'5a'.repeat(32)}` as const;
    const signature = (await account.signDigest(digest)) as `0x${string}`;
    expect(signature).toMatch(/^0x[0-9a-f]{128}(1b|1c)$/);
    expect(await recoverAddress({ hash: digest, signature })).toBe(TEST_ADDRESS);
    expect(await account.signDigest(digest)).toBe(signature);
  });

  it.each(['', '0x', 'hello', '0'.repeat(64), 'f'.repeat(64), `${TEST_KEY}0`, JSON.stringify({ key: TEST_KEY })])(
    'is refused when it is none: case %#',
    (text) => {
      expect(() => createKeySigningAccount(text)).toThrow(/64 hexadecimal digits/);
    },
  );

  it.each(['0x12', 'hello', `${'5a'.repeat(32)}`])('signs nothing but 32 bytes: %s', (digest) => {
    const account = createKeySigningAccount(TEST_KEY);
    expect(() => account.signDigest(digest)).toThrow(/32 bytes/);
  });

  it('does not expose the key', () => {
    const account = createKeySigningAccount(TEST_KEY);
    expect(JSON.stringify(account)).not.toContain(TEST_KEY.slice(2));
    expect(Object.keys(account)).toEqual(['address', 'signDigest']);
  });
});

describe('a signature in DER', () => {
  it.each([
    ['small numbers', 1n, 1n],
    ['numbers with their highest bit set', 2n ** 255n + 5n, 2n ** 254n],
    ['the largest low s', 7n, ORDER / 2n],
  ])('is read: %s', (_name, r, s) => {
    expect(parseDerSignature(toDer(r, s))).toEqual({ r, s });
  });

  it('comes back with its s in the lower half', () => {
    expect(parseDerSignature(toDer(7n, ORDER - 3n))).toEqual({ r: 7n, s: 3n });
    expect(parseDerSignature(toDer(7n, ORDER / 2n + 1n)).s).toBe(ORDER / 2n);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['a part', toDer(1n, 2n).subarray(0, 5)],
    ['more than one', Buffer.concat([toDer(1n, 2n), Buffer.from([0])])],
    ['zero', toDer(0n, 2n)],
    ['the order of the curve', toDer(ORDER, 2n)],
    ['a negative number', Buffer.from([0x30, 6, 2, 1, 0x81, 2, 1, 1])],
    ['another type', Buffer.from([0x31, 6, 2, 1, 1, 2, 1, 1])],
    ['a number without bytes', Buffer.from([0x30, 5, 2, 0, 2, 1, 1])],
  ])('is refused: %s', (_name, der) => {
    expect(() => parseDerSignature(der)).toThrow(/did not answer with a signature/);
  });
});

describe('a public key in DER', () => {
  it('is refused when it is of another curve', () => {
    const p256 = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
    expect(() => addressOfPublicKey(Buffer.concat([p256, Buffer.alloc(65, 4)]))).toThrow(/secp256k1/);
    expect(() => addressOfPublicKey(new Uint8Array())).toThrow(/secp256k1/);
  });
});
