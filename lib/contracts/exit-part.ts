import * as z from 'zod/mini';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { dollarsSchema } from './dollars-schema.ts';

const SHARES_MESSAGE = 'must be a number of shares such as 10 or "10.25", with two decimals at most';
const PRICE_MESSAGE = 'must be a price in dollars such as 0.8, more than 0 and less than 1';

/** What an exit may ask for beside selling everything at the policy's prices. */
export const exitPartShape = {
  shares: z.exactOptional(
    dollarsSchema(SHARES_MESSAGE).check(
      z.refine((micros) => micros > 0n && micros % SHARES_STEP_MICROS === 0n, { message: SHARES_MESSAGE }),
    ),
  ),
  minPrice: z.exactOptional(
    dollarsSchema(PRICE_MESSAGE).check(
      z.refine((micros) => micros > 0n && micros < ONE_MICROS, { message: PRICE_MESSAGE }),
    ),
  ),
};

/** As the domain names them. */
export function toExitPart({ shares, minPrice }: { readonly shares?: bigint; readonly minPrice?: bigint }) {
  return {
    ...(shares !== undefined && { sharesMicros: shares }),
    ...(minPrice !== undefined && { minPriceMicros: minPrice }),
  };
}
