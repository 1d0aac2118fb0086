import * as z from 'zod/mini';
import { DecimalMicrosSchema, PriceMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';

/** CLOB `GET /clob-markets/{conditionId}`, short keys (venue §2.4). */
export const ClobMarketSchema = z.looseObject({
  /** Condition id. */
  c: z.nullish(z.string()),
  /** Tokens with their outcomes; null entries and empty ids are seen while a market is being listed. */
  t: z.array(z.nullable(z.looseObject({ t: z.string(), o: z.nullish(z.string()) }))),
  /** Tick. */
  mts: z.nullish(PriceMicrosSchema),
  /** Smallest resting order, in shares. */
  mos: z.nullish(DecimalMicrosSchema),
  /** Negative risk. */
  nr: z.nullish(z.boolean()),
  /** Fee: rate, exponent, takers only. Absent in a market without fees, in whole or in part. */
  fd: z.nullish(z.looseObject({ r: z.nullish(DecimalMicrosSchema), e: z.nullish(DecimalMicrosSchema) })),
  /** Accepting orders. */
  ao: z.nullish(z.boolean()),
});

export type ClobMarketReply = z.output<typeof ClobMarketSchema>;
