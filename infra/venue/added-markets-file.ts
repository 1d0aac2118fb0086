import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { parseInput, parseJson } from '#lib/contracts/parse-input.ts';
import { MARKET_VERSIONS, OUTCOMES } from '#lib/domain/market/market.ts';
import { ASSETS } from '#lib/domain/market/up-down-markets.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { AddedMarket } from '#lib/venue/books/playing-venue.ts';

const MsSchema = z.int().nonnegative();

const AddedMarketsFileSchema = z.strictObject({
  v: z.literal(1),
  markets: z.array(
    z.strictObject({
      slug: z.string().min(1),
      asset: z.enum(ASSETS),
      // Missing in files from before version 2.
      version: z.enum(MARKET_VERSIONS).default('v1'),
      startsAtMs: MsSchema,
      endsAtMs: MsSchema,
      seed: z.string(),
      tokenMidAt: z
        .strictObject({
          outcome: z.enum(OUTCOMES),
          priceMicros: z
            .string()
            .regex(/^\d{1,7}$/)
            .transform(BigInt),
          atMs: MsSchema,
          winner: z.enum(OUTCOMES).optional(),
        })
        .nullable(),
      recordingName: z.string().nullable(),
    }),
  ),
});

/** Empty without a file. @throws InvalidInputError when the file cannot be read or has another form */
export function readAddedMarkets(path: string): readonly AddedMarket[] {
  if (!existsSync(path)) return [];
  const what = `file of added markets (${path}; delete it to start without them)`;
  return parseInput(AddedMarketsFileSchema, parseJson(readText(path, what), what), what).markets;
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidInputError(`The ${what} cannot be read`, {}, { cause: error });
  }
}

/** Replaces the file in one step, so that a kill leaves the old or the new one. */
export function writeAddedMarkets(path: string, markets: readonly AddedMarket[]): void {
  const toText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, `${JSON.stringify({ v: 1, markets }, toText, 2)}\n`);
  renameSync(draft, path);
}
