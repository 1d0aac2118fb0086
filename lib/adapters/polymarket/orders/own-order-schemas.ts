import * as z from 'zod/mini';
import { DecimalMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { TimeMsSchema } from '#lib/adapters/polymarket/time-schema.ts';

const SideSchema = z.pipe(z.string().check(z.toUpperCase()), z.enum(['BUY', 'SELL']));

const MakerOrderSchema = z.looseObject({
  order_id: z.string(),
  matched_amount: DecimalMicrosSchema,
  price: DecimalMicrosSchema,
  asset_id: z.nullish(z.string()),
  side: z.nullish(SideSchema),
});

/** `GET /data/trades` (venue §2.8): one match of a taker order with one or more resting orders. */
export const OwnTradeSchema = z.looseObject({
  id: z.string().check(z.minLength(1), z.maxLength(200)),
  taker_order_id: z.string(),
  asset_id: z.string(),
  /** Side of the taker. */
  side: SideSchema,
  size: DecimalMicrosSchema,
  price: DecimalMicrosSchema,
  /** With or without the prefix `TRADE_STATUS_`. */
  status: z.string(),
  match_time: TimeMsSchema,
  maker_orders: z.pipe(
    z.nullish(z.array(MakerOrderSchema)),
    z.transform((orders) => orders ?? []),
  ),
  transaction_hash: z.nullish(z.string()),
});

export type OwnTradeRow = z.output<typeof OwnTradeSchema>;

/** `GET /data/order/{id}` (venue §2.8). */
export const OwnOrderSchema = z.looseObject({
  id: z.string().check(z.minLength(1)),
  /** With or without the prefix `ORDER_STATUS_`. */
  status: z.string(),
  size_matched: DecimalMicrosSchema,
  original_size: z.nullish(DecimalMicrosSchema),
});

export type OwnOrderRow = z.output<typeof OwnOrderSchema>;

/** A row of `GET /data/orders`; only its id, token and status are used. */
export const RestingOrderSchema = z.looseObject({
  id: z.string().check(z.minLength(1)),
  asset_id: z.nullish(z.string()),
  status: z.nullish(z.string()),
});
