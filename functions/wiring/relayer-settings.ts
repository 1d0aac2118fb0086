import * as z from 'zod/mini';
import { WebUrlSchema } from './setting-schemas.ts';
import { SecretNameSchema } from './trading-settings.ts';

/** The venue's relayer, through which a deposit wallet (signature type 3) redeems. */
export const RelayerSettings = z.object({
  RELAYER_HOST: z._default(WebUrlSchema, 'https://relayer-v2.polymarket.com'),
  /** Name of the secret with the relayer's key: JSON with `key` and `address`. */
  LIVE_RELAYER_SECRET: z.optional(SecretNameSchema),
});
