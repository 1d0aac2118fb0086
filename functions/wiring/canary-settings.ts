import * as z from 'zod/mini';

const DAY_MS = 86_400_000;

/** Digits and nothing else, as all settings are read. */
const millis = (fallback: number) =>
  z._default(
    z.pipe(
      z.pipe(z.string().check(z.regex(/^\d{1,15}$/, 'must be a whole number')), z.transform(Number)),
      z.int().check(z.gte(1), z.lte(DAY_MS)),
    ),
    fallback,
  );

export const CanarySettingsSchema = z.object({
  /** How often the rule runs the function: names the canaries, so that each run finds the one before it. */
  CANARY_PERIOD_MS: millis(300_000),
  /**
   * From the opening to the exit. A timer fires on a whole minute at least 5 s ahead, up to a minute late: 125 s at most. With
   * 25 s to spare, a canary that was woken by anything else than its timer is late.
   */
  CANARY_TIME_TO_EXIT_MS: millis(150_000),
  /** From the exit to the market's end, at least: paper's slowest settlement takes 50 s and is no failure. */
  CANARY_ROOM_MS: millis(60_000),
  /** False where nobody takes news from the topic: then a canary's way ends with its position. */
  CANARY_SEES_NOTICES: z._default(z.stringbool({ truthy: ['true'], falsy: ['false'] }), true),
});
