import * as z from 'zod/mini';
import { DEFAULT_PRESETS } from '#lib/contracts/default-presets.ts';
import { PresetsSchema } from '#lib/contracts/exit-presets.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import { PresetNameSchema } from '#lib/contracts/rule-fields.ts';
import type { Presets } from '#lib/domain/plan/plan-opening.ts';
import { NO_PRESET } from '#lib/domain/plan/plan-rules.ts';

/** Presets as JSON. */
const PresetsTextSchema = z.pipe(
  z._default(z.string(), JSON.stringify(DEFAULT_PRESETS)),
  z.transform((text, context) => {
    const presets = PresetsSchema.safeParse(jsonOrUndefined(text));
    if (presets.success) return presets.data;
    const [first] = presets.error.issues;
    const place = first === undefined || first.path.length === 0 ? '' : `${first.path.join('.')} ${first.message}: `;
    context.issues.push({
      code: 'custom',
      input: text,
      message: `${place}must be JSON such as {"careful":{"stopLoss":"25%"}}`,
    });
    return z.NEVER;
  }),
);

export const PresetSettingsSchema = z.object({
  EXIT_PRESETS: PresetsTextSchema,
  EXIT_DEFAULT_PRESET: z._default(PresetNameSchema, NO_PRESET),
});

export type PresetSettings = z.output<typeof PresetSettingsSchema>;

export function isDefaultKnown({ EXIT_PRESETS: presets, EXIT_DEFAULT_PRESET: name }: PresetSettings): boolean {
  return name === NO_PRESET || Object.hasOwn(presets, name);
}

export function toPresets({ EXIT_PRESETS: presets, EXIT_DEFAULT_PRESET: defaultPreset }: PresetSettings): Presets {
  return { presets, defaultPreset };
}
