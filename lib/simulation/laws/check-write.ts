import { feeDriftMicros } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { Breach, Evidence, RowWrite, TrueTrade } from './evidence.ts';
import { sumShares } from './evidence.ts';

export const DUST_MICROS = 10_000n;
/** Fees are an estimate: half a step of 0.00001 dollar either way by rounding, a whole one when the venue rounds down. */
const FEE_DRIFT_MICROS_PER_TRADE = 10n;

/** Holds one saved step against the laws and against the venue's own ledger. */
export function checkWrite(evidence: Evidence, write: RowWrite): readonly Breach[] {
  const breaches: Breach[] = [];
  const facts: Facts = { evidence, trades: evidence.truth.trades(), breaches };
  const { after, before } = write;
  checkShares(facts, after);
  checkOneOrder(facts, after);
  checkDroppedOrders(facts, before, after);
  checkVoid(facts, after);
  checkCitedTrades(facts, after);
  checkExited(facts, after);
  checkAlert(facts, write);
  return breaches;
}

/** What the checks of one step look at, and where they put what they find. */
type Facts = { readonly evidence: Evidence; readonly trades: readonly TrueTrade[]; readonly breaches: Breach[] };

/** Law 2, on the venue's side: no more bought than asked for, no more sold than delivered. */
function checkShares({ evidence, trades, breaches }: Facts, after: Position): void {
  let buyCount = 0;
  let boughtMicros = 0n;
  let costMicros = 0n;
  let soldMicros = 0n;
  for (const { counts, side, sharesMicros, valueMicros, feesMicros } of trades) {
    if (!counts) continue;
    if (side === 'SELL') soldMicros += sharesMicros;
    else {
      buyCount += 1;
      boughtMicros += sharesMicros;
      costMicros += valueMicros + feesMicros;
    }
  }
  const askedMicros = sharesAsked(evidence);
  if (costMicros > after.budgetMicros + FEE_DRIFT_MICROS_PER_TRADE * BigInt(buyCount)) {
    breaches.push({ law: 2, text: `paid ${costMicros} of ${after.budgetMicros} granted` });
  }
  if (boughtMicros > askedMicros) breaches.push({ law: 2, text: `bought ${boughtMicros} of ${askedMicros} asked for` });
  if (soldMicros > boughtMicros) breaches.push({ law: 2, text: `sold ${soldMicros} of ${boughtMicros}` });
  checkRecordedShares(breaches, after);
}

function sharesAsked({ posts }: Evidence): bigint {
  for (const { intent } of posts.values()) {
    if (intent.side === 'BUY') return intent.sharesMicros;
  }
  return 0n;
}

/** Law 2 in the row, once its buy is off its mind. */
function checkRecordedShares(breaches: Breach[], after: Position): void {
  if (after.attempts.some(({ intent }) => intent.side === 'BUY')) return;
  let boughtMicros = 0n;
  let soldMicros = 0n;
  for (const { side, status, sharesMicros } of after.trades) {
    if (status === 'failed') continue;
    if (side === 'SELL') soldMicros += sharesMicros;
    else boughtMicros += sharesMicros;
  }
  if (soldMicros > boughtMicros) breaches.push({ law: 2, text: `the row sold ${soldMicros} of ${boughtMicros}` });
}

/** Law 3, in the row. */
function checkOneOrder({ breaches }: Facts, after: Position): void {
  let openCount = 0;
  for (const { phase } of after.attempts) {
    if (phase !== 'matched') openCount += 1;
  }
  if (openCount > 1) breaches.push({ law: 3, text: `${openCount} orders are in flight or unknown` });
}

/** Law 4: an order leaves the row only with all it filled, and never while it may still fill. */
function checkDroppedOrders({ evidence, trades, breaches }: Facts, before: Position | null, after: Position): void {
  for (const { intent } of before?.attempts ?? []) {
    const { orderHash } = intent;
    if (after.attempts.some((attempt) => attempt.intent.orderHash === orderHash)) continue;
    if (evidence.truth.isWorking(orderHash)) {
      breaches.push({ law: 4, text: `order ${short(orderHash)} left the row while it may fill` });
      continue;
    }
    const forgotten = trades.filter(
      (trade) =>
        trade.orderHash === orderHash &&
        trade.counts &&
        !after.trades.some((recorded) => recorded.tradeId === trade.tradeId),
    );
    if (forgotten.length === 0) continue;
    const text = `order ${short(orderHash)} left the row, ${sumShares(forgotten)} filled shares forgotten`;
    breaches.push({ law: 4, text });
  }
}

/** Law 4: `voided` needs proof that nothing was bought. */
function checkVoid({ evidence, trades, breaches }: Facts, after: Position): void {
  if (after.state !== 'voided') return;
  const { posts, truth } = evidence;
  const bought = trades.filter((trade) => trade.side === 'BUY' && trade.counts);
  const isOut = [...posts.values()].some(
    ({ intent, inFlightCount }) => intent.side === 'BUY' && (inFlightCount > 0 || truth.isWorking(intent.orderHash)),
  );
  if (bought.length > 0) breaches.push({ law: 4, text: `voided with ${sumShares(bought)} shares bought` });
  else if (isOut) breaches.push({ law: 4, text: 'voided while its buy is on its way' });
}

/** Laws 5 and 8: every trade of the row is the venue's, with its shares and its cash. */
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

/** Laws 5 and 8 at a good end: the shares are gone by final trades, and the cash is what the fills say. */
function checkExited({ breaches }: Facts, after: Position): void {
  if (after.state !== 'exited') return;
  const final = after.trades.filter(({ status }) => status === 'confirmed');
  const bought = sumShares(final.filter(({ side }) => side === 'BUY'));
  const sold = sumShares(final.filter(({ side }) => side === 'SELL'));
  const isPending = after.trades.some(({ status }) => status === 'provisional');
  if (sold === 0n || isPending || bought - sold - after.shortfallMicros >= DUST_MICROS) {
    breaches.push({ law: 5, text: `exited with ${sold} of ${bought} shares sold by final trades` });
  }
}

/** Law 9: an end that is not quiet has its alert, in the same step. Written anew here, not taken from the domain. */
function checkAlert({ breaches }: Facts, { before, after, alert }: RowWrite): void {
  const isArrival = before?.state !== after.state;
  const isLoud =
    after.state === 'voided' ||
    after.state === 'awaiting-resolution' ||
    after.state === 'worthless' ||
    after.state === 'stranded' ||
    after.state === 'redeemed' ||
    (after.state === 'exited' && after.forceClosed);
  if (isArrival && isLoud && alert === null) breaches.push({ law: 9, text: `${after.state} without an alert` });
  if (alert !== null && alert.version !== after.version) breaches.push({ law: 9, text: 'an alert of another version' });
}

/**
 * Law 8: the cash that the venue's own ledger moved is value less fees: to the micro where the fee of every fill was
 * verified, within the estimate's rounding otherwise.
 */
export function checkFees(after: Position, trades: readonly TrueTrade[]): Breach[] {
  const known = new Map(trades.map((trade) => [trade.tradeId, trade]));
  const final = after.trades.filter(({ status }) => status === 'confirmed');
  let overMicros = 0n;
  for (const cited of final) {
    const real = known.get(cited.tradeId);
    const isVerified = cited.feeDriftMicros !== null;
    // A fee kept in shares is no cash at all; the shares tell of it, until the cash is read.
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
