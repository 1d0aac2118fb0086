import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** The parts of a request to the interactions endpoint that its signature is about. */
export type SignedRequest = {
  /** `X-Signature-Ed25519`: 128 hexadecimal digits. */
  readonly signature: string | undefined;
  /** `X-Signature-Timestamp`: Unix seconds. */
  readonly timestamp: string | undefined;
  /** The body as it came, byte by byte. */
  readonly body: Uint8Array;
};

export type Verdict = 'valid' | 'unsigned' | 'bad-signature' | 'out-of-time';

/**
 * Discord gives up an interaction that is not answered within three seconds, so that a request which is a minute old is
 * of use to a thief alone. Its documentation names no bound (discord-api-docs#6209). The rest is room for clocks.
 */
export const REQUEST_AGE_MS_MAX = 60_000;

const PUBLIC_KEY = /^[0-9a-f]{64}$/i;
const SIGNATURE = /^[0-9a-f]{128}$/i;
const SECONDS = /^\d{1,12}$/;

/** @returns undefined where the text is no public key as the Developer Portal shows it */
export function parsePublicKey(hex: string): KeyObject | undefined {
  if (!PUBLIC_KEY.test(hex)) return undefined;
  const x = Buffer.from(hex, 'hex').toString('base64url');
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/**
 * Ed25519 over timestamp and body, as RFC 8032 verifies it: OpenSSL refuses an S beyond the order of the curve and an R
 * in another encoding, so that no second signature can be made of one that was seen.
 */
export function verifyRequest(key: KeyObject, { signature, timestamp, body }: SignedRequest, nowMs: number): Verdict {
  if (signature === undefined || timestamp === undefined) return 'unsigned';
  if (!SIGNATURE.test(signature) || !SECONDS.test(timestamp)) return 'bad-signature';
  const message = Buffer.concat([Buffer.from(timestamp, 'utf8'), body]);
  if (!verify(null, message, key, Buffer.from(signature, 'hex'))) return 'bad-signature';
  return Math.abs(nowMs - Number(timestamp) * 1_000) <= REQUEST_AGE_MS_MAX ? 'valid' : 'out-of-time';
}
