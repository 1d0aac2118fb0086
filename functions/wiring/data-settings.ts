import * as z from 'zod/mini';
import { WebUrlSchema } from './setting-schemas.ts';

/** The venue's index of wallets, version 2. */
export const DataSettings = z.object({
  DATA_HOST: z._default(WebUrlSchema, 'https://data-api.polymarket.com'),
});
