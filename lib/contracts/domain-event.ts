import * as z from 'zod';
import { ALERT_KINDS } from '#lib/domain/alert.ts';
import type { DomainEvent } from '#lib/domain/domain-event.ts';
import { CLOSED_STATES, EXIT_REASONS, MODES, POSITION_STATES } from '#lib/domain/position.ts';
import { REFUSAL_CAUSES, WAIT_CODES } from '#lib/domain/refusal.ts';
import { parseInput } from './parse-input.ts';

const MicrosTextSchema = z.string().regex(/^-?\d{1,30}$/, 'must be a whole number of millionths as text');
/** Unix milliseconds, within what a date can be. */
const AtMsSchema = z.int().min(0).max(8.64e15);

/** The flat position of events and alerts; every field of `PositionView`. */
export const PositionViewSchema = z
  .object({
    positionId: z.string().min(1),
    requestId: z.string(),
    origin: z.string(),
    mode: z.string(),
    asset: z.string(),
    outcome: z.string(),
    marketSlug: z.string(),
    conditionId: z.string(),
    tokenId: z.string(),
    state: z.string(),
    version: z.int(),
    openedAtMs: AtMsSchema,
    marketEndsAtMs: AtMsSchema,
    exitDueAtMs: AtMsSchema,
    firstExitAttemptAtMs: AtMsSchema.nullable(),
    exitAtMs: AtMsSchema.nullable(),
    closedAtMs: AtMsSchema.nullable(),
    entryPrice: z.string().nullable(),
    exitPrice: z.string().nullable(),
    underlyingAtEntry: z.string().nullable(),
    underlyingAtExit: z.string().nullable(),
    sharesMicros: MicrosTextSchema,
    soldMicros: MicrosTextSchema,
    remainingMicros: MicrosTextSchema,
    dustMicros: MicrosTextSchema.nullable(),
    costMicros: MicrosTextSchema,
    proceedsMicros: MicrosTextSchema,
    payoutMicros: MicrosTextSchema,
    feesMicros: MicrosTextSchema,
    // Events from before fees were verified do not name it.
    feeDriftMicros: MicrosTextSchema.nullable().default(null),
    pnlMicros: MicrosTextSchema.nullable(),
    exitReason: z.string().nullable(),
    forceClosed: z.boolean(),
    forceCloseReason: z.string().nullable(),
    durationSeconds: z.number().nullable(),
    attemptCount: z.int(),
    refusals: z.array(z.object({ cause: z.string(), count: z.int() }).readonly()).readonly(),
  })
  .readonly();

export const AlertSchema = z
  .object({
    positionId: z.string().min(1),
    version: z.int(),
    kind: z.enum(ALERT_KINDS),
    severity: z.enum(['info', 'warning', 'page']),
    atMs: AtMsSchema,
    cause: z.enum(REFUSAL_CAUSES).nullable(),
    venueText: z.string().nullable(),
    position: PositionViewSchema,
  })
  .readonly();

const CountSchema = z.int().min(0);
const DurationSchema = z.int().nullable();

const ModeSummarySchema = z
  .object({
    mode: z.enum(MODES),
    positionCount: CountSchema,
    ends: z.array(z.object({ state: z.enum(CLOSED_STATES), count: CountSchema }).readonly()).readonly(),
    pnlMicros: MicrosTextSchema,
    costMicros: MicrosTextSchema,
    feesMicros: MicrosTextSchema,
    feeDriftMicros: MicrosTextSchema.nullable(),
    exits: z.array(z.object({ reason: z.enum(EXIT_REASONS), count: CountSchema }).readonly()).readonly(),
    setbacks: z
      .array(
        z
          .object({
            cause: z.enum([...REFUSAL_CAUSES, ...WAIT_CODES]),
            count: CountSchema,
            healedMedianMs: DurationSchema,
          })
          .readonly(),
      )
      .readonly(),
    lateness: z
      .object({ count: CountSchema, p50Ms: DurationSchema, p99Ms: DurationSchema, maxMs: DurationSchema })
      .readonly(),
  })
  .readonly();

export const DaySummarySchema = z
  .object({
    stage: z.string().min(1),
    day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-11-22'),
    modes: z.array(ModeSummarySchema).readonly(),
    unreadableCount: CountSchema,
  })
  .readonly();

/** What happened, without the wire's version. */
export const DomainEventSchema = z.discriminatedUnion('type', [
  z
    .object({
      type: z.literal('position-state-changed'),
      positionId: z.string().min(1),
      version: z.int(),
      from: z.enum(POSITION_STATES).nullable(),
      to: z.enum(POSITION_STATES),
      isNews: z.boolean(),
      position: PositionViewSchema,
    })
    .readonly(),
  z
    .object({ type: z.literal('position-alert'), positionId: z.string().min(1), version: z.int(), alert: AlertSchema })
    .readonly(),
  z.object({ type: z.literal('daily-summary'), summary: DaySummarySchema }).readonly(),
]);

const VersionSchema = z.object({ v: z.literal(1) });

/** The source of every event on the bus. */
export const EVENT_SOURCE = 'tminus';

/** `detail-type` as rules match it. */
export const DETAIL_TYPES = {
  'position-state-changed': 'Position State Changed',
  'position-alert': 'Position Alert',
  'daily-summary': 'Daily Summary',
} as const satisfies Record<DomainEvent['type'], string>;

/** `detail` of an event, version 1: the event itself and `v`. */
export function encodeDomainEvent(event: DomainEvent): string {
  return JSON.stringify({ v: 1, ...event });
}

/** Reads a `detail`. Fields that a later version adds are ignored. @throws InvalidInputError */
export function decodeDomainEvent(detail: unknown): DomainEvent {
  parseInput(VersionSchema, detail, 'event detail');
  return parseInput(DomainEventSchema, detail, 'event detail');
}
