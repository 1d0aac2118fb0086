import * as z from 'zod';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { isCrashPoint } from './crash-points.ts';
import { ALL_FAULT_KINDS, FAULT_KINDS, isFaultKind } from './fault-kinds.ts';

const NO_FAULT = 'is no fault';
const REASONS_SHOWN_MAX = 10;

/**
 * One fault. How often: `probability` of each opportunity, or `at`, the numbers of the opportunities in a life (from
 * 1); otherwise the kind's default. When: `fromMs` to `untilMs`, counted from the market's end (T − 120 s is −120000);
 * otherwise until the calm.
 */
export const FaultSchema = z
  .strictObject({
    kind: z.string().transform((text, context) => {
      if (isFaultKind(text)) return text;
      context.addIssue({ code: 'custom', message: `${JSON.stringify(text.slice(0, 60))} ${NO_FAULT}` });
      return z.NEVER;
    }),
    probability: z.number().min(0).max(1).optional(),
    at: z.array(z.int().min(1)).optional(),
    countMax: z.int().min(0).optional(),
    fromMs: z.int().optional(),
    untilMs: z.int().optional(),
    /** Crash points such as `store.save:after`; for deaths only. */
    sites: z
      .array(z.string().refine(isCrashPoint, { error: 'must be crash points such as "store.save:after"' }))
      .optional(),
  })
  .refine(({ kind, sites }) => sites === undefined || kind === 'death' || kind === 'focused-death', {
    path: ['sites'],
    error: 'only "death" and "focused-death" have sites',
  })
  .refine(({ fromMs, untilMs }) => fromMs === undefined || untilMs === undefined || fromMs < untilMs, {
    path: ['untilMs'],
    error: 'must be later than fromMs (both are counted from the market\u2019s end, before it they are negative)',
  });
export type Fault = z.output<typeof FaultSchema>;

/** From `calmAfterEndMs` after the market's end on nothing fails, so that liveness and delivery can be checked. */
export const FaultPlanSchema = z.strictObject({
  v: z.literal(1),
  calmAfterEndMs: z.int().min(0).max(600_000).default(60_000),
  faults: z.array(FaultSchema).max(5_000),
});
export type FaultPlan = z.output<typeof FaultPlanSchema>;

export const NO_FAULTS: FaultPlan = { v: 1, calmAfterEndMs: 60_000, faults: [] };

/** Every kind at its default. */
export const DEFAULT_FAULT_PLAN: FaultPlan = {
  v: 1,
  calmAfterEndMs: 60_000,
  faults: ALL_FAULT_KINDS.map((kind) => ({
    kind,
    probability: FAULT_KINDS[kind].probability,
    ...((kind === 'death' || kind === 'focused-death') && { countMax: 2 }),
  })),
};

/** @throws InvalidInputError that names what is wrong with the plan */
export function parseFaultPlan(text: string, name = 'The fault plan'): FaultPlan {
  const result = FaultPlanSchema.safeParse(parseJson(text, name));
  if (result.success) return result.data;
  const reasons = result.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? 'plan' : path.join('.')}: ${message}`,
  );
  const more = reasons.length - REASONS_SHOWN_MAX;
  const shown = [...reasons.slice(0, REASONS_SHOWN_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  const known = shown.includes(NO_FAULT) ? `. Known faults: ${ALL_FAULT_KINDS.join(', ')}` : '';
  throw new InvalidInputError(`${name} cannot be used: ${shown}${known}`);
}

/** Some editors begin a file with a byte order mark, which is not JSON. */
function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (text.trim() === '')
      throw new InvalidInputError(`${name} is empty; {"v":1,"faults":[]} is a plan without faults`);
    const place =
      error instanceof Error ? /at position \d+(?: \(.*\))?|end of JSON input/.exec(error.message)?.[0] : undefined;
    throw new InvalidInputError(`${name} is not JSON${place === undefined ? '' : ` (${place})`}`);
  }
}
