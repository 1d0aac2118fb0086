import type { Alert } from '#lib/domain/news/alert.ts';
import type { EndedAttempt, OrderAttempt } from '#lib/domain/position/order-attempt.ts';
import type { BuyingPosition, Mode, OpenPosition, Position, PositionState } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import type { Account, Halt, RiskLimits } from '#lib/domain/position/risk-limits.ts';

/** One step of a life, saved as a whole or not at all. */
export type PositionChange = {
  /** The row the step was decided on; its `version` is the condition. */
  readonly before: OpenPosition;
  /** `version` is one higher. */
  readonly after: Position;
  readonly event: PositionEvent;
  /** Records of the attempts this step ended; the row has the others. */
  readonly endedAttempts: readonly EndedAttempt[];
  readonly alert: Alert | null;
  /** What the venue, chain or book said that led here; for the timeline only. */
  readonly evidence: Readonly<Record<string, unknown>>;
};

export type OpeningOutcome =
  | { readonly outcome: 'created' }
  /** The request id is taken: the position it opened. */
  | { readonly outcome: 'already-requested'; readonly positionId: string }
  | { readonly outcome: 'refused'; readonly code: 'halted'; readonly halt: Halt }
  | {
      readonly outcome: 'refused';
      readonly code: 'market-occupied' | 'open-count-limit' | 'exposure-limit' | 'day-loss-limit';
    };

/** How every timeline begins: the row was written. No position evolves by it, so it is not a `PositionEvent`. */
export type OpenedEvent = { readonly type: 'opened'; readonly atMs: number };

/** One line of a position's timeline; `version` is the row's after it. */
export type TimelineEntry = {
  readonly version: number;
  readonly event: PositionEvent | OpenedEvent;
  readonly evidence: Readonly<Record<string, unknown>>;
};

/** Some of the positions that ended on a day, and where to go on; without a token there are no more. */
export type ClosedPage = { readonly positionIds: readonly string[]; readonly nextPageToken?: string };

/** The only durable memory. Every write is conditional; a write whose answer was lost is recognised as our own. */
export type PositionStore = {
  /**
   * Writes row, request id, market lock and account counters in one transaction, if the limits allow it. Limits and counters
   * do not concern a canary, the market lock of its own wallet does.
   * @throws StoreUnavailableError the outcome is unknown; repeat with the same request id
   */
  create(position: BuyingPosition, limits: RiskLimits): Promise<OpeningOutcome>;
  /**
   * Writes row, event, attempts and alert in one transaction; when the step closes the position, also releases market lock
   * and counters and books a loss to the day.
   * @throws VersionConflictError somebody else moved the row; nothing of this step was written
   * @throws StoreUnavailableError the outcome is unknown; load the row before doing anything else
   */
  save(change: PositionChange): Promise<void>;
  /** Consistent read. @throws CorruptRowError when the row is not a position, StoreUnavailableError */
  find(positionId: string): Promise<Position | undefined>;
  /** Consistent read. */
  findIdByRequest(requestId: string): Promise<string | undefined>;
  /**
   * Ids of open positions whose next step was due by the end of the minute that `atMs` (Unix milliseconds) lies in, those of the oldest
   * minute first, at most `limit`. Reads the index, which knows minutes only and may lag behind the rows: load each row before acting on it.
   */
  listDue(atMs: number, limit: number): Promise<readonly string[]>;
  /**
   * Positions in `state`, or all, newest first. Reads the whole table: for people, not for handlers. Leaves out what cannot
   * be read as a position: `listCorrupt` names that.
   */
  list(state?: PositionState): Promise<readonly Position[]>;
  /** Ids of the positions whose row `find` would call corrupt, whatever state they are in. Reads the whole table. */
  listCorrupt(): Promise<readonly string[]>;
  /**
   * Ids of the positions that ended on a UTC day (`2026-11-22`), in the order in which they ended, by pages. Canaries are not
   * among them. Consistent read.
   */
  listClosed(day: string, pageToken?: string): Promise<ClosedPage>;
  /** Every attempt by its number: those that ended by their own records, the others as the row has them. */
  listAttempts(positionId: string): Promise<readonly OrderAttempt[]>;
  listTimeline(positionId: string): Promise<readonly TimelineEntry[]>;
  /** How many positions are open, by mode. */
  countOpen(): Promise<Readonly<Record<Mode, number>>>;
  getAccount(mode: Mode, nowMs: number): Promise<Account>;
  /** Stops the openings of a mode, or allows them again with null. Exits go on. The last call counts. */
  setHalt(mode: Mode, halt: Halt | null): Promise<void>;
};
