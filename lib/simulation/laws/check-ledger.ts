import { entriesOfPosition } from '#lib/domain/ledger/entries-of-position.ts';
import { isMismatch } from '#lib/domain/ledger/finding.ts';
import { reconcile } from '#lib/domain/ledger/reconcile.ts';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import type { Breach, Evidence } from './evidence.ts';

/**
 * Law 8 at the end of a life: the entries of the row are the movements of the wallet, to the micro. Cash is compared
 * where every fee was read; shares where all that were bought arrived and nobody else moved any.
 */
export function checkLedger(evidence: Evidence): Breach[] {
  const { row, ledger } = evidence;
  if (row === undefined || !isClosed(row)) return [];
  const entries = entriesOfPosition(row);
  let cashMicros = 0n;
  let sharesMicros = 0n;
  for (const entry of entries) {
    cashMicros += entry.cashMicros;
    sharesMicros += entry.sharesMicros;
  }
  const breaches: Breach[] = [];
  const isEstimated = entries.some(({ kind, isProvisional }) => kind === 'fee' && isProvisional);
  const movedMicros = cashMoved(evidence, row);
  if (!isEstimated && cashMicros !== movedMicros) {
    breaches.push({ law: 8, text: `the ledger has ${cashMicros} of cash, and ${movedMicros} moved` });
  }
  const heldMicros = ledger.heldMicros(row.wallet, row.tokenId) - paidOnPaper(evidence, row);
  if (!isDisturbed(evidence, row) && sharesMicros !== heldMicros) {
    breaches.push({ law: 8, text: `the ledger has ${sharesMicros} shares, and the wallet holds ${heldMicros}` });
  }
  return [...breaches, ...checkReconciled(evidence, row)];
}

const HOUR_MS = 3_600_000;

/** The ledger as its owner reads it, long after the end: each movement has its booking, and each booking its movement. */
function checkReconciled(evidence: Evidence, row: Position): Breach[] {
  if (evidence.ledger.isDisturbed(row.wallet)) return [];
  const range = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER, nowMs: evidence.nowMs() + HOUR_MS };
  const { findings } = reconcile([row], movementsOf(evidence, row), range);
  return findings.filter(isMismatch).map(({ kind, cashMicros }) => ({
    law: 8,
    text: `the ledger of the ${row.state} position: ${kind}, ${cashMicros}`,
  }));
}

/** What moved in the wallet, by venue and chain alone. */
function movementsOf({ ledger, chain, nowMs }: Evidence, row: Position): readonly WalletMovement[] {
  const { tokenId, wallet, mode, outcome } = row;
  const movements: WalletMovement[] = [];
  let heldMicros = 0n;
  const move = (transactionHash: string, atMs: number, cashMicros: bigint, sharesMicros: bigint, isTrade: boolean) => {
    heldMicros += sharesMicros;
    const shares = sharesMicros === 0n ? [] : [{ tokenId, sharesMicros }];
    const movedBy = isTrade ? 'exchange' : 'redeemer';
    movements.push({ transactionHash, atMs, cashMicros, shares, movedBy, payouts: [], gasWei: 0n });
  };
  for (const { tradeId, counts, side, sharesMicros, valueMicros, feesMicros } of ledger.trades()) {
    if (!counts) continue;
    const isBuy = side === 'BUY';
    const cashMicros = (isBuy ? -valueMicros : valueMicros) - feesMicros;
    move(tradeId, row.openedAtMs, cashMicros, isBuy ? sharesMicros : -sharesMicros, true);
  }
  // The first redemption takes all shares, whoever sends it; a repeated one pays nothing.
  for (const payout of chain.payouts) {
    if (payout.wallet === wallet)
      move(payout.transactionHash, payout.atMs, payout.cashMicros[outcome], -heldMicros, false);
  }
  if (mode === 'paper' && row.state === 'redeemed') move(row.transactionHash, nowMs(), heldMicros, -heldMicros, false);
  return movements;
}

/** Shares of others, shares that did not arrive, and what is swept without being this position's payout. */
function isDisturbed({ ledger, chain }: Evidence, row: Position): boolean {
  const isSwept = row.state !== 'redeemed' && chain.payouts.some(({ wallet }) => wallet === row.wallet);
  return isSwept || ledger.isDisturbed(row.wallet);
}

function cashMoved(evidence: Evidence, row: Position): bigint {
  let cashMicros = 0n;
  for (const { counts, side, valueMicros, feesMicros } of evidence.ledger.trades()) {
    if (counts) cashMicros += (side === 'SELL' ? valueMicros : -valueMicros) - feesMicros;
  }
  if (row.state !== 'redeemed') return cashMicros;
  const paid = evidence.chain.payouts.filter(({ wallet }) => wallet === row.wallet);
  return paid.reduce((sum, payout) => sum + payout.cashMicros[row.outcome], cashMicros + paidOnPaper(evidence, row));
}

/** The paper ledger keeps the shares of a won position; each is paid a dollar. */
function paidOnPaper({ ledger }: Evidence, { state, mode, wallet, tokenId }: Position): bigint {
  return state === 'redeemed' && mode === 'paper' ? ledger.heldMicros(wallet, tokenId) : 0n;
}
