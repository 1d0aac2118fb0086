import * as z from 'zod/mini';
import { MARKET_VERSIONS } from '#lib/domain/market/market.ts';
import { REFUSAL_CAUSES, REFUSAL_CODES, WAIT_CODES } from '#lib/domain/refusal/refusal.ts';

/**
 * Money and shares: `bigint` in the domain, a decimal string in a row, which is exact at any size. Only the account's
 * counters, which the table adds up, are DynamoDB numbers.
 */
export const MicrosSchema = z.codec(z.string().check(z.regex(/^-?\d{1,30}$/, 'must be a whole number')), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (micros) => micros.toString(),
});

/** Above zero, because prices are divided by it. */
export const TickSchema = z.codec(
  z.string().check(z.regex(/^[1-9]\d{0,29}$/, 'must be a whole number above 0')),
  z.bigint(),
  {
    decode: (text) => BigInt(text),
    encode: (micros) => micros.toString(),
  },
);

/** Unix milliseconds up to the last date that JavaScript has: later times have no UTC day. */
export const TimeSchema = z.int().check(z.gte(0), z.lte(8_640_000_000_000_000));
export const CountSchema = z.int().check(z.gte(0));

/** Token ids have up to 78 digits: text, never a number. */
export const TokenIdSchema = z.string().check(z.regex(/^\d{1,80}$/, 'must be digits'));

const fillTotalsShape = { sharesMicros: MicrosSchema, valueMicros: MicrosSchema, feesMicros: MicrosSchema };
export const FillTotalsSchema = z.strictObject(fillTotalsShape);

/** Missing in rows from before version 2 of the protocol. */
export const MarketVersionSchema = z._default(z.enum(MARKET_VERSIONS), 'v1');

const OrderSideSchema = z.enum(['BUY', 'SELL']);

export const OrderIntentSchema = z.strictObject({
  side: OrderSideSchema,
  orderType: z.enum(['FAK', 'FOK', 'GTC']),
  tokenId: TokenIdSchema,
  negRisk: z.boolean(),
  marketVersion: MarketVersionSchema,
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
  // Missing in rows of releases that did not verify fees.
  feeDriftMicros: z._default(z.nullable(MicrosSchema), null),
});

const liveAttemptShape = {
  intent: OrderIntentSchema,
  postCount: CountSchema,
  lostPostAtMs: z.nullable(TimeSchema),
  answer: z.optional(z.enum(['refused', 'failed'])),
};

export const LiveAttemptSchema = z.discriminatedUnion('phase', [
  z.strictObject({ ...liveAttemptShape, phase: z.literal('posting'), leaseUntilMs: TimeSchema }),
  z.strictObject({ ...liveAttemptShape, phase: z.literal('unknown'), sinceMs: TimeSchema }),
  z.strictObject({ ...liveAttemptShape, phase: z.literal('working'), sinceMs: TimeSchema }),
  z.strictObject({ ...liveAttemptShape, phase: z.literal('cancelled'), sinceMs: TimeSchema }),
  z.strictObject({ ...liveAttemptShape, phase: z.literal('ended'), sinceMs: TimeSchema }),
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
