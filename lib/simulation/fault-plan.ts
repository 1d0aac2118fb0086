import * as z from 'zod';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { isCrashPoint } from './crash-points.ts';
import { ALL_FAULT_KINDS, FAULT_KINDS, isFaultKind } from './fault-kinds.ts';

/**
 * One thing that goes wrong. How often: `probability` of every opportunity, or `at`, the opportunities themselves (1 is the
 * first of a life); without either, the kind's own default. When: `fromMs` to `untilMs`, counted from the market's end
 * (T − 120 s is −120000); without them, always until the calm.
 */
export const FaultSchema = z.strictObject({
  kind: z.string().transform((text, context) => {
    if (isFaultKind(text)) return text;
    context.addIssue({
      code: 'custom',
      message: `"${text.slice(0, 60)}" is no fault; known: ${ALL_FAULT_KINDS.join(', ')}`,
    });
    return z.NEVER;
  }),
  probability: z.number().min(0).max(1).optional(),
  at: z.array(z.int().min(1)).optional(),
  countMax: z.int().min(0).optional(),
  fromMs: z.int().optional(),
  untilMs: z.int().optional(),
  /** Crash points, for `death` alone: `store.save:after`. */
  sites: z
    .array(z.string().refine(isCrashPoint, { error: 'must be crash points such as "store.save:after"' }))
    .optional(),
});
export type Fault = z.output<typeof FaultSchema>;

/**
 * A fault plan, as JSON. `calmAfterEndMs`: that long after the market's end nothing goes wrong any more, and the laws about
 * what happens in the end (liveness, delivery) are held against what follows.
 */
export const FaultPlanSchema = z.strictObject({
  v: z.literal(1),
  calmAfterEndMs: z.int().min(0).max(600_000).default(60_000),
  faults: z.array(FaultSchema).max(500),
});
export type FaultPlan = z.output<typeof FaultPlanSchema>;

export const NO_FAULTS: FaultPlan = { v: 1, calmAfterEndMs: 60_000, faults: [] };

/** Everything on. */
export const DEFAULT_FAULT_PLAN: FaultPlan = {
  v: 1,
  calmAfterEndMs: 60_000,
  faults: ALL_FAULT_KINDS.map((kind) => ({
    kind,
    probability: FAULT_KINDS[kind].probability,
    ...((kind === 'death' || kind === 'focused-death') && { countMax: 2 }),
  })),
};

/** @throws InvalidInputError that names every fault of the file */
export function parseFaultPlan(text: string): FaultPlan {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new InvalidInputError('The fault plan is not JSON');
  }
  const result = FaultPlanSchema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? 'plan' : path.join('.')}: ${message}`,
  );
  throw new InvalidInputError(`The fault plan cannot be used: ${faults.slice(0, 10).join('; ')}`);
}
