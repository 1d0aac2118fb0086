import * as z from 'zod/mini';
import { DecimalMicrosSchema, PriceMicrosSchema } from './decimal-schema.ts';

/** A list of strings, which Gamma wraps into a string of its own in most fields and copies. */
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

/** ISO time with a zone; a blank instead of the T and a zone without minutes are seen in start times. */
const ISO_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:Z|\+00(?::?00)?)$/;

const TimeMsSchema = z.pipe(
  z.string().check(z.maxLength(40)),
  z.transform((text, context) => {
    const match = ISO_TIME.exec(text);
    const atMs = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
    if (Number.isSafeInteger(atMs)) return atMs;
    context.issues.push({
      code: 'custom',
      input: text,
      message: 'has to be a time in UTC such as 2026-03-12T09:25:00Z',
    });
    return z.NEVER;
  }),
);

const FeeScheduleSchema = z.looseObject({ rate: DecimalMicrosSchema, exponent: DecimalMicrosSchema });

/** Gamma `GET /markets/slug/{slug}` (venue §5.1). `startDate` is the listing time and not read. */
export const GammaMarketSchema = z.looseObject({
  slug: z.string(),
  conditionId: z.string().check(z.regex(/^0x[0-9a-fA-F]{64}$/, 'has to be 32 bytes in hexadecimal')),
  version: z.nullish(z.string()),
  outcomes: StringListSchema,
  /** Conditional Tokens ids, in the order of `outcomes`. */
  clobTokenIds: z.nullish(StringListSchema),
  /** Ids of protocol version 2; version 1 markets may carry them too, without a book. */
  positionIds: z.nullish(StringListSchema),
  endDate: TimeMsSchema,
  eventStartTime: z.nullish(TimeMsSchema),
  closed: z.nullish(z.boolean()),
  acceptingOrders: z.nullish(z.boolean()),
  negRisk: z.nullish(z.boolean()),
  orderPriceMinTickSize: z.nullish(PriceMicrosSchema),
  orderMinSize: z.nullish(DecimalMicrosSchema),
  feesEnabled: z.nullish(z.boolean()),
  feeSchedule: z.nullish(FeeScheduleSchema),
});

export type GammaMarketReply = z.output<typeof GammaMarketSchema>;
