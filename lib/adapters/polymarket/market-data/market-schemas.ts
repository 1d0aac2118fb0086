import * as z from 'zod/mini';
import { DecimalMicrosSchema, PriceMicrosSchema } from '#lib/adapters/polymarket/decimal-schema.ts';
import { parseIsoTimeMs } from '#lib/adapters/polymarket/time-schema.ts';
import { orElse } from '#lib/contracts/parse-input.ts';

/** A list of strings, which Gamma encodes as JSON text in most fields. */
const StringListSchema = z.union([
  z.array(z.string()),
  z.pipe(
    z.string().check(z.maxLength(10_000)),
    z.transform((text, context) => {
      try {
        return z.array(z.string()).parse(JSON.parse(text));
      } catch {
        context.issues.push({
          code: 'custom',
          input: text,
          message: 'has to be a list of strings, or one as JSON text',
        });
        return z.NEVER;
      }
    }),
  ),
]);

/** Empty entries, an empty text and null stand for ids that are not published yet. */
const IdListSchema = z.pipe(
  z.nullish(
    z.union([
      z.array(z.nullable(z.string())),
      z.pipe(
        z.enum(['', 'null', '[null,null]']),
        z.transform(() => []),
      ),
      StringListSchema,
    ]),
  ),
  z.transform((ids) => (ids ?? []).filter((id): id is string => id !== null && id !== '')),
);

const TimeMsSchema = z.pipe(
  z.string().check(z.maxLength(40)),
  z.transform((text, context) => {
    const atMs = parseIsoTimeMs(text);
    if (Number.isSafeInteger(atMs)) return atMs;
    context.issues.push({
      code: 'custom',
      input: text,
      message: 'has to be a time such as 2026-03-12T09:25:00Z',
    });
    return z.NEVER;
  }),
);

const FeeScheduleSchema = z.looseObject({ rate: DecimalMicrosSchema, exponent: z.nullish(DecimalMicrosSchema) });

/** Gamma `GET /markets/slug/{slug}` (venue §5.1). `startDate` is the time of listing and not read. */
export const GammaMarketSchema = z.looseObject({
  slug: z.string(),
  /** 32 bytes; 31 in the documented answers for version 2. */
  conditionId: z.nullish(
    z.union([
      z.literal(''),
      z.string().check(z.regex(/^0x(?:[0-9a-fA-F]{2}){31,32}$/, 'has to be 31 or 32 bytes in hexadecimal')),
    ]),
  ),
  version: z.nullish(z.union([z.string(), z.number()])),
  outcomes: z.nullish(StringListSchema),
  /** Conditional Tokens ids, in the order of `outcomes`. */
  clobTokenIds: IdListSchema,
  /** Ids of protocol version 2. A third of the markets of version 1 have them too, without a book (venue §8.3). */
  positionIds: IdListSchema,
  /** An unreadable time counts as none, so that the market is refused by name. */
  endDate: orElse(z.nullish(TimeMsSchema), undefined),
  eventStartTime: orElse(z.nullish(TimeMsSchema), undefined),
  closed: z.nullish(z.boolean()),
  /** Version 2 only: inactive, active or resolved. */
  resolutionStatus: z.nullish(z.string()),
  /** In the order of `outcomes`. A closed market may have any (venue §5.3). */
  outcomePrices: orElse(z.nullish(StringListSchema), undefined),
  acceptingOrders: z.nullish(z.boolean()),
  enableOrderBook: z.nullish(z.boolean()),
  negRisk: z.nullish(z.boolean()),
  /** The series in which the market is listed. */
  events: orElse(z.nullish(z.array(z.looseObject({ seriesSlug: z.nullish(z.string()) }))), undefined),
  orderPriceMinTickSize: z.nullish(PriceMicrosSchema),
  orderMinSize: z.nullish(DecimalMicrosSchema),
  feesEnabled: z.nullish(z.boolean()),
  feeSchedule: z.nullish(FeeScheduleSchema),
});

export type GammaMarketReply = z.output<typeof GammaMarketSchema>;

/** CLOB `GET /clob-markets/{conditionId}`, short keys (venue §2.4). */
export const ClobMarketSchema = z.looseObject({
  /** Condition id, of 32 bytes in both versions. */
  c: z.nullish(z.string()),
  /** Version of the protocol. */
  v: z.nullish(z.string()),
  /** Tokens with their outcomes. Null entries and empty ids occur while a market is being listed. */
  t: z.array(z.nullable(z.looseObject({ t: z.string(), o: z.nullish(z.string()) }))),
  /** Tick. */
  mts: z.nullish(PriceMicrosSchema),
  /** Minimum size of a resting order, in shares. */
  mos: z.nullish(DecimalMicrosSchema),
  /** Negative risk. */
  nr: z.nullish(z.boolean()),
  /** Fee rate and exponent, takers only. Missing, in whole or in part, in a market without fees. */
  fd: z.nullish(z.looseObject({ r: z.nullish(DecimalMicrosSchema), e: z.nullish(DecimalMicrosSchema) })),
  /** Whether marketable orders are held, and a delay of sports markets in seconds (venue §2.6). */
  itode: orElse(z.nullish(z.boolean()), undefined),
  sd: orElse(z.nullish(z.number()), undefined),
  /** Accepting orders. */
  ao: z.nullish(z.boolean()),
});

export type ClobMarketReply = z.output<typeof ClobMarketSchema>;
