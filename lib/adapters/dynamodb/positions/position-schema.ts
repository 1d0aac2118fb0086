import * as z from 'zod/mini';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import { ASSETS } from '#lib/domain/market/up-down-markets.ts';
import { FIRING_RULES } from '#lib/domain/position/exit-policy.ts';
import type { FoundShares, LeftShares, LeftTotals } from '#lib/domain/position/guarded-shares.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
import { EXIT_REASONS, type LastBid, MODES, ORIGINS } from '#lib/domain/position/position.ts';
import { NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';
import { REFUSAL_CAUSES, WAIT_CODES } from '#lib/domain/refusal/refusal.ts';
import {
  CountSchema,
  LiveAttemptSchema,
  MarketVersionSchema,
  MicrosSchema,
  TickSchema,
  TimeSchema,
  TokenIdSchema,
} from './order-schema.ts';
import { ExitPolicySchema } from './policy-schema.ts';

/** Trades are stored without field names, as the policy is. The timeline names the fields of every trade. */
const TradeTupleSchema = z.tuple([
  z.string(),
  z.string(),
  z.enum(['BUY', 'SELL']),
  z.enum(['provisional', 'confirmed', 'failed']),
  TimeSchema,
  MicrosSchema,
  MicrosSchema,
  MicrosSchema,
  z.nullable(MicrosSchema),
]);

const TradeRowSchema = z.codec(TradeTupleSchema, z.custom<Trade>(), {
  decode: ([tradeId, orderHash, side, status, matchedAtMs, sharesMicros, valueMicros, feesMicros, feeDriftMicros]) => ({
    sharesMicros,
    valueMicros,
    feesMicros,
    tradeId,
    orderHash,
    side,
    status,
    matchedAtMs,
    feeDriftMicros,
  }),
  encode: (trade): z.output<typeof TradeTupleSchema> => [
    trade.tradeId,
    trade.orderHash,
    trade.side,
    trade.status,
    trade.matchedAtMs,
    trade.sharesMicros,
    trade.valueMicros,
    trade.feesMicros,
    trade.feeDriftMicros,
  ],
});

const HeardWordsSchema = z.codec(
  z.tuple([z.string(), CountSchema]),
  z.strictObject({ text: z.string(), count: CountSchema }),
  {
    decode: ([text, count]) => ({ text, count }),
    encode: ({ text, count }): [string, number] => [text, count],
  },
);
const LastBidTupleSchema = z.tuple([MicrosSchema, TimeSchema, MicrosSchema]);
const LastBidSchema = z.codec(LastBidTupleSchema, z.custom<LastBid>(), {
  decode: ([priceMicros, atMs, soldMicros]) => ({ priceMicros, atMs, soldMicros }),
  encode: ({ priceMicros, atMs, soldMicros }): z.output<typeof LastBidTupleSchema> => [priceMicros, atMs, soldMicros],
});

const HedgeSchema = z.strictObject({ orderHash: z.string(), costMicrosMax: MicrosSchema });
const MergeSchema = z.strictObject({
  transactionHash: z.string(),
  cashMicros: MicrosSchema,
  gasWei: z.nullable(MicrosSchema),
});
/** Without names, as trades. */
const FoundTupleSchema = z.tuple([MicrosSchema, z.nullable(MicrosSchema), MicrosSchema]);
const FoundRowSchema = z.codec(FoundTupleSchema, z.custom<FoundShares>(), {
  decode: ([sharesMicros, costMicros, blockNumber]) => ({ sharesMicros, costMicros, blockNumber }),
  encode: (found): z.output<typeof FoundTupleSchema> => [found.sharesMicros, found.costMicros, found.blockNumber],
});
const LeftTupleSchema = z.tuple([z.string(), MicrosSchema, z.nullable(MicrosSchema)]);
const LeftRowSchema = z.codec(LeftTupleSchema, z.custom<LeftShares>(), {
  decode: ([transactionHash, sharesMicros, cashMicros]) => ({ transactionHash, sharesMicros, cashMicros }),
  encode: (left): z.output<typeof LeftTupleSchema> => [left.transactionHash, left.sharesMicros, left.cashMicros],
});
const LeftTotalsTupleSchema = z.tuple([CountSchema, MicrosSchema, z.nullable(MicrosSchema)]);
const LeftTotalsRowSchema = z.codec(LeftTotalsTupleSchema, z.custom<LeftTotals>(), {
  decode: ([transactionCount, sharesMicros, cashMicros]) => ({ transactionCount, sharesMicros, cashMicros }),
  encode: (totals): z.output<typeof LeftTotalsTupleSchema> => [
    totals.transactionCount,
    totals.sharesMicros,
    totals.cashMicros,
  ],
});

const ExitRequestSchema = z.strictObject({
  atMs: TimeSchema,
  untilSoldMicros: z.optional(MicrosSchema),
  minPriceMicros: z.optional(MicrosSchema),
});

const FiredRuleSchema = z.strictObject({
  rule: z.enum(FIRING_RULES),
  priceMicros: MicrosSchema,
  levelMicros: MicrosSchema,
  atMs: TimeSchema,
});

const termsShape = {
  positionId: z.string(),
  requestId: z.string(),
  origin: z.enum(ORIGINS),
  mode: z.enum(MODES),
  wallet: z.string(),
  asset: z.nullable(z.enum(ASSETS)),
  outcome: z.enum(OUTCOMES),
  // Both are missing in rows from before markets other than up/down windows.
  outcomeName: z.exactOptional(z.string()),
  givenExitAtMs: z.exactOptional(TimeSchema),
  marketSlug: z.string(),
  conditionId: z.string(),
  tokenId: TokenIdSchema,
  // Missing in rows from before live trading, all of them on paper. No token has the id 0.
  otherTokenId: z._default(TokenIdSchema, '0'),
  negRisk: z.boolean(),
  marketVersion: MarketVersionSchema,
  tickMicros: TickSchema,
  minOrderSharesMicros: MicrosSchema,
  feeRateMicros: MicrosSchema,
  takerDelayMs: z.optional(CountSchema),
  budgetMicros: MicrosSchema,
  guardedSharesMicros: z.optional(MicrosSchema),
  countsFromMs: z.optional(TimeSchema),
  openedAtMs: TimeSchema,
  marketEndsAtMs: TimeSchema,
  policy: ExitPolicySchema,
  // Missing in rows from before it was kept.
  refusedPreset: z.optional(
    z.strictObject({ preset: z.string(), code: z.enum(['rule-invalid', 'rule-already-met']), message: z.string() }),
  ),
  underlyingAtEntryMicros: z.nullable(MicrosSchema),
};

const recordShape = {
  ...termsShape,
  version: z.int().check(z.gte(1)),
  exitDueAtMs: TimeSchema,
  attemptCount: CountSchema,
  attempts: z.readonly(z.array(LiveAttemptSchema)),
  trades: z.readonly(z.array(TradeRowSchema)),
  firstExitAttemptAtMs: z.nullable(TimeSchema),
  refusals: z.partialRecord(z.enum([...REFUSAL_CAUSES, ...WAIT_CODES]), CountSchema),
  venueWords: z.optional(z.readonly(z.array(HeardWordsSchema))),
  // Missing in rows from before it was kept.
  lastBid: z._default(z.nullable(LastBidSchema), null),
  // Both are missing in rows from before merges.
  hedge: z.optional(HedgeSchema),
  merges: z.optional(z.readonly(z.array(MergeSchema))),
  // Both are missing in rows from before exits were held.
  holdDecision: z.optional(
    z.strictObject({ atMs: TimeSchema, priceMicros: MicrosSchema, proceedsMicros: MicrosSchema }),
  ),
  holdLook: z.optional(z.strictObject({ atMs: TimeSchema, priceMicros: z.nullable(MicrosSchema) })),
  // Both are missing in rows from before partial exits.
  exitRequest: z.optional(ExitRequestSchema),
  takenRequestIds: z.optional(z.readonly(z.array(z.string()))),
  // Both are missing in rows from before exit rules.
  highMicros: z.optional(MicrosSchema),
  firedRule: z.optional(FiredRuleSchema),
  // Both are missing in rows from before guarded positions.
  found: z.optional(FoundRowSchema),
  left: z.optional(z.readonly(z.array(LeftRowSchema))),
  // Missing in rows from before `left` had a bound.
  leftEarlier: z.optional(z.readonly(z.array(LeftTotalsRowSchema))),
};

const WakeUpSchema = z.strictObject({ id: z.string(), atMs: TimeSchema });

/** Earlier releases left a position without one that only waited for the market's result. It is long overdue. */
const AwaitingWakeUpSchema = z.codec(z.nullable(WakeUpSchema), WakeUpSchema, {
  decode: (wakeUp) => wakeUp ?? { id: 'settle', atMs: 0 },
  encode: (wakeUp) => wakeUp,
});

export const PayoutSchema = z.strictObject({ own: MicrosSchema, other: MicrosSchema, total: TickSchema });

export const SharesOfBothSchema = z.strictObject({ own: MicrosSchema, other: MicrosSchema });

const SettlementSchema = z.strictObject({
  payout: z.nullable(PayoutSchema),
  seenBlock: z.nullable(MicrosSchema),
  heldAtBlock: z.nullable(MicrosSchema),
  missingSinceMs: z.nullable(TimeSchema),
  progressAtMs: z.nullable(TimeSchema),
  redemptionFailureCount: CountSchema,
  redeemAgainAtMs: z.nullable(TimeSchema),
  isRefusedForGood: z.boolean(),
  isLateReported: z.boolean(),
  // Both are missing in rows from before merges.
  mergeFailureCount: z._default(CountSchema, 0),
  mergeAgainAtMs: z._default(z.nullable(TimeSchema), null),
  // Written only while shares that pay are awaited beside a payout.
  partPaidSinceMs: z.optional(TimeSchema),
});

const exitProgressShape = {
  exitStartedAtMs: TimeSchema,
  fruitlessCount: CountSchema,
  noBuyerCount: CountSchema,
  shortfallMicros: MicrosSchema,
  sellableMicros: z.nullable(MicrosSchema),
  // Missing in rows from before live trading.
  postAgainAtMs: z._default(z.nullable(TimeSchema), null),
  isPostOnly: z._default(z.boolean(), false),
  pagedCauses: z.readonly(z.array(z.enum(REFUSAL_CAUSES))),
  // Missing in rows from before exits that are long overdue were told.
  isOverdueTold: z._default(z.boolean(), false),
  // Missing in rows from before failing exits were paged.
  isFailingTold: z._default(z.boolean(), false),
  underlyingAtExitMicros: z.nullable(MicrosSchema),
};

const exitRecordShape = {
  exitAtMs: TimeSchema,
  exitReason: z.enum(EXIT_REASONS),
  forceClosed: z.boolean(),
  forceCloseReason: z.nullable(z.literal('timeout')),
  underlyingAtExitMicros: z.nullable(MicrosSchema),
  shortfallMicros: MicrosSchema,
};

const closingShape = { ...recordShape, ...exitRecordShape, closedAtMs: TimeSchema };

export const PositionSchema = z.discriminatedUnion('state', [
  z.strictObject({ ...recordShape, state: z.literal('buying'), wakeUp: WakeUpSchema }),
  z.strictObject({ ...recordShape, state: z.literal('holding'), wakeUp: WakeUpSchema }),
  z.strictObject({ ...recordShape, state: z.literal('exiting'), wakeUp: WakeUpSchema, ...exitProgressShape }),
  z.strictObject({
    ...recordShape,
    ...exitRecordShape,
    state: z.literal('awaiting-resolution'),
    wakeUp: AwaitingWakeUpSchema,
    // Missing in rows from before settlement.
    settlement: z._default(SettlementSchema, NOTHING_SETTLED),
  }),
  z.strictObject({ ...closingShape, state: z.literal('exited') }),
  z.strictObject({
    ...closingShape,
    state: z.literal('redeemed'),
    payoutMicros: MicrosSchema,
    transactionHash: z.string(),
    gasWei: z.nullable(MicrosSchema),
    // Missing in rows from before merges, and where one outcome was held.
    payout: z.optional(PayoutSchema),
    // Written only where shares arrived after the redemption.
    unredeemed: z.optional(SharesOfBothSchema),
  }),
  z.strictObject({ ...closingShape, state: z.literal('worthless') }),
  z.strictObject({ ...closingShape, state: z.literal('voided') }),
  z.strictObject({ ...closingShape, state: z.literal('stranded'), contradiction: z.string() }),
]);
