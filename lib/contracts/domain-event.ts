import * as z from 'zod/mini';
import { MARKET_VERSIONS } from '#lib/domain/market/market.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { OPERATOR_ACTIONS } from '#lib/domain/news/operator-action.ts';
import { DIFFERENCE_KINDS } from '#lib/domain/news/wallet-difference.ts';
import { CLOSED_STATES, EXIT_REASONS, MODES, POSITION_STATES } from '#lib/domain/position/position.ts';
import { REFUSAL_CAUSES, WAIT_CODES } from '#lib/domain/refusal/refusal.ts';
import { AlertSchema, MicrosTextSchema, PositionViewSchema } from './alert.ts';
import { parseInput } from './parse-input.ts';

const CountSchema = z.int().check(z.gte(0));
const DurationSchema = z.nullable(z.int());

const ModeSummarySchema = z.readonly(
  z.object({
    mode: z.enum(MODES),
    positionCount: CountSchema,
    ends: z.readonly(z.array(z.readonly(z.object({ state: z.enum(CLOSED_STATES), count: CountSchema })))),
    pnlMicros: MicrosTextSchema,
    costMicros: MicrosTextSchema,
    feesMicros: MicrosTextSchema,
    // Missing in summaries from before guarded positions.
    unknownCount: z._default(CountSchema, 0),
    feeDriftMicros: z.nullable(MicrosTextSchema),
    exits: z.readonly(z.array(z.readonly(z.object({ reason: z.enum(EXIT_REASONS), count: CountSchema })))),
    setbacks: z.readonly(
      z.array(
        z.readonly(
          z.object({
            cause: z.enum([...REFUSAL_CAUSES, ...WAIT_CODES]),
            count: CountSchema,
            healedMedianMs: DurationSchema,
          }),
        ),
      ),
    ),
    lateness: z.readonly(
      z.object({ count: CountSchema, p50Ms: DurationSchema, p99Ms: DurationSchema, maxMs: DurationSchema }),
    ),
  }),
);

const HaltSchema = z.readonly(
  z.object({
    sinceMs: z.nullable(z.int()),
    by: z.nullable(z.string()),
    reason: z.nullable(z.string()),
  }),
);

export const DaySummarySchema = z.readonly(
  z.object({
    stage: z.string().check(z.minLength(1)),
    day: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-11-22')),
    modes: z.readonly(z.array(ModeSummarySchema)),
    unreadableCount: CountSchema,
    // Events of older releases do not name it.
    halts: z._default(z.readonly(z.array(z.readonly(z.object({ mode: z.enum(MODES), halt: HaltSchema })))), []),
  }),
);

const ForeignHoldingSchema = z.readonly(
  z.object({
    wallet: z.string().check(z.minLength(1)),
    conditionId: z.string().check(z.minLength(1)),
    marketVersion: z.enum(MARKET_VERSIONS),
    marketSlug: z.nullable(z.string()),
    marketEndsAtMs: z.nullable(z.int()),
    isEndCertain: z.boolean(),
    isResolved: z.boolean(),
    besidePositionId: z.nullable(z.string()),
    // Events of older releases do not name these.
    ownPositionId: z._default(z.nullable(z.string()), null),
    afterPositionId: z._default(z.nullable(z.string()), null),
    atMs: z.int(),
    outcomes: z.readonly(
      z.array(
        z.readonly(
          z.object({
            tokenId: z.string(),
            name: z.nullable(z.string()),
            sharesMicros: MicrosTextSchema,
            worthMicros: z.nullable(MicrosTextSchema),
          }),
        ),
      ),
    ),
    // Events of older releases do not name it.
    refusal: z._default(z.nullable(z.readonly(z.object({ code: z.string(), message: z.string() }))), null),
  }),
);

const WalletDifferenceSchema = z.readonly(
  z.object({
    wallet: z.string().check(z.minLength(1)),
    kind: z.enum(DIFFERENCE_KINDS),
    atMs: z.int(),
    marketSlug: z.nullable(z.string()),
    conditionId: z.nullable(z.string()),
    positionIds: z.readonly(z.array(z.string())),
    cashMicros: MicrosTextSchema,
    shares: z.readonly(z.array(z.readonly(z.object({ tokenId: z.string(), sharesMicros: MicrosTextSchema })))),
    transactionHashes: z.readonly(z.array(z.string())),
  }),
);

const OperatorActionSchema = z.readonly(
  z.object({
    actionId: z.string().check(z.minLength(1)),
    action: z.enum(OPERATOR_ACTIONS),
    mode: z.enum(MODES),
    atMs: z.int(),
    by: z.nullable(z.string()),
    reason: z.nullable(z.string()),
    limits: z.nullable(z.readonly(z.record(z.string(), z.string()))),
  }),
);

/** A domain event, without the version `v`. */
export const DomainEventSchema = z.discriminatedUnion('type', [
  z.readonly(
    z.object({
      type: z.literal('position-state-changed'),
      positionId: z.string().check(z.minLength(1)),
      version: z.int(),
      from: z.nullable(z.enum(POSITION_STATES)),
      to: z.enum(POSITION_STATES),
      isNews: z.boolean(),
      position: PositionViewSchema,
    }),
  ),
  z.readonly(
    z.object({
      type: z.literal('position-alert'),
      positionId: z.string().check(z.minLength(1)),
      version: z.int(),
      alert: AlertSchema,
    }),
  ),
  z.readonly(z.object({ type: z.literal('daily-summary'), summary: DaySummarySchema })),
  z.readonly(z.object({ type: z.literal('foreign-holding'), holding: ForeignHoldingSchema })),
  z.readonly(z.object({ type: z.literal('wallet-difference'), difference: WalletDifferenceSchema })),
  z.readonly(z.object({ type: z.literal('operator-action'), action: OperatorActionSchema })),
]);

const VersionSchema = z.object({ v: z.literal(1) });

/** The source of every event on the bus. */
export const EVENT_SOURCE = 'tminus';

/** `detail-type`, which rules match. */
export const DETAIL_TYPES = {
  'position-state-changed': 'Position State Changed',
  'position-alert': 'Position Alert',
  'daily-summary': 'Daily Summary',
  'foreign-holding': 'Foreign Holding',
  'wallet-difference': 'Wallet Difference',
  'operator-action': 'Operator Action',
} as const satisfies Record<DomainEvent['type'], string>;

/** `detail` of an event, version 1: the event and `v`. */
export function encodeDomainEvent(event: DomainEvent): string {
  return JSON.stringify({ v: 1, ...event });
}

/** Reads a `detail`; unknown fields are ignored. @throws InvalidInputError */
export function decodeDomainEvent(detail: unknown): DomainEvent {
  parseInput(VersionSchema, detail, 'event detail');
  return parseInput(DomainEventSchema, detail, 'event detail');
}
