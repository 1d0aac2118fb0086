import { createHmac } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isSameAddress } from '#infra/venue/trading/venue-accounts.ts';
import { type ApiCredentials, type ApiKeys, toUrlBase64 } from './api-keys.ts';

/** The sender of an authenticated request. */
export type Caller = { readonly address: string; readonly credentials: ApiCredentials };

export type AuthDeps = { readonly apiKeys: ApiKeys; nowMs(): number };

/**
 * Largest difference between a request's timestamp and the venue's clock. An assumption: the real one is not published.
 */
export const CLOCK_TOLERANCE_MS = 30_000;

/** First level (venue §2.3): an EIP-712 signature of address, time and nonce. Undefined when it is invalid. */
export async function checkFirstLevel(
  { nowMs }: AuthDeps,
  request: FastifyRequest,
): Promise<{ readonly address: string; readonly nonce: string } | undefined> {
  const address = header(request, 'poly_address');
  const signature = header(request, 'poly_signature');
  const timestamp = header(request, 'poly_timestamp');
  const nonce = header(request, 'poly_nonce') || '0';
  if (!isTimely(timestamp, nowMs()) || !/^\d{1,18}$/.test(nonce)) return undefined;
  const { recoverAuthSigner } = await import('./order-signature.ts');
  const signer = await recoverAuthSigner({ address, timestamp, nonce }, signature);
  return signer !== undefined && isSameAddress(signer, address) ? { address, nonce } : undefined;
}

/**
 * Second level (venue §2.3): key and passphrase of the address, and an HMAC of time, method, path without query and the
 * body's bytes. Undefined when any of it is invalid. The venue does not say which.
 */
export function checkSecondLevel({ apiKeys, nowMs }: AuthDeps, request: FastifyRequest): Caller | undefined {
  const address = header(request, 'poly_address');
  const timestamp = header(request, 'poly_timestamp');
  if (!isTimely(timestamp, nowMs())) return undefined;
  const credentials = apiKeys.find(address, header(request, 'poly_api_key'));
  if (credentials === undefined || credentials.passphrase !== header(request, 'poly_passphrase')) return undefined;
  const path = request.url.split('?')[0] ?? '';
  const body = typeof request.body === 'string' ? request.body : '';
  const expected = toUrlBase64(
    createHmac('sha256', Buffer.from(credentials.secret, 'base64url'))
      .update(`${timestamp}${request.method}${path}${body}`)
      .digest(),
  );
  return expected === header(request, 'poly_signature') ? { address, credentials } : undefined;
}

function header(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function isTimely(timestamp: string, nowMs: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) * 1_000 - nowMs) <= CLOCK_TOLERANCE_MS;
}
