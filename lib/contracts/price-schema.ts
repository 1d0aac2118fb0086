import * as z from 'zod/mini';
import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { dollarsSchema } from './dollars-schema.ts';

const PRICE_MESSAGE = 'must be a price in dollars such as 0.8, more than 0 and less than 1';

/** Dollars a share; parsed to micros. */
export const priceSchema = dollarsSchema(PRICE_MESSAGE).check(
  z.refine((micros) => micros > 0n && micros < ONE_MICROS, { message: PRICE_MESSAGE }),
);
