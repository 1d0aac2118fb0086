import * as z from 'zod/mini';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import { ASSETS, assetOfSlug, WINDOWS } from '#lib/domain/market/up-down-markets.ts';
import { MODES } from '#lib/domain/position/position.ts';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const SLUG = /^[a-z0-9-]{1,128}$/;

/** Dollars as a JSON number or a decimal string with at most six decimals; parsed to micros. */
const UsdSchema = z
  .pipe(
    z.union([z.string().check(z.maxLength(20)), z.number()]),
    z.transform((value, context) => {
      try {
        return parseMicros(String(value));
      } catch {
        context.issues.push({
          code: 'custom',
          input: value,
          message: 'must be an amount of dollars such as 25 or "25.50"',
        });
        return z.NEVER;
      }
    }),
  )
  .check(z.refine((micros) => micros > 0n, { message: 'must be more than 0' }));

/**
 * Body of an open request, by function URL or invoke. Safe to repeat: the same `requestId` never opens twice. Without
 * `marketSlug` it opens in the window that is running.
 */
export const OpenRequestSchema = z
  .strictObject({
    requestId: z.string().check(z.regex(REQUEST_ID, 'must be 1 to 64 letters, digits or . _ : -')),
    asset: z.enum(ASSETS),
    window: z._default(z.enum(WINDOWS), '5m'),
    side: z.enum(OUTCOMES),
    usd: UsdSchema,
    mode: z.enum(MODES),
    marketSlug: z.exactOptional(
      z.string().check(z.regex(SLUG, 'must be a market slug such as btc-updown-5m-1773307200')),
    ),
  })
  .check(
    z.refine(({ asset, marketSlug }) => marketSlug === undefined || (assetOfSlug(marketSlug) ?? asset) === asset, {
      path: ['marketSlug'],
      message: 'must be a market of the requested asset',
    }),
  );

export type OpenRequest = z.infer<typeof OpenRequestSchema>;
