import { foundSharesMicros, type LeftShares, type LeftTotals, listLeft } from '#lib/domain/position/guarded-shares.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { centsOf, dollars, shares, signedDollars } from './money-text.ts';
import { utcTime } from './time-text.ts';

/** Of a position that begins `holding`: it is guarded, and nothing is bought. */
export function openedText(after: Position | null): string {
  const saved = 'osition, request id and market lock saved; timer and exit message are set next';
  if (after?.state !== 'holding') return `P${saved}`;
  const foundMicros = foundSharesMicros(after);
  return `${foundMicros === 0n ? 'Shares that are expected' : `${shares(foundMicros)} shares of the wallet`} are guarded: p${saved}`;
}

/** `10.00 more shares found in the wallet, 36.00 in all, bought for $23.40`. */
export function foundText({ found }: FactOf<'shares-found'>, before: Position | null): string {
  const { sharesMicros, costMicros } = found;
  const moreMicros = sharesMicros - (before === null ? 0n : foundSharesMicros(before));
  if (moreMicros === 0n && before?.found?.costMicros === costMicros) {
    return 'The wallet still holds the shares: counted again, so that what leaves it later is found';
  }
  const cost = costMicros === null ? 'at an unknown price' : `for ${dollars(costMicros)}`;
  return `${shares(moreMicros)} more shares found in the wallet, ${shares(sharesMicros)} in all, bought ${cost}`;
}

export function leftText(event: FactOf<'shares-left'>, before: Position | null): string {
  const { found } = event;
  const cameMicros = found === undefined || before === null ? 0n : found.sharesMicros - foundSharesMicros(before);
  const came = cameMicros > 0n ? `; ${shares(cameMicros)} had come to it in between` : '';
  return `Other transactions took shares from the wallet: ${listLeft(event).map(leftWords).join(', ')}${came}`;
}

/** `10.00 for $6.20 (0xabc…)`. */
function leftWords(each: LeftShares | LeftTotals): string {
  const cash = each.cashMicros === null ? 'for an unknown amount' : `for ${dollars(each.cashMicros)}`;
  const by = 'transactionHash' in each ? each.transactionHash : `${each.transactionCount} earlier transactions`;
  return `${shares(each.sharesMicros)} ${cash} (${by})`;
}

export function nothingFoundText({ blockNumber }: FactOf<'nothing-found'>, after: Position | null): string {
  if (after?.state === 'voided') return 'Nothing to manage: no shares arrived until it was too late to exit';
  return blockNumber === null ? 'The wallet could not be read' : 'No shares have arrived in the wallet yet';
}

/** `$23.40`, or `unknown`: what another program paid or got may not be known. */
export function knownDollars(micros: string | null): string {
  return micros === null ? 'unknown' : dollars(micros);
}

/** `+$0.84`; `unknown` where the end is final and a cost is not known; otherwise `pending`. */
export function resultText({ pnlMicros, closedAtMs }: ResultFields, pending: string): string {
  if (pnlMicros !== null) return signedDollars(pnlMicros);
  return closedAtMs === null ? pending : 'unknown';
}

type ResultFields = Pick<PositionView, 'pnlMicros' | 'closedAtMs'>;

/** `36.00 at 65.0¢ for $23.40`, `36.00 (found in the wallet) for an unknown price`. */
export function acquiredText(view: PositionView): string {
  const { sharesMicros, foundMicros, costMicros, entryPrice } = view;
  const part = foundMicros === sharesMicros ? '' : `${shares(foundMicros)} `;
  const found = foundMicros === '0' ? '' : ` (${part}found in the wallet)`;
  const price = costMicros === null ? ' for an unknown price' : ` at ${centsOf(entryPrice)} for ${dollars(costMicros)}`;
  return `${shares(sharesMicros)}${found}${price}`;
}

/** "10.00 shares at 80.0¢ or more, until the exit"; null without a request that waits. */
export function exitRequestText({ exitRequest }: Pick<PositionView, 'exitRequest'>): string | null {
  if (exitRequest === null) return null;
  const floor = exitRequest.minPrice === null ? '' : ` at ${centsOf(exitRequest.minPrice)} or more`;
  return `${shares(exitRequest.sharesMicros)} shares${floor}, until the exit is due`;
}

/**
 * What selling would have brought when the exit was first held, and how much more or less came of it. Null for a
 * position that was not held.
 */
export function heldText(view: PositionView, nowMs: number): string | null {
  const { heldAtMs, heldPrice, heldProceedsMicros, heldBroughtMicros } = view;
  if (heldAtMs === null || heldProceedsMicros === null) return null;
  const sold = `selling at ${utcTime(heldAtMs, nowMs)} for ${centsOf(heldPrice)} would have brought ${dollars(heldProceedsMicros)}`;
  if (heldBroughtMicros === null) return sold;
  const moreMicros = BigInt(heldBroughtMicros) - BigInt(heldProceedsMicros);
  return `${sold}; holding brought ${dollars(heldBroughtMicros)} (${signedDollars(moreMicros)})`;
}
