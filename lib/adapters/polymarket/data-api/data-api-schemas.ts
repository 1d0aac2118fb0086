import * as z from 'zod/mini';
import { DecimalMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { TimeMsSchema } from '#lib/adapters/polymarket/time-schema.ts';
import { orElse } from '#lib/contracts/parse-input.ts';

/** The envelope of every list (venue §10.1). A miss is an empty list or null. */
export const PageSchema = z.looseObject({
  data: z.nullable(z.array(z.unknown())),
  pagination: orElse(
    z.nullish(
      z.looseObject({
        has_more: orElse(z.nullish(z.boolean()), null),
        next_cursor: z.nullish(z.string().check(z.maxLength(4_000))),
      }),
    ),
    null,
  ),
});

/** Only ids are needed. A row stays usable whatever else is missing or new. */
const TokenIdSchema = z.string().check(z.regex(/^\d{1,78}$/));
const ConditionIdSchema = z.string().check(z.regex(/^0x(?:[0-9a-f]{62}|[0-9a-f]{64})$/i));
const TextSchema = orElse(z.nullish(z.string()), null);
const TimeSchema = orElse(z.nullish(TimeMsSchema), null);
const FlagSchema = orElse(z.nullish(z.boolean()), null);
const IndexSchema = orElse(z.nullish(z.number()), null);

export const HoldingRowSchema = z.looseObject({
  token_id: TokenIdSchema,
  condition_id: ConditionIdSchema,
  current_size: DecimalMicrosSchema,
  slug: TextSchema,
  outcome_index: IndexSchema,
  opposite_token_id: orElse(z.nullish(TokenIdSchema), null),
  negative_risk: FlagSchema,
  redeemable: FlagSchema,
  end_date: TimeSchema,
});

export const ActivityRowSchema = z.looseObject({
  timestamp: TimeMsSchema,
  type: z.string(),
  transaction_hash: z.string().check(z.regex(/^0x[0-9a-f]{64}$/i)),
  /** Empty for cash alone. */
  condition_id: orElse(z.nullish(ConditionIdSchema), null),
  token_id: orElse(z.nullish(TokenIdSchema), null),
  side: orElse(z.nullish(z.enum(['BUY', 'SELL'])), null),
  size: orElse(DecimalMicrosSchema, 0n),
  usdc_size: orElse(DecimalMicrosSchema, 0n),
});

/** Payouts are whole millionths here. */
const PayoutSchema = z.pipe(
  z.union([z.int().check(z.nonnegative()), z.string().check(z.regex(/^\d{1,15}$/))]),
  z.transform((value) => BigInt(value)),
);

export const ResolutionRowSchema = z.looseObject({
  condition_id: ConditionIdSchema,
  status: TextSchema,
  payouts: orElse(z.nullish(z.array(PayoutSchema)), null),
  resolved_at: TimeSchema,
});

/** Of a refusal, with status 400 to 499. */
export const RefusalSchema = z.looseObject({ error: TextSchema, code: TextSchema });
