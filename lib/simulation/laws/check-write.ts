import { cashMicrosOf } from '#lib/domain/market/order.ts';
import { feeDriftMicros, mergedMicros, remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { foundSharesMicros, isGuarded, leftSharesMicros } from '#lib/domain/position/guarded-shares.ts';
import { findLowSale } from '#lib/domain/position/low-sale.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { arrivedMicros, checkGuardWrite } from './check-guard.ts';
import { checkHoldWrite } from './check-hold.ts';
import { checkRuleWrite } from './check-rules.ts';
import { checkSettledWrite } from './check-settlement.ts';
import type { Breach, Evidence, LedgerTrade, RowWrite } from './evidence.ts';
import { DUST_MICROS, sumShares } from './evidence.ts';

/** Rounding moves an estimated fee by half a step of 0.00001 dollar, and by a whole one when the venue rounds down. */
const FEE_DRIFT_MICROS_PER_TRADE = 10n;

/** Checks one saved step against the laws and the venue's own ledger. */
export function checkWrite(evidence: Evidence, write: RowWrite): readonly Breach[] {
  const breaches: Breach[] = [];
  const facts: Facts = { evidence, ...sideTrades(evidence), breaches };
  const { after, before } = write;
  checkShares(facts, after);
  checkHedge(facts, after);
  checkOneOrder(facts, after);
  checkDroppedOrders(facts, before, after);
  checkVoid(facts, after);
  checkCitedTrades(facts, after);
  checkExited(facts, after);
  checkAlert(facts, write);
  breaches.push(...checkSettledWrite(evidence, after));
  breaches.push(...checkRuleWrite(evidence, write), ...checkHoldWrite(evidence, write));
  breaches.push(...checkGuardWrite(evidence, write));
  checkOffered(facts, write);
  return breaches;
}

/** The input of each check, and the list it adds its findings to. */
type Facts = {
  readonly evidence: Evidence;
  /** All of the suite's, and those of the other outcome among them. */
  readonly trades: readonly LedgerTrade[];
  readonly hedges: readonly LedgerTrade[];
  readonly breaches: Breach[];
};

function sideTrades({ ledger, posts, tokenIdRequested }: Evidence): Pick<Facts, 'trades' | 'hedges'> {
  const trades = ledger.trades();
  const isHedge = ({ orderHash }: LedgerTrade): boolean => {
    const tokenId = posts.get(orderHash)?.intent.tokenId;
    return tokenId !== undefined && tokenId !== tokenIdRequested;
  };
  return { trades, hedges: trades.filter(isHedge) };
}

/** Law 2, in the venue's ledger: no more spent than ordered and granted, no more sold than bought. */
function checkShares({ evidence, trades, hedges, breaches }: Facts, after: Position): void {
  let buyCount = 0;
  let boughtMicros = 0n;
  let spentMicros = 0n;
  let costMicros = 0n;
  let soldMicros = 0n;
  for (const { tradeId, counts, side, sharesMicros, valueMicros, feesMicros } of trades) {
    if (!counts || hedges.some((hedge) => hedge.tradeId === tradeId)) continue;
    if (side === 'SELL') soldMicros += sharesMicros;
    else {
      buyCount += 1;
      boughtMicros += sharesMicros;
      spentMicros += valueMicros;
      costMicros += valueMicros + feesMicros;
    }
  }
  const orderedMicros = cashOrdered(evidence);
  if (costMicros > after.budgetMicros + FEE_DRIFT_MICROS_PER_TRADE * BigInt(buyCount)) {
    breaches.push({ law: 2, text: `paid ${costMicros} of ${after.budgetMicros} granted` });
  }
  if (spentMicros > orderedMicros) breaches.push({ law: 2, text: `spent ${spentMicros} of ${orderedMicros} ordered` });
  const hadMicros = boughtMicros + arrivedMicros(evidence, after);
  if (soldMicros > hadMicros) breaches.push({ law: 2, text: `sold ${soldMicros} of ${hadMicros}` });
  checkRecordedShares(breaches, after);
}

/** What the buy may spend, before fees; the shares it brings have no limit of their own. */
function cashOrdered({ posts, tokenIdRequested }: Evidence): bigint {
  for (const { intent } of posts.values()) {
    if (intent.side === 'BUY' && intent.tokenId === tokenIdRequested) return cashMicrosOf(intent);
  }
  return 0n;
}

/** Laws 2 and 8 for the other outcome: it costs what was planned at most, and its fills are the row's. */
function checkHedge({ hedges, breaches, evidence }: Facts, after: Position): void {
  const { hedge, merges = [] } = after;
  const real = hedges.filter(({ counts }) => counts);
  const costMicros = real.reduce((sum, { valueMicros, feesMicros }) => sum + valueMicros + feesMicros, 0n);
  const maxMicros = (hedge?.costMicrosMax ?? 0n) + FEE_DRIFT_MICROS_PER_TRADE * BigInt(real.length);
  if (costMicros > maxMicros) breaches.push({ law: 2, text: `a hedge cost ${costMicros} of ${maxMicros} planned` });
  const hashes = new Set(merges.map(({ transactionHash }) => transactionHash));
  if (hashes.size !== merges.length) breaches.push({ law: 8, text: 'one merge is booked twice' });
  if (after.mode === 'paper') return;
  for (const { transactionHash, cashMicros } of merges) {
    const minted = evidence.chain.merges.find((merge) => merge.transactionHash === transactionHash);
    if (minted === undefined) breaches.push({ law: 5, text: `a merge by ${transactionHash}, which paid nothing` });
    else if (cashMicros > minted.pairsMicros)
      breaches.push({ law: 8, text: `merged ${cashMicros} of ${minted.pairsMicros} paid` });
  }
}

/** Law 2, in the row, once its buys are settled. */
function checkRecordedShares(breaches: Breach[], after: Position): void {
  if (after.attempts.some(({ intent }) => intent.side === 'BUY')) return;
  let boughtMicros = foundSharesMicros(after);
  let hedgedMicros = 0n;
  const merged = mergedMicros(after);
  let soldMicros = merged + leftSharesMicros(after);
  for (const { side, status, sharesMicros, orderHash } of after.trades) {
    if (status === 'failed') continue;
    if (side === 'SELL') soldMicros += sharesMicros;
    else if (orderHash === after.hedge?.orderHash) hedgedMicros += sharesMicros;
    else boughtMicros += sharesMicros;
  }
  if (merged > hedgedMicros) breaches.push({ law: 2, text: `the row merged ${merged} of ${hedgedMicros} hedged` });
  if (soldMicros > boughtMicros)
    breaches.push({ law: 2, text: `${soldMicros} of ${boughtMicros} are gone by the row` });
}

/** Law 3, in the row. Whether an ended order can really not fill is checked in the ledger (`checkPost`). */
function checkOneOrder({ breaches }: Facts, after: Position): void {
  let openCount = 0;
  for (const { phase } of after.attempts) {
    if (phase !== 'matched' && phase !== 'ended') openCount += 1;
  }
  if (openCount > 1) breaches.push({ law: 3, text: `${openCount} orders are in flight or unknown` });
}

/** Law 4: an order leaves the row with all its fills, and not while it may still fill. */
function checkDroppedOrders({ evidence, trades, breaches }: Facts, before: Position | null, after: Position): void {
  for (const { intent } of before?.attempts ?? []) {
    const { orderHash } = intent;
    if (after.attempts.some((attempt) => attempt.intent.orderHash === orderHash)) continue;
    if (evidence.ledger.isWorking(orderHash)) {
      breaches.push({ law: 4, text: `order ${short(orderHash)} left the row while it may fill` });
      continue;
    }
    const missing = trades.filter(
      (trade) =>
        trade.orderHash === orderHash &&
        trade.counts &&
        !after.trades.some((recorded) => recorded.tradeId === trade.tradeId),
    );
    if (missing.length === 0) continue;
    const text = `order ${short(orderHash)} left the row, ${sumShares(missing)} filled shares missing`;
    breaches.push({ law: 4, text });
  }
}

/** Law 4: `voided` needs proof that nothing was bought. */
function checkVoid({ evidence, trades, breaches }: Facts, after: Position): void {
  if (after.state !== 'voided') return;
  const { posts, ledger } = evidence;
  const bought = trades.filter((trade) => trade.side === 'BUY' && trade.counts);
  const isOut = [...posts.values()].some(
    ({ intent, inFlightCount }) => intent.side === 'BUY' && (inFlightCount > 0 || ledger.isWorking(intent.orderHash)),
  );
  if (bought.length > 0) breaches.push({ law: 4, text: `voided with ${sumShares(bought)} shares bought` });
  else if (isOut) breaches.push({ law: 4, text: 'voided while its buy is in flight' });
}

/** Laws 5 and 8: every trade of the row is in the venue's ledger, with the same shares and cash. */
function checkCitedTrades({ trades, breaches }: Facts, after: Position): void {
  for (const cited of after.trades) {
    const real = trades.find((trade) => trade.tradeId === cited.tradeId);
    if (real === undefined) {
      breaches.push({ law: 5, text: `the venue knows no trade ${cited.tradeId}` });
    } else if (cited.status === 'confirmed' && !real.counts) {
      breaches.push({ law: 5, text: 'a failed trade is cited as confirmed' });
    } else if (cited.sharesMicros !== real.sharesMicros || cited.valueMicros !== real.valueMicros) {
      const text = `a trade moved ${real.valueMicros} and is recorded as ${cited.valueMicros}`;
      breaches.push({ law: 8, text });
    }
  }
}

/** Law 5: an exited position has sold its shares by final trades. */
function checkExited({ breaches }: Facts, after: Position): void {
  if (after.state !== 'exited') return;
  const final = after.trades.filter(({ status }) => status === 'confirmed');
  const isOwnBuy = ({ side, orderHash }: (typeof final)[number]) =>
    side === 'BUY' && orderHash !== after.hedge?.orderHash;
  const bought = sumShares(final.filter(isOwnBuy)) + foundSharesMicros(after);
  const sold = sumShares(final.filter(({ side }) => side === 'SELL')) + mergedMicros(after) + leftSharesMicros(after);
  const isPending = after.trades.some(({ status }) => status === 'provisional');
  if (sold === 0n || isPending || bought - sold - after.shortfallMicros >= DUST_MICROS) {
    breaches.push({ law: 5, text: `exited with ${sold} of ${bought} shares sold or merged` });
  }
}

/** Law 9: an end that is not quiet has an alert in the same step. */
function checkAlert({ breaches }: Facts, { before, after, alert }: RowWrite): void {
  const isArrival = before?.state !== after.state;
  const isLoud =
    after.state === 'voided' ||
    after.state === 'awaiting-resolution' ||
    after.state === 'worthless' ||
    after.state === 'stranded' ||
    after.state === 'redeemed' ||
    (after.state === 'exited' &&
      (after.forceClosed || after.exitReason.startsWith('rule:') || findLowSale(after) !== null));
  if (isArrival && isLoud && alert === null) breaches.push({ law: 9, text: `${after.state} without an alert` });
  if (alert !== null && alert.version !== after.version) breaches.push({ law: 9, text: 'an alert of another version' });
}

/** Law 1: while nothing disturbs the functions, settled shares are offered before the deadline, whatever is shown. */
function checkOffered({ evidence, breaches }: Facts, { before, after }: RowWrite): void {
  if (before?.state !== 'holding' || after.state !== 'awaiting-resolution' || before.attempts.length > 0) return;
  if (after.exitReason === 'hold:above') return;
  if (evidence.lastDisruptionAtMs() >= before.exitDueAtMs) return;
  if (isNothingToOffer(evidence, before)) return;
  breaches.push({ law: 1, text: 'held until the deadline without an order' });
}

/** A final block, a look every ten seconds, and its calls. */
const TAKEN_IN_WITHIN_MS = 25_000;

/** Shares of a guarded position may come, or have come, when it is too late. */
function isNothingToOffer({ nowMs, chain }: Evidence, before: Position): boolean {
  if (!isGuarded(before)) return false;
  const isLate = before.openedAtMs > before.exitDueAtMs - before.policy.prepareLeadMs;
  if (remainingSharesMicros(before) < DUST_MICROS || (isLate && nowMs() - before.openedAtMs < 30_000)) return true;
  const inTimeMs = before.marketEndsAtMs - before.policy.lastOrderLeadMs - TAKEN_IN_WITHIN_MS;
  return before.mode === 'live' && chain.sharesAt(before.wallet, before.outcome, inTimeMs) < DUST_MICROS;
}

/** Law 8: recorded fees are the venue's: to the micro where all are verified, otherwise within their rounding. */
export function checkFees(after: Position, trades: readonly LedgerTrade[]): Breach[] {
  const known = new Map(trades.map((trade) => [trade.tradeId, trade]));
  const final = after.trades.filter(({ status }) => status === 'confirmed');
  let overMicros = 0n;
  for (const cited of final) {
    const real = known.get(cited.tradeId);
    const isVerified = cited.feeDriftMicros !== null;
    // A fee kept in shares moves no cash; it counts once the cash is verified.
    if (real === undefined || !real.counts || (real.isFeeInShares && !isVerified)) continue;
    if (isVerified && cited.feesMicros !== real.feesMicros) {
      return [{ law: 8, text: `a fee of ${real.feesMicros} was verified as ${cited.feesMicros}` }];
    }
    overMicros += cited.feesMicros - real.feesMicros;
  }
  if (feeDriftMicros(after) !== null && overMicros !== 0n) {
    return [{ law: 8, text: `cash differs by ${overMicros} micros though every fee is verified` }];
  }
  const limit = FEE_DRIFT_MICROS_PER_TRADE * BigInt(after.trades.length);
  return overMicros > limit || overMicros < -limit ? [{ law: 8, text: `fees drift by ${overMicros} micros` }] : [];
}

function short(orderHash: string): string {
  return orderHash.slice(0, 10);
}
