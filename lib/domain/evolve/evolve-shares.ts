import { maxMicros } from '#lib/domain/market/money.ts';
import { lastTakeInAtMs, wakeUpWhileHolding } from '#lib/domain/plan/plan-wake-up.ts';
import {
  isAwaitingShares,
  isSettled,
  remainingSharesMicros,
  shortfallMicrosOf,
} from '#lib/domain/position/fill-totals.ts';
import {
  COUNTED_AGAIN_AFTER_BLOCKS,
  type FoundShares,
  foldLeft,
  isGuarded,
  type LeftRecord,
  type LeftShares,
  type LeftTotals,
  leftSharesMicros,
  withinGuard,
  withinHolding,
} from '#lib/domain/position/guarded-shares.ts';
import type { OpenPosition, Position, PositionRecord } from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';
import { isEarlyExit, voidPosition } from './close-position.ts';
import { advance, resolvePosition } from './resolve-position.ts';

/**
 * Shares that came without a buy of the position. While an order is open or a trade is not final, a balance is no proof
 * of them: they are taken in at the next settled moment.
 */
export function findShares(position: OpenPosition, { found, atMs }: FactOf<'shares-found'>): Position {
  const managed = withinGuard(position, found);
  if (position.state === 'buying' || !isSettled(position) || !isNews(position, managed)) return position;
  const record = { ...advance(position), found: countFound(position, found) };
  // The venue's last figure of what can be sold is older than these shares.
  const before = position.state === 'exiting' ? { ...position, sellableMicros: null } : position;
  return resolvePosition(before, record, atMs);
}

/** More shares, or their cost where it was not known, at a later block; or the same shares much later. */
function isNews(position: PositionRecord, { sharesMicros, costMicros, blockNumber }: FoundShares): boolean {
  const { found: known } = position;
  // None yet: from now on a position that bought takes in what comes.
  if (known === undefined) return sharesMicros > 0n || !isGuarded(position);
  if (blockNumber <= known.blockNumber || sharesMicros < known.sharesMicros) return false;
  if (sharesMicros > known.sharesMicros || blockNumber >= known.blockNumber + COUNTED_AGAIN_AFTER_BLOCKS) return true;
  return known.costMicros === null && costMicros !== null;
}

/**
 * Each transaction counts once, and for no more shares than the position holds. What came in between counts with it,
 * and the block moves on: an older node, which still shows what left, proves nothing.
 */
export function leaveShares(position: OpenPosition, event: FactOf<'shares-left'>): Position {
  const { found, atMs } = event;
  if (position.state === 'buying' || !isSettled(position) || wasCounted(position, event)) return position;
  const counting = { ...position, ...(found && { found: countFound(position, found) }) };
  const remainingMicros = remainingSharesMicros(counting);
  const shortMicros = shortfallMicrosOf(position);
  const counted = countLeft(event, position.left ?? [], remainingMicros + shortMicros);
  const takenMicros = leftSharesMicros(counted);
  if (takenMicros === 0n) return position;
  // What a refusal proved to be missing is no longer, once it is known who took it.
  const explainedMicros = maxMicros(takenMicros - remainingMicros, 0n);
  const before =
    'shortfallMicros' in position ? { ...position, shortfallMicros: shortMicros - explainedMicros } : position;
  return resolvePosition(before, { ...advance(counting), ...addLeft(position, counted, found !== undefined) }, atMs);
}

/**
 * A block before which everything was counted tells a repetition. Only events of older releases have none: then the
 * names tell, where the row still has all of them.
 */
function wasCounted({ found: known, leftEarlier }: OpenPosition, event: FactOf<'shares-left'>): boolean {
  if (event.found !== undefined) return event.found.blockNumber <= (known?.blockNumber ?? -1n);
  return leftEarlier !== undefined || event.leftEarlier !== undefined;
}

/**
 * Names may go once the block is known by which their transactions were counted: those of later readings are after it.
 */
function addLeft({ left = [], leftEarlier = [] }: OpenPosition, counted: LeftRecord, hasBlock: boolean): LeftRecord {
  const all = {
    left: [...left, ...counted.left],
    leftEarlier: [...leftEarlier, ...(counted.leftEarlier ?? [])],
  };
  return hasBlock ? foldLeft(all) : { left: all.left };
}

/** The total never falls. A cost is kept while no more shares came. */
function countFound(position: OpenPosition, found: FoundShares): FoundShares {
  const { found: known } = position;
  const managed = withinGuard(position, found);
  if (known === undefined || managed.sharesMicros > known.sharesMicros) return managed;
  return { ...known, costMicros: known.costMicros ?? managed.costMicros, blockNumber: found.blockNumber };
}

function countLeft(
  { left, leftEarlier = [] }: FactOf<'shares-left'>,
  known: readonly LeftShares[],
  heldMicros: bigint,
): LeftRecord {
  const hashes = new Set(known.map(({ transactionHash }) => transactionHash));
  let restMicros = heldMicros;
  const count = <Gone extends LeftShares | LeftTotals>(each: Gone): readonly Gone[] => {
    const counted = withinHolding(each, restMicros);
    restMicros -= counted?.sharesMicros ?? 0n;
    return counted === null ? [] : [counted];
  };
  const earlier = leftEarlier.flatMap(count);
  const named = left.flatMap((each) => {
    const counted = hashes.has(each.transactionHash) ? [] : count(each);
    for (const { transactionHash } of counted) hashes.add(transactionHash);
    return counted;
  });
  return { left: named, leftEarlier: earlier };
}

/**
 * A guarded position waits for its shares until no order for them could follow: an order of another program may still
 * fill. Asked to exit, it waits no longer. `voided` needs a block as proof.
 */
export function findNothing(position: OpenPosition, { blockNumber, atMs }: FactOf<'nothing-found'>): Position {
  const isWaiting = position.state === 'holding' || position.state === 'awaiting-resolution';
  if (!isWaiting || !isAwaitingShares(position) || !isSettled(position)) return position;
  const isAsked = isEarlyExit(position) && atMs >= position.exitDueAtMs;
  const isOver = position.state === 'awaiting-resolution' || isAsked || atMs >= lastTakeInAtMs(position);
  if (isOver && blockNumber !== null) return voidPosition(position, advance(position), 'nothing-found', atMs);
  if (position.state === 'awaiting-resolution') return position;
  const draft = { ...position, version: position.version + 1 };
  return { ...draft, wakeUp: wakeUpWhileHolding(draft, atMs) };
}
