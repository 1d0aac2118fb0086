import { type MarketVersion, OTHER_OUTCOME, type Outcome } from '#lib/domain/market/market.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import type { Asset } from '#lib/domain/market/up-down-markets.ts';
import type { RefusalCause, SetbackCause } from '#lib/domain/refusal/refusal.ts';
import { type ExitPolicy, FIRING_RULES, type FiringRule, type RefusedPreset } from './exit-policy.ts';
import type { ExitRequest } from './exit-request.ts';
import type { FoundShares, LeftShares, LeftTotals } from './guarded-shares.ts';
import type { HeardWords } from './heard-words.ts';
import type { HoldDecision, HoldLook } from './held-exit.ts';
import type { LiveAttempt, Trade } from './order-attempt.ts';
import type { SettlementProgress, SharesOfBoth } from './settlement-progress.ts';

/** `paper` simulates fills against the live book and never signs; `live` trades. A position keeps its mode. */
export const MODES = ['paper', 'live'] as const;
export type Mode = (typeof MODES)[number];

/**
 * - `request`: opened by its buy. - `guard`, `watch`: shares that another program bought, managed because a request
 *   asked for it, or because the watcher found them in the wallet.
 * - `canary`: the suite's own test position, on paper. It is not counted in limits or summaries, nor announced.
 */
export const ORIGINS = ['request', 'canary', 'guard', 'watch'] as const;
export type Origin = (typeof ORIGINS)[number];

export const OPEN_STATES = ['buying', 'holding', 'exiting', 'awaiting-resolution'] as const;
export const CLOSED_STATES = ['exited', 'redeemed', 'worthless', 'voided', 'stranded'] as const;
export const POSITION_STATES = [...OPEN_STATES, ...CLOSED_STATES] as const;
export type OpenState = (typeof OPEN_STATES)[number];
export type ClosedState = (typeof CLOSED_STATES)[number];
export type PositionState = (typeof POSITION_STATES)[number];

export type PositionTerms = {
  readonly positionId: string;
  readonly requestId: string;
  readonly origin: Origin;
  readonly mode: Mode;
  readonly wallet: string;
  /** Null in a market that is not an up/down window. */
  readonly asset: Asset | null;
  readonly outcome: Outcome;
  /** The venue's name of the outcome, where it is not `Up` or `Down`. */
  readonly outcomeName?: string;
  readonly marketSlug: string;
  readonly conditionId: string;
  /** The token requested. Every order of this position names it (law 6). */
  readonly tokenId: string;
  readonly otherTokenId: string;
  readonly negRisk: boolean;
  readonly marketVersion: MarketVersion;
  readonly tickMicros: bigint;
  readonly minOrderSharesMicros: bigint;
  readonly feeRateMicros: bigint;
  /** As in `Market`; absent in rows from before it was read. */
  readonly takerDelayMs?: number | undefined;
  /**
   * The most that the buy costs, fees included. Of a guarded position what its shares cost, or are worth where that is
   * unknown: it counts as exposure and is never read as a cost.
   */
  readonly budgetMicros: bigint;
  /** Of a guarded position, where its request said how many shares: the most that it manages. */
  readonly guardedSharesMicros?: bigint | undefined;
  /**
   * Of a guarded position, where another one of its market had just ended: a block from before this time may still show
   * the shares that it sold.
   */
  readonly countsFromMs?: number | undefined;
  readonly openedAtMs: number;
  /** T: nothing can be sold after it. */
  readonly marketEndsAtMs: number;
  /** When the exit is due, where the request gave a time. Otherwise it is due at T − exit lead. */
  readonly givenExitAtMs?: number;
  readonly policy: ExitPolicy;
  /** Of a guarded position: the stage's default preset, where its rules did not fit and were left out. */
  readonly refusedPreset?: RefusedPreset | undefined;
  /** Null when the source did not answer. */
  readonly underlyingAtEntryMicros: bigint | null;
};

/** The next step that is due. `id` is `exit` for the start of the exit, and `v<version>` otherwise. */
export type WakeUp = { readonly id: string; readonly atMs: number };

/** The best bid of a book that showed today's prices. `soldMicros`: what the shares sold were worth at these bids. */
export type LastBid = { readonly priceMicros: bigint; readonly atMs: number; readonly soldMicros: bigint };

/** The fields of every state. Totals are derived from them (see `fill-totals`) and never stored. */
export type PositionRecord = PositionTerms & {
  readonly version: number;
  /** `clockExitAtMs`, or earlier when the user requested the exit or a rule fired. */
  readonly exitDueAtMs: number;
  readonly attemptCount: number;
  readonly attempts: readonly LiveAttempt[];
  readonly trades: readonly Trade[];
  /**
   * When the first sell of the exit was due to be posted. Null until it is saved, and for what an `ExitRequest` sold.
   */
  readonly firstExitAttemptAtMs: number | null;
  readonly refusals: Readonly<Partial<Record<SetbackCause, number>>>;
  /** For alerts; absent while every answer told the outcome. */
  readonly venueWords?: readonly HeardWords[] | undefined;
  /** As seen when the last order was prepared. Null in rows from before it was kept. */
  readonly lastBid: LastBid | null;
  /** The buy of the other outcome, once it is saved. A position has one at most. */
  readonly hedge?: Hedge | undefined;
  /** Pairs of both outcomes that were merged; absent while none was. */
  readonly merges?: readonly Merge[] | undefined;
  /** Shares that came without a buy of this position; absent while there are none. */
  readonly found?: FoundShares | undefined;
  /** Shares that another program sold or moved, an entry for each transaction, oldest first; absent without any. */
  readonly left?: readonly LeftShares[] | undefined;
  /** What earlier transactions took, of which `left` names the newest; absent while it names all. */
  readonly leftEarlier?: readonly LeftTotals[] | undefined;
  /** Absent without one, and once it is done or the exit itself has begun. */
  readonly exitRequest?: ExitRequest | undefined;
  /** The first time that a due exit was held. Absent while none was; kept when the shares are sold after all. */
  readonly holdDecision?: HoldDecision | undefined;
  readonly holdLook?: HoldLook | undefined;
  /** Of the requests for a part or with a floor that were taken, as many as there may be. Absent while none was. */
  readonly takenRequestIds?: readonly string[] | undefined;
  /** The highest price seen, for a trailing stop. Absent without one, and until a price was seen. */
  readonly highMicros?: bigint | undefined;
  /** The rule that fired last: a stop may follow a take-profit that waits. Absent while none has fired. */
  readonly firedRule?: FiredRule | undefined;
};

/** The price that the rule saw, for all shares left, and the level that it reached or crossed. */
export type FiredRule = {
  readonly rule: FiringRule;
  readonly priceMicros: bigint;
  readonly levelMicros: bigint;
  readonly atMs: number;
};

/** The one order of a position that names the other token. Its fills are those with this hash. */
export type Hedge = {
  readonly orderHash: string;
  /** The most that it may cost, fees included (law 2). */
  readonly costMicrosMax: bigint;
};

/**
 * Cash that one transaction minted for pairs of the position: one dollar for one share of each outcome. `gasWei` is
 * what the signing key paid; null when another account paid.
 */
export type Merge = { readonly transactionHash: string; readonly cashMicros: bigint; readonly gasWei: bigint | null };

export type BuyingPosition = PositionRecord & { readonly state: 'buying'; readonly wakeUp: WakeUp };

/**
 * Shares were bought, provisionally until every trade is confirmed; or the position is guarded and has what it found.
 */
export type HoldingPosition = PositionRecord & { readonly state: 'holding'; readonly wakeUp: WakeUp };

export type ExitProgress = {
  readonly exitStartedAtMs: number;
  /** Attempts since the last fill. */
  readonly fruitlessCount: number;
  /** Attempts in a row that found no buyer. */
  readonly noBuyerCount: number;
  readonly shortfallMicros: bigint;
  /** Maximum size of the next sell, from the venue's figures. Null without such figures. */
  readonly sellableMicros: bigint | null;
  /** Until then a wake-up sells only if the venue shows the shares. Null: it sells in any case. */
  readonly postAgainAtMs: number | null;
  /** The venue is in post-only mode: the next sell rests on the book if it is large enough. */
  readonly isPostOnly: boolean;
  /** Causes the operator was paged for. Each is paged once. */
  readonly pagedCauses: readonly RefusalCause[];
  /** The operator was told that shares are left long after the exit was due. */
  readonly isOverdueTold: boolean;
  /** The operator was paged because the exit sells nothing. */
  readonly isFailingTold: boolean;
  readonly underlyingAtExitMicros: bigint | null;
};

export type ExitingPosition = PositionRecord & { readonly state: 'exiting'; readonly wakeUp: WakeUp } & ExitProgress;

/**
 * - `emergency:timeout`: sold by the clock.
 * - `emergency:timeout_sell_failed`: shares were left at the deadline.
 * - `emergency:timeout_merge`: sells were blocked, and the other outcome was bought instead. The pairs pay one dollar a
 *   share, merged or redeemed.
 * - `emergency:timeout_buy_unknown`: at the deadline it was not known whether anything had been bought, or had arrived.
 * - `manual`: sold on request.
 * - `hold:above`: the due exit was left out, because its price was at or above the one chosen for holding.
 * - `rule:…`: sold because the price reached the level of this rule.
 * - `elsewhere`: other programs sold or moved all shares. `left` names their transactions.
 * - `found:resolved`: the shares were found after the result of their market, so that nothing could be sold.
 * - `void:…`: nothing was bought, with the reason.
 */
export type ExitReason =
  | 'emergency:timeout'
  | 'emergency:timeout_sell_failed'
  | 'emergency:timeout_merge'
  | 'emergency:timeout_buy_unknown'
  | 'manual'
  | 'hold:above'
  | `rule:${FiringRule}`
  | 'elsewhere'
  | 'found:resolved'
  | `void:${VoidReason}`;

export const VOID_REASONS = [
  'wake-up-not-set',
  'abandoned',
  'buy-refused',
  'buy-not-sent',
  'buy-failed',
  'nothing-bought',
  'nothing-found',
] as const;
/**
 * - `wake-up-not-set`: no durable wake-up could be set, so nothing was bought.
 * - `abandoned`: the opening ended before its buy was saved.
 * - `buy-refused`, `buy-not-sent`: the venue refused the buy, or never received it.
 * - `buy-failed`: the buy matched, but all its trades failed on chain.
 * - `nothing-bought`: no outcome was known, and neither venue nor chain show anything of the buy, in time.
 * - `nothing-found`: a guarded position for which no shares arrived, by a finalised block, until it was too late to
 *   exit.
 */
export type VoidReason = (typeof VOID_REASONS)[number];

const ruleExitReason = <Rule extends FiringRule>(rule: Rule): `rule:${Rule}` => `rule:${rule}`;
const voidExitReason = <Reason extends VoidReason>(reason: Reason): `void:${Reason}` => `void:${reason}`;

export const EXIT_REASONS = [
  'emergency:timeout',
  'emergency:timeout_sell_failed',
  'emergency:timeout_merge',
  'emergency:timeout_buy_unknown',
  'manual',
  'hold:above',
  ...FIRING_RULES.map(ruleExitReason),
  'elsewhere',
  'found:resolved',
  ...VOID_REASONS.map(voidExitReason),
] as const satisfies readonly ExitReason[];

export type ForceCloseReason = 'timeout';

/** How and when the position was exited. Written at the deadline at the latest. */
export type ExitRecord = {
  readonly exitAtMs: number;
  readonly exitReason: ExitReason;
  readonly forceClosed: boolean;
  readonly forceCloseReason: ForceCloseReason | null;
  readonly underlyingAtExitMicros: bigint | null;
  readonly shortfallMicros: bigint;
};

/**
 * Past the deadline with shares or trades open, or holding both outcomes. A merge, or the chain's result and its
 * payout, ends it.
 */
export type AwaitingResolutionPosition = PositionRecord & {
  readonly state: 'awaiting-resolution';
  readonly wakeUp: WakeUp;
  readonly settlement: SettlementProgress;
} & ExitRecord;

type Closing = PositionRecord & ExitRecord & { readonly closedAtMs: number };

/**
 * All shares were sold, merged or moved elsewhere, and all trades are confirmed. Less than 0.01 share may be left as
 * dust.
 */
export type ExitedPosition = Closing & { readonly state: 'exited' };
/** The remaining shares paid, in whole or (void and split markets) in part. `payoutMicros` is cash that arrived. */
export type RedeemedPosition = Closing & {
  readonly state: 'redeemed';
  readonly payoutMicros: bigint;
  readonly transactionHash: string;
  /** Gas that the signing key paid for it, in wei; null when another account paid. */
  readonly gasWei: bigint | null;
  /** Which outcomes paid, where both were held. */
  readonly payout?: TokenPayout | undefined;
  /** Recorded shares that no redemption took, because they reached the wallet later. Missing where there are none. */
  readonly unredeemed?: SharesOfBoth | undefined;
};
export type WorthlessPosition = Closing & { readonly state: 'worthless' };
export type VoidedPosition = Closing & { readonly state: 'voided' };
/** Chain and record disagree, or redemption is impossible. The operator has to act. */
export type StrandedPosition = Closing & { readonly state: 'stranded'; readonly contradiction: string };

export type OpenPosition = BuyingPosition | HoldingPosition | ExitingPosition | AwaitingResolutionPosition;
export type ClosedPosition = ExitedPosition | RedeemedPosition | WorthlessPosition | VoidedPosition | StrandedPosition;
export type Position = OpenPosition | ClosedPosition;

const CLOSED: ReadonlySet<PositionState> = new Set(CLOSED_STATES);

export function isClosedState(state: PositionState): state is ClosedState {
  return CLOSED_STATES.some((closed) => closed === state);
}

export function isClosed(position: Position): position is ClosedPosition {
  return CLOSED.has(position.state);
}

/** When the next step is due, for the sweep. Null when closed. */
export function dueAtMs(position: Position): number | null {
  if (isClosed(position)) return null;
  const posting = position.attempts.find((attempt) => attempt.phase === 'posting');
  return posting?.phase === 'posting' ? Math.max(posting.leaseUntilMs, position.wakeUp.atMs) : position.wakeUp.atMs;
}

/** The sweep runs once a minute. With this grain in its index, most steps need no index write. */
export function minuteOf(atMs: number): number {
  return Math.floor(atMs / 60_000);
}

/** When the clock starts the exit. */
export function clockExitAtMs({ givenExitAtMs, marketEndsAtMs, policy }: ExitTimes): number {
  return givenExitAtMs ?? marketEndsAtMs - policy.exitLeadMs;
}

/**
 * The moment towards which the minimum price falls: T. Where the request gave the exit time, it falls in the exit lead
 * after it: the position has to be out then, although the market may go on for weeks.
 */
export function priceEndsAtMs(position: ExitTimes): number {
  return Math.min(position.marketEndsAtMs, clockExitAtMs(position) + position.policy.exitLeadMs);
}

/** The market from the other outcome's side: the terms under which the exchange takes a hedge. */
export function otherSideOf(terms: PositionTerms): PositionTerms {
  const { outcomeName: _, ...rest } = terms;
  const outcome = OTHER_OUTCOME[terms.outcome];
  return { ...rest, outcome, tokenId: terms.otherTokenId, otherTokenId: terms.tokenId };
}

type ExitTimes = Pick<PositionTerms, 'givenExitAtMs' | 'marketEndsAtMs' | 'policy'>;

export function deadlineAtMs(position: PositionTerms): number {
  return position.marketEndsAtMs - position.policy.deadlineLeadMs;
}
