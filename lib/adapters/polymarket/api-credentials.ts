import * as z from 'zod/mini';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { ConfigError } from '#lib/errors/errors.ts';

/** Visible ASCII. Node would refuse anything else as a header, with an error that quotes the value. */
const VISIBLE = /^[\x21-\x7e]{1,500}$/;

/** API credentials of an account, used to sign its requests (venue §2.3). All three are secret. */
export const ApiCredentialsSchema = z.object({
  key: z.string().check(z.regex(VISIBLE)),
  secret: z.string().check(z.regex(/^[\w+/-]{16,500}={0,2}$/)),
  passphrase: z.string().check(z.regex(VISIBLE)),
});

export type ApiCredentials = Readonly<z.output<typeof ApiCredentialsSchema>>;

/**
 * Reads the secret's text: JSON with `key`, `secret` and `passphrase`.
 * @throws ConfigError that names the wrong fields and shows nothing of the text
 */
export function parseApiCredentials(secretText: string): ApiCredentials {
  const result = ApiCredentialsSchema.safeParse(jsonOrUndefined(secretText));
  if (result.success) return result.data;
  const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || 'the text'))].join(', ');
  throw new ConfigError(
    `The secret of the venue's credentials cannot be used: store JSON with key, secret and passphrase. Invalid: ${fields}`,
  );
}
