import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import {
  CANCEL_PROOF_MS,
  type LiveAttempt,
  lastArrivalAtMs,
  type OrderIntent,
} from '#lib/domain/position/order-attempt.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';

/** Only a sell. Of a buy, `voided` needs more proof (law 4): see `isProvenAbsentBuy`. */
export function isProvenEmpty(attempt: LiveAttempt & { readonly phase: 'cancelled' | 'ended' }, atMs: number): boolean {
  return attempt.intent.side === 'SELL' && atMs >= attempt.sinceMs + CANCEL_PROOF_MS;
}

/**
 * A sell that look-ups still do not show once they have caught up with the last moment it could arrive. It is posted
 * again as long as its price is not below today's floor, so this ends an order that the market has left behind. One
 * that would rest is cancelled first (`mayRest`).
 */
export function isProvenAbsentSell(attempt: LiveAttempt & { readonly phase: 'unknown' }, atMs: number): boolean {
  const { side, orderType } = attempt.intent;
  const provenAtMs = Math.max(attempt.sinceMs, lastArrivalAtMs(attempt)) + CANCEL_PROOF_MS;
  return side === 'SELL' && orderType !== 'GTC' && atMs >= provenAtMs;
}

/**
 * How long after its answer a buy that neither venue nor chain shows counts as not placed. A refusal is a no already,
 * in whatever words. After a failure the order may have been placed, and look-ups lag by seconds (`CANCEL_PROOF_MS`). A
 * lost or accepted buy may have filled: settlement takes up to 50 s in bad cases (venue §3.5), and ten times that is
 * granted.
 */
const ABSENT_BUY_PROOF_MS = { refused: 10_000, failed: 30_000, lost: 600_000 } as const;

/** Without an answer of the chain, where there is one, the buy is kept until the market is over. */
export function isProvenAbsentBuy(
  { mode }: OpenPosition,
  attempt: LiveAttempt & { readonly phase: 'unknown' | 'cancelled' },
  event: FactOf<'orders-observed'>,
): boolean {
  const { intent, answer, lostPostAtMs, sinceMs } = attempt;
  if (intent.side !== 'BUY') return false;
  const how = lostPostAtMs === null ? (answer ?? 'lost') : 'lost';
  if (event.atMs < sinceMs + ABSENT_BUY_PROOF_MS[how]) return false;
  const isAsked = event.chainSharesMicros !== undefined || mode === 'paper' || how !== 'lost';
  return isAsked && isWithoutNewShares(intent, event.chainSharesMicros);
}

function isWithoutNewShares({ sharesBeforeMicros = 0n }: OrderIntent, chainSharesMicros: bigint | null | undefined) {
  if (chainSharesMicros === undefined) return true;
  return chainSharesMicros !== null && chainSharesMicros - sharesBeforeMicros < DUST_SHARES_MICROS;
}
