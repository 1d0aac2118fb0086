import { minMicros } from '#lib/domain/market/money.ts';
import {
  acquiredSharesMicros,
  DUST_SHARES_MICROS,
  goneSharesMicros,
  isSettled,
  remainingSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import {
  COUNTED_AGAIN_AFTER_BLOCKS,
  foundSharesMicros,
  isGuarded,
  type LeftShares,
} from '#lib/domain/position/guarded-shares.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
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
/** The index learns of a buy within seconds. Shares that it does not explain by then were not bought. */
const COST_KNOWN_AFTER_MS = 600_000;
const COST_KNOWN_AFTER_BLOCKS = 300n;

/**
 * Whether a balance says anything about this position: guarded, and no order or trade of ours under way. Pairs are
 * burned by merges of ours, which no trade tells of.
 */
export function canTakeIn(position: OpenPosition): boolean {
  return isGuarded(position) && position.state !== 'buying' && position.hedge === undefined && isSettled(position);
}

/** Compares the record with the chain. */
export function planTakeIn(position: OpenPosition, held: HeldShares, nowMs: number): TakeIn {
  if (!canTakeIn(position) || !isNewer(position, held)) return NOTHING;
  const remainingMicros = remainingSharesMicros(position);
  // Shares that a refusal showed to be missing are no news while an older block still shows them.
  const shortfallMicros = 'shortfallMicros' in position ? position.shortfallMicros : 0n;
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

function isNewer({ found, trades }: OpenPosition, { blockNumber, blockAtMs }: HeldShares): boolean {
  const matchedAtMs = Math.max(0, ...trades.map((trade) => trade.matchedAtMs));
  return blockNumber > (found?.blockNumber ?? -1n) && blockAtMs >= matchedAtMs + SETTLED_AFTER_MS;
}

/** How many more shares the position may manage. */
function roomMicros(position: OpenPosition): bigint {
  const { guardedSharesMicros: max } = position;
  return max === undefined ? UNLIMITED : max - foundSharesMicros(position);
}

const UNLIMITED = 2n ** 128n;

/** The index knows the cost of all that the wallet holds, and of no part of it. */
function isWhole(position: OpenPosition, sharesMicros: bigint, held: HeldShares): boolean {
  const isUntouched =
    goneSharesMicros(position) === 0n && acquiredSharesMicros(position) === foundSharesMicros(position);
  const isShort = 'shortfallMicros' in position && position.shortfallMicros > 0n;
  return isUntouched && !isShort && held.sharesMicros === sharesMicros;
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

const COST_LOOK_PAUSE_MS = 15_000;

/** While the cost of the shares may still be learned the next look comes soon; else the sweep's is enough. */
export function nextSharesLookAtMs(position: Position, nowMs: number): number | null {
  const { found, openedAtMs } = position;
  const isOpen = found !== undefined && found.costMicros === null && nowMs < openedAtMs + COST_KNOWN_AFTER_MS;
  return position.state === 'holding' && isOpen ? nowMs + COST_LOOK_PAUSE_MS : null;
}

/** What one transaction moved of the token, net. */
export type Transfer = {
  readonly transactionHash: string;
  readonly sharesMicros: bigint;
  readonly cashMicros: bigint | null;
};

export type ExplainedLoss = {
  /** Shares that came in between. */
  readonly arrivedMicros: bigint;
  readonly left: readonly LeftShares[];
};

/**
 * Which transactions of others took the missing shares. Null where these do not explain them: a zero balance proves
 * nothing. Where only a part of the wallet is managed, others may have left before: the newest transactions count.
 */
export function explainLoss(
  position: OpenPosition,
  transfers: readonly Transfer[],
  missingMicros: bigint,
): ExplainedLoss | null {
  const sold = sellsOf(position);
  if (position.guardedSharesMicros !== undefined) {
    return explainPart(goneOf(withoutOwn(position, transfers, sold)), missingMicros);
  }
  // What a refusal proved to be missing left in these transactions as well, or before them.
  const shortMicros = 'shortfallMicros' in position ? position.shortfallMicros : 0n;
  // Sells of ours before the first block are not among the transfers, and others may move the same amounts: the sum
  // decides how many of ours, from the newest back, are.
  for (let count = sold.length; count >= 0; count -= 1) {
    const foreign = withoutOwn(position, transfers, sold.slice(sold.length - count));
    const gone = goneOf(foreign);
    const arrivedMicros = sum(foreign) - sum(gone);
    const explainedMicros = -sum(gone) - arrivedMicros;
    if (explainedMicros !== missingMicros && explainedMicros !== missingMicros + shortMicros) continue;
    return { arrivedMicros, left: gone.map((each) => toLeft(each, -each.sharesMicros)) };
  }
  return null;
}

function goneOf(transfers: readonly Transfer[]): readonly Transfer[] {
  return transfers.filter(({ sharesMicros }) => sharesMicros < 0n);
}

/** Those that moved shares, oldest first. */
function sellsOf({ trades }: OpenPosition): readonly Trade[] {
  return trades
    .filter(({ side, status }) => side === 'SELL' && status !== 'failed')
    .toSorted((a, b) => a.matchedAtMs - b.matchedAtMs);
}

/**
 * A trade may be mined minutes after its match (venue §3.5): an older block still shows what was sold. Once the
 * position has sold, more shares count only where transactions brought them.
 */
export function needsTransfers({ trades }: OpenPosition): boolean {
  return trades.some(({ side }) => side === 'SELL');
}

/** Whether transactions of others, in sum, brought so many shares. */
export function explainsArrival(
  position: OpenPosition,
  transfers: readonly Transfer[],
  arrivedMicros: bigint,
): boolean {
  return sum(withoutOwn(position, transfers, sellsOf(position))) >= arrivedMicros;
}

/**
 * Known transactions count once, and a sell of ours is no loss: one transfer for each trade, of its cash where there is
 * one, else of its size.
 */
function withoutOwn(
  { left = [] }: OpenPosition,
  transfers: readonly Transfer[],
  sells: readonly Trade[],
): readonly Transfer[] {
  const known = new Set(left.map(({ transactionHash }) => transactionHash.toLowerCase()));
  const sold = [...sells];
  const without = (rest: readonly Transfer[], isOf: (trade: Trade, transfer: Transfer) => boolean) =>
    rest.filter((transfer) => {
      const place = sold.findIndex((trade) => trade.sharesMicros === -transfer.sharesMicros && isOf(trade, transfer));
      if (place !== -1) sold.splice(place, 1);
      return place === -1;
    });
  const unknown = transfers.filter(({ transactionHash }) => !known.has(transactionHash.toLowerCase()));
  const isSameCash = ({ valueMicros, feesMicros }: Trade, { cashMicros }: Transfer) =>
    cashMicros === valueMicros - feesMicros;
  return without(without(unknown, isSameCash), () => true);
}

function explainPart(gone: readonly Transfer[], missingMicros: bigint): ExplainedLoss | null {
  if (-sum(gone) < missingMicros) return null;
  let restMicros = missingMicros;
  const left: LeftShares[] = [];
  for (const each of gone.toReversed()) {
    if (restMicros === 0n) break;
    const sharesMicros = minMicros(-each.sharesMicros, restMicros);
    left.unshift(toLeft(each, sharesMicros));
    restMicros -= sharesMicros;
  }
  return { arrivedMicros: 0n, left };
}

/** Of a part of what a transaction took, the cash is not known. Shares that were given away brought none. */
function toLeft(
  { transactionHash, sharesMicros: movedMicros, cashMicros }: Transfer,
  sharesMicros: bigint,
): LeftShares {
  const isWhole = sharesMicros === -movedMicros && cashMicros !== null && cashMicros > 0n;
  return { transactionHash, sharesMicros, cashMicros: isWhole ? cashMicros : null };
}

function sum(transfers: readonly Transfer[]): bigint {
  return transfers.reduce((total, { sharesMicros }) => total + sharesMicros, 0n);
}
