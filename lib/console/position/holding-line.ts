import type { Outcome } from '#lib/domain/market/market.ts';
import { payoutMicrosOf, type TokenPayout } from '#lib/domain/market/payout.ts';
import { acquiredSharesMicros, boughtTotals } from '#lib/domain/position/fill-totals.ts';
import { foundCostMicros } from '#lib/domain/position/guarded-shares.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { signedDollars } from '#lib/words/money-text.ts';
import type { HoldingLine } from './position-message.ts';

/**
 * What all shares would bring at the end of the market, after what they cost, beside what was done.
 * `winner`: of the venue's public data, null while they name none.
 */
export function holdingLine(position: Position, winner: Outcome | null, nowMs: number): HoldingLine {
  const sharesMicros = acquiredSharesMicros(position);
  if (sharesMicros === 0n) return quiet('No shares came in, so there is nothing to hold.');
  const paidMicros = paidMicrosOf(position);
  if (paidMicros === null) return quiet('What the shares cost is not known, so holding cannot be compared.');
  const payout = payoutOf(position, winner);
  if (payout === null) {
    if (nowMs >= position.marketEndsAtMs) return quiet('The result of the market is not known yet.');
    const [won, lost] = [signedDollars(sharesMicros - paidMicros), signedDollars(-paidMicros)];
    return quiet(`Held to the end, all shares make ${won} if they win and ${lost} if they lose.`);
  }
  const heldMicros = payoutMicrosOf(payout, sharesMicros) - paidMicros;
  const held = `${endWords(payout)}: held to the end, all shares make ${signedDollars(heldMicros)}`;
  const { pnlMicros } = describePosition(position);
  if (pnlMicros === null) return quiet(`${held}.`);
  const moreMicros = BigInt(pnlMicros) - heldMicros;
  if (moreMicros === 0n) return quiet(`${held}, as they did.`);
  return {
    text: `${held}. What was done made ${signedDollars(pnlMicros)}: ${signedDollars(moreMicros)} compared with holding.`,
    tone: moreMicros > 0n ? 'good' : 'warn',
  };
}

const quiet = (text: string): HoldingLine => ({ text, tone: 'quiet' });

/** Cost and fees of what came in; null when it is not known. */
function paidMicrosOf(position: Position): bigint | null {
  const { valueMicros, feesMicros } = boughtTotals(position);
  const foundMicros = foundCostMicros(position);
  return foundMicros === null ? null : valueMicros + feesMicros + foundMicros;
}

/** By the chain where the row has it, otherwise by the venue's public result. */
function payoutOf(position: Position, winner: Outcome | null): TokenPayout | null {
  if (position.state === 'redeemed' && position.payout !== undefined) return position.payout;
  if (position.state === 'awaiting-resolution' && position.settlement.payout !== null) {
    return position.settlement.payout;
  }
  if (winner === null) return null;
  return winner === position.outcome ? { own: 1n, other: 0n, total: 1n } : { own: 0n, other: 1n, total: 1n };
}

function endWords({ own, total }: TokenPayout): string {
  if (own === total) return 'The outcome won';
  return own === 0n ? 'The outcome lost' : 'The market was void or split';
}
