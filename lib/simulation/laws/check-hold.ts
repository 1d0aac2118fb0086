import { ONE_MICROS } from '#lib/domain/market/money.ts';
import { isGuarded } from '#lib/domain/position/guarded-shares.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { depthPriceMicros, heldMicros, isWide, listShownSince } from './check-rules.ts';
import { type Breach, DUST_MICROS, type Evidence, isNear, type RowWrite, type ShownBook } from './evidence.ts';

/** From the book that decides to the save: its order is due three seconds later, and a table takes up to eight. */
const DECIDED_WITHIN_MS = 15_000;
/** A fee, and the price of all shares, are rounded. */
const ROUNDING_MICROS = 200n;

/** Law 13: a winner is not sold by the clock, and the record says what selling would have brought. */
export function checkHoldWrite(evidence: Evidence, { before, after }: RowWrite): readonly Breach[] {
  const level = after.policy.rules?.holdAboveMicros;
  if (before === null || level === undefined) return [];
  return [...checkSold(evidence, before, after, level), ...checkDecision(evidence, before, after, level)];
}

/** While nothing failed: every book of the last seconds took all shares at the level or above. */
function checkSold(evidence: Evidence, before: Position, after: Position, level: bigint): Breach[] {
  const { exitDueAtMs, marketEndsAtMs, policy, exitRequest } = before;
  const isByClock = exitDueAtMs === marketEndsAtMs - policy.exitLeadMs && exitRequest === undefined;
  if (before.state !== 'holding' || after.state !== 'exiting' || !isByClock) return [];
  const sinceMs = evidence.nowMs() - DECIDED_WITHIN_MS;
  if (evidence.faultTimesMs.some((atMs) => atMs >= sinceMs) || evidence.isHidden(evidence.nowMs())) return [];
  const books = listShownSince(evidence, before, sinceMs);
  const sharesMicros = heldMicros(before);
  const isWon = ({ book, isFlawed }: ShownBook): boolean =>
    !isFlawed && !isWide(before, book) && (depthPriceMicros(book, sharesMicros) ?? 0n) >= level;
  if (books.length === 0 || !books.every(isWon)) return [];
  return [{ law: 13, text: `sold by the clock, and all shares would bring ${level} or more` }];
}

/** After a refusal, or where fewer shares arrived than were bought, the look is at those that the venue shows. */
function checkDecision(evidence: Evidence, before: Position, after: Position, level: bigint): Breach[] {
  const { holdDecision: held } = after;
  const known = before.holdDecision;
  if (known !== undefined) {
    const isSame = held?.proceedsMicros === known.proceedsMicros && held.atMs === known.atMs;
    return isSame ? [] : [{ law: 13, text: 'forgets what selling would have brought' }];
  }
  if (held === undefined) {
    // At any price: the result was asked for.
    const isUnexplained = 'exitReason' in after && after.exitReason === 'hold:above' && level > 0n;
    return isUnexplained ? [{ law: 13, text: 'held, and the record does not say for what' }] : [];
  }
  if (held.priceMicros >= level && (before.state === 'exiting' || evidence.ledger.isDisturbed(after.wallet))) return [];
  const sharesMicros = heldMicros(before);
  const seen = listShownSince(evidence, before, evidence.nowMs() - DECIDED_WITHIN_MS);
  const prices = seen.map(({ book }) => depthPriceMicros(book, sharesMicros));
  if (held.priceMicros < level || !prices.includes(held.priceMicros)) {
    return [{ law: 13, text: `held at ${held.priceMicros}, which no book showed at ${level} or above` }];
  }
  const value = (sharesMicros * held.priceMicros) / ONE_MICROS;
  const fees = (value * (ONE_MICROS - held.priceMicros) * after.feeRateMicros) / (ONE_MICROS * ONE_MICROS);
  return isNear(held.proceedsMicros, value - fees, ROUNDING_MICROS)
    ? []
    : [{ law: 13, text: `selling would have brought ${value - fees}, and is recorded as ${held.proceedsMicros}` }];
}

/** Law 13 at the end: the record says what holding brought, by the venue's own sells and the chain's payouts. */
export function checkHeldEnd({ row, ledger, chain }: Evidence): readonly Breach[] {
  if (row?.holdDecision === undefined || !isClosed(row)) return [];
  if (row.left !== undefined || row.hedge !== undefined || isGuarded(row) || row.mode === 'paper') return [];
  const { atMs } = row.holdDecision;
  const since = new Set(row.trades.filter(({ matchedAtMs }) => matchedAtMs >= atMs).map(({ tradeId }) => tradeId));
  const sold = ledger.trades().filter(({ side, counts, tradeId }) => side === 'SELL' && counts && since.has(tradeId));
  const paid = chain.payouts.filter(({ wallet }) => wallet === row.wallet && row.state === 'redeemed');
  const broughtMicros =
    sold.reduce((sum, { valueMicros, feesMicros }) => sum + valueMicros - feesMicros, 0n) +
    paid.reduce((sum, { cashMicros }) => sum + cashMicros[row.outcome], 0n);
  const said = describePosition(row).heldBroughtMicros;
  return said !== null && isNear(BigInt(said), broughtMicros, DUST_MICROS)
    ? []
    : [{ law: 13, text: `holding brought ${broughtMicros}, and is told as ${said}` }];
}
