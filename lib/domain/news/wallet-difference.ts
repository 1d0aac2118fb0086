import { type Finding, isMismatch } from '#lib/domain/ledger/finding.ts';
import type { LedgerEntry } from '#lib/domain/ledger/ledger-entry.ts';
import { CENT_MICROS } from '#lib/domain/market/order-amounts.ts';
import { DUST_SHARES_MICROS, isSettled, remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';

/**
 * Where the live wallet and the table do not agree (law 12).
 * - `shares-missing`: an open position records shares that the wallet does not hold.
 * - `not-on-chain`, `not-on-record`, `amounts-differ`, `balance`: as the findings of the ledger.
 * - `cash-moved`: deposits and withdrawals. They are explained and named, and nothing is wrong.
 */
export const DIFFERENCE_KINDS = [
  'shares-missing',
  'not-on-chain',
  'not-on-record',
  'amounts-differ',
  'balance',
  'cash-moved',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

/** Amounts are signed micro-units as text: what the wallet has less what the rows say; of `cash-moved`, what moved. */
export type WalletDifference = {
  readonly wallet: string;
  readonly kind: DifferenceKind;
  readonly atMs: number;
  readonly marketSlug: string | null;
  readonly conditionId: string | null;
  readonly positionIds: readonly string[];
  readonly cashMicros: string;
  readonly shares: readonly { readonly tokenId: string; readonly sharesMicros: string }[];
  readonly transactionHashes: readonly string[];
};

/** A difference, and what of it is remembered once it is told: it is news while one of these is not. */
export type FoundDifference = { readonly difference: WalletDifference; readonly toldKeys: readonly string[] };

/** What the owner did by hand and wrote down. */
export type KnownAction = {
  readonly atMs: number;
  readonly conditionId: string | null;
  readonly cashMicros: bigint;
  readonly references: readonly string[];
};

type SharesAtBlock = {
  readonly sharesOf: ReadonlyMap<string, bigint>;
  readonly block: { readonly number: bigint; readonly atMs: number };
};

/** A buy is in a final block well within this time of its match (venue §3.5). */
const FINAL_AFTER_MS = 120_000;

/**
 * Open positions whose recorded shares are not in the wallet at a block. Rows under way are left out: an order may be
 * moving the shares, and settlement explains those of a resolved market itself (law 11). The block must be read before
 * the rows, so that a sale between the two is on the row.
 */
export function findMissingShares(
  positions: readonly Position[],
  { sharesOf, block }: SharesAtBlock,
): readonly FoundDifference[] {
  const { atMs } = block;
  return positions.flatMap((position) => {
    const heldMicros = sharesOf.get(position.tokenId);
    if (heldMicros === undefined || isClosed(position) || !isAtRest(position, block)) return [];
    const sharesMicros = heldMicros - remainingSharesMicros(position);
    if (-sharesMicros < DUST_SHARES_MICROS) return [];
    const { wallet, marketSlug, conditionId, positionId, tokenId } = position;
    const difference: WalletDifference = {
      ...{ wallet, kind: 'shares-missing', atMs, marketSlug, conditionId, positionIds: [positionId] },
      ...{ cashMicros: '0', transactionHashes: [], shares: [{ tokenId, sharesMicros: String(sharesMicros) }] },
    };
    return [{ difference, toldKeys: [`shares-missing#${positionId}#${sharesMicros}`] }];
  });
}

function isAtRest(position: OpenPosition, { number, atMs }: SharesAtBlock['block']): boolean {
  if (position.state === 'buying' || !isSettled(position)) return false;
  if (position.found !== undefined && position.found.blockNumber > number) return false;
  if (position.state === 'awaiting-resolution' && position.settlement.payout !== null) return false;
  return position.trades.every(({ matchedAtMs }) => matchedAtMs <= atMs - FINAL_AFTER_MS);
}

/**
 * What the ledger's comparison found. A transaction is told once, whichever span shows it; what has none is told once
 * by its amounts. What the owner did by hand is known to the owner.
 */
export function findLedgerDifferences(
  wallet: string,
  findings: readonly Finding[],
  { positions, known }: { readonly positions: readonly Position[]; readonly known: readonly KnownAction[] },
): readonly FoundDifference[] {
  const slugOf = new Map(positions.map(({ conditionId, marketSlug }) => [conditionId, marketSlug]));
  return findings
    .filter((finding) => isMismatch(finding) && !isKnown(finding, known))
    .map(({ kind, atMs, conditionId, positionIds, cashMicros, shares, transactionHashes }) => {
      const amounts = [cashMicros, ...shares.map((each) => each.sharesMicros)].join('+');
      const named = conditionId ?? 'wallet';
      return {
        difference: {
          ...{ wallet, kind: toKind(kind), atMs, conditionId, positionIds, transactionHashes },
          marketSlug: slugOf.get(conditionId ?? '') ?? null,
          cashMicros: String(cashMicros),
          shares: shares.map(({ tokenId, sharesMicros }) => ({ tokenId, sharesMicros: String(sharesMicros) })),
        },
        toldKeys:
          transactionHashes.length > 0
            ? transactionHashes.map((hash) => `${named}#${hash}`)
            : [`${kind}#${named}#${positionIds.join('+')}#${amounts}`],
      };
    });
}

function toKind(kind: Finding['kind']): DifferenceKind {
  return DIFFERENCE_KINDS.find((each) => each === kind) ?? 'amounts-differ';
}

/** Between an action by hand and its record lie minutes at most. */
const BY_HAND_MS = 600_000;

/** A sale is recorded with its orders, everything else with its transactions. */
function isKnown(
  { conditionId, atMs, cashMicros, transactionHashes }: Finding,
  known: readonly KnownAction[],
): boolean {
  if (transactionHashes.length === 0) return false;
  if (transactionHashes.every((hash) => isReferenced(hash, known))) return true;
  return known.some((action) => {
    const apartMicros = action.cashMicros - cashMicros;
    const isSameCash = apartMicros <= CENT_MICROS && -apartMicros <= CENT_MICROS;
    return action.conditionId === conditionId && Math.abs(action.atMs - atMs) <= BY_HAND_MS && isSameCash;
  });
}

function isReferenced(hash: string, known: readonly KnownAction[]): boolean {
  return known.some(({ references }) => references.some((each) => each.toLowerCase() === hash.toLowerCase()));
}

/** Deposits and withdrawals, without those that the owner made by `tminus withdraw`. */
export function findCashMoved(
  wallet: string,
  entries: readonly LedgerEntry[],
  known: readonly KnownAction[],
): readonly FoundDifference[] {
  return entries
    .filter(({ kind, positionId }) => positionId === null && (kind === 'deposit' || kind === 'withdrawal'))
    .flatMap(({ atMs, cashMicros, transactionHash }): readonly FoundDifference[] => {
      if (transactionHash === null || isReferenced(transactionHash, known)) return [];
      const difference: WalletDifference = {
        ...{ wallet, kind: 'cash-moved', atMs, marketSlug: null, conditionId: null, positionIds: [], shares: [] },
        ...{ cashMicros: String(cashMicros), transactionHashes: [transactionHash] },
      };
      return [{ difference, toldKeys: [`cash-moved#${transactionHash}`] }];
    });
}

/** The same for all copies of this news. */
export function differenceKeyOf(difference: WalletDifference): string {
  const { wallet, kind, conditionId, positionIds, cashMicros, shares, transactionHashes } = difference;
  const amounts = [cashMicros, ...shares.map(({ tokenId, sharesMicros }) => `${tokenId.slice(-6)}:${sharesMicros}`)];
  const cited = transactionHashes.map((hash) => hash.slice(0, 18));
  return [
    wallet.toLowerCase(),
    kind,
    conditionId ?? '',
    positionIds.join('+'),
    amounts.join('+'),
    cited.join('+'),
  ].join('#');
}
