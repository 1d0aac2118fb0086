import fc from 'fast-check';
import { MARKET_VERSIONS, OUTCOMES } from '#lib/domain/market/market.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import { ASSETS } from '#lib/domain/market/up-down-markets.ts';
import { FIRING_RULES } from '#lib/domain/position/exit-policy.ts';
import type { LiveAttempt, OrderIntent, Trade } from '#lib/domain/position/order-attempt.ts';
import {
  type ExitRecord,
  MODES,
  ORIGINS,
  POSITION_STATES,
  type Position,
  type PositionState,
  VOID_REASONS,
} from '#lib/domain/position/position.ts';
import { REFUSAL_CAUSES, WAIT_CODES } from '#lib/domain/refusal/refusal.ts';

/** Larger than a number can hold: a row has to keep all digits. */
const anyMicros = fc.bigInt({ min: 0n, max: 10n ** 24n });
const anyTimeMs = fc.integer({ min: 0, max: 4_102_444_800_000 });
const anyCount = fc.integer({ min: 0, max: 1_000_000 });
const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });
const anyHash = fc.stringMatching(/^0x[0-9a-f]{64}$/);
const anyTokenId = fc.stringMatching(/^[1-9][0-9]{76}$/);
const anySide = fc.constantFrom('BUY' as const, 'SELL' as const);
const nullOr = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null });

const anyFills: fc.Arbitrary<FillTotals> = fc.record({
  sharesMicros: anyMicros,
  valueMicros: anyMicros,
  feesMicros: anyMicros,
});

const anyIntent: fc.Arbitrary<OrderIntent> = fc.record(
  {
    side: anySide,
    orderType: fc.constantFrom('FAK' as const, 'FOK' as const, 'GTC' as const),
    tokenId: anyTokenId,
    negRisk: fc.boolean(),
    marketVersion: fc.constantFrom(...MARKET_VERSIONS),
    sharesMicros: anyMicros,
    limitPriceMicros: anyMicros,
    attemptNumber: anyCount,
    salt: fc.nat().map(String),
    timestampMs: anyTimeMs,
    orderHash: anyHash,
    sharesBeforeMicros: anyMicros,
  },
  {
    requiredKeys: [
      'side',
      'orderType',
      'tokenId',
      'negRisk',
      'marketVersion',
      'sharesMicros',
      'limitPriceMicros',
      'attemptNumber',
      'salt',
      'timestampMs',
      'orderHash',
    ],
  },
);

const anyTrade: fc.Arbitrary<Trade> = fc
  .tuple(
    anyFills,
    fc.record({
      tradeId: anyText,
      orderHash: anyHash,
      side: anySide,
      status: fc.constantFrom('provisional' as const, 'confirmed' as const, 'failed' as const),
      matchedAtMs: anyTimeMs,
      feeDriftMicros: nullOr(anyMicros.map((micros) => micros - 10n ** 12n)),
    }),
  )
  .map(([fills, trade]) => ({ ...fills, ...trade }));

const anyLiveAttempt: fc.Arbitrary<LiveAttempt> = fc
  .tuple(
    fc.record(
      {
        intent: anyIntent,
        postCount: anyCount,
        lostPostAtMs: fc.option(anyTimeMs),
        answer: fc.constantFrom('refused' as const, 'failed' as const),
      },
      { requiredKeys: ['intent', 'postCount', 'lostPostAtMs'] },
    ),
    fc.oneof(
      fc.record({ phase: fc.constant('posting' as const), leaseUntilMs: anyTimeMs }),
      fc.record({
        phase: fc.constantFrom('unknown' as const, 'working' as const, 'cancelled' as const, 'ended' as const),
        sinceMs: anyTimeMs,
      }),
      fc.record({ phase: fc.constant('matched' as const), reported: anyFills }),
    ),
  )
  .map(([attempt, phase]) => ({ ...attempt, ...phase }) as LiveAttempt);

const anyPolicyShape = {
  exitLeadMs: anyCount,
  deadlineLeadMs: anyCount,
  lastOrderLeadMs: anyCount,
  requestDeadlineMs: anyCount,
  leaseGraceMs: anyCount,
  prepareLeadMs: anyCount,
  bookLeadMs: anyCount,
  retryDelaysMs: fc.array(anyCount, { maxLength: 5 }),
  slowRetryDelayMs: anyCount,
  attemptCountMax: anyCount,
  minPriceMicros: anyMicros,
  priceLadder: fc.array(
    fc.record({
      fromLeadMs: fc.oneof(anyCount, fc.constant(Number.MAX_SAFE_INTEGER)),
      slackTicks: fc.oneof(anyCount, fc.constant('any' as const)),
      blindPercent: fc.integer({ min: 0, max: 100 }),
    }),
    { maxLength: 3 },
  ),
  mayMerge: fc.boolean(),
};

const anyRules = fc.record(
  {
    stopLossMicros: anyMicros,
    takeProfitMicros: anyMicros,
    trailingStopMicros: anyMicros,
    holdAboveMicros: anyMicros,
    shares: fc.record({ stopLoss: anyMicros, trailingStop: anyMicros }, { requiredKeys: [] }),
    preset: anyText,
  },
  { requiredKeys: [] },
);
const anyPolicy = fc.oneof(fc.record(anyPolicyShape), fc.record({ ...anyPolicyShape, rules: anyRules }));

const anyMerges = fc.array(fc.record({ transactionHash: anyHash, cashMicros: anyMicros, gasWei: nullOr(anyMicros) }), {
  maxLength: 2,
});

const anyFound = fc.record({ sharesMicros: anyMicros, costMicros: nullOr(anyMicros), blockNumber: anyMicros });
const anyLeft = fc.record({ transactionHash: anyHash, sharesMicros: anyMicros, cashMicros: nullOr(anyMicros) });
const anyLeftTotals = fc.record({
  transactionCount: anyCount,
  sharesMicros: anyMicros,
  cashMicros: nullOr(anyMicros),
});

const anyRecord = {
  positionId: fc.uuid(),
  requestId: anyText,
  origin: fc.constantFrom(...ORIGINS),
  mode: fc.constantFrom(...MODES),
  wallet: fc.stringMatching(/^0x[0-9a-fA-F]{40}$/),
  asset: fc.constantFrom(...ASSETS),
  outcome: fc.constantFrom(...OUTCOMES),
  marketSlug: anyText,
  conditionId: anyHash,
  tokenId: anyTokenId,
  otherTokenId: anyTokenId,
  negRisk: fc.boolean(),
  marketVersion: fc.constantFrom(...MARKET_VERSIONS),
  tickMicros: anyMicros.map((micros) => micros + 1n),
  minOrderSharesMicros: anyMicros,
  feeRateMicros: anyMicros,
  budgetMicros: anyMicros,
  openedAtMs: anyTimeMs,
  marketEndsAtMs: anyTimeMs,
  policy: anyPolicy,
  underlyingAtEntryMicros: nullOr(anyMicros),
  version: fc.integer({ min: 1, max: 999_999 }),
  exitDueAtMs: anyTimeMs,
  attemptCount: anyCount,
  attempts: fc.array(anyLiveAttempt, { maxLength: 3 }),
  trades: fc.array(anyTrade, { maxLength: 4 }),
  venueWords: fc.option(fc.array(fc.record({ text: anyText, count: anyCount }), { maxLength: 4 }), { nil: undefined }),
  hedge: fc.option(fc.record({ orderHash: anyHash, costMicrosMax: anyMicros }), { nil: undefined }),
  merges: fc.option(anyMerges, { nil: undefined }),
  highMicros: fc.option(anyMicros, { nil: undefined }),
  firedRule: fc.option(
    fc.record({
      rule: fc.constantFrom(...FIRING_RULES),
      priceMicros: anyMicros,
      levelMicros: anyMicros,
      atMs: anyTimeMs,
    }),
    { nil: undefined },
  ),
  exitRequest: fc.option(
    fc.record(
      { atMs: anyTimeMs, untilSoldMicros: anyMicros, minPriceMicros: anyMicros },
      { requiredKeys: ['atMs'], noNullPrototype: true },
    ),
    { nil: undefined },
  ),
  holdDecision: fc.option(fc.record({ atMs: anyTimeMs, priceMicros: anyMicros, proceedsMicros: anyMicros }), {
    nil: undefined,
  }),
  holdLook: fc.option(fc.record({ atMs: anyTimeMs, priceMicros: nullOr(anyMicros) }), { nil: undefined }),
  takenRequestIds: fc.option(fc.array(anyText, { maxLength: 3 }), { nil: undefined }),
  guardedSharesMicros: fc.option(anyMicros, { nil: undefined }),
  countsFromMs: fc.option(anyTimeMs, { nil: undefined }),
  found: fc.option(anyFound, { nil: undefined }),
  left: fc.option(fc.array(anyLeft, { maxLength: 3 }), { nil: undefined }),
  leftEarlier: fc.option(fc.array(anyLeftTotals, { maxLength: 2 }), { nil: undefined }),
  refusedPreset: fc.option(
    fc.record({
      preset: anyText,
      code: fc.constantFrom('rule-invalid' as const, 'rule-already-met' as const),
      message: anyText,
    }),
    { nil: undefined },
  ),
  firstExitAttemptAtMs: nullOr(anyTimeMs),
  lastBid: nullOr(fc.record({ priceMicros: anyMicros, atMs: anyTimeMs, soldMicros: anyMicros })),
  refusals: fc.dictionary(fc.constantFrom(...REFUSAL_CAUSES, ...WAIT_CODES), anyCount, { noNullPrototype: true }),
};

const anyWakeUp = fc.record({ id: anyText, atMs: anyTimeMs });

const anyExitReason: fc.Arbitrary<ExitRecord['exitReason']> = fc.constantFrom(
  'emergency:timeout',
  'emergency:timeout_sell_failed',
  'emergency:timeout_merge',
  'emergency:timeout_buy_unknown',
  'manual',
  ...FIRING_RULES.map((rule) => `rule:${rule}` as const),
  'elsewhere',
  ...VOID_REASONS.map((reason) => `void:${reason}` as const),
);

const anyExit = {
  exitAtMs: anyTimeMs,
  exitReason: anyExitReason,
  forceClosed: fc.boolean(),
  forceCloseReason: nullOr(fc.constant('timeout' as const)),
  underlyingAtExitMicros: nullOr(anyMicros),
  shortfallMicros: anyMicros,
};

const anyProgress = {
  exitStartedAtMs: anyTimeMs,
  fruitlessCount: anyCount,
  noBuyerCount: anyCount,
  shortfallMicros: anyMicros,
  sellableMicros: nullOr(anyMicros),
  postAgainAtMs: nullOr(anyTimeMs),
  isPostOnly: fc.boolean(),
  isOverdueTold: fc.boolean(),
  isFailingTold: fc.boolean(),
  pagedCauses: fc.uniqueArray(fc.constantFrom(...REFUSAL_CAUSES), { maxLength: 4 }),
  underlyingAtExitMicros: nullOr(anyMicros),
};

const anyClosing = { ...anyExit, closedAtMs: anyTimeMs };

const anySettlement = fc.record({
  payout: nullOr(fc.record({ own: anyMicros, other: anyMicros, total: anyMicros.map((total) => total + 1n) })),
  seenBlock: nullOr(anyMicros),
  heldAtBlock: nullOr(anyMicros),
  missingSinceMs: nullOr(anyTimeMs),
  progressAtMs: nullOr(anyTimeMs),
  redemptionFailureCount: anyCount,
  redeemAgainAtMs: nullOr(anyTimeMs),
  isRefusedForGood: fc.boolean(),
  isLateReported: fc.boolean(),
  mergeFailureCount: anyCount,
  mergeAgainAtMs: nullOr(anyTimeMs),
});

/** The fields that each state adds to the record. */
const ANY_BY_STATE = {
  buying: { wakeUp: anyWakeUp },
  holding: { wakeUp: anyWakeUp },
  exiting: { wakeUp: anyWakeUp, ...anyProgress },
  'awaiting-resolution': { wakeUp: anyWakeUp, settlement: anySettlement, ...anyExit },
  exited: anyClosing,
  redeemed: { ...anyClosing, payoutMicros: anyMicros, transactionHash: anyHash, gasWei: nullOr(anyMicros) },
  worthless: anyClosing,
  voided: anyClosing,
  stranded: { ...anyClosing, contradiction: anyText },
} as const satisfies Record<PositionState, Record<string, fc.Arbitrary<unknown>>>;

/** Any position of one state with the right shape, plausible or not. */
export function anyPositionIn(state: PositionState): fc.Arbitrary<Position> {
  const shape: Record<string, fc.Arbitrary<unknown>> = { ...anyRecord, ...ANY_BY_STATE[state] };
  return fc.record({ ...shape, state: fc.constant(state) }) as fc.Arbitrary<unknown> as fc.Arbitrary<Position>;
}

export const anyPosition: fc.Arbitrary<Position> = fc.oneof(...POSITION_STATES.map((state) => anyPositionIn(state)));
