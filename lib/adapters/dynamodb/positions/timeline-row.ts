import * as z from 'zod/mini';
import { CHANGE_ID, decodeRow, encodeRow, type RawRow } from '#lib/adapters/dynamodb/row-codec.ts';
import { eventKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import { FIRING_RULES } from '#lib/domain/position/exit-policy.ts';
import { SETTLEMENT_WAITS } from '#lib/domain/position/settlement-progress.ts';
import { REFUSAL_CAUSES, REFUSAL_CODES, WAIT_CODES } from '#lib/domain/refusal/refusal.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import {
  CountSchema,
  FillTotalsSchema,
  MicrosSchema,
  OrderIntentSchema,
  TimeSchema,
  TradeSchema,
} from './order-schema.ts';
import { PayoutSchema, SharesOfBothSchema } from './position-schema.ts';

const atMs = TimeSchema;
const orderHash = z.string();

const ObservedOrderSchema = z.strictObject({
  orderHash,
  working: z.boolean(),
  trades: z.readonly(z.array(TradeSchema)),
});

const BlockReadSchema = z.strictObject({ blockNumber: MicrosSchema, holdsAll: z.boolean() });

const FoundSchema = z.strictObject({
  sharesMicros: MicrosSchema,
  costMicros: z.nullable(MicrosSchema),
  blockNumber: MicrosSchema,
});
const LeftSchema = z.strictObject({
  transactionHash: z.string(),
  sharesMicros: MicrosSchema,
  cashMicros: z.nullable(MicrosSchema),
});
const LeftTotalsSchema = z.strictObject({
  transactionCount: CountSchema,
  sharesMicros: MicrosSchema,
  cashMicros: z.nullable(MicrosSchema),
});

const TimelineEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ atMs, type: z.literal('opened') }),
  z.strictObject({ atMs, type: z.literal('buy-intended'), intent: OrderIntentSchema, leaseUntilMs: TimeSchema }),
  z.strictObject({ atMs, type: z.literal('buy-abandoned'), reason: z.enum(['wake-up-not-set', 'abandoned']) }),
  z.strictObject({
    atMs,
    type: z.literal('sell-intended'),
    intent: OrderIntentSchema,
    leaseUntilMs: TimeSchema,
    postAtMs: TimeSchema,
    underlyingMicros: z.nullable(MicrosSchema),
    // Missing in rows from before live trading.
    needsApproval: z._default(z.boolean(), false),
    // Missing in rows from before the last bid was kept.
    bidMicros: z._default(z.nullable(MicrosSchema), null),
  }),
  z.strictObject({
    atMs,
    type: z.literal('hedge-intended'),
    intent: OrderIntentSchema,
    leaseUntilMs: TimeSchema,
    costMicrosMax: MicrosSchema,
  }),
  z.strictObject({ atMs, type: z.literal('sell-reposted'), orderHash, leaseUntilMs: TimeSchema }),
  z.strictObject({
    atMs,
    type: z.literal('sell-put-off'),
    balanceMicros: z.nullable(MicrosSchema),
    bidMicros: z.optional(MicrosSchema),
  }),
  z.strictObject({
    atMs,
    type: z.literal('order-accepted'),
    orderHash,
    working: z.boolean(),
    reported: FillTotalsSchema,
    sharesBeforeMicros: z.optional(MicrosSchema),
  }),
  z.strictObject({
    atMs,
    type: z.literal('order-refused'),
    orderHash,
    code: z.enum(REFUSAL_CODES),
    cause: z.enum(REFUSAL_CAUSES),
    text: z.string(),
    sellableMicros: z.nullable(MicrosSchema),
    shortfallMicros: z.nullable(MicrosSchema),
    remedied: z._default(z.boolean(), false),
  }),
  z.strictObject({
    atMs,
    type: z.literal('order-not-sent'),
    orderHash,
    code: z.enum(WAIT_CODES),
    text: z.string(),
    retryAfterMs: z.nullable(z.number()),
  }),
  z.strictObject({
    atMs,
    type: z.literal('order-unknown'),
    orderHash,
    text: z.string(),
    isAnswered: z.optional(z.literal(true)),
    isRefused: z.optional(z.literal(true)),
    sharesBeforeMicros: z.optional(MicrosSchema),
  }),
  z.strictObject({ atMs, type: z.literal('order-cancelled'), orderHash }),
  z.strictObject({
    atMs,
    type: z.literal('orders-observed'),
    orders: z.readonly(z.array(ObservedOrderSchema)),
    absentHashes: z.readonly(z.array(z.string())),
    chainSharesMicros: z.optional(z.nullable(MicrosSchema)),
  }),
  z.strictObject({ atMs, type: z.literal('shares-observed'), orderHash, sharesMicros: MicrosSchema }),
  z.strictObject({ atMs, type: z.literal('look-up-failed'), text: z.string() }),
  z.strictObject({ atMs, type: z.literal('shares-found'), found: FoundSchema }),
  z.strictObject({
    atMs,
    type: z.literal('shares-left'),
    left: z.readonly(z.array(LeftSchema)),
    leftEarlier: z.optional(z.readonly(z.array(LeftTotalsSchema))),
    found: z.optional(FoundSchema),
  }),
  z.strictObject({ atMs, type: z.literal('nothing-found'), blockNumber: z.nullable(MicrosSchema) }),
  z.strictObject({
    atMs,
    type: z.literal('exit-requested'),
    requestId: z.optional(z.string()),
    sharesMicros: z.optional(MicrosSchema),
    minPriceMicros: z.optional(MicrosSchema),
  }),
  z.strictObject({
    atMs,
    type: z.literal('rule-fired'),
    rule: z.enum(FIRING_RULES),
    priceMicros: MicrosSchema,
    levelMicros: MicrosSchema,
  }),
  z.strictObject({ atMs, type: z.literal('high-raised'), priceMicros: MicrosSchema }),
  z.strictObject({
    atMs,
    type: z.literal('exit-held'),
    priceMicros: z.nullable(MicrosSchema),
    proceedsMicros: z.nullable(MicrosSchema),
  }),
  z.strictObject({ atMs, type: z.literal('hold-requested') }),
  z.strictObject({ atMs, type: z.literal('deadline-reached') }),
  z.strictObject({
    atMs,
    type: z.literal('settlement-waited'),
    reason: z.enum(SETTLEMENT_WAITS),
    text: z.nullable(z.string()),
    read: z.nullable(BlockReadSchema),
  }),
  z.strictObject({
    atMs,
    type: z.literal('market-resolved'),
    payout: PayoutSchema,
    read: BlockReadSchema,
    venueWinner: z.nullable(z.enum(OUTCOMES)),
  }),
  z.strictObject({ atMs, type: z.literal('loss-confirmed'), read: BlockReadSchema }),
  z.strictObject({
    atMs,
    type: z.literal('redemption-sent'),
    reference: z.nullable(z.string()),
    text: z.nullable(z.string()),
    isMerge: z.optional(z.literal(true)),
  }),
  z.strictObject({
    atMs,
    type: z.literal('redemption-failed'),
    isMerge: z.optional(z.literal(true)),
    text: z.string(),
    isFinal: z.boolean(),
    isCounted: z.boolean(),
    retryAfterMs: z.nullable(z.number()),
  }),
  z.strictObject({
    atMs,
    type: z.literal('redemption-confirmed'),
    payoutMicros: MicrosSchema,
    transactionHash: z.string(),
    gasWei: z.nullable(MicrosSchema),
    unredeemed: z.optional(SharesOfBothSchema),
  }),
  z.strictObject({
    atMs,
    type: z.literal('merge-confirmed'),
    cashMicros: MicrosSchema,
    transactionHash: z.string(),
    gasWei: z.nullable(MicrosSchema),
    read: BlockReadSchema,
  }),
  z.strictObject({ atMs, type: z.literal('record-contradicted'), contradiction: z.string() }),
]);

export const TimelineEntrySchema = z.strictObject({
  version: z.int().check(z.gte(1)),
  event: TimelineEventSchema,
  evidence: z.record(z.string(), z.unknown()),
});

/** `POSITION#<id>` / `EVENT#<version>`: never overwritten, so its change id always tells who wrote that version. */
export function toTimelineRow(positionId: string, entry: TimelineEntry, changeId: string) {
  const key = eventKey(positionId, entry.version);
  const stored = { ...entry, evidence: toStoredEvidence(entry.evidence) };
  return { ...encodeRow(TimelineEntrySchema, stored, key), ...key, [CHANGE_ID]: changeId };
}

/** @throws CorruptRowError */
export function parseTimelineRow(row: RawRow): TimelineEntry {
  return decodeRow(TimelineEntrySchema, row);
}

/** A tenth of the row limit: evidence must never be the reason why a step cannot be saved. */
const EVIDENCE_LENGTH_MAX = 40_000;

/**
 * Evidence as JSON types: amounts as decimal strings, nothing undefined. Facts that do not fit are listed as dropped.
 */
function toStoredEvidence(evidence: TimelineEntry['evidence']): Record<string, unknown> {
  try {
    const text = JSON.stringify(evidence, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
    if (text.length > EVIDENCE_LENGTH_MAX) return { dropped: 'too long', length: text.length };
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return { dropped: 'not expressible as JSON' };
  }
}
