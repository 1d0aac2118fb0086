import type { FillTotals, OrderSide, OrderType } from '#lib/domain/market/order.ts';

/** Whose shares of which token. */
export type PaperAccount = { readonly wallet: string; readonly tokenId: string };

/** One book level that a paper order took, or a part of it. */
export type PaperSlice = FillTotals & { readonly priceMicros: bigint };

/**
 * An order the paper exchange filled, at least in part. An order that was refused leaves no record. Whether its trades are
 * final follows from `settlesAtMs` and the clock; it is not stored beside it.
 */
export type PaperOrder = {
  readonly orderHash: string;
  /** Names this one write: a repeat after a lost answer is told from another post of the same order. */
  readonly recordId: string;
  readonly positionId: string;
  readonly side: OrderSide;
  readonly orderType: Exclude<OrderType, 'GTC'>;
  /** What was asked for; the slices say what was filled. */
  readonly requestedSharesMicros: bigint;
  readonly limitPriceMicros: bigint;
  /** At least one, best price first. */
  readonly slices: readonly PaperSlice[];
  /** The venue's time of the book that was filled against. */
  readonly bookAtMs: number;
  readonly acceptedAtMs: number;
  /** From here on the trades are final and bought shares can be sold. */
  readonly settlesAtMs: number;
};

/** Every order of one account, and the version that names exactly this set. */
export type PaperLedgerState = { readonly sequence: number; readonly orders: readonly PaperOrder[] };

/**
 * - `recorded`: written, now or by an earlier call with the same `recordId` whose answer was lost.
 * - `duplicate`: another post of the same order was recorded before.
 * - `conflict`: somebody else recorded an order of this account since it was read; nothing was written.
 */
export type PaperRecording = 'recorded' | 'duplicate' | 'conflict';

/** What was ordered and filled on paper. Orders are added, never changed or removed. */
export type PaperLedger = {
  /**
   * Consistent: the orders are exactly those that `sequence` counts. An account without orders has sequence 0.
   * @throws StoreUnavailableError, CorruptRowError
   */
  read(account: PaperAccount): Promise<PaperLedgerState>;
  /**
   * Adds the order if the account is still at `sequence`, as a whole or not at all: of two sells decided on the same
   * state one is a `conflict`, so that no share is sold twice. Safe to repeat with the same order.
   * @throws StoreUnavailableError the order may or may not have been written
   * @throws CorruptRowError
   */
  record(account: PaperAccount, sequence: number, order: PaperOrder): Promise<PaperRecording>;
};
