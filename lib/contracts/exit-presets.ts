import * as z from 'zod/mini';
import type { Preset } from '#lib/domain/plan/plan-opening.ts';
import { NO_PRESET } from '#lib/domain/plan/plan-rules.ts';
import { exitTermsShape, toOwnTerms } from './open-request.ts';
import { levelShape, PresetNameSchema } from './rule-fields.ts';

const PresetSchema = z.strictObject({ ...exitTermsShape, ...levelShape });

/** As a stage writes it: the fields of a request, under a name. */
export type PresetFields = z.input<typeof PresetSchema>;

/** They go into the environment of a function, which may have 4 kB in all. */
const PRESET_COUNT_MAX = 10;

export const PresetsSchema = z
  .record(
    PresetNameSchema,
    z.pipe(
      PresetSchema,
      z.transform((fields): Preset => toOwnTerms(fields)),
    ),
  )
  .check(
    z.refine((presets) => !Object.hasOwn(presets, NO_PRESET), { message: `"${NO_PRESET}" means no preset: rename it` }),
    z.refine((presets) => Object.keys(presets).length <= PRESET_COUNT_MAX, {
      message: `must be ${PRESET_COUNT_MAX} presets at most`,
    }),
  );
