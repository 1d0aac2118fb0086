import type { Asset, Outcome } from '#lib/domain/market/market.ts';
import type { RefusalCause, SetbackCause } from '#lib/domain/refusal/refusal.ts';
import type { ExitPolicy } from './exit-policy.ts';
import type { LiveAttempt, Trade } from './order-attempt.ts';

/** `paper` fills against the live book and never signs; `live` trades. A position never changes its mode. */
export const MODES = ['paper', 'live'] as const;
export type Mode = (typeof MODES)[number];

/**
 * Who asked for the position: a trader, or the suite itself to see whether its chain is alive. A canary is a paper position
 * that takes the way of every other one, but counts nowhere: not in limits, profit or summaries, and nobody is told of it.
 */
export const ORIGINS = ['request', 'canary'] as const;
export type Origin = (typeof ORIGINS)[number];

export const OPEN_STATES = ['buying', 'holding', 'exiting', 'awaiting-resolution'] as const;
export const CLOSED_STATES = ['exited', 'redeemed', 'worthless', 'voided', 'stranded'] as const;
export const POSITION_STATES = [...OPEN_STATES, ...CLOSED_STATES] as const;
export type OpenState = (typeof OPEN_STATES)[number];
export type ClosedState = (typeof CLOSED_STATES)[number];
export type PositionState = (typeof POSITION_STATES)[number];

/** What was agreed at the opening and never changes. */
export type PositionTerms = {
  readonly positionId: string;
  readonly requestId: string;
  readonly origin: Origin;
  readonly mode: Mode;
  readonly wallet: string;
  readonly asset: Asset;
  readonly outcome: Outcome;
  readonly marketSlug: string;
  readonly conditionId: string;
  /** The token that was asked for; every order of this position names it and no other (law 6). */
  readonly tokenId: string;
  /** The token of the market's other outcome: what the wallet holds if the wrong one was bought. */
  readonly otherTokenId: string;
  readonly negRisk: boolean;
  readonly tickMicros: bigint;
  readonly minOrderSharesMicros: bigint;
  readonly feeRateMicros: bigint;
  /** The most this position may cost, fees included. */
  readonly budgetMicros: bigint;
  readonly openedAtMs: number;
  readonly marketEndsAtMs: number;
  readonly policy: ExitPolicy;
  /** Price of the underlying when the position was opened, in micro-dollars; null when the source did not answer. */
  readonly underlyingAtEntryMicros: bigint | null;
};

/** The one next step somebody has to take. `id` is `exit` for the start of the exit and `v<version>` otherwise. */
export type WakeUp = { readonly id: string; readonly atMs: number };

/** What has happened so far, in every state. Totals are derived from these (see `fill-totals`), never stored. */
export type PositionRecord = PositionTerms & {
  readonly version: number;
  /** Usually T − exit lead; a request by hand moves it forward. */
  readonly exitDueAtMs: number;
  readonly attemptCount: number;
  readonly attempts: readonly LiveAttempt[];
  readonly trades: readonly Trade[];
  /** When the first sell was (to be) posted; null until then. */
  readonly firstExitAttemptAtMs: number | null;
  readonly refusals: Readonly<Partial<Record<SetbackCause, number>>>;
};

/** The wake-ups exist; shares may or may not have been bought. */
export type BuyingPosition = PositionRecord & { readonly state: 'buying'; readonly wakeUp: WakeUp };

/** Shares were bought, provisionally until every trade is confirmed. */
export type HoldingPosition = PositionRecord & { readonly state: 'holding'; readonly wakeUp: WakeUp };

/** How the running exit is going; decides pauses, price rung and size of the next try. */
export type ExitProgress = {
  readonly exitStartedAtMs: number;
  /** Tries since the last fill; picks the pause before the next one. */
  readonly fruitlessCount: number;
  /** Tries in a row that found no buyer; each one goes a rung down the ladder early. */
  readonly noBuyerCount: number;
  /** Shares recorded as bought that proved not to be there. */
  readonly shortfallMicros: bigint;
  /** The next sell is no larger than this: what the venue said it would let go. Null without such a figure. */
  readonly sellableMicros: bigint | null;
  /** Before this, a wake-up sells only if the venue shows the shares; null when it sells whatever the venue shows. */
  readonly postAgainAtMs: number | null;
  /** The venue takes only orders that rest: the next sell is one, where it is large enough. */
  readonly isPostOnly: boolean;
  /** Causes a human has been called for, so that each is announced once. */
  readonly pagedCauses: readonly RefusalCause[];
  /** Price of the underlying when the last sell was written down, in micro-dollars; null when the source did not answer. */
  readonly underlyingAtExitMicros: bigint | null;
};

export type ExitingPosition = PositionRecord & { readonly state: 'exiting'; readonly wakeUp: WakeUp } & ExitProgress;

/**
 * Why the position left, or was left, where it ended.
 * - `emergency:timeout`: sold because the clock said so.
 * - `emergency:timeout_sell_failed`: the clock said so and shares are left.
 * - `emergency:timeout_buy_unknown`: at the deadline nobody knew whether anything had been bought.
 * - `manual`: sold because somebody asked for it.
 * - `void:…`: nothing was bought, with the reason.
 */
export type ExitReason =
  | 'emergency:timeout'
  | 'emergency:timeout_sell_failed'
  | 'emergency:timeout_buy_unknown'
  | 'manual'
  | `void:${VoidReason}`;

export const VOID_REASONS = [
  'wake-up-not-set',
  'abandoned',
  'buy-refused',
  'buy-not-sent',
  'buy-failed',
  'nothing-bought',
] as const;
/**
 * - `wake-up-not-set`: no durable wake-up could be made, so nothing was bought.
 * - `abandoned`: the opening died before its buy was written down, let alone posted.
 * - `buy-refused`, `buy-not-sent`: the venue said no, or never got it.
 * - `buy-failed`: matched, but every trade failed on chain.
 * - `nothing-bought`: the answer was lost, the market is over, and the venue knows neither order nor trade.
 */
export type VoidReason = (typeof VOID_REASONS)[number];

const voidExitReason = <Reason extends VoidReason>(reason: Reason): `void:${Reason}` => `void:${reason}`;

export const EXIT_REASONS = [
  'emergency:timeout',
  'emergency:timeout_sell_failed',
  'emergency:timeout_buy_unknown',
  'manual',
  ...VOID_REASONS.map(voidExitReason),
] as const satisfies readonly ExitReason[];

export type ForceCloseReason = 'timeout';

/** How the position came to its exit; written at the deadline at the latest. */
export type ExitRecord = {
  readonly exitAtMs: number;
  readonly exitReason: ExitReason;
  readonly forceClosed: boolean;
  readonly forceCloseReason: ForceCloseReason | null;
  readonly underlyingAtExitMicros: bigint | null;
  readonly shortfallMicros: bigint;
};

/** Past the deadline with something unsold or unsettled. `wakeUp` is null once only the market's result is missing. */
export type AwaitingResolutionPosition = PositionRecord & {
  readonly state: 'awaiting-resolution';
  readonly wakeUp: WakeUp | null;
} & ExitRecord;

type Closing = PositionRecord & ExitRecord & { readonly closedAtMs: number };

/** Everything was sold and every trade confirmed; less than 0.01 share may be left as dust. */
export type ExitedPosition = Closing & { readonly state: 'exited' };
/** The market paid for what was left; `payoutMicros` is cash that arrived. */
export type RedeemedPosition = Closing & {
  readonly state: 'redeemed';
  readonly payoutMicros: bigint;
  readonly transactionHash: string;
};
/** The market ended against what was left. */
export type WorthlessPosition = Closing & { readonly state: 'worthless' };
/** Nothing was bought, proven. */
export type VoidedPosition = Closing & { readonly state: 'voided' };
/** Chain and record disagree, or redemption is impossible: a human has to look. */
export type StrandedPosition = Closing & { readonly state: 'stranded'; readonly contradiction: string };

export type OpenPosition = BuyingPosition | HoldingPosition | ExitingPosition | AwaitingResolutionPosition;
export type ClosedPosition = ExitedPosition | RedeemedPosition | WorthlessPosition | VoidedPosition | StrandedPosition;
export type Position = OpenPosition | ClosedPosition;

const CLOSED: ReadonlySet<PositionState> = new Set(CLOSED_STATES);

export function isClosed(position: Position): position is ClosedPosition {
  return CLOSED.has(position.state);
}

/**
 * When the next step must have happened: the sweep looks for rows past this. Null when nothing but the market's result
 * is missing, or when the position is closed.
 */
export function dueAtMs(position: Position): number | null {
  if (isClosed(position) || position.wakeUp === null) return null;
  const posting = position.attempts.find((attempt) => attempt.phase === 'posting');
  return posting?.phase === 'posting' ? Math.max(posting.leaseUntilMs, position.wakeUp.atMs) : position.wakeUp.atMs;
}

/**
 * The minute of a time, counted from 1970. The sweep comes by the minute, so positions are listed for it by the minute: most steps move the
 * next one by seconds, and then nothing of the list has to be written anew.
 */
export function minuteOf(atMs: number): number {
  return Math.floor(atMs / 60_000);
}

/** Time of the deadline write. */
export function deadlineAtMs(position: PositionTerms): number {
  return position.marketEndsAtMs - position.policy.deadlineLeadMs;
}
