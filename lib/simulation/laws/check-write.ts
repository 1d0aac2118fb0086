import type { Position } from '#lib/domain/position.ts';
import { isClosed } from '#lib/domain/position.ts';
import type { Breach, Evidence, RowWrite, TrueTrade } from './evidence.ts';
import { sumShares } from './evidence.ts';

const DUST_MICROS = 10_000n;
/** Fees are an estimate: half a step of 0.00001 dollar either way by rounding, a whole one when the venue rounds down. */
const FEE_DRIFT_MICROS_PER_TRADE = 10n;

/** Holds one saved step against the laws and against the venue's own ledger. */
export function checkWrite(evidence: Evidence, write: RowWrite): readonly Breach[] {
  const { trades, workingHashes } = evidence.truth();
  const { after, before } = write;
  return [
    ...checkShares(evidence, after, trades),
    ...checkOneOrder(after),
    ...checkDroppedOrders(before, after, trades, workingHashes),
    ...checkVoid(evidence, after, trades, workingHashes),
    ...checkCitedTrades(after, trades),
    ...checkExited(after),
    ...checkAlert(write),
  ];
}

/** Law 2, on the venue's side: no more bought than asked for, no more sold than delivered. */
function checkShares(evidence: Evidence, after: Position, trades: readonly TrueTrade[]): Breach[] {
  const counted = trades.filter((trade) => trade.counts);
  const buys = counted.filter((trade) => trade.side === 'BUY');
  const soldMicros = sumShares(counted.filter((trade) => trade.side === 'SELL'));
  const asked = [...evidence.posts.values()].find(({ intent }) => intent.side === 'BUY')?.intent.sharesMicros ?? 0n;
  const costMicros = buys.reduce((sum, { valueMicros, feesMicros }) => sum + valueMicros + feesMicros, 0n);
  const limitMicros = after.budgetMicros + FEE_DRIFT_MICROS_PER_TRADE * BigInt(buys.length);
  const breaches: Breach[] = [];
  if (costMicros > limitMicros) breaches.push({ law: 2, text: `paid ${costMicros} of ${after.budgetMicros} granted` });
  if (sumShares(buys) > asked) breaches.push({ law: 2, text: `bought ${sumShares(buys)} of ${asked} asked for` });
  const hasFailed = trades.some((trade) => !trade.counts);
  if (soldMicros > sumShares(buys) && !hasFailed)
    breaches.push({ law: 2, text: `sold ${soldMicros} of ${sumShares(buys)}` });
  const recordedSold = sumShares(after.trades.filter(({ side, status }) => side === 'SELL' && status !== 'failed'));
  const recordedBought = sumShares(after.trades.filter(({ side, status }) => side === 'BUY' && status !== 'failed'));
  const isBuyShown = after.attempts.every(({ intent }) => intent.side === 'SELL');
  if (isBuyShown && recordedSold > recordedBought && !hasFailed)
    breaches.push({ law: 2, text: `the row sold ${recordedSold} of ${recordedBought}` });
  return breaches;
}

/** Law 3, in the row. */
function checkOneOrder(after: Position): Breach[] {
  const open = after.attempts.filter(({ phase }) => phase !== 'matched');
  return open.length <= 1 ? [] : [{ law: 3, text: `${open.length} orders are in flight or unknown` }];
}

/** Law 4: an order leaves the row only with all it filled, and never while it may still fill. */
function checkDroppedOrders(
  before: Position | null,
  after: Position,
  trades: readonly TrueTrade[],
  workingHashes: ReadonlySet<string>,
): Breach[] {
  const kept = new Set(after.attempts.map(({ intent }) => intent.orderHash));
  const recorded = new Set(after.trades.map(({ tradeId }) => tradeId));
  return (before?.attempts ?? []).flatMap(({ intent: { orderHash } }): Breach[] => {
    if (kept.has(orderHash)) return [];
    if (workingHashes.has(orderHash))
      return [{ law: 4, text: `order ${short(orderHash)} left the row while it may fill` }];
    const forgotten = trades.filter((t) => t.orderHash === orderHash && t.counts && !recorded.has(t.tradeId));
    if (forgotten.length === 0) return [];
    return [
      { law: 4, text: `order ${short(orderHash)} left the row, ${sumShares(forgotten)} filled shares forgotten` },
    ];
  });
}

/** Law 4: `voided` needs proof that nothing was bought. */
function checkVoid(
  { posts }: Evidence,
  after: Position,
  trades: readonly TrueTrade[],
  workingHashes: ReadonlySet<string>,
): Breach[] {
  if (after.state !== 'voided') return [];
  const bought = trades.filter((trade) => trade.side === 'BUY' && trade.counts);
  const isOut = [...posts.values()].some(
    ({ intent, inFlightCount }) => intent.side === 'BUY' && (inFlightCount > 0 || workingHashes.has(intent.orderHash)),
  );
  if (bought.length > 0) return [{ law: 4, text: `voided with ${sumShares(bought)} shares bought` }];
  return isOut ? [{ law: 4, text: 'voided while its buy is on its way' }] : [];
}

/** Laws 5 and 8: every trade of the row is the venue's, with its shares and its cash. */
function checkCitedTrades(after: Position, trades: readonly TrueTrade[]): Breach[] {
  if (after.trades.length === 0) return [];
  const known = new Map(trades.map((trade) => [trade.tradeId, trade]));
  return after.trades.flatMap((cited): Breach[] => {
    const real = known.get(cited.tradeId);
    if (real === undefined) return [{ law: 5, text: `the venue knows no trade ${cited.tradeId}` }];
    if (cited.status === 'confirmed' && !real.counts) return [{ law: 5, text: 'a failed trade is cited as confirmed' }];
    if (cited.sharesMicros !== real.sharesMicros || cited.valueMicros !== real.valueMicros) {
      return [{ law: 8, text: `a trade moved ${real.valueMicros} and is recorded as ${cited.valueMicros}` }];
    }
    return [];
  });
}

/** Laws 5 and 8 at a good end: the shares are gone by final trades, and the cash is what the fills say. */
function checkExited(after: Position): Breach[] {
  if (!isClosed(after) || after.state !== 'exited') return [];
  const final = after.trades.filter(({ status }) => status === 'confirmed');
  const bought = sumShares(final.filter(({ side }) => side === 'BUY'));
  const sold = sumShares(final.filter(({ side }) => side === 'SELL'));
  const isPending = after.trades.some(({ status }) => status === 'provisional');
  if (sold === 0n || isPending || bought - sold - after.shortfallMicros >= DUST_MICROS) {
    return [{ law: 5, text: `exited with ${sold} of ${bought} shares sold by final trades` }];
  }
  return [];
}

/** Law 9: an end that is not quiet has its alert, in the same step. Written anew here, not taken from the domain. */
function checkAlert({ before, after, alert }: RowWrite): Breach[] {
  const isArrival = before?.state !== after.state;
  const isLoud =
    after.state === 'voided' ||
    after.state === 'awaiting-resolution' ||
    after.state === 'worthless' ||
    after.state === 'stranded' ||
    after.state === 'redeemed' ||
    (after.state === 'exited' && after.forceClosed);
  if (isArrival && isLoud && alert === null) return [{ law: 9, text: `${after.state} without an alert` }];
  if (alert !== null && alert.version !== after.version) return [{ law: 9, text: 'an alert of another version' }];
  return [];
}

export function checkFees(after: Position, trades: readonly TrueTrade[]): Breach[] {
  const known = new Map(trades.map((trade) => [trade.tradeId, trade]));
  const drift = after.trades.reduce((sum, cited) => {
    const real = known.get(cited.tradeId);
    // A fee kept in shares is no cash at all; the shares tell of it.
    if (real === undefined || !real.counts || real.isFeeInShares) return sum;
    return sum + cited.feesMicros - real.feesMicros;
  }, 0n);
  const limit = FEE_DRIFT_MICROS_PER_TRADE * BigInt(after.trades.length);
  return drift > limit || drift < -limit ? [{ law: 8, text: `fees drift by ${drift} micros` }] : [];
}

function short(orderHash: string): string {
  return orderHash.slice(0, 10);
}
