import * as z from 'zod';
import { ExitSettingsSchema, PaperSettingsSchema } from '#functions/wiring/trading-settings.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

/**
 * The night of the loss in a minute: the shares settle some seconds after the exit is due, so the first sells are refused as
 * they were then. Everything else is as in production.
 */
const STORY_DEFAULTS = {
  /** Five seconds less than this pass until the exit is due and the first sells are refused. */
  PAPER_SETTLEMENT_FIXED_MS: '33500',
  PAPER_SELL_SETTLEMENT_FIXED_MS: '2500',
  // A demonstration is repeated, and what it leaves on paper must not keep the next one from opening.
  LIMIT_OPEN_COUNT: '10000',
  LIMIT_EXPOSURE_MICROS: '1000000000000',
  LIMIT_DAY_LOSS_MICROS: '1000000000000',
} as const;

const StorySettingsSchema = z.object({
  ...ExitSettingsSchema.shape,
  ...PaperSettingsSchema.shape,
  /** From the start of the story to the moment the exit is due. */
  STORY_TIME_TO_EXIT_MS: z.coerce.number().int().min(1_000).max(3_600_000).default(30_000),
});

export type StorySettings = {
  /** For the functions. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeToExitMs: number;
  readonly exitLeadMs: number;
  readonly timerGrainMs: number;
};

/**
 * The functions' settings for the story. Those of the environment win, so that a test can tell it in seconds.
 * @throws ConfigError naming each bad value
 */
export function readStorySettings(env: Env): StorySettings {
  const names = Object.keys(StorySettingsSchema.shape);
  const given = Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value] as const];
    }),
  );
  const merged: Readonly<Record<string, string>> = { ...STORY_DEFAULTS, ...given };
  const settings = parseEnv(StorySettingsSchema, merged);
  return {
    env: merged,
    timeToExitMs: settings.STORY_TIME_TO_EXIT_MS,
    exitLeadMs: settings.EXIT_LEAD_MS,
    timerGrainMs: settings.TIMER_GRAIN_MS,
  };
}
