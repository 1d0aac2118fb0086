import * as z from 'zod';
import { DecimalMicrosSchema, PriceMicrosSchema } from './decimal-schema.ts';

/** A list of strings, which Gamma wraps into a string of its own in most fields and copies. */
const StringListSchema = z.union([
  z.array(z.string()),
  z
    .string()
    .max(10_000)
    .transform((text, context) => {
      try {
        return z.array(z.string()).parse(JSON.parse(text));
      } catch {
        context.addIssue({ code: 'custom', message: 'has to be a list of strings, or one as JSON text' });
        return z.NEVER;
      }
    }),
]);

/** ISO time with a zone; a blank instead of the T and a zone without minutes are seen in start times. */
const ISO_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:Z|\+00(?::?00)?)$/;

const TimeMsSchema = z
  .string()
  .max(40)
  .transform((text, context) => {
    const match = ISO_TIME.exec(text);
    const atMs = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
    if (Number.isSafeInteger(atMs)) return atMs;
    context.addIssue({ code: 'custom', message: 'has to be a time in UTC such as 2026-03-12T09:25:00Z' });
    return z.NEVER;
  });

const FeeScheduleSchema = z.looseObject({ rate: DecimalMicrosSchema, exponent: z.number() });

/** Gamma `GET /markets/slug/{slug}` (venue §5.1). `startDate` is the listing time and not read. */
export const GammaMarketSchema = z.looseObject({
  slug: z.string(),
  conditionId: z.string().regex(/^0x[0-9a-fA-F]{64}$/, 'has to be 32 bytes in hexadecimal'),
  version: z.string().nullish(),
  outcomes: StringListSchema,
  /** Conditional Tokens ids, in the order of `outcomes`. */
  clobTokenIds: StringListSchema.nullish(),
  /** Ids of protocol version 2; version 1 markets may carry them too, without a book. */
  positionIds: StringListSchema.nullish(),
  endDate: TimeMsSchema,
  eventStartTime: TimeMsSchema.nullish(),
  closed: z.boolean().nullish(),
  acceptingOrders: z.boolean().nullish(),
  negRisk: z.boolean().nullish(),
  orderPriceMinTickSize: PriceMicrosSchema.nullish(),
  orderMinSize: DecimalMicrosSchema.nullish(),
  feesEnabled: z.boolean().nullish(),
  feeSchedule: FeeScheduleSchema.nullish(),
});

export type GammaMarketReply = z.output<typeof GammaMarketSchema>;
