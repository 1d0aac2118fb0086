import { Chain, createL1Headers } from '@polymarket/clob-client-v2';
import * as z from 'zod/mini';
import { joinUrl, requestJson } from '#lib/adapters/http/request-json.ts';
import { type ApiCredentials, ApiCredentialsSchema } from '#lib/adapters/polymarket/api-credentials.ts';
import { toClobSigner } from '#lib/adapters/polymarket/clob-signer.ts';
import { redactSecrets } from '#lib/adapters/polymarket/redact-secrets.ts';
import { createVenueClock } from '#lib/adapters/polymarket/venue-clock.ts';
import { RejectedByUpstreamError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';

export type DeriveApiCredentialsDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly clobHost: string;
  readonly account: SigningAccount;
};

const KeySchema = z.looseObject({ apiKey: z.string(), secret: z.string(), passphrase: z.string() });

/**
 * The venue's credentials for this key: the existing ones, or else new ones (venue §2.3).
 * @throws RejectedByUpstreamError the venue issues none for this key
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function deriveApiCredentials(
  deps: DeriveApiCredentialsDeps,
  deadlineAtMs: number,
): Promise<ApiCredentials> {
  const known = await askForKey(deps, 'derived', deadlineAtMs);
  const made = known.credentials ?? (await askForKey(deps, 'created', deadlineAtMs)).credentials;
  if (made !== undefined) return made;
  throw new RejectedByUpstreamError('The venue issues no credentials for this key', { status: known.status });
}

/** `derived`: those the key has. `created`: new ones, or the same again. Both also revive a session that has lapsed. */
export type CredentialSource = 'derived' | 'created';

const REQUESTS = {
  derived: { method: 'GET', path: '/auth/derive-api-key' },
  created: { method: 'POST', path: '/auth/api-key' },
} as const satisfies Record<CredentialSource, { readonly method: 'GET' | 'POST'; readonly path: string }>;

/** Undefined when the venue refuses. @throws UpstreamUnavailableError, UnexpectedReplyError */
export async function askForCredentials(
  deps: DeriveApiCredentialsDeps,
  source: CredentialSource,
  deadlineAtMs: number,
): Promise<ApiCredentials | undefined> {
  return (await askForKey(deps, source, deadlineAtMs)).credentials;
}

async function askForKey(deps: DeriveApiCredentialsDeps, source: CredentialSource, deadlineAtMs: number) {
  const { method, path } = REQUESTS[source];
  const atSeconds = await createVenueClock(deps).nowSeconds();
  const signed = await createL1Headers(toClobSigner(deps.account), Chain.POLYGON, 0, atSeconds);
  const { POLY_ADDRESS, POLY_SIGNATURE, POLY_TIMESTAMP, POLY_NONCE } = signed;
  const { status, body } = await requestJson(deps, {
    method,
    url: joinUrl(deps.clobHost, path),
    headers: { POLY_ADDRESS, POLY_SIGNATURE, POLY_TIMESTAMP, POLY_NONCE },
    what: "the venue's credentials",
    deadlineAtMs,
    redact: (text) => redactSecrets(text, [POLY_SIGNATURE]),
  });
  return { status, credentials: status < 400 ? toCredentials(body) : undefined };
}

function toCredentials(body: unknown): ApiCredentials | undefined {
  const reply = KeySchema.safeParse(body);
  if (!reply.success) return undefined;
  const { apiKey: key, secret, passphrase } = reply.data;
  const credentials = ApiCredentialsSchema.safeParse({ key, secret, passphrase });
  return credentials.success ? credentials.data : undefined;
}
