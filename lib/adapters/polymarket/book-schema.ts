import * as z from 'zod/mini';
import { DecimalMicrosSchema, PriceMicrosSchema } from './decimal-schema.ts';

const LevelSchema = z.looseObject({ price: PriceMicrosSchema, size: DecimalMicrosSchema });

/** The latest moment that has a date: what lies beyond is no time in milliseconds, and no row could keep it. */
const CALENDAR_MS_MAX = 8_640_000_000_000_000;

/** Milliseconds as text; in some copies a number, or seconds. */
const TimestampSchema = z.pipe(
  z.union([z.pipe(z.string().check(z.regex(/^\d{10,16}$/)), z.transform(Number)), z.int()]),
  z.pipe(
    z.transform((value: number) => (value < 100_000_000_000 ? value * 1_000 : value)),
    z.int().check(z.positive(), z.lte(CALENDAR_MS_MAX)),
  ),
);

/** A side without orders may be left out. */
const SideSchema = z.pipe(
  z.nullish(z.array(LevelSchema)),
  z.transform((levels) => levels ?? []),
);

/** CLOB `GET /book?token_id=`. The order of the levels is not to be relied upon (venue §2.4). */
export const BookSchema = z.looseObject({
  asset_id: z.nullish(z.string()),
  /** Unix milliseconds. */
  timestamp: z.nullish(TimestampSchema),
  bids: SideSchema,
  asks: SideSchema,
  tick_size: z.nullish(PriceMicrosSchema),
});

export type BookReply = z.output<typeof BookSchema>;
