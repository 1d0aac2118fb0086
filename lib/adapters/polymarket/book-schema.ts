import * as z from 'zod/mini';
import { DecimalMicrosSchema, PriceMicrosSchema } from './decimal-schema.ts';

const LevelSchema = z.looseObject({ price: PriceMicrosSchema, size: DecimalMicrosSchema });

/** The latest moment that has a date: what lies beyond is no time in milliseconds, and no row could keep it. */
const CALENDAR_MS_MAX = 8_640_000_000_000_000;

/** CLOB `GET /book?token_id=`. The order of the levels is not to be relied upon (venue §2.4). */
export const BookSchema = z.looseObject({
  asset_id: z.string(),
  /** Unix milliseconds. */
  timestamp: z.pipe(
    z.union([z.pipe(z.string().check(z.regex(/^\d{10,16}$/)), z.transform(Number)), z.int()]),
    z.int().check(z.positive(), z.lte(CALENDAR_MS_MAX)),
  ),
  bids: z.array(LevelSchema),
  asks: z.array(LevelSchema),
  tick_size: PriceMicrosSchema,
});

export type BookReply = z.output<typeof BookSchema>;
