import { entriesOfPosition } from '#lib/domain/ledger/entries-of-position.ts';
import { isMismatch } from '#lib/domain/ledger/finding.ts';
import { reconcile } from '#lib/domain/ledger/reconcile.ts';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import { OTHER_OUTCOME } from '#lib/domain/market/market.ts';
import { mergedMicros } from '#lib/domain/position/fill-totals.ts';
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
  let otherSharesMicros = 0n;
  for (const entry of entries) {
    cashMicros += entry.cashMicros;
    if (entry.tokenId === row.otherTokenId) otherSharesMicros += entry.sharesMicros;
    else sharesMicros += entry.sharesMicros;
  }
  const breaches: Breach[] = [];
  const isEstimated = entries.some(({ kind, isProvisional }) => kind === 'fee' && isProvisional);
  const movedMicros = cashMoved(evidence, row);
  if (!isEstimated && cashMicros !== movedMicros) {
    breaches.push({ law: 8, text: `the ledger has ${cashMicros} of cash, and ${movedMicros} moved` });
  }
  if (isDisturbed(evidence, row)) return [...breaches, ...checkReconciled(evidence, row)];
  const heldMicros = ledger.heldMicros(row.wallet, row.tokenId) - takenOnPaper(evidence, row, row.tokenId);
  if (sharesMicros !== heldMicros) {
    breaches.push({ law: 8, text: `the ledger has ${sharesMicros} shares, and the wallet holds ${heldMicros}` });
  }
  const otherMicros = ledger.heldMicros(row.wallet, row.otherTokenId) - takenOnPaper(evidence, row, row.otherTokenId);
  if (row.hedge !== undefined && otherSharesMicros !== otherMicros) {
    const text = `the ledger has ${otherSharesMicros} shares of the other outcome, and the wallet holds ${otherMicros}`;
    breaches.push({ law: 8, text });
  }
  return [...breaches, ...checkReconciled(evidence, row)];
}

const HOUR_MS = 3_600_000;

/** The ledger as its owner reads it, long after the end: each movement has its booking, and each booking its movement. */
function checkReconciled(evidence: Evidence, row: Position): Breach[] {
  // The movements below are those of one outcome; with a hedge the sums above are compared.
  if (evidence.ledger.isDisturbed(row.wallet) || row.hedge !== undefined) return [];
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
  const isOwn = ({ wallet }: { readonly wallet: string }): boolean => wallet === row.wallet;
  for (const { pairsMicros } of evidence.chain.merges.filter(isOwn)) cashMicros += pairsMicros;
  cashMicros += paidOnPaper(evidence, row);
  if (row.state !== 'redeemed') return cashMicros;
  for (const payout of evidence.chain.payouts.filter(isOwn)) {
    cashMicros += payout.cashMicros[row.outcome];
    if (row.hedge !== undefined) cashMicros += payout.cashMicros[OTHER_OUTCOME[row.outcome]];
  }
  return cashMicros;
}

/** The paper ledger keeps shares that were merged, or won: each of them, or each pair, is paid a dollar. */
function paidOnPaper(evidence: Evidence, row: Position): bigint {
  if (row.mode !== 'paper') return 0n;
  if (row.state !== 'redeemed') return mergedMicros(row);
  const wonTokenId = evidence.playing.market.tokenIds[evidence.playing.winner];
  return evidence.ledger.heldMicros(row.wallet, wonTokenId);
}

/** Version 1 takes the shares that lost as well. */
function takenOnPaper({ ledger, playing }: Evidence, row: Position, tokenId: string): bigint {
  if (row.mode !== 'paper') return 0n;
  const isTaken = row.marketVersion === 'v1' || tokenId === playing.market.tokenIds[playing.winner];
  return row.state === 'redeemed' && isTaken ? ledger.heldMicros(row.wallet, tokenId) : mergedMicros(row);
}
