import * as z from 'zod/mini';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { dollarsSchema } from './dollars-schema.ts';
import { priceSchema } from './price-schema.ts';

const SHARES_MESSAGE = 'must be a number of shares such as 10 or "10.25", with two decimals at most';

/** What an exit may ask for beside selling everything at the policy's prices. */
export const exitPartShape = {
  shares: z.exactOptional(
    dollarsSchema(SHARES_MESSAGE).check(
      z.refine((micros) => micros > 0n && micros % SHARES_STEP_MICROS === 0n, { message: SHARES_MESSAGE }),
    ),
  ),
  minPrice: z.exactOptional(priceSchema),
};

/** As the domain names them. */
export function toExitPart({ shares, minPrice }: { readonly shares?: bigint; readonly minPrice?: bigint }) {
  return {
    ...(shares !== undefined && { sharesMicros: shares }),
    ...(minPrice !== undefined && { minPriceMicros: minPrice }),
  };
}
