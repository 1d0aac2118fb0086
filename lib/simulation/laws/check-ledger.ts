import { entriesOfPosition } from '#lib/domain/ledger/entries-of-position.ts';
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
  return breaches;
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
