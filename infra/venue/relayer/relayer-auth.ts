import { createHmac } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { builderCredentialsOf, toUrlBase64 } from '#infra/venue/clob/api-keys.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';

/** The account behind a request. */
export type RelayerCaller = { readonly address: string };

export type RelayerKeys = {
  readonly key: { readonly key: string; readonly address: string };
  /** Of the CLOB's builder keys; undefined where none are accepted. */
  readonly seed: string | undefined;
};

/**
 * The two ways to be known (venue §9.2): a key of the relayer with the address it belongs to, or a builder key with an
 * HMAC of time, method, path and body. The double derives builder keys from the address that the body names.
 */
export function readCaller(request: FastifyRequest, body: string, keys: RelayerKeys): RelayerCaller | undefined {
  const { relayer_api_key: key, relayer_api_key_address: address } = request.headers;
  if (key !== undefined) return key === keys.key.key ? { address: String(address) } : undefined;
  const owner = ownerIn(body);
  if (keys.seed === undefined || owner === undefined) return undefined;
  const credentials = builderCredentialsOf(keys.seed, owner);
  const read = (name: string): string => String(request.headers[`poly_builder_${name}`] ?? '');
  const expected = toUrlBase64(
    createHmac('sha256', Buffer.from(credentials.secret, 'base64url'))
      .update(`${read('timestamp')}${request.method}${request.url}${body}`)
      .digest(),
  );
  const isKnown =
    read('api_key') === credentials.key &&
    read('passphrase') === credentials.passphrase &&
    read('signature') === expected &&
    Math.abs(Number(read('timestamp')) * 1_000 - Date.now()) < 60_000;
  return isKnown ? { address: owner } : undefined;
}

function ownerIn(body: string): string | undefined {
  const parsed = jsonOrUndefined(body);
  const from = typeof parsed === 'object' && parsed !== null && 'from' in parsed ? parsed.from : undefined;
  return typeof from === 'string' ? from : undefined;
}
