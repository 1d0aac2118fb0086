import * as z from 'zod/mini';
import { ONE_MICROS, parseMicros } from '#lib/domain/market/money.ts';
import type { AskedLevel, AskedRules } from '#lib/domain/plan/plan-rules.ts';
import { priceSchema } from './price-schema.ts';

/** A hundredth of a percent is a ten-thousandth. */
const PERCENT = /^(\d{1,3}(?:\.\d{1,2})?) ?%$/;
const PERCENT_MICROS = 10_000n;

function toLevel(value: string | number): AskedLevel | undefined {
  const [, percent] = PERCENT.exec(String(value)) ?? [];
  if (percent !== undefined) return { shareMicros: (parseMicros(percent) * PERCENT_MICROS) / ONE_MICROS };
  try {
    return { priceMicros: parseMicros(String(value)) };
  } catch {
    return undefined;
  }
}

/** A price as a number or text, or a share of the entry price as text with a percent sign. */
function levelSchema(shareMicrosMax: bigint) {
  const most = `${shareMicrosMax / PERCENT_MICROS}%`;
  const message = `must be a price in dollars such as 0.45, or a share of the entry price from "0.01%" to "${most}" such as "20%"`;
  return z.pipe(
    z.union([z.string().check(z.maxLength(20)), z.number()], message),
    z.transform((value, context): AskedLevel => {
      const level = toLevel(value);
      const isFine =
        level !== undefined &&
        ('shareMicros' in level
          ? level.shareMicros > 0n && level.shareMicros <= shareMicrosMax
          : level.priceMicros > 0n && level.priceMicros < ONE_MICROS);
      if (isFine) return level;
      context.issues.push({ code: 'custom', input: value, message });
      return z.NEVER;
    }),
  );
}

/** A position can lose less than all of its price; it may gain many times as much. */
const SHARE_MICROS_MAX = { loss: 990_000n, gain: 9_990_000n } as const;

/** Rules that exit by the price or keep a due exit, in requests and presets. */
export const levelShape = {
  stopLoss: z.exactOptional(levelSchema(SHARE_MICROS_MAX.loss)),
  takeProfit: z.exactOptional(levelSchema(SHARE_MICROS_MAX.gain)),
  trailingStop: z.exactOptional(levelSchema(SHARE_MICROS_MAX.loss)),
  holdAbove: z.exactOptional(priceSchema),
};

export const PresetNameSchema = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be the name of a preset of the stage, such as careful, or none'));

/** The same with a preset, for requests to open and to guard. */
export const ruleShape = { ...levelShape, preset: z.exactOptional(PresetNameSchema) };

type RuleFields = {
  readonly stopLoss?: AskedLevel;
  readonly takeProfit?: AskedLevel;
  readonly trailingStop?: AskedLevel;
  readonly holdAbove?: bigint;
  readonly preset?: string;
};

/** Part of a request's own terms; without a field for rules it has none. */
export function toAskedRules({ stopLoss, takeProfit, trailingStop, holdAbove, preset }: RuleFields): {
  readonly rules?: AskedRules;
} {
  const rules = {
    ...(stopLoss !== undefined && { stopLoss }),
    ...(takeProfit !== undefined && { takeProfit }),
    ...(trailingStop !== undefined && { trailingStop }),
    ...(holdAbove !== undefined && { holdAboveMicros: holdAbove }),
    ...(preset !== undefined && { preset }),
  };
  return Object.keys(rules).length === 0 ? {} : { rules };
}
