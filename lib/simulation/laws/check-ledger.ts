import { entriesOfPosition } from '#lib/domain/ledger/entries-of-position.ts';
import { isMismatch } from '#lib/domain/ledger/finding.ts';
import { reconcile } from '#lib/domain/ledger/reconcile.ts';
import type { WalletMovement } from '#lib/domain/ledger/wallet-movement.ts';
import { OTHER_OUTCOME, OUTCOMES, type Outcome } from '#lib/domain/market/market.ts';
import { minMicros, mulDivFloor } from '#lib/domain/market/money.ts';
import { isGuarded, listLeft } from '#lib/domain/position/guarded-shares.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { realisedPnlMicros } from '#lib/domain/position/position-view.ts';
import { type Breach, DUST_MICROS, type Evidence } from './evidence.ts';

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
  const pnlMicros = realisedPnlMicros(row);
  if (pnlMicros !== null && row.found?.costMicros === null) {
    breaches.push({ law: 8, text: `a result of ${pnlMicros}, and the cost is not known` });
  }
  if (!isEstimated && pnlMicros !== null && pnlMicros !== movedMicros) {
    breaches.push({ law: 8, text: `the result is ${pnlMicros}, and ${movedMicros} moved` });
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
  if (row.state === 'redeemed' && row.mode === 'live') {
    breaches.push(...checkClaimed(evidence, row, heldMicros, row.hedge === undefined ? 0n : otherMicros));
  }
  return [...breaches, ...checkReconciled(evidence, row)];
}

/** Law 11: a redeemed position leaves no shares that pay, however late they reached the wallet. */
function checkClaimed({ chain }: Evidence, row: Position, ownMicros: bigint, otherMicros: bigint): Breach[] {
  const { resolution } = chain;
  if (resolution === null) return [];
  const { pays, total } = resolution;
  const leftMicros =
    mulDivFloor(ownMicros, pays[row.outcome], total) +
    mulDivFloor(otherMicros, pays[OTHER_OUTCOME[row.outcome]], total);
  return leftMicros < DUST_MICROS ? [] : [{ law: 11, text: `redeemed, and ${leftMicros} lie unclaimed` }];
}

const HOUR_MS = 3_600_000;

/**
 * The ledger as its owner reads it, long after the end: each movement has its booking, and each booking its movement.
 */
function checkReconciled(evidence: Evidence, row: Position): Breach[] {
  if (isGuarded(row) || evidence.ledger.isDisturbed(row.wallet)) return [];
  const range = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER, nowMs: evidence.nowMs() + HOUR_MS };
  const { findings } = reconcile([row], movementsOf(evidence, row), range);
  return findings.filter(isMismatch).map(({ kind, cashMicros }) => ({
    law: 8,
    text: `the ledger of the ${row.state} position: ${kind}, ${cashMicros}`,
  }));
}

type Moved = Pick<WalletMovement, 'transactionHash' | 'atMs' | 'cashMicros' | 'shares'>;

/** What moved in the wallet, by venue and chain alone. */
function movementsOf(evidence: Evidence, row: Position): readonly WalletMovement[] {
  const { ledger, chain, posts, playing } = evidence;
  const isOwn = ({ wallet }: { readonly wallet: string }): boolean => wallet === row.wallet;
  const tokensOf = (sharesOf: (outcome: Outcome) => bigint) =>
    OUTCOMES.map((outcome) => ({ tokenId: playing.market.tokenIds[outcome], sharesMicros: sharesOf(outcome) }));
  const trades = ledger.trades().flatMap((trade): Moved[] => {
    if (!trade.counts) return [];
    const { tradeId: transactionHash, orderHash, side, valueMicros, feesMicros } = trade;
    const [cashMicros, sharesMicros] =
      side === 'BUY' ? [-valueMicros, trade.sharesMicros] : [valueMicros, -trade.sharesMicros];
    const shares = [{ tokenId: posts.get(orderHash)?.intent.tokenId ?? row.tokenId, sharesMicros }];
    return [{ transactionHash, atMs: row.openedAtMs, cashMicros: cashMicros - feesMicros, shares }];
  });
  const merges = chain.merges.filter(isOwn).map(({ transactionHash, atMs, pairsMicros }): Moved => {
    return { transactionHash, atMs, cashMicros: pairsMicros, shares: tokensOf(() => -pairsMicros) };
  });
  const payouts = chain.payouts.filter(isOwn).map((payout): Moved => {
    const { transactionHash, atMs, cashMicros, takenMicros } = payout;
    const shares = tokensOf((outcome) => -takenMicros[outcome]);
    return { transactionHash, atMs, cashMicros: cashMicros[row.outcome] + hedgeCashOf(row, payout), shares };
  });
  const onChain = [...merges, ...payouts, ...paidOnPaper(evidence, row)];
  const complete =
    (movedBy: WalletMovement['movedBy']) =>
    (moved: Moved): WalletMovement => {
      const shares = moved.shares.filter(({ sharesMicros }) => sharesMicros !== 0n);
      return { ...moved, shares, movedBy, payouts: [], gasWei: 0n };
    };
  return [...trades.map(complete('exchange')), ...onChain.map(complete('redeemer'))];
}

function sumCash(left: readonly { readonly cashMicros: bigint | null }[]): bigint {
  return left.reduce((sum, { cashMicros }) => sum + (cashMicros ?? 0n), 0n);
}

/** Shares of the other outcome that no hedge bought are not the position's. */
function hedgeCashOf(row: Position, { cashMicros }: Evidence['chain']['payouts'][number]): bigint {
  return row.hedge === undefined ? 0n : cashMicros[OTHER_OUTCOME[row.outcome]];
}

/** Shares of others, shares that did not arrive, and what is swept without being this position's payout. */
function isDisturbed({ ledger, chain }: Evidence, row: Position): boolean {
  const isSwept = row.state !== 'redeemed' && chain.payouts.some(({ wallet }) => wallet === row.wallet);
  return isGuarded(row) || isSwept || ledger.isDisturbed(row.wallet);
}

function cashMoved(evidence: Evidence, row: Position): bigint {
  // What these say of the bot's cash is checked with each step (`check-guard.ts`).
  let cashMicros = sumCash(listLeft(row)) - (row.found?.costMicros ?? 0n);
  for (const { counts, side, valueMicros, feesMicros } of evidence.ledger.trades()) {
    if (counts) cashMicros += (side === 'SELL' ? valueMicros : -valueMicros) - feesMicros;
  }
  const isOwn = ({ wallet }: { readonly wallet: string }): boolean => wallet === row.wallet;
  // A merge by hand may take the position's pairs beside the owner's: what it booked is checked with each step.
  for (const { isByHand, pairsMicros, transactionHash } of evidence.chain.merges.filter(isOwn)) {
    const cited = row.merges?.find((merge) => merge.transactionHash === transactionHash);
    cashMicros += isByHand ? (cited?.cashMicros ?? 0n) : pairsMicros;
  }
  // The wallet may hold more shares than are guarded. Laws 5 and 8 check what was booked for these.
  if (isGuarded(row)) return cashMicros + (row.state === 'redeemed' ? row.payoutMicros : 0n);
  for (const paid of paidOnPaper(evidence, row)) cashMicros += paid.cashMicros;
  if (row.state !== 'redeemed') return cashMicros;
  for (const payout of evidence.chain.payouts.filter(isOwn)) {
    cashMicros += payout.cashMicros[row.outcome] + hedgeCashOf(row, payout);
  }
  return cashMicros;
}

/**
 * Merges and redemptions on paper leave no trace in its ledger. Each pair, and each share that won, is paid a dollar;
 * version 1 takes the shares that lost as well.
 */
function paidOnPaper({ ledger, playing, nowMs }: Evidence, row: Position): readonly Moved[] {
  if (row.mode !== 'paper') return [];
  const { tokenId, otherTokenId, wallet, merges = [] } = row;
  const moved: Moved[] = [];
  const heldMicros = { own: ledger.heldMicros(wallet, tokenId), other: ledger.heldMicros(wallet, otherTokenId) };
  const take = (transactionHash: string, cashMicros: bigint, ownMicros: bigint, otherMicros: bigint): void => {
    heldMicros.own -= ownMicros;
    heldMicros.other -= otherMicros;
    const shares = [
      { tokenId, sharesMicros: -ownMicros },
      { tokenId: otherTokenId, sharesMicros: -otherMicros },
    ];
    moved.push({ transactionHash, atMs: nowMs(), cashMicros, shares });
  };
  const pairsMicros = minMicros(heldMicros.own, heldMicros.other);
  for (const { transactionHash } of merges.slice(0, 1)) take(transactionHash, pairsMicros, pairsMicros, pairsMicros);
  if (row.state !== 'redeemed') return moved;
  const isWon = playing.winner === row.outcome;
  const takesBoth = row.marketVersion === 'v1';
  const { own, other } = heldMicros;
  take(row.transactionHash, isWon ? own : other, isWon || takesBoth ? own : 0n, !isWon || takesBoth ? other : 0n);
  return moved;
}

/** Shares that the paper ledger still shows, although they were paid. */
function takenOnPaper(evidence: Evidence, row: Position, tokenId: string): bigint {
  const moved = paidOnPaper(evidence, row).flatMap(({ shares }) => shares);
  return moved.reduce((sum, { tokenId: each, sharesMicros }) => (each === tokenId ? sum - sharesMicros : sum), 0n);
}
