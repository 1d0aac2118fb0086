import { minMicros } from '#lib/domain/market/money.ts';
import {
  boughtSharesMicros,
  DUST_SHARES_MICROS,
  goneSharesMicros,
  isSettled,
  remainingSharesMicros,
  shortfallMicrosOf,
} from '#lib/domain/position/fill-totals.ts';
import { COUNTED_AGAIN_AFTER_BLOCKS, foundSharesMicros, takesIn } from '#lib/domain/position/guarded-shares.ts';
import type { ExitingPosition, OpenPosition, Position } from '#lib/domain/position/position.ts';

/** Id of the messages that look for shares of a guarded position. They need no row: the sweep sends the next one. */
export const SHARES_WAKE_UP_ID = 'shares';

/** The wallet's shares of the position's token, at a finalised block. */
export type HeldShares = {
  readonly blockNumber: bigint;
  readonly blockAtMs: number;
  readonly sharesMicros: bigint;
  /** No redemption of the market has paid the wallet by this block: what left it did so in another way. */
  readonly isUnredeemed?: true;
};

export type TakeIn =
  /** The wallet holds what the record says, or the reading proves nothing. */
  | { readonly kind: 'nothing' }
  /** More than the record says. `isWhole`: the wallet holds these shares and no others of the token. */
  | { readonly kind: 'more'; readonly sharesMicros: bigint; readonly isWhole: boolean }
  /** The same, but what the shares cost is still to be learned. */
  | { readonly kind: 'cost-unknown'; readonly sharesMicros: bigint }
  | { readonly kind: 'fewer'; readonly missingMicros: bigint }
  /** The same as an hour ago: later losses are explained from this block on. */
  | { readonly kind: 'same' };

const NOTHING: TakeIn = { kind: 'nothing' };

/**
 * A trade is final at the venue within seconds of its match, in bad cases within 50 (venue §3.5). A block this much
 * younger than the last match shows it.
 */
const SETTLED_AFTER_MS = 60_000;
/**
 * A sale may be mined minutes after its match (venue §3.5), and a block from before it shows the shares as if they were
 * others. Nothing says yet from which block on transactions could tell.
 */
const SALE_SETTLED_AFTER_MS = 600_000;
/** The index learns of a buy within seconds. Shares that it does not explain by then were not bought. */
const COST_KNOWN_AFTER_MS = 600_000;
const COST_KNOWN_AFTER_BLOCKS = 300n;

/**
 * Whether a balance says anything about this position: it takes in, and no order or trade of ours is under way. Pairs
 * are burned by merges of ours, which no trade tells of.
 */
export function canTakeIn(position: OpenPosition): boolean {
  return takesIn(position) && isComparable(position);
}

function isComparable(position: OpenPosition): boolean {
  return position.state !== 'buying' && position.hedge === undefined && isSettled(position);
}

/**
 * Of a position that the suite bought and that takes nothing in yet: what the wallet holds beyond it, at least zero.
 * Null where this block cannot tell.
 */
export function joinedSharesMicros(position: OpenPosition, held: HeldShares): bigint | null {
  if (position.mode !== 'live' || position.state !== 'holding' || takesIn(position)) return null;
  if (!isComparable(position) || !isNewer(position, held)) return null;
  const soldAtMs = position.trades.filter(({ side }) => side === 'SELL').map(({ matchedAtMs }) => matchedAtMs);
  if (held.blockAtMs < Math.max(0, ...soldAtMs) + SALE_SETTLED_AFTER_MS) return null;
  const moreMicros = held.sharesMicros - remainingSharesMicros(position);
  return moreMicros < DUST_SHARES_MICROS ? 0n : moreMicros;
}

/** Compares the record with the chain. */
export function planTakeIn(position: OpenPosition, held: HeldShares, nowMs: number): TakeIn {
  if (!canTakeIn(position) || !isNewer(position, held)) return NOTHING;
  const remainingMicros = remainingSharesMicros(position);
  // Shares that a refusal showed to be missing are no news while an older block still shows them.
  const shortfallMicros = shortfallMicrosOf(position);
  const moreMicros = minMicros(held.sharesMicros - remainingMicros - shortfallMicros, roomMicros(position));
  if (moreMicros >= DUST_SHARES_MICROS) {
    const sharesMicros = foundSharesMicros(position) + moreMicros;
    return { kind: 'more', sharesMicros, isWhole: isWhole(position, sharesMicros, held) };
  }
  // After the deadline the shares may have been redeemed, which settlement finds out.
  const isManaged = position.state !== 'awaiting-resolution' || held.isUnredeemed === true;
  if (isManaged && remainingMicros - held.sharesMicros >= DUST_SHARES_MICROS) {
    return { kind: 'fewer', missingMicros: remainingMicros - held.sharesMicros };
  }
  const sharesMicros = foundSharesMicros(position);
  const isToLearn = isCostOpen(position, held, nowMs) && isWhole(position, sharesMicros, held);
  if (isToLearn) return { kind: 'cost-unknown', sharesMicros };
  return isToCountAgain(position, held) ? { kind: 'same' } : NOTHING;
}

/** Not on paper, where no other program moves shares. Of a part of the wallet it does not matter what else is there. */
function isToCountAgain(position: OpenPosition, { blockNumber, sharesMicros }: HeldShares): boolean {
  const { found, mode, state, guardedSharesMicros } = position;
  if (mode !== 'live' || state !== 'holding' || found === undefined) return false;
  const isSame = guardedSharesMicros !== undefined || sharesMicros === remainingSharesMicros(position);
  return isSame && blockNumber >= found.blockNumber + COUNTED_AGAIN_AFTER_BLOCKS;
}

function isNewer(
  { found, trades, countsFromMs = 0 }: OpenPosition,
  { blockNumber, blockAtMs }: Pick<HeldShares, 'blockNumber' | 'blockAtMs'>,
): boolean {
  const matchedAtMs = Math.max(0, ...trades.map((trade) => trade.matchedAtMs));
  const fromMs = Math.max(matchedAtMs + SETTLED_AFTER_MS, countsFromMs);
  return blockNumber > (found?.blockNumber ?? -1n) && blockAtMs >= fromMs;
}

/** How many more shares the position may manage. */
function roomMicros(position: OpenPosition): bigint {
  const { guardedSharesMicros: max } = position;
  return max === undefined ? UNLIMITED : max - foundSharesMicros(position);
}

const UNLIMITED = 2n ** 128n;

/** The index knows the cost of all that the wallet holds, own buys included, and of no part of it. */
function isWhole(position: OpenPosition, sharesMicros: bigint, held: HeldShares): boolean {
  const isUntouched = goneSharesMicros(position) === 0n && shortfallMicrosOf(position) === 0n;
  return isUntouched && held.sharesMicros === sharesMicros + boughtSharesMicros(position);
}

function isCostOpen({ found, openedAtMs }: OpenPosition, { blockNumber }: HeldShares, nowMs: number): boolean {
  if (found === undefined || found.costMicros !== null) return false;
  return nowMs < openedAtMs + COST_KNOWN_AFTER_MS || blockNumber < found.blockNumber + COST_KNOWN_AFTER_BLOCKS;
}

/** Refusals after which the wallet may hold other shares than the record. */
const BALANCE_CAUSES = ['fewer-shares', 'balance-unexplained', 'stale-balance', 'already-sold', 'wrong-token'] as const;
/** Attempts without a buyer after which the pauses leave time to read the chain. */
const NO_BUYERS_MIN = 4;

/** Whether the chain is worth reading before the next sell of an exit that has begun. */
export function isBalanceInDoubt({ refusals, noBuyerCount }: ExitingPosition): boolean {
  return noBuyerCount >= NO_BUYERS_MIN || BALANCE_CAUSES.some((cause) => (refusals[cause] ?? 0) > 0);
}

/** Between two sweeps. */
const COST_LOOKS_AFTER_MS = [15_000, 30_000, 45_000] as const;

/** While the cost of the shares may still be learned more looks follow the sweep's; else that one is enough. */
export function laterSharesLooksAtMs(position: Position, nowMs: number): readonly number[] {
  const { found, openedAtMs, state } = position;
  const isOpen = state === 'holding' && found !== undefined && found.costMicros === null;
  if (!isOpen || nowMs >= openedAtMs + COST_KNOWN_AFTER_MS) return [];
  return COST_LOOKS_AFTER_MS.map((afterMs) => nowMs + afterMs);
}
