import { maxMicros, minMicros, mulDivRound } from '#lib/domain/market/money.ts';
import {
  acquiredSharesMicros,
  boughtTotals,
  hedgeTotals,
  mergedMicros,
  shortfallMicrosOf,
  soldTotals,
} from './fill-totals.ts';
import { leftSharesMicros } from './guarded-shares.ts';
import type { ClosedPosition } from './position.ts';
import { realisedPnlMicros } from './position-view.ts';

/**
 * What the day's limit counts. Where the result is unknown because of shares that were found beside its own, what the
 * suite bought has still been lost or not: it gets its part of what all shares brought.
 */
export function dayLossMicros(closed: ClosedPosition): bigint {
  const pnlMicros = realisedPnlMicros(closed) ?? ownPnlMicros(closed);
  return maxMicros(-pnlMicros, 0n);
}

function ownPnlMicros(closed: ClosedPosition): bigint {
  const [bought, sold, hedge] = [boughtTotals(closed), soldTotals(closed), hedgeTotals(closed)];
  // Shares that others took brought them what is not known, and are theirs first.
  const countedMicros = acquiredSharesMicros(closed) - leftSharesMicros(closed) - shortfallMicrosOf(closed);
  const ownMicros = minMicros(bought.sharesMicros, maxMicros(countedMicros, 0n));
  if (ownMicros === 0n) return -(bought.valueMicros + bought.feesMicros);
  const payoutMicros = closed.state === 'redeemed' ? closed.payoutMicros : 0n;
  const broughtMicros = sold.valueMicros - sold.feesMicros + mergedMicros(closed) + payoutMicros;
  const ownBroughtMicros = mulDivRound(broughtMicros, ownMicros, countedMicros);
  const hedgeMicros = hedge.valueMicros + hedge.feesMicros;
  return ownBroughtMicros - bought.valueMicros - bought.feesMicros - hedgeMicros;
}
