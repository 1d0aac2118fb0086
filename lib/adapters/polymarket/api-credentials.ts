import * as z from 'zod/mini';
import { ConfigError } from '#lib/errors/errors.ts';

/** Visible ASCII: anything else could not be sent as a header, and the error that says so would quote it. */
const VISIBLE = /^[\x21-\x7e]{1,500}$/;

/** What the venue hands out to an account for signing its requests (venue §2.3). All three are secret. */
export const ApiCredentialsSchema = z.object({
  key: z.string().check(z.regex(VISIBLE)),
  /** The key of the requests' signatures, in base64 with either alphabet. */
  secret: z.string().check(z.regex(/^[\w+/-]{16,500}={0,2}$/)),
  passphrase: z.string().check(z.regex(VISIBLE)),
});

export type ApiCredentials = Readonly<z.output<typeof ApiCredentialsSchema>>;

/**
 * Reads the vault's text: JSON with `key`, `secret` and `passphrase`.
 * @throws ConfigError that names what is wrong and shows nothing of the text
 */
export function parseApiCredentials(secretText: string): ApiCredentials {
  const result = ApiCredentialsSchema.safeParse(parseJson(secretText));
  if (result.success) return result.data;
  const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || 'the text'))].join(', ');
  throw new ConfigError(
    `The secret of the venue's credentials cannot be used: store JSON with key, secret and passphrase; wrong is ${fields}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's error quotes the text.
    return undefined;
  }
}
