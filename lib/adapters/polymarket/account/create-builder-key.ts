import * as z from 'zod/mini';
import { type ApiCredentials, ApiCredentialsSchema } from '#lib/adapters/polymarket/api-credentials.ts';
import { createClobAccess } from '#lib/adapters/polymarket/clob-access.ts';
import { RejectedByUpstreamError } from '#lib/errors/errors.ts';
import type { DeriveApiCredentialsDeps } from './derive-api-credentials.ts';

const ReplySchema = z.looseObject({ key: z.string(), secret: z.string(), passphrase: z.string() });

/**
 * A builder key for the account: the way to the relayer for a key that cannot log in to the website, such as one in
 * KMS (venue §9.2). Each call makes another one, and the venue shows its secret once.
 * @throws RejectedByUpstreamError, UpstreamUnavailableError, UnexpectedReplyError
 */
export async function createBuilderKey(
  { clock, clobHost, account, credentials }: DeriveApiCredentialsDeps & { readonly credentials: ApiCredentials },
  deadlineAtMs: number,
): Promise<ApiCredentials> {
  const loaded = { loadAccount: async () => account, loadCredentials: async () => credentials };
  const access = createClobAccess({ clock, clobHost, ...loaded });
  const what = 'a builder key';
  const { status, body } = await access.ask({ method: 'POST', path: '/auth/builder-api-key', what, deadlineAtMs });
  const reply = ReplySchema.safeParse(body);
  const key = ApiCredentialsSchema.safeParse(reply.data);
  if (status < 400 && key.success) return key.data;
  throw new RejectedByUpstreamError('The venue issues no builder key for this account', { status });
}
