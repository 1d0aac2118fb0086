import type { TokenMovement } from './wallet-movement.ts';

/**
 * Where record and chain differ.
 * - `not-on-chain`: a row says that something moved, and nothing did.
 * - `not-on-record`: shares of a market that a position traded moved, and no row says why.
 * - `amounts-differ`: both moved, by different amounts.
 * - `balance`: the balance before and all movements do not add up to the balance after.
 * - `fee-estimated`: the fee on the row is an estimate, and what was charged differs by less than a cent.
 * - `under-way`: what differs is minutes old, and the row may still follow.
 */
export type FindingKind =
  | 'not-on-chain'
  | 'not-on-record'
  | 'amounts-differ'
  | 'balance'
  | 'fee-estimated'
  | 'under-way';

export type Finding = {
  readonly kind: FindingKind;
  readonly atMs: number;
  readonly positionIds: readonly string[];
  readonly conditionId: string | null;
  /** What the chain moved less what the rows say. */
  readonly cashMicros: bigint;
  readonly shares: readonly TokenMovement[];
  /** Transactions to look at. */
  readonly transactionHashes: readonly string[];
};

/** The others are told and resolve themselves, or are smaller than a cent. */
export function isMismatch({ kind }: Finding): boolean {
  return kind !== 'fee-estimated' && kind !== 'under-way';
}

/** What is left of the sums of shares, by token. */
export function sumTokens(movements: Iterable<TokenMovement>): readonly TokenMovement[] {
  const sums = new Map<string, bigint>();
  for (const { tokenId, sharesMicros } of movements) sums.set(tokenId, (sums.get(tokenId) ?? 0n) + sharesMicros);
  return [...sums].flatMap(([tokenId, sharesMicros]) => (sharesMicros === 0n ? [] : [{ tokenId, sharesMicros }]));
}
