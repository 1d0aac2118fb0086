import * as z from 'zod/mini';
import { ConfigError } from '#lib/errors/errors.ts';
import { parseJson } from './relayer-answers.ts';

/** A key of the venue's relayer, made on its website. For one's own wallet it has no daily limit (venue §9.2). */
const RelayerKeySchema = z.object({
  // Node would refuse anything else as a header, with an error that quotes the value.
  key: z.string().check(z.regex(/^[\x21-\x7e]{1,500}$/)),
  /** The address that the website shows beside the key. */
  address: z.string().check(z.regex(/^0x[0-9a-fA-F]{40}$/)),
});

export type RelayerKey = Readonly<z.output<typeof RelayerKeySchema>>;

/** Reads the secret's text: JSON with `key` and `address`. @throws ConfigError that shows nothing of the text */
export function parseRelayerKey(secretText: string): RelayerKey {
  const result = RelayerKeySchema.safeParse(parseJson(secretText));
  if (result.success) return result.data;
  const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || 'the text'))].join(', ');
  throw new ConfigError(
    `The secret of the relayer's key cannot be used: store JSON with key and address. Invalid: ${fields}`,
  );
}
