import * as z from 'zod';
import { ExitSettingsSchema, PaperSettingsSchema } from '#functions/wiring/trading-settings.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import type { Scenario } from './scenarios.ts';

/** A demonstration is repeated: what earlier ones left on paper must not use up the limits. */
const LOCAL_LIMITS = {
  LIMIT_OPEN_COUNT: '10000',
  LIMIT_EXPOSURE_MICROS: '1000000000000',
  LIMIT_DAY_LOSS_MICROS: '1000000000000',
} as const;

const StorySettingsSchema = z.object({
  ...ExitSettingsSchema.shape,
  ...PaperSettingsSchema.shape,
  /** From the opening to the moment the exit is due. */
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
 * The functions' settings: those of the scenario when the story opens positions, and as in production otherwise. Values
 * of the environment win, so that a test can play the story in seconds.
 * @throws ConfigError naming each bad value
 */
export function readStorySettings(env: Env, scenario: Pick<Scenario, 'env'> | null): StorySettings {
  const names = Object.keys(StorySettingsSchema.shape);
  const given = Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value] as const];
    }),
  );
  const merged = { ...LOCAL_LIMITS, ...scenario?.env, ...given };
  const settings = parseEnv(StorySettingsSchema, merged);
  return {
    env: merged,
    timeToExitMs: settings.STORY_TIME_TO_EXIT_MS,
    exitLeadMs: settings.EXIT_LEAD_MS,
    timerGrainMs: settings.TIMER_GRAIN_MS,
  };
}
