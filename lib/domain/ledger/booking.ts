import type { Position } from '#lib/domain/position/position.ts';
import { entriesOfPosition } from './entries-of-position.ts';
import { sumTokens } from './finding.ts';
import { type LedgerEntry, sumCash } from './ledger-entry.ts';
import type { MovementPart, TokenMovement } from './wallet-movement.ts';

/** The entries that one transaction should have made: a fill with its fee, or a redemption with its gas. */
export type Booking = {
  readonly entries: readonly LedgerEntry[];
  readonly positionId: string;
  readonly atMs: number;
  readonly cashMicros: bigint;
  readonly shares: readonly TokenMovement[];
  readonly transactionHash: string | null;
  /** The most that a fee, which is still an estimate, can have been; null where the cash is exact. */
  readonly grossMicros: bigint | null;
};

export function bookingsOf(position: Position): readonly Booking[] {
  const groups = Map.groupBy(
    entriesOfPosition(position),
    ({ kind, reference }) => `${kind === 'missing'} ${reference}`,
  );
  return [...groups.values()].map((entries) => toBooking(position.positionId, entries));
}

function toBooking(positionId: string, entries: readonly LedgerEntry[]): Booking {
  const [first] = entries;
  const fill = entries.find(({ kind }) => kind === 'buy' || kind === 'sell');
  const fee = entries.find(({ kind }) => kind === 'fee');
  // Without a fee the fill paid none, or its fee is not known: a maker's fill and an estimate of zero look alike.
  const isExact = fill === undefined || (fee === undefined ? !fill.isProvisional : !fee.isProvisional);
  return {
    ...{ entries, positionId },
    atMs: first?.atMs ?? 0,
    cashMicros: sumCash(entries),
    shares: sumTokens(
      entries.flatMap(({ tokenId, sharesMicros }) => (tokenId === null ? [] : [{ tokenId, sharesMicros }])),
    ),
    transactionHash: first?.transactionHash ?? null,
    grossMicros: isExact ? null : fill.cashMicros,
  };
}

/** Recorded shares that are missing in the wallet have no transaction. */
export function isMissing({ entries }: Booking): boolean {
  return entries.every(({ kind }) => kind === 'missing');
}

/** Shares that others bought, or took: the row knows how many, and their cash at best in sum. */
export function isOfOthers({ entries }: Booking): boolean {
  return entries.some(({ kind }) => kind === 'shares-in' || kind === 'shares-out');
}

export function isProvisional({ entries }: Booking): boolean {
  return entries.some(({ kind, isProvisional: is }) => is && kind !== 'fee');
}

/** Same shares, and the same cash up to a fee that is not verified. */
export function agrees({ shares, cashMicros, grossMicros }: Booking, part: MovementPart): boolean {
  if (!isSameShares(shares, part.shares)) return false;
  if (grossMicros === null || part.cashMicros === cashMicros) return part.cashMicros === cashMicros;
  const chargedMicros = grossMicros - part.cashMicros;
  return chargedMicros >= 0n && chargedMicros <= (grossMicros < 0n ? -grossMicros : grossMicros);
}

function isSameShares(one: readonly TokenMovement[], other: readonly TokenMovement[]): boolean {
  const negated = other.map(({ tokenId, sharesMicros }) => ({ tokenId, sharesMicros: -sharesMicros }));
  return sumTokens([...one, ...negated]).length === 0;
}
