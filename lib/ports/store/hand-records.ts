export const HAND_ACTIONS = ['sold', 'redeemed', 'merged', 'withdrawn'] as const;
export type HandAction = (typeof HAND_ACTIONS)[number];

/** What the wallet's owner did by hand, beside the suite. */
export type HandRecord = {
  readonly atMs: number;
  readonly action: HandAction;
  /** Null for what concerns cash alone. */
  readonly marketSlug: string | null;
  readonly conditionId: string | null;
  /** Cash into the wallet, fees deducted; negative for cash that left it. */
  readonly cashMicros: bigint;
  /** Hashes of transactions, or of a sale's orders. */
  readonly references: readonly string[];
};

/** Told by `show`. Decides nothing: what a position is worth is read from venue and chain. */
export type HandRecords = {
  /** Safe to repeat. @throws StoreUnavailableError */
  save(wallet: string, record: HandRecord): Promise<void>;
  /** Oldest first. @throws StoreUnavailableError, CorruptRowError */
  list(wallet: string): Promise<readonly HandRecord[]>;
};
