import * as z from 'zod/mini';
import { createSecretsManagerVault } from '#lib/adapters/secrets/secrets-manager-vault.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import type { Env } from '#lib/runtime/env.ts';
import { createSecretsClient } from '#lib/runtime/secrets-client.ts';
import { WebUrlSchema } from './setting-schemas.ts';

/** The webhook's address is a secret: on AWS its name in the vault is given, on one machine the address itself. */
export const WebhookSettingsSchema = z
  .object({
    DISCORD_WEBHOOK_URL: z.optional(WebUrlSchema),
    DISCORD_WEBHOOK_SECRET: z.optional(z.string().check(z.minLength(1))),
  })
  .check(
    z.refine((given) => given.DISCORD_WEBHOOK_URL !== undefined || given.DISCORD_WEBHOOK_SECRET !== undefined, {
      path: ['DISCORD_WEBHOOK_URL'],
      message: 'is needed, or DISCORD_WEBHOOK_SECRET in its place',
      // Said beside whatever else is wrong, so that an environment is mended in one go.
      when: () => true,
    }),
  );

/** @throws ConfigError, UpstreamUnavailableError when the vault does not give it */
export async function findWebhookUrl(config: z.output<typeof WebhookSettingsSchema>, env: Env): Promise<string> {
  const { DISCORD_WEBHOOK_URL: url, DISCORD_WEBHOOK_SECRET: secretName } = config;
  if (url !== undefined) return url;
  const text = await createSecretsManagerVault({ client: createSecretsClient(env) }).getSecret(secretName ?? '');
  const parsed = WebUrlSchema.safeParse(text.trim());
  if (parsed.success) return parsed.data;
  throw new ConfigError('The secret of the webhook holds no web address: put in the one Discord shows', {
    secret: secretName ?? null,
  });
}
