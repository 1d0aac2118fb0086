import { createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import { ApiCredentialsSchema } from '../api-credentials.ts';

/** A key of the venue's relayer, made on its website. For one's own wallet it has no daily limit (venue §9.2). */
const OwnKeySchema = z.object({
  // Node would refuse anything else as a header, with an error that quotes the value.
  key: z.string().check(z.regex(/^[\x21-\x7e]{1,500}$/)),
  /** The address that the website shows beside the key. */
  address: z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/)),
});

/**
 * A key from the website, or a builder key. The CLOB makes a builder key for the API credentials of any account, so
 * also for a key in KMS. With it an account that the venue has not verified may send 100 actions a day.
 */
const RelayerKeySchema = z.union([OwnKeySchema, ApiCredentialsSchema]);

export type RelayerKey = Readonly<z.output<typeof RelayerKeySchema>>;

/** Reads the secret's text. @throws ConfigError that shows nothing of the text */
export function parseRelayerKey(secretText: string): RelayerKey {
  const content = jsonOrUndefined(secretText);
  const result = RelayerKeySchema.safeParse(content);
  if (result.success) return result.data;
  const own = OwnKeySchema.safeParse(content);
  const issues = own.success ? [] : own.error.issues;
  const fields = [...new Set(issues.map((issue) => issue.path.join('.') || 'the text'))].join(', ');
  throw new ConfigError(
    `The secret of the relayer's key cannot be used: store JSON with key and address. Invalid: ${fields}`,
  );
}

export type RelayerRequest = { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string };

/** The request's headers; a builder key signs time, method, path and body as the CLOB's credentials do. */
export function toRelayerHeaders(
  relayerKey: RelayerKey,
  { method, path, body = '' }: RelayerRequest,
  nowMs: number,
): Readonly<Record<string, string>> {
  if ('address' in relayerKey) {
    return { RELAYER_API_KEY: relayerKey.key, RELAYER_API_KEY_ADDRESS: relayerKey.address };
  }
  const timestamp = String(Math.floor(nowMs / 1_000));
  const hmac = createHmac('sha256', Buffer.from(relayerKey.secret, 'base64url'));
  // Base64 for addresses, with its padding (venue §2.3).
  const signature = hmac.update(`${timestamp}${method}${path}${body}`).digest('base64');
  return {
    POLY_BUILDER_API_KEY: relayerKey.key,
    POLY_BUILDER_PASSPHRASE: relayerKey.passphrase,
    POLY_BUILDER_TIMESTAMP: timestamp,
    POLY_BUILDER_SIGNATURE: signature.replaceAll('+', '-').replaceAll('/', '_'),
  };
}

/** Values that no text may show. */
export function secretsOf(relayerKey: RelayerKey): readonly string[] {
  return 'address' in relayerKey ? [relayerKey.key] : [relayerKey.key, relayerKey.secret, relayerKey.passphrase];
}
