import * as z from 'zod/mini';
import { REFUSAL_CAUSES, REFUSAL_CODES, WAIT_CODES } from '#lib/domain/refusal/refusal.ts';

/**
 * Money and shares: `bigint` in the domain, a decimal string in a row. A string is exact at any size and no client turns
 * it into a float; the few amounts the table itself adds up (the account's counters) are DynamoDB numbers instead.
 */
export const MicrosSchema = z.codec(z.string().check(z.regex(/^-?\d{1,30}$/, 'must be a whole number')), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (micros) => micros.toString(),
});

/** Prices are multiples of it, so it divides. */
export const TickSchema = z.codec(
  z.string().check(z.regex(/^[1-9]\d{0,29}$/, 'must be a whole number above 0')),
  z.bigint(),
  {
    decode: (text) => BigInt(text),
    encode: (micros) => micros.toString(),
  },
);

/** Unix milliseconds, as far as a calendar knows them: everything later has no date, and no day to book a loss to. */
export const TimeSchema = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000));
export const CountSchema = z.int().check(z.gte(0));

/** Ids of tokens have 77 digits: text, never a number. */
export const TokenIdSchema = z.string().check(z.regex(/^\d{1,80}$/, 'must be digits'));

const fillTotalsShape = { sharesMicros: MicrosSchema, valueMicros: MicrosSchema, feesMicros: MicrosSchema };
export const FillTotalsSchema = z.strictObject(fillTotalsShape);

const OrderSideSchema = z.enum(['BUY', 'SELL']);

export const OrderIntentSchema = z.strictObject({
  side: OrderSideSchema,
  orderType: z.enum(['FAK', 'FOK', 'GTC']),
  tokenId: TokenIdSchema,
  negRisk: z.boolean(),
  sharesMicros: MicrosSchema,
  limitPriceMicros: MicrosSchema,
  attemptNumber: CountSchema,
  salt: z.string(),
  timestampMs: TimeSchema,
  orderHash: z.string(),
  sharesBeforeMicros: z.optional(MicrosSchema),
});

export const TradeSchema = z.strictObject({
  ...fillTotalsShape,
  tradeId: z.string(),
  orderHash: z.string(),
  side: OrderSideSchema,
  status: z.enum(['provisional', 'confirmed', 'failed']),
  matchedAtMs: TimeSchema,
  // Rows from before fees were verified do not name it.
  feeDriftMicros: z._default(z.nullable(MicrosSchema), null),
});

const liveAttemptShape = { intent: OrderIntentSchema, postCount: CountSchema, lostPostAtMs: z.nullable(TimeSchema) };

export const LiveAttemptSchema = z.discriminatedUnion('phase', [
  z.strictObject({ ...liveAttemptShape, phase: z.literal('posting'), leaseUntilMs: TimeSchema }),
  z.strictObject({ ...liveAttemptShape, phase: z.literal('unknown'), sinceMs: TimeSchema }),
  z.strictObject({ ...liveAttemptShape, phase: z.literal('working'), sinceMs: TimeSchema }),
  z.strictObject({ ...liveAttemptShape, phase: z.literal('cancelled'), sinceMs: TimeSchema }),
  z.strictObject({ ...liveAttemptShape, phase: z.literal('matched'), reported: FillTotalsSchema }),
]);

const AttemptResultSchema = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('settled') }),
  z.strictObject({
    phase: z.literal('refused'),
    code: z.enum(REFUSAL_CODES),
    cause: z.enum(REFUSAL_CAUSES),
    text: z.string(),
  }),
  z.strictObject({ phase: z.literal('not-sent'), code: z.enum(WAIT_CODES), text: z.string() }),
]);

export const EndedAttemptSchema = z.strictObject({
  positionId: z.string(),
  intent: OrderIntentSchema,
  postCount: CountSchema,
  result: AttemptResultSchema,
  endedAtMs: TimeSchema,
});
