import * as z from 'zod/mini';
import { MicrosTextSchema, PositionViewSchema } from '#lib/contracts/alert.ts';
import { GUARD_REFUSAL_CODES } from '#lib/domain/plan/plan-guard.ts';
import { MODES } from '#lib/domain/position/position.ts';
import { OPENING_REFUSAL_CODES } from '#lib/domain/refusal/opening-refusal.ts';

/** The API's answers, for its description and its tests: the functions that give them do not parse them. */
const { outcome: SideSchema, ...viewShape } = PositionViewSchema.def.innerType.shape;
export const PositionSchema = z.object({ ...viewShape, side: SideSchema });

const CountSchema = z.int().check(z.gte(0));
const AtMsSchema = z.int().check(z.gte(0));

export const ApiErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  requestId: z.exactOptional(z.string()),
});
export const ErrorAnswerSchema = z.object({ error: ApiErrorSchema });
/** The fields at the top are from before the error had an object of its own. */
export const OpenFailureSchema = z.object({
  outcome: z.literal('failed'),
  code: z.string(),
  message: z.string(),
  error: ApiErrorSchema,
});

export const OpenedSchema = z.object({
  outcome: z.enum(['opened', 'already-requested']),
  position: PositionSchema,
});
export const OpenRefusedSchema = z.object({
  outcome: z.literal('refused'),
  code: z.enum(OPENING_REFUSAL_CODES),
  message: z.string(),
  retryAtMs: z.exactOptional(AtMsSchema),
  error: ApiErrorSchema,
});

export const GuardedSchema = z.object({
  outcome: z.enum(['guarded', 'already-requested']),
  position: PositionSchema,
  halted: z.boolean(),
  otherSharesMicros: z.nullable(MicrosTextSchema),
  wakeUpsSet: z.boolean(),
});
export const GuardRefusedSchema = z.object({
  error: z.extend(ApiErrorSchema, { code: z.enum(GUARD_REFUSAL_CODES) }),
  position: z.exactOptional(PositionSchema),
});

export const PositionListSchema = z.object({
  positions: z.array(PositionSchema),
  nextPageToken: z.nullable(z.string()),
  unreadable: z.array(z.string()),
});

/** What was read, decided and done, as it was stored: amounts are decimal strings of millionths. */
const StoredSchema = z.looseObject({});
export const PositionDetailSchema = z.object({
  position: PositionSchema,
  attempts: z.array(StoredSchema),
  timeline: z.array(
    z.object({
      version: CountSchema,
      event: z.looseObject({ type: z.string(), atMs: AtMsSchema }),
      evidence: StoredSchema,
    }),
  ),
});

export const ExitAnswerSchema = z.object({
  outcome: z.enum(['requested', 'already-exiting', 'already-requested']),
  position: PositionSchema,
});
export const ExitConflictSchema = z.object({ error: ApiErrorSchema, position: PositionSchema });

/** `exits` has one entry for each position that could be sold; `unseenCount` are counted as open and not listed yet. */
export const ExitsAnswerSchema = z.object({
  requestedCount: CountSchema,
  failedCount: CountSchema,
  exits: z.array(
    z.object({
      outcome: z.enum(['requested', 'already-exiting', 'already-requested', 'refused', 'failed']),
      code: z.exactOptional(z.string()),
      message: z.exactOptional(z.string()),
      position: PositionSchema,
    }),
  ),
  awaitingCount: CountSchema,
  unreadable: z.array(z.string()),
  unseenCount: CountSchema,
});

const TotalsSchema = z.object({
  mode: z.enum(MODES),
  count: CountSchema,
  wonCount: CountSchema,
  lostCount: CountSchema,
  unknownCount: CountSchema,
  pnlMicros: MicrosTextSchema,
  costMicros: MicrosTextSchema,
  feesMicros: MicrosTextSchema,
});
export const DayAnswerSchema = z.object({
  day: z.string(),
  isOver: z.boolean(),
  totals: z.array(TotalsSchema),
  unreadable: z.array(z.string()),
});

const HaltSchema = z.nullable(
  z.object({ sinceMs: z.nullable(AtMsSchema), by: z.nullable(z.string()), reason: z.nullable(z.string()) }),
);
export const StatusAnswerSchema = z.object({
  stage: z.string(),
  nowMs: AtMsSchema,
  accounts: z.array(
    z.object({
      mode: z.enum(MODES),
      openCount: z.int(),
      exposureMicros: MicrosTextSchema,
      dayLossMicros: MicrosTextSchema,
      halt: HaltSchema,
    }),
  ),
});
export const HaltAnswerSchema = z.object({
  outcome: z.enum(['halted', 'resumed', 'already-requested']),
  modes: z.array(z.object({ mode: z.enum(MODES), halt: HaltSchema })),
  /** With `flatten`. */
  flatten: z.exactOptional(ExitsAnswerSchema),
});

/** Errors that AWS answers itself, before or instead of the function. */
export const AwsErrorSchema = z.looseObject({ Message: z.string() });
