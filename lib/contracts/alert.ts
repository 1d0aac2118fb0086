import * as z from 'zod/mini';
import { ALERT_KINDS } from '#lib/domain/news/alert.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal/refusal.ts';

export const MicrosTextSchema = z
  .string()
  .check(z.regex(/^-?\d{1,30}$/, 'must be a whole number of millionths as text'));
/** Unix milliseconds, within the range of `Date`. */
const AtMsSchema = z.int().check(z.gte(0), z.lte(8.64e15));

/** `PositionView` in events and alerts. */
export const PositionViewSchema = z.readonly(
  z.object({
    positionId: z.string().check(z.minLength(1)),
    requestId: z.string(),
    origin: z.string(),
    mode: z.string(),
    asset: z.nullable(z.string()),
    outcome: z.string(),
    marketSlug: z.string(),
    conditionId: z.string(),
    // Missing in events from before version 2 of the protocol.
    marketVersion: z._default(z.string(), 'v1'),
    tokenId: z.string(),
    state: z.string(),
    version: z.int(),
    openedAtMs: AtMsSchema,
    marketEndsAtMs: AtMsSchema,
    exitDueAtMs: AtMsSchema,
    firstExitAttemptAtMs: z.nullable(AtMsSchema),
    exitAtMs: z.nullable(AtMsSchema),
    closedAtMs: z.nullable(AtMsSchema),
    entryPrice: z.nullable(z.string()),
    exitPrice: z.nullable(z.string()),
    underlyingAtEntry: z.nullable(z.string()),
    underlyingAtExit: z.nullable(z.string()),
    sharesMicros: MicrosTextSchema,
    // These are missing in events from before guarded positions.
    foundMicros: z._default(MicrosTextSchema, '0'),
    leftMicros: z._default(MicrosTextSchema, '0'),
    leftCashMicros: z._default(z.nullable(MicrosTextSchema), '0'),
    soldMicros: MicrosTextSchema,
    remainingMicros: MicrosTextSchema,
    dustMicros: z.nullable(MicrosTextSchema),
    // Null when it is not known.
    costMicros: z.nullable(MicrosTextSchema),
    proceedsMicros: MicrosTextSchema,
    payoutMicros: MicrosTextSchema,
    // Missing in alerts of releases that did not merge.
    hedgeSharesMicros: z._default(z.nullable(MicrosTextSchema), null),
    hedgeCostMicros: z._default(z.nullable(MicrosTextSchema), null),
    mergedMicros: z._default(MicrosTextSchema, '0'),
    // Missing in events from before shares were redeemed.
    gasWei: z._default(z.nullable(MicrosTextSchema), null),
    feesMicros: MicrosTextSchema,
    // Missing in events from before fees were verified.
    feeDriftMicros: z._default(z.nullable(MicrosTextSchema), null),
    pnlMicros: z.nullable(MicrosTextSchema),
    exitReason: z.nullable(z.string()),
    forceClosed: z.boolean(),
    forceCloseReason: z.nullable(z.string()),
    durationSeconds: z.nullable(z.number()),
    // Missing in events from before the last bid was kept.
    lastBid: z._default(z.nullable(z.string()), null),
    lastBidAtMs: z._default(z.nullable(AtMsSchema), null),
    lostMicros: z._default(z.nullable(MicrosTextSchema), null),
    // Both are missing in events from before exit rules.
    rules: z._default(
      z.nullable(
        z.readonly(
          z.object({
            stopLoss: z.nullable(z.string()),
            takeProfit: z.nullable(z.string()),
            trailingStop: z.nullable(z.string()),
            trailingLevel: z.nullable(z.string()),
            holdAbove: z.nullable(z.string()),
            preset: z.nullable(z.string()),
          }),
        ),
      ),
      null,
    ),
    firedRule: z._default(
      z.nullable(z.readonly(z.object({ rule: z.string(), price: z.string(), level: z.string(), atMs: AtMsSchema }))),
      null,
    ),
    // Missing in events from before it was kept.
    refusedPreset: z._default(
      z.nullable(z.readonly(z.object({ preset: z.string(), code: z.string(), message: z.string() }))),
      null,
    ),
    // Missing in events from before exits on request.
    exitRequest: z._default(
      z.nullable(
        z.readonly(z.object({ atMs: AtMsSchema, sharesMicros: MicrosTextSchema, minPrice: z.nullable(z.string()) })),
      ),
      null,
    ),
    // Missing in events from before exits were held.
    heldAtMs: z._default(z.nullable(AtMsSchema), null),
    heldPrice: z._default(z.nullable(z.string()), null),
    heldProceedsMicros: z._default(z.nullable(MicrosTextSchema), null),
    heldBroughtMicros: z._default(z.nullable(MicrosTextSchema), null),
    attemptCount: z.int(),
    refusals: z.readonly(z.array(z.readonly(z.object({ cause: z.string(), count: z.int() })))),
  }),
);

/** Apart from the other events, so that the functions that trade do not bundle those. */
export const AlertSchema = z.readonly(
  z.object({
    positionId: z.string().check(z.minLength(1)),
    version: z.int(),
    kind: z.enum(ALERT_KINDS),
    severity: z.enum(['info', 'warning', 'page']),
    atMs: AtMsSchema,
    cause: z.nullable(z.enum(REFUSAL_CAUSES)),
    venueText: z.nullable(z.string()),
    // Missing in alerts from before the row kept what the venue said.
    venueWords: z._default(z.readonly(z.array(z.readonly(z.object({ text: z.string(), count: z.int() })))), []),
    position: PositionViewSchema,
  }),
);
