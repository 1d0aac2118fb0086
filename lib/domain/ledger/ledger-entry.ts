/**
 * What moved cash or shares.
 * - `fee`: of the fills in the same transaction. `gas`: in POL, `gasWei`; it moves neither cash nor shares.
 * - `missing`: recorded shares that proved not to be in the wallet (`shortfallMicros`).
 * - `merge`, `split`: both outcomes for one dollar, and the reverse.
 * - `deposit`, `withdrawal`: cash from or to an address outside the venue. `shares-in`, `shares-out`: the same for
 *   shares; of a position the shares that it did not buy, and those that others took, with their cash where it is
 *   known.
 */
export const ENTRY_KINDS = [
  'buy',
  'sell',
  'fee',
  'merge',
  'split',
  'redeem',
  'missing',
  'gas',
  'deposit',
  'withdrawal',
  'shares-in',
  'shares-out',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One movement of cash, shares or gas. Amounts are signed: positive into the wallet. */
export type LedgerEntry = {
  readonly kind: EntryKind;
  readonly atMs: number;
  /** Null for a movement that no position explains: it was made by hand, or by the venue. */
  readonly positionId: string | null;
  readonly conditionId: string | null;
  readonly tokenId: string | null;
  readonly cashMicros: bigint;
  readonly sharesMicros: bigint;
  readonly gasWei: bigint;
  /** The transaction's hash where it is known; otherwise the venue's trade id, or the order's hash. */
  readonly reference: string;
  readonly transactionHash: string | null;
  /** Not final: a fee that is still an estimate, a trade that is not confirmed, a fill that only an answer reported. */
  readonly isProvisional: boolean;
};

export function sumCash(entries: readonly Pick<LedgerEntry, 'cashMicros'>[]): bigint {
  return entries.reduce((sum, { cashMicros }) => sum + cashMicros, 0n);
}
