import * as z from 'zod/mini';

/**
 * What the schema reads, or `fallback` where it cannot read it. The library's own `catch` would do, and bring 9 kB of its words
 * into each function.
 */
export function orElse<Schema extends z.ZodMiniType, Fallback>(schema: Schema, fallback: Fallback) {
  return z.union([
    schema,
    z.pipe(
      z.unknown(),
      z.transform(() => fallback),
    ),
  ]);
}
