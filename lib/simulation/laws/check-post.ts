import { maxMicros } from '#lib/domain/market/money.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { type Breach, DUST_MICROS, type Evidence, heldByPosition, type Post, sumShares } from './evidence.ts';

/** Law 6 for balances and approvals: those of the other market version are not the position's. */
export function checkRead(
  evidence: Evidence,
  { marketVersion }: Pick<PositionTerms, 'marketVersion'>,
): readonly Breach[] {
  if (marketVersion === evidence.marketVersion) return [];
  return [{ law: 6, text: 'a balance or an approval of the other market version is used' }];
}

/** From the book's read to the buy, at most: the function is stopped after less. */
const OPENING_MS_MAX = 30_000;

/** Checks an order that is about to be posted, before it is counted as a post. */
export function checkPost(evidence: Evidence, position: PositionTerms, intent: OrderIntent): readonly Breach[] {
  const { row, posts, tokenIdRequested, ledger } = evidence;
  const breaches: Breach[] = [];
  const earlier = posts.get(intent.orderHash);
  const isHedge = row?.hedge?.orderHash === intent.orderHash && intent.tokenId === row.otherTokenId;
  if (!isHedge && (intent.tokenId !== tokenIdRequested || intent.tokenId !== row?.tokenId)) {
    breaches.push({ law: 6, text: 'an order names another token than was requested' });
  }
  if (isHedge && (intent.side !== 'BUY' || !row.policy.mayMerge)) {
    breaches.push({ law: 6, text: 'the other outcome is sold, or bought although the position may not merge' });
  }
  if (intent.marketVersion !== evidence.marketVersion) {
    breaches.push({ law: 6, text: 'an order is signed for the exchange of the other market version' });
  }
  const isSameBuy = ({ intent: other }: Post) => other.side === 'BUY' && other.tokenId === intent.tokenId;
  if (intent.side === 'BUY' && (earlier !== undefined || [...posts.values()].some(isSameBuy))) {
    breaches.push({ law: 4, text: 'a buy is posted again' });
  }
  const flawedSinceMs = intent.side === 'BUY' ? evidence.flawedBookSinceMs() : null;
  if (flawedSinceMs !== null && evidence.nowMs() - flawedSinceMs > OPENING_MS_MAX) {
    breaches.push({ law: 2, text: 'a buy on a book that shows no price of today' });
  }
  if (intent.side === 'SELL' && isPaired(evidence, intent)) {
    breaches.push({ law: 2, text: 'a sell of shares that have a partner of the other outcome' });
  }
  const isOnRecord = row?.attempts.some((attempt) => attempt.intent.orderHash === intent.orderHash) ?? false;
  if (!isOnRecord) breaches.push({ law: 4, text: 'an order is posted that is not on record' });
  for (const other of posts.values()) {
    const { orderHash } = other.intent;
    if (orderHash === intent.orderHash) continue;
    const isOnItsWay = other.inFlightCount > 0 && !ledger.isAccepted(orderHash);
    if (isOnItsWay || ledger.isWorking(orderHash)) {
      breaches.push({ law: 3, text: `a second order while ${orderHash.slice(0, 10)} is in flight or may fill` });
    }
  }
  if (row !== undefined && row.mode !== position.mode) breaches.push({ law: 7, text: 'an order in another mode' });
  return breaches;
}

/** Where a buy delivered fewer shares than it says, fewer have a partner than its trades count. */
function isPaired(evidence: Evidence, { sharesMicros, orderHash }: OrderIntent): boolean {
  if (evidence.row !== undefined && evidence.ledger.isDisturbed(evidence.row.wallet)) return false;
  const { ownMicros, otherMicros } = heldByPosition(evidence);
  // An order that is posted again has sold a part of its own shares.
  const filled = evidence.ledger.trades().filter((trade) => trade.orderHash === orderHash && trade.counts);
  const leftMicros = sharesMicros - sumShares(filled);
  return otherMicros > 0n && leftMicros > maxMicros(ownMicros - otherMicros, 0n) + DUST_MICROS;
}
