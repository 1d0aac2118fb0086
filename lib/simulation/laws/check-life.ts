import { OTHER_OUTCOME } from '#lib/domain/market/market.ts';
import { mergedMicros } from '#lib/domain/position/fill-totals.ts';
import { isGuarded } from '#lib/domain/position/guarded-shares.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { checkGuarded } from './check-guard.ts';
import { checkHeldEnd } from './check-hold.ts';
import { checkLedger } from './check-ledger.ts';
import { checkStopped } from './check-rules.ts';
import { checkEnds } from './check-settlement.ts';
import { checkFees } from './check-write.ts';
import type { Breach, Evidence } from './evidence.ts';
import { DUST_MICROS, sumShares } from './evidence.ts';

/** The time that law 1 grants once the table and one sweep are healthy. */
const LIVENESS_MS = 90_000;

/**
 * Laws 1 and 11: no position is unmanaged past its market's end, and each is closed once the chain shows its result.
 */
export function checkLiveness(evidence: Evidence): readonly Breach[] {
  const { row, lastDisruptionAtMs } = evidence;
  if (row === undefined || isClosed(row)) return [];
  if (row.state === 'awaiting-resolution') return checkEnds(evidence);
  const lateMs = evidence.nowMs() - Math.max(row.marketEndsAtMs, lastDisruptionAtMs());
  return lateMs > LIVENESS_MS
    ? [{ law: 1, text: `${row.state} ${Math.round((evidence.nowMs() - row.marketEndsAtMs) / 1_000)} s past the end` }]
    : [];
}

/** Law 7. */
export function checkMode(evidence: Evidence, mode: 'paper' | 'live'): readonly Breach[] {
  if (mode === 'live') return [];
  const breaches: Breach[] = [];
  if (evidence.paperKeyUseCount > 0) breaches.push({ law: 7, text: 'a position on paper used the key' });
  if (evidence.ledger.liveOrderCount() > 0) breaches.push({ law: 7, text: 'a position on paper reached the venue' });
  return breaches;
}

export type Ending = {
  /** Keys of alerts in a dead-letter queue, which an alarm reports. */
  readonly deadLetterKeys: ReadonlySet<string>;
  /** Did anything happen after which a notice may be delivered twice? */
  readonly mayRepeat: boolean;
};

/** What must hold once nothing moves any more. */
export function checkEnding(evidence: Evidence, ending: Ending): readonly Breach[] {
  return [
    ...checkLiveness(evidence),
    ...checkFills(evidence),
    ...checkHeld(evidence),
    ...checkStopped(evidence),
    ...checkHeldEnd(evidence),
    ...checkGuarded(evidence),
    ...checkLedger(evidence),
    ...checkDelivery(evidence, ending),
  ];
}

/** Law 4: every fill is on record, however late it showed. */
function checkFills({ row, ledger }: Evidence): Breach[] {
  const trades = ledger.trades();
  if (row === undefined) return trades.length === 0 ? [] : [{ law: 4, text: 'fills without a row' }];
  const recorded = new Map(row.trades.map((trade) => [trade.tradeId, trade]));
  const forgotten = trades.filter((trade) => trade.counts && !recorded.has(trade.tradeId));
  if (forgotten.length > 0) {
    const sides = [...new Set(forgotten.map(({ side }) => side))].join(' and ');
    return [{ law: 4, text: `${row.state}, and ${sides} of ${sumShares(forgotten)} shares is not on record` }];
  }
  const misread = trades.find((trade) => !trade.counts && recorded.get(trade.tradeId)?.status === 'confirmed');
  if (misread !== undefined) return [{ law: 5, text: 'a failed trade counts as confirmed' }];
  return checkFees(row, trades);
}

/** Law 5: an exited position leaves no shares in the wallet that could have been sold. */
function checkHeld({ row, ledger, chain }: Evidence): Breach[] {
  // What came to a guarded wallet is another law's.
  if (row?.state !== 'exited' || isGuarded(row)) return [];
  // Merges on paper leave no trace in its ledger.
  const onPaper = row.mode === 'paper' ? mergedMicros(row) : 0n;
  const heldMicros = ledger.heldMicros(row.wallet, row.tokenId) - onPaper;
  if (heldMicros >= DUST_MICROS) return [{ law: 5, text: `exited, and ${heldMicros} shares are still held` }];
  const otherMicros = ledger.heldMicros(row.wallet, row.otherTokenId) - onPaper;
  const pays = chain.resolution?.pays[OTHER_OUTCOME[row.outcome]] ?? 0n;
  const isLeft = row.hedge !== undefined && row.mode === 'live' && otherMicros >= DUST_MICROS && pays > 0n;
  return isLeft ? [{ law: 5, text: `exited, and ${otherMicros} shares of the other outcome pay` }] : [];
}

/** Law 9: an alert is delivered at least once, and exactly once without a reason for a repeat. */
function checkDelivery({ alerts, noticeCounts }: Evidence, { deadLetterKeys, mayRepeat }: Ending): Breach[] {
  const versions = new Set(alerts.map(({ version }) => version));
  if (versions.size !== alerts.length) return [{ law: 9, text: 'two alert records of one step' }];
  return alerts.flatMap(({ positionId, version, kind }): Breach[] => {
    const key = `position-alert#${positionId}#${version}`;
    const count = noticeCounts.get(key) ?? 0;
    if (count === 0 && !deadLetterKeys.has(key)) return [{ law: 9, text: `the alert ${kind} was never delivered` }];
    return count > 1 && !mayRepeat ? [{ law: 9, text: `the alert ${kind} was delivered ${count} times` }] : [];
  });
}
