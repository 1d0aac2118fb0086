import * as z from 'zod/mini';
import type { SignedRequest } from '#lib/adapters/discord/interactions/verify-request.ts';

/** The part of a function URL's event (payload 2.0) that is read. Lambda writes the names of headers in lower case. */
const EventSchema = z.object({
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  headers: z._default(z.record(z.string(), z.optional(z.string())), {}),
  body: z.nullish(z.string()),
  isBase64Encoded: z.optional(z.boolean()),
});

export type SignedCall = SignedRequest & { readonly isTooLarge: boolean };

/**
 * A button's interaction brings the whole message along: ten embeds have 6,000 characters together, each up to six
 * bytes as JSON, and their fields' names. Four times that is no interaction.
 */
const BODY_BYTES_MAX = 262_144;

/** The call behind an event; undefined when the function was invoked in another way. */
export function findSignedCall(event: unknown): SignedCall | undefined {
  const parsed = EventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { headers, body, isBase64Encoded } = parsed.data;
  const bytes = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  return {
    signature: headers['x-signature-ed25519'],
    timestamp: headers['x-signature-timestamp'],
    body: bytes,
    isTooLarge: bytes.byteLength > BODY_BYTES_MAX,
  };
}
