import type { Mode } from '#lib/domain/position/position.ts';
import { type Finding, isMismatch } from './finding.ts';
import { ENTRY_KINDS, type EntryKind, type LedgerEntry, sumCash } from './ledger-entry.ts';
import type { Reconciliation } from './reconcile.ts';
import type { TokenMovement, WalletMovement } from './wallet-movement.ts';

/** Balances of the wallet at one block. `polWei` is what the wallet's own address has for gas. */
export type BlockBalance = {
  readonly blockNumber: bigint;
  readonly atMs: number;
  readonly cashMicros: bigint;
  readonly polWei: bigint | null;
  /** Not read but computed, from the closing balance and the movements: the server keeps no state of that block. */
  readonly isComputed: boolean;
};

export type KindTotal = {
  readonly kind: EntryKind;
  /** Explained by positions; otherwise made by hand. */
  readonly isOfPositions: boolean;
  readonly count: number;
  readonly cashMicros: bigint;
  readonly gasWei: bigint;
};

export type LedgerReport = {
  readonly mode: Mode;
  /** Null on paper, where each position has its own account. */
  readonly wallet: string | null;
  readonly fromMs: number;
  /** Exclusive; where the range is not over, the time of the newest finalised block. */
  readonly untilMs: number;
  readonly entries: readonly LedgerEntry[];
  readonly totals: readonly KindTotal[];
  readonly findings: readonly Finding[];
  /** Null on paper, and where the server keeps no state of these blocks. */
  readonly opening: BlockBalance | null;
  readonly closing: BlockBalance | null;
  /** Closing less opening less all entries; zero where nothing differs. Null without balances. */
  readonly unexplainedMicros: bigint | null;
  readonly positionCount: number;
  /** Rows that could not be read, and live positions of another wallet: neither is compared. */
  readonly corruptIds: readonly string[];
  readonly otherWalletIds: readonly string[];
};

export function isReconciled({ findings, corruptIds }: LedgerReport): boolean {
  return corruptIds.length === 0 && !findings.some(isMismatch);
}

export function totalsOf(entries: readonly LedgerEntry[]): readonly KindTotal[] {
  return [true, false].flatMap((isOfPositions) =>
    ENTRY_KINDS.flatMap((kind) => {
      const ofKind = entries.filter((entry) => entry.kind === kind && (entry.positionId !== null) === isOfPositions);
      const gasWei = ofKind.reduce((sum, entry) => sum + entry.gasWei, 0n);
      return ofKind.length === 0
        ? []
        : [{ kind, isOfPositions, count: ofKind.length, cashMicros: sumCash(ofKind), gasWei }];
    }),
  );
}

/** Balances as the chain gave them; null where the server keeps no state of the block. */
export type BalanceSide = {
  readonly blockNumber: bigint;
  readonly blockAtMs: number;
  readonly balances: {
    readonly cashMicros: bigint;
    readonly polWei: bigint;
    readonly shares: ReadonlyMap<string, bigint>;
  } | null;
};

/**
 * Opening balance + movements = closing balance, for cash and for each token. `movements` are those between the two.
 * An opening balance that the server does not keep is computed, which then proves nothing of it.
 */
export function checkBalances(
  { opening, closing }: { readonly opening: BalanceSide; readonly closing: BalanceSide },
  movements: readonly WalletMovement[],
): Pick<LedgerReport, 'opening' | 'closing'> & Pick<Reconciliation, 'findings'> {
  const moved = movements.reduce((sum, { cashMicros }) => sum + cashMicros, 0n);
  if (closing.balances === null) return { opening: null, closing: null, findings: [] };
  const after = toBalance(closing, closing.balances, false);
  if (opening.balances === null) {
    const before = { cashMicros: closing.balances.cashMicros - moved, polWei: null };
    return { opening: toBalance(opening, before, true), closing: after, findings: [] };
  }
  const cashMicros = closing.balances.cashMicros - opening.balances.cashMicros - moved;
  const shares = tokenGaps(opening.balances.shares, closing.balances.shares, movements);
  const gap: Finding = {
    kind: 'balance',
    ...{ atMs: closing.blockAtMs, positionIds: [], conditionId: null, cashMicros, shares, transactionHashes: [] },
  };
  const findings = cashMicros === 0n && shares.length === 0 ? [] : [gap];
  return { opening: toBalance(opening, opening.balances, false), closing: after, findings };
}

function toBalance(
  { blockNumber, blockAtMs: atMs }: BalanceSide,
  { cashMicros, polWei }: Pick<BlockBalance, 'cashMicros' | 'polWei'>,
  isComputed: boolean,
): BlockBalance {
  return { blockNumber, atMs, cashMicros, polWei, isComputed };
}

function tokenGaps(
  before: ReadonlyMap<string, bigint>,
  after: ReadonlyMap<string, bigint>,
  movements: readonly WalletMovement[],
): readonly TokenMovement[] {
  const moved = Map.groupBy(
    movements.flatMap(({ shares }) => shares),
    ({ tokenId }) => tokenId,
  );
  return [...after].flatMap(([tokenId, sharesMicros]) => {
    const sum = (moved.get(tokenId) ?? []).reduce((total, each) => total + each.sharesMicros, 0n);
    const gapMicros = sharesMicros - (before.get(tokenId) ?? 0n) - sum;
    return gapMicros === 0n ? [] : [{ tokenId, sharesMicros: gapMicros }];
  });
}
