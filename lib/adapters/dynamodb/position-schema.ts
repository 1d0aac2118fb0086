import * as z from 'zod';
import { ASSETS, OUTCOMES } from '#lib/domain/market.ts';
import { EXIT_REASONS, MODES, ORIGINS } from '#lib/domain/position.ts';
import { REFUSAL_CAUSES, WAIT_CODES } from '#lib/domain/refusal.ts';
import {
  CountSchema,
  LiveAttemptSchema,
  MicrosSchema,
  TickSchema,
  TimeSchema,
  TokenIdSchema,
  TradeSchema,
} from './order-schema.ts';

const PriceRungSchema = z.strictObject({
  fromLeadMs: CountSchema,
  slackTicks: z.union([CountSchema, z.literal('any')]),
  blindPercent: z.int().min(0).max(100),
});

const ExitPolicySchema = z.strictObject({
  exitLeadMs: CountSchema,
  deadlineLeadMs: CountSchema,
  lastOrderLeadMs: CountSchema,
  requestDeadlineMs: CountSchema,
  leaseGraceMs: CountSchema,
  prepareLeadMs: CountSchema,
  bookLeadMs: CountSchema,
  retryDelaysMs: z.array(CountSchema).readonly(),
  slowRetryDelayMs: CountSchema,
  attemptCountMax: CountSchema,
  minPriceMicros: MicrosSchema,
  priceLadder: z.array(PriceRungSchema).readonly(),
});

const termsShape = {
  positionId: z.string(),
  requestId: z.string(),
  origin: z.enum(ORIGINS),
  mode: z.enum(MODES),
  wallet: z.string(),
  asset: z.enum(ASSETS),
  outcome: z.enum(OUTCOMES),
  marketSlug: z.string(),
  conditionId: z.string(),
  tokenId: TokenIdSchema,
  // Rows from before live trading, all of them on paper, do not name it; no token has the id 0.
  otherTokenId: TokenIdSchema.default('0'),
  negRisk: z.boolean(),
  tickMicros: TickSchema,
  minOrderSharesMicros: MicrosSchema,
  feeRateMicros: MicrosSchema,
  budgetMicros: MicrosSchema,
  openedAtMs: TimeSchema,
  marketEndsAtMs: TimeSchema,
  policy: ExitPolicySchema,
  underlyingAtEntryMicros: MicrosSchema.nullable(),
};

const recordShape = {
  ...termsShape,
  version: z.int().min(1),
  exitDueAtMs: TimeSchema,
  attemptCount: CountSchema,
  attempts: z.array(LiveAttemptSchema).readonly(),
  trades: z.array(TradeSchema).readonly(),
  firstExitAttemptAtMs: TimeSchema.nullable(),
  refusals: z.partialRecord(z.enum([...REFUSAL_CAUSES, ...WAIT_CODES]), CountSchema),
};

const WakeUpSchema = z.strictObject({ id: z.string(), atMs: TimeSchema });

const exitProgressShape = {
  exitStartedAtMs: TimeSchema,
  fruitlessCount: CountSchema,
  noBuyerCount: CountSchema,
  shortfallMicros: MicrosSchema,
  sellableMicros: MicrosSchema.nullable(),
  // Rows from before live trading name neither.
  postAgainAtMs: TimeSchema.nullable().default(null),
  isPostOnly: z.boolean().default(false),
  pagedCauses: z.array(z.enum(REFUSAL_CAUSES)).readonly(),
  underlyingAtExitMicros: MicrosSchema.nullable(),
};

const exitRecordShape = {
  exitAtMs: TimeSchema,
  exitReason: z.enum(EXIT_REASONS),
  forceClosed: z.boolean(),
  forceCloseReason: z.literal('timeout').nullable(),
  underlyingAtExitMicros: MicrosSchema.nullable(),
  shortfallMicros: MicrosSchema,
};

const closingShape = { ...recordShape, ...exitRecordShape, closedAtMs: TimeSchema };

/** The stored form of a position: one shape per state, strict, so that a row of another shape is never half understood. */
export const PositionSchema = z.discriminatedUnion('state', [
  z.strictObject({ ...recordShape, state: z.literal('buying'), wakeUp: WakeUpSchema }),
  z.strictObject({ ...recordShape, state: z.literal('holding'), wakeUp: WakeUpSchema }),
  z.strictObject({ ...recordShape, state: z.literal('exiting'), wakeUp: WakeUpSchema, ...exitProgressShape }),
  z.strictObject({
    ...recordShape,
    ...exitRecordShape,
    state: z.literal('awaiting-resolution'),
    wakeUp: WakeUpSchema.nullable(),
  }),
  z.strictObject({ ...closingShape, state: z.literal('exited') }),
  z.strictObject({
    ...closingShape,
    state: z.literal('redeemed'),
    payoutMicros: MicrosSchema,
    transactionHash: z.string(),
  }),
  z.strictObject({ ...closingShape, state: z.literal('worthless') }),
  z.strictObject({ ...closingShape, state: z.literal('voided') }),
  z.strictObject({ ...closingShape, state: z.literal('stranded'), contradiction: z.string() }),
]);
