import type { FillTotals, OrderSide, OrderType } from '#lib/domain/market/order.ts';

export type PaperAccount = { readonly wallet: string; readonly tokenId: string };

/** A fill against one level of the book. */
export type PaperSlice = FillTotals & { readonly priceMicros: bigint };

/**
 * An order that the paper exchange filled, at least in part. A refused order leaves no record. Its trades are final
 * from `settlesAtMs` on.
 */
export type PaperOrder = {
  readonly orderHash: string;
  /** Identifies this write: tells a repeat after a lost answer from another post of the same order. */
  readonly recordId: string;
  readonly positionId: string;
  readonly side: OrderSide;
  readonly orderType: Exclude<OrderType, 'GTC'>;
  /** Shares of the order; the slices hold what was filled. */
  readonly requestedSharesMicros: bigint;
  readonly limitPriceMicros: bigint;
  /** At least one, best price first. */
  readonly slices: readonly PaperSlice[];
  /** The venue's time of the book it was filled against. */
  readonly bookAtMs: number;
  readonly acceptedAtMs: number;
  /** From then on the trades are final and bought shares can be sold. */
  readonly settlesAtMs: number;
};

/** Every order of one account, and the version of exactly this set. */
export type PaperLedgerState = { readonly sequence: number; readonly orders: readonly PaperOrder[] };

/**
 * - `recorded`: written, by this call or an earlier one with the same `recordId` whose answer was lost.
 * - `duplicate`: another post of the same order was recorded before.
 * - `conflict`: another order of this account was recorded since the read; nothing was written.
 */
export type PaperRecording = 'recorded' | 'duplicate' | 'conflict';

/** Orders filled on paper. Orders are added, never changed or removed. */
export type PaperLedger = {
  /**
   * A consistent read: the orders are exactly those that `sequence` counts. An account without orders has sequence 0.
   * @throws StoreUnavailableError, CorruptRowError
   */
  read(account: PaperAccount): Promise<PaperLedgerState>;
  /**
   * Adds the order if the account is still at `sequence`: of two sells decided on the same state one is a `conflict`,
   * so that no share is sold twice. Safe to repeat with the same order.
   * @throws StoreUnavailableError the order may or may not have been written
   * @throws CorruptRowError
   */
  record(account: PaperAccount, sequence: number, order: PaperOrder): Promise<PaperRecording>;
};
