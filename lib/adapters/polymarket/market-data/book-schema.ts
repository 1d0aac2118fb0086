import * as z from 'zod/mini';
import { DecimalMicrosSchema, PriceMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { TimeMsSchema } from '#lib/adapters/polymarket/time-schema.ts';
import { orElse } from '#lib/contracts/or-else.ts';

const LevelSchema = z.looseObject({ price: PriceMicrosSchema, size: DecimalMicrosSchema });

/** CLOB `GET /book?token_id=`. The order of the levels is not to be relied upon (venue §2.4). */
export const BookSchema = z.looseObject({
  asset_id: z.nullish(z.string()),
  /** Unix milliseconds. A time or a tick that cannot be read costs nobody the prices. */
  timestamp: orElse(z.nullish(TimeMsSchema.check(z.positive())), undefined),
  /** A side without orders may be left out. */
  bids: z.nullish(z.array(LevelSchema)),
  asks: z.nullish(z.array(LevelSchema)),
  tick_size: orElse(z.nullish(PriceMicrosSchema), undefined),
});

export type BookReply = z.output<typeof BookSchema>;
