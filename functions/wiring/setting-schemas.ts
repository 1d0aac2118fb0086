import * as z from 'zod/mini';
import { UNKNOWN_COMMIT } from '#lib/runtime/short-commit.ts';

export const NameSchema = z.string().check(z.minLength(1));

/** Every function's. The commit is for the logs: a missing one stops nothing. */
export const RELEASE_SETTINGS = { STAGE: NameSchema, COMMIT: z._default(NameSchema, UNKNOWN_COMMIT) };

/** Another scheme than HTTP would fail only when a position has to be sold. */
export const WebUrlSchema = z.url({ protocol: /^https?$/ });

/** Digits and nothing else: a blank, a hexadecimal number or `1e3` is a typing error. */
export const WholeSchema = z.pipe(
  z.string().check(z.regex(/^\d{1,15}$/, 'must be a whole number')),
  z.transform(Number),
);

const DAY_MS = 86_400_000;
export const MillisSchema = z.pipe(WholeSchema, z.int().check(z.lte(DAY_MS)));

export const millis = (fallback: number) => z._default(MillisSchema, fallback);
export const positiveMillis = (fallback: number) => z.pipe(millis(fallback), z.int().check(z.gte(1)));
export const count = (fallback: number) => z._default(WholeSchema, fallback);
export const micros = (fallback: bigint) =>
  z._default(
    z.pipe(
      z.string().check(z.regex(/^\d{1,15}$/, 'must be a whole number of millionths')),
      z.transform((text: string) => BigInt(text)),
    ),
    fallback,
  );
