import type { Alert } from '#lib/domain/news/alert.ts';
import type { EndedAttempt, OrderAttempt } from '#lib/domain/position/order-attempt.ts';
import type { Mode, OpenPosition, Position, PositionState, PositionTerms } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import type { Account, Halt, RiskLimits } from '#lib/domain/position/risk-limits.ts';
import type { Acting, TightenedLimits } from '#lib/domain/position/tightened-limits.ts';

/** One step of a position, saved in one transaction. */
export type PositionChange = {
  /** The row the step was decided on; the write is conditional on its `version`. */
  readonly before: OpenPosition;
  /** Its `version` is one higher. */
  readonly after: Position;
  readonly event: PositionEvent;
  /** The attempts that this step ended; the row holds the others. */
  readonly endedAttempts: readonly EndedAttempt[];
  readonly alert: Alert | null;
  /** What was read from venue, chain or book; for the timeline only. */
  readonly evidence: Readonly<Record<string, unknown>>;
};

export type OpeningOutcome =
  | { readonly outcome: 'created' }
  /** The request id opened this position before. */
  | { readonly outcome: 'already-requested'; readonly positionId: string }
  | { readonly outcome: 'refused'; readonly code: 'halted'; readonly halt: Halt }
  | {
      readonly outcome: 'refused';
      readonly code: 'market-occupied' | 'open-count-limit' | 'exposure-limit' | 'day-loss-limit';
    };

/** First entry of every timeline. It changes no position, so it is not a `PositionEvent`. */
export type OpenedEvent = { readonly type: 'opened'; readonly atMs: number };

/** One entry of a position's timeline; `version` is the row's after it. */
export type TimelineEntry = {
  readonly version: number;
  readonly event: PositionEvent | OpenedEvent;
  readonly evidence: Readonly<Record<string, unknown>>;
};

/** A page of positions that ended on a day; the last page has no token. */
export type ClosedPage = { readonly positionIds: readonly string[]; readonly nextPageToken?: string };

/** Which part of a day `listClosed` reads. Default: 100 at most, from the first that ended on. */
export type ClosedPageRequest = {
  readonly pageToken?: string | undefined;
  readonly limit?: number;
  /** From the last that ended backwards. A token belongs to one direction. */
  readonly newestFirst?: boolean;
};

/** Rows that were read together, in the order of their ids. Ids without a row are left out. */
export type PositionsRead = {
  readonly positions: readonly Position[];
  /** Rows that `find` would report as corrupt. */
  readonly corruptIds: readonly string[];
};

/** `taken`: the request id belongs to another action. */
export type CallOutcome = 'new' | 'repeated' | 'taken';

/** `held`: a halt of the operator stays. Nothing was changed or noted. */
export type HaltOutcome = CallOutcome | 'held';

/** `not-lower`: a limit is as low already, or lower. Nothing was changed. */
export type TightenOutcome = 'tightened' | 'not-lower';

/** One open position at most has it. */
export type MarketOfWallet = Pick<PositionTerms, 'mode' | 'wallet' | 'conditionId'>;

/** The durable state. Every write is conditional, and a repeated write whose answer was lost is recognised. */
export type PositionStore = {
  /**
   * Writes row, request id, market lock and account counters in one transaction, if the limits allow it. Without limits
   * it is counted, and neither limit nor halt stops it. A canary is not limited and not counted, but takes the market
   * lock of its own wallet.
   * @throws StoreUnavailableError the outcome is unknown; repeat with the same request id
   */
  create(position: OpenPosition, limits: RiskLimits | null): Promise<OpeningOutcome>;
  /**
   * Writes row, event, attempts and alert in one transaction. A step that closes the position also releases market lock
   * and counters and books a loss to the day.
   * @throws VersionConflictError another invocation changed the row; nothing of this step was written
   * @throws StoreUnavailableError the outcome is unknown; load the row before doing anything else
   */
  save(change: PositionChange): Promise<void>;
  /** Consistent read. @throws CorruptRowError when the row does not match its schema, StoreUnavailableError */
  find(positionId: string): Promise<Position | undefined>;
  /** Consistent read. */
  findIdByRequest(requestId: string): Promise<string | undefined>;
  /** The open position of this wallet in this market. Consistent read. */
  findIdByMarket(terms: MarketOfWallet): Promise<string | undefined>;
  /**
   * Ids of open positions whose next step was due by the end of `atMs`'s minute, oldest minute first, at most `limit`;
   * without one all.
   * Reads the index, which has minutes only and may lag behind the rows: load each row before acting on it.
   */
  listDue(atMs: number, limit?: number): Promise<readonly string[]>;
  /**
   * Positions in `state`, or all, newest first. Reads the whole table: not for handlers. Leaves out corrupt rows, which
   * `listCorrupt` names.
   */
  list(state?: PositionState): Promise<readonly Position[]>;
  /** Ids of the positions whose row `find` would report as corrupt. Reads the whole table. */
  listCorrupt(): Promise<readonly string[]>;
  /** Consistent read of many rows at once. */
  findMany(positionIds: readonly string[]): Promise<PositionsRead>;
  /**
   * Ids of the positions that ended on a UTC day (`2026-11-22`), in that order, by pages and without canaries.
   * Consistent read.
   */
  listClosed(day: string, page?: ClosedPageRequest): Promise<ClosedPage>;
  /** Every attempt, ordered by its number: ended ones from their own records, the others from the row. */
  listAttempts(positionId: string): Promise<readonly OrderAttempt[]>;
  listTimeline(positionId: string): Promise<readonly TimelineEntry[]>;
  /** Number of open positions by mode. */
  countOpen(): Promise<Readonly<Record<Mode, number>>>;
  getAccount(mode: Mode, nowMs: number): Promise<Account>;
  /**
   * Halts the openings of a mode, or allows them again with null. Exits are not affected. The last call counts. It is
   * announced; an end of a halt only with who ended it.
   */
  setHalt(mode: Mode, halt: Halt | null, resumed?: Acting): Promise<void>;
  /** Consistent read of the limits lowered by a row. @throws CorruptRowError the tightest reading: open nothing */
  findTightened(mode: Mode): Promise<TightenedLimits | undefined>;
  /** Lowers limits beside those lowered before; never raises one. It is announced. */
  tighten(mode: Mode, limits: Partial<RiskLimits>, acting: Acting): Promise<TightenOutcome>;
  /** Removes what was tightened: the stage's limits hold again. It is announced. */
  resetLimits(mode: Mode, acting: Acting): Promise<void>;
  /**
   * The same for several modes in one transaction, once for each request id: a request that is repeated later must not
   * undo what was decided meanwhile. For the API: it lifts and replaces only halts of its own
   * (`contracts/api/api-halt`).
   */
  setHaltOnce(
    requestId: string,
    modes: readonly Mode[],
    halt: Halt | null,
    nowMs: number,
    resumedBy?: string,
  ): Promise<HaltOutcome>;
  /**
   * Notes that a request acts, for a week. `action` names all that makes two requests the same.
   * @throws StoreUnavailableError it may have been noted
   */
  claimCall(requestId: string, action: string, nowMs: number): Promise<CallOutcome>;
  /** The action of a request that was noted. Consistent read. */
  findCall(requestId: string): Promise<string | undefined>;
};
