import type { OrderBook } from '#lib/domain/market/market.ts';
import { maxMicros, minMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import { leftSharesMicros } from '#lib/domain/position/guarded-shares.ts';
import type { FiredRule, Position } from '#lib/domain/position/position.ts';
import { type Breach, DUST_MICROS, type Evidence, type RowWrite, type ShownBook } from './evidence.ts';

/** Two looks are a second apart; the saving of the second takes less than the rest. */
const LOOKS_APART_MS = 990;
/** Where bid and offer are further apart than this, both looks have to be further apart too. */
const WIDE_MICROS = 100_000n;
const WIDE_LOOKS_APART_MS = 7_990;
/** A look and the next one, an answer that is late, and a save of a slow table. */
const LOOKS_WITHIN_MS = 30_000;

/**
 * Law 13: a rule fires once, on a price that two books in a row showed for all shares, and at its own level. A stop may
 * follow a take-profit, which sells nothing below its level.
 */
export function checkRuleWrite(evidence: Evidence, write: RowWrite): readonly Breach[] {
  return [...checkFiring(evidence, write), ...checkProfit(evidence, write)];
}

/**
 * A take-profit, which ends where the clock's exit or one by hand is prepared, asks for its level, and its fills pay
 * it. An order that was on the row before is not its own, whatever its time: clocks of functions differ by seconds.
 */
function checkProfit({ posts }: Evidence, { before, after }: RowWrite): readonly Breach[] {
  const { firedRule, exitDueAtMs, policy, trades, attempts } = after;
  if (firedRule?.rule !== 'take-profit') return [];
  const { levelMicros } = firedRule;
  const untilMs = exitDueAtMs - policy.prepareLeadMs;
  const earlier = new Set(before?.attempts.map(({ intent }) => intent.orderHash));
  const asked = attempts.filter(({ intent }) => intent.side === 'SELL' && !earlier.has(intent.orderHash));
  const isAskedBelow = asked.some(
    ({ intent: { timestampMs, limitPriceMicros } }) => timestampMs < untilMs && limitPriceMicros < levelMicros,
  );
  const isAtLevel = (orderHash: string) => (posts.get(orderHash)?.intent.limitPriceMicros ?? 0n) >= levelMicros;
  const isBelow = trades.some(
    ({ side, orderHash, valueMicros, sharesMicros }) =>
      side === 'SELL' && isAtLevel(orderHash) && valueMicros * ONE_MICROS < (levelMicros - 1n) * sharesMicros,
  );
  return isBelow || isAskedBelow ? [{ law: 13, text: `a take-profit sells below ${levelMicros}` }] : [];
}

/** A read of the wallet and the save lie between the look and the beginning. */
const BEGINS_WITHIN_MS = 10_000;

/**
 * Where a position begins, its stop lies below what the best bid paid when its request looked. Two requests at once see
 * two books, so that every book of the last seconds has to say so.
 */
function checkBeginning(evidence: Evidence, row: Position): readonly Breach[] {
  const { stopLossMicros } = row.policy.rules ?? {};
  if (stopLossMicros === undefined || row.lastBid === null) return [];
  const seen = listShownSince(evidence, row, evidence.nowMs() - BEGINS_WITHIN_MS);
  const isMetIn = ({ book, isFlawed }: ShownBook): boolean => {
    const askMicros = book.asks[0]?.priceMicros ?? ONE_MICROS;
    const sharesMicros = row.state === 'buying' ? (row.budgetMicros * ONE_MICROS) / askMicros : heldMicros(row);
    const isAbove = stopLossMicros < (book.bids[0]?.priceMicros ?? 0n);
    return !isFlawed && !isAbove && depthPriceMicros(book, sharesMicros) !== null;
  };
  if (seen.length === 0 || !seen.every(isMetIn)) return [];
  return [{ law: 13, text: `a stop at ${stopLossMicros} is taken, and would fire at once` }];
}

/** Of the own token. */
export function listShownSince({ shownBooks }: Evidence, { tokenId }: Position, sinceMs: number): readonly ShownBook[] {
  return shownBooks.filter(({ atMs, book }) => atMs >= sinceMs && book.tokenId === tokenId);
}

function checkFiring(evidence: Evidence, { before, after }: RowWrite): readonly Breach[] {
  if (before === null) return checkBeginning(evidence, after);
  const { firedRule } = after;
  if (firedRule === undefined) return before.firedRule === undefined ? [] : [breach('forgets that it fired')];
  const isStopAfterProfit = before.firedRule?.rule === 'take-profit' && firedRule.rule !== 'take-profit';
  if (before.firedRule !== undefined && !isStopAfterProfit) {
    const isSame = before.firedRule.rule === firedRule.rule && before.firedRule.atMs === firedRule.atMs;
    return isSame ? [] : [breach('fires a second time')];
  }
  const isWaiting = before.state === 'exiting' && before.exitRequest !== undefined;
  if (before.state !== 'holding' && !isWaiting) return [breach(`fires while ${before.state}`)];
  const breaches: Breach[] = [];
  if (firedRule.rule === 'take-profit' && after.exitDueAtMs !== before.exitDueAtMs)
    breaches.push(breach('takes the exit from the clock'));
  if (!isItsLevel(evidence, before, firedRule)) breaches.push(breach(`has no level at ${firedRule.levelMicros}`));
  const sinceMs = evidence.nowMs() - LOOKS_WITHIN_MS;
  const agreeing = evidence.shownBooks.filter((shown) => shown.atMs >= sinceMs && isMet(before, firedRule, shown));
  const narrow = agreeing.filter(({ book }) => firedRule.rule === 'take-profit' || !isWide(before, book));
  if (spanMs(narrow) < LOOKS_APART_MS && spanMs(agreeing) < WIDE_LOOKS_APART_MS)
    breaches.push(breach(`fires, and ${agreeing.length} looks showed such a price`));
  return breaches;

  function breach(text: string): Breach {
    return { law: 13, text: `${after.firedRule?.rule ?? 'a rule'} ${text}` };
  }
}

function spanMs(shown: readonly ShownBook[]): number {
  return (shown.at(-1)?.atMs ?? 0) - (shown[0]?.atMs ?? 0);
}

export function isWide(before: Position, book: OrderBook): boolean {
  const priceMicros = depthPriceMicros(book, heldMicros(before)) ?? book.bids.at(-1)?.priceMicros ?? 0n;
  return (book.asks[0]?.priceMicros ?? ONE_MICROS) - priceMicros > WIDE_MICROS;
}

function isItsLevel({ shownBooks }: Evidence, before: Position, { rule, levelMicros }: FiredRule): boolean {
  const { stopLossMicros, takeProfitMicros, trailingStopMicros } = before.policy.rules ?? {};
  if (rule === 'stop-loss') return levelMicros === stopLossMicros;
  if (rule === 'take-profit') return levelMicros === takeProfitMicros;
  const bids = shownBooks.filter(({ book }) => book.tokenId === before.tokenId).flatMap(({ book }) => book.bids);
  const highestMicros = bids.map(({ priceMicros }) => priceMicros).reduce(maxMicros, 0n);
  return trailingStopMicros !== undefined && levelMicros <= highestMicros - trailingStopMicros;
}

/** Bids for all shares at or beyond the level; of a stop also an offer at it, beyond which no bid pays more. */
function isMet(before: Position, { rule, levelMicros }: Pick<FiredRule, 'rule' | 'levelMicros'>, shown: ShownBook) {
  const { book, isFlawed } = shown;
  if (book.tokenId !== before.tokenId || isFlawed) return false;
  const priceMicros = depthPriceMicros(book, heldMicros(before));
  if (rule === 'take-profit') return priceMicros !== null && priceMicros >= levelMicros;
  const askMicros = book.asks[0]?.priceMicros;
  if (priceMicros === null) return book.bids.length > 0 && askMicros !== undefined && askMicros <= levelMicros;
  return priceMicros <= levelMicros;
}

/** What the bids pay a share for so many shares; null when they do not take all. */
export function depthPriceMicros({ bids }: Pick<OrderBook, 'bids'>, sharesMicros: bigint): bigint | null {
  if (sharesMicros <= 0n) return null;
  let leftMicros = sharesMicros;
  let cash = 0n;
  for (const level of bids) {
    const takenMicros = minMicros(level.sharesMicros, leftMicros);
    cash += takenMicros * level.priceMicros;
    leftMicros -= takenMicros;
    if (leftMicros === 0n) return cash / sharesMicros;
  }
  return null;
}

/** Of the own token, by the row's trades; a share that the venue rounds away is not sold. */
export function heldMicros(position: Position): bigint {
  let sharesMicros = (position.found?.sharesMicros ?? 0n) - leftSharesMicros(position);
  for (const { side, status, sharesMicros: each, orderHash } of position.trades) {
    if (status === 'failed' || orderHash === position.hedge?.orderHash) continue;
    sharesMicros += side === 'BUY' ? each : -each;
  }
  for (const attempt of position.attempts) {
    if (attempt.phase !== 'matched' || position.trades.some((each) => each.orderHash === attempt.intent.orderHash))
      continue;
    sharesMicros += attempt.intent.side === 'BUY' ? attempt.reported.sharesMicros : -attempt.reported.sharesMicros;
  }
  return sharesMicros - (sharesMicros % DUST_MICROS);
}

/** A minute to the sweep's look, and the looks that follow it every few seconds. */
const FIRES_WITHIN_MS = 90_000;
const SAMPLE_MS = 1_000;

/**
 * Law 13 at the end of a life: a stop whose level was passed this long, in a book without flaw that takes all shares,
 * while nothing failed, did fire.
 */
export function checkStopped(evidence: Evidence): readonly Breach[] {
  const { row, playing } = evidence;
  const stopMicros = row?.policy.rules?.stopLossMicros;
  // A take-profit that waits for its price leaves the stop in force.
  const isStopped = row?.firedRule !== undefined && row.firedRule.rule !== 'take-profit';
  if (row === undefined || stopMicros === undefined || isStopped) return [];
  const { held } = evidence;
  // What cannot be sold is not watched.
  if (held === null || held.sharesMicros < DUST_MICROS) return [];
  const untilMs = Math.min(row.exitDueAtMs - row.policy.prepareLeadMs, held.untilMs ?? evidence.nowMs());
  let sinceMs: number | null = null;
  for (let atMs = held.fromMs; atMs < untilMs; atMs += SAMPLE_MS) {
    const book = playing.bookAt(row.tokenId, atMs);
    const priceMicros = book === undefined ? null : depthPriceMicros(book, held.sharesMicros);
    const isPassed = priceMicros !== null && priceMicros <= stopMicros && !evidence.isHidden(atMs);
    if (!isPassed) sinceMs = null;
    else sinceMs ??= atMs;
    if (sinceMs === null || atMs - sinceMs < FIRES_WITHIN_MS) continue;
    if (evidence.faultTimesMs.some((faultAtMs) => faultAtMs >= (sinceMs ?? 0) - 10_000 && faultAtMs <= atMs)) continue;
    return [{ law: 13, text: `a stop at ${stopMicros} did not fire for ${atMs - sinceMs} ms` }];
  }
  return [];
}
