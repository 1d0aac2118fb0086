import * as z from 'zod';
import { DecimalMicrosSchema, PriceMicrosSchema } from './decimal-schema.ts';

const LevelSchema = z.looseObject({ price: PriceMicrosSchema, size: DecimalMicrosSchema });

/** CLOB `GET /book?token_id=`. The order of the levels is not to be relied upon (venue.md §2.4). */
export const BookSchema = z.looseObject({
  asset_id: z.string(),
  /** Unix milliseconds. */
  timestamp: z.union([
    z
      .string()
      .regex(/^\d{10,16}$/)
      .transform(Number),
    z.int().positive(),
  ]),
  bids: z.array(LevelSchema),
  asks: z.array(LevelSchema),
  tick_size: PriceMicrosSchema,
});

export type BookReply = z.output<typeof BookSchema>;
