import type { LiveAccountRequest } from '#infra/shared/local-venue.ts';
import type { Outcome } from '#lib/domain/market/market.ts';
import type { ExitReason, PositionState } from '#lib/domain/position/position.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';
import type { VenueCondition } from '#lib/venue/engine/switchable-conditions.ts';
import type { IncidentCauseName } from './incident-report.ts';
import { DISTURBED_LEAD_MS, HEALS_AFTER_MS } from './incident-times.ts';
import { moveEverythingAway, restByHand, setShareApproval, type Trader } from './trader.ts';

/** Unix milliseconds. */
export type CauseTimes = { readonly startsAtMs: number; readonly dueAtMs: number; readonly endsAtMs: number };

export type ExpectedEnd = {
  /** One of these. What was not sold ends by the market's result, which is chance in a generated market. */
  readonly states: readonly PositionState[];
  readonly exitReason: ExitReason;
  /** At least one of these is diagnosed. Empty when the refusal is avoided. */
  readonly causes: readonly SetbackCause[];
};

/** A cause of refused sells. It applies to both sides, each with an account of its own. */
export type IncidentCause = {
  /** Description for people. */
  readonly words: string;
  readonly account: Pick<LiveAccountRequest, 'signatureType' | 'mayApprove'>;
  /** The venue's faults in this market. */
  readonly conditions: (times: CauseTimes) => readonly Omit<VenueCondition, 'market'>[];
  /** Changes each account after its shares have settled. Returns the shares that it moved out without a trade. */
  readonly disturb?: (trader: Trader) => Promise<bigint>;
  /** The buy delivers the other outcome, so the shares of the recorded token are missing. */
  readonly swapsTokens?: boolean;
  /** The market's result. Default: chance. */
  readonly winner?: Outcome;
  /** The operator's repair after T-minus's page. The worker pages no one. */
  readonly operatorRepairs?: (trader: Trader) => Promise<void>;
  readonly expected: ExpectedEnd;
};

const SOLD = { states: ['exited'], exitReason: 'emergency:timeout' } as const;
const LEFT = { states: ['redeemed', 'worthless'], exitReason: 'emergency:timeout_sell_failed' } as const;

/** Usual time from match to settlement (venue §3.5). */
const USUAL_SETTLEMENT_MS = 4_000;

const beforeDue = ({ dueAtMs }: CauseTimes): number => dueAtMs - DISTURBED_LEAD_MS;
const whileBuying = (times: CauseTimes) => ({ fromMs: times.startsAtMs, untilMs: beforeDue(times) });
const whileExiting = (times: CauseTimes) => ({ fromMs: beforeDue(times), untilMs: times.dueAtMs + HEALS_AFTER_MS });
const fromExitOn = (times: CauseTimes) => ({ fromMs: beforeDue(times) });
const none = () => [];

export const INCIDENT_CAUSES: Readonly<Record<IncidentCauseName, IncidentCause>> = {
  'nothing-wrong': {
    words: 'nothing is wrong, for comparison',
    account: { signatureType: 2 },
    conditions: none,
    expected: { ...SOLD, causes: [] },
  },
  'unsettled-buy': {
    words: 'the bought shares settle late',
    account: { signatureType: 2 },
    conditions: (times) => {
      const lateMs = times.dueAtMs + HEALS_AFTER_MS - times.startsAtMs - USUAL_SETTLEMENT_MS;
      return [{ kind: 'unsettled', ...whileBuying(times), value: lateMs }];
    },
    expected: { ...SOLD, causes: ['unsettled-buy'] },
  },
  'stale-balance': {
    words: "the venue's balance is stale until it is refreshed",
    account: { signatureType: 3 },
    conditions: (times) => [{ kind: 'stale-cache', fromMs: times.startsAtMs }],
    expected: { ...SOLD, causes: ['stale-balance'] },
  },
  'own-resting-orders': {
    words: 'a resting order placed by hand reserves the shares',
    account: { signatureType: 1 },
    conditions: none,
    disturb: async (trader) => {
      await restByHand(trader);
      return 0n;
    },
    expected: { ...SOLD, causes: ['own-resting-orders'] },
  },
  'stuck-matched-counter': {
    words: "the venue's matched-orders counter reserves shares",
    account: { signatureType: 2 },
    conditions: (times) => [{ kind: 'stuck-matched-counter', ...whileExiting(times) }],
    expected: { ...SOLD, causes: ['stuck-matched-counter'] },
  },
  'fewer-shares': {
    words: 'the fee of the buy is taken in shares',
    account: { signatureType: 3 },
    conditions: (times) => [{ kind: 'buy-fee-in-shares', ...whileBuying(times) }],
    expected: { ...SOLD, causes: [] },
  },
  'missing-approval': {
    words: 'the exchange is not approved; the wallet can approve it',
    account: { signatureType: 0, mayApprove: true },
    conditions: none,
    disturb: revokeApproval,
    expected: { ...SOLD, causes: ['missing-approval'] },
  },
  'missing-approval-paged': {
    words: 'the exchange is not approved; an operator is paged and approves it',
    account: { signatureType: 2 },
    conditions: none,
    disturb: revokeApproval,
    operatorRepairs: (trader) => setShareApproval(trader, true),
    expected: { ...SOLD, causes: ['missing-approval'] },
  },
  'wrong-wallet': {
    words: "the venue reads another wallet's balance",
    account: { signatureType: 3 },
    conditions: (times) => [{ kind: 'wrong-wallet', ...fromExitOn(times) }],
    expected: { ...LEFT, causes: ['wrong-wallet'] },
  },
  'already-sold': {
    words: 'a sell is filled and its answer is lost',
    account: { signatureType: 2 },
    conditions: (times) => [{ kind: 'reply-lost-after', value: 1, ...whileExiting(times) }],
    expected: { ...SOLD, causes: [] },
  },
  'shares-gone': {
    words: 'the shares were moved out of the wallet',
    account: { signatureType: 2 },
    conditions: none,
    disturb: moveEverythingAway,
    // Shares that won and are gone are searched for ten minutes before the position is stranded: too long to watch.
    winner: 'DOWN',
    expected: { ...LEFT, states: ['worthless'], causes: ['balance-unexplained', 'fewer-shares'] },
  },
  'wrong-token': {
    words: 'the buy delivered the other outcome',
    account: { signatureType: 1 },
    conditions: (times) => [{ kind: 'wrong-token', ...whileBuying(times) }],
    swapsTokens: true,
    expected: { ...LEFT, states: ['stranded'], causes: ['wrong-token'] },
  },
  'market-over': {
    words: 'the market stops trading before its end',
    account: { signatureType: 2 },
    conditions: (times) => [{ kind: 'market-over', ...fromExitOn(times) }],
    // So that every run shows a redemption.
    winner: 'UP',
    expected: { ...LEFT, causes: ['market-over'] },
  },
  'ghost-fill': {
    words: 'the buy is matched and then fails on the chain',
    account: { signatureType: 2 },
    conditions: (times) => [{ kind: 'ghost-fill', ...whileBuying(times), value: 3_000 }],
    expected: { states: ['voided'], exitReason: 'void:buy-failed', causes: [] },
  },
  'lost-answer': {
    words: 'the answer to the buy is lost',
    account: { signatureType: 3 },
    conditions: (times) => [{ kind: 'reply-lost-after', value: 1, ...whileBuying(times) }],
    expected: { ...SOLD, causes: [] },
  },
};

async function revokeApproval(trader: Trader): Promise<bigint> {
  await setShareApproval(trader, false);
  return 0n;
}
