/**
 * Compares a guarded position with its wallet at a finalised block, while no order or trade of ours is under way:
 * shares that came are taken in, and shares that left are booked with the transactions that took them. What the chain
 * does not explain changes nothing: a refused sell finds out. A node that does not answer changes nothing either.
 */

import { explainLoss, explainsArrival, needsTransfers } from '#lib/domain/plan/explain-transfers.ts';
import { canTakeIn, type HeldShares, planTakeIn } from '#lib/domain/plan/plan-take-in.ts';
import { boughtTotals, DUST_SHARES_MICROS, isAwaitingShares } from '#lib/domain/position/fill-totals.ts';
import { foundCostMicros, foundSharesMicros } from '#lib/domain/position/guarded-shares.ts';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type RecordEventDeps, recordEvent } from '#lib/lifecycle/record-event.ts';
import { readChain, type TradingAccount } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { GuardTerms, SharesReading, WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';

export type TakeInDeps = RecordEventDeps & {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly account: TradingAccount;
};

/**
 * The position after it, or the same object where nothing was learned. `given`: a reading that was made already.
 * @throws VersionConflictError another invocation changed the row; the next look sees the same chain
 */
export async function takeInShares(
  deps: TakeInDeps,
  position: OpenPosition,
  untilMs: number,
  given?: HeldShares & SharesReading,
): Promise<Position> {
  if (!canTakeIn(position)) return position;
  const { readings } = deps.account;
  const reading = given ?? (await readings?.readShares(position, untilMs).catch(nullIfUnreadable));
  if (!readings || !reading) return recordNothing(deps, position, null);
  const plan = planTakeIn(position, reading, deps.clock.nowMs());
  switch (plan.kind) {
    case 'nothing':
      return recordNothing(deps, position, await provenBlock(deps, position, reading, untilMs));
    case 'same': {
      const found = { sharesMicros: foundSharesMicros(position), costMicros: foundCostMicros(position) };
      return recordFound(deps, position, reading, found);
    }
    case 'more': {
      const { sharesMicros } = plan;
      const arrivedMicros = sharesMicros - foundSharesMicros(position);
      if (!(await isExplained({ ...deps, readings }, position, { reading, arrivedMicros, untilMs }))) return position;
      return recordFound(deps, position, reading, {
        sharesMicros,
        costMicros: plan.isWhole ? await findCostOfFound(readings, position, sharesMicros, untilMs) : null,
      });
    }
    case 'cost-unknown': {
      const { sharesMicros } = plan;
      const costMicros = await findCostOfFound(readings, position, sharesMicros, untilMs);
      return costMicros === null ? position : recordFound(deps, position, reading, { sharesMicros, costMicros });
    }
    case 'fewer':
      return recordLoss({ ...deps, readings }, position, { reading, missingMicros: plan.missingMicros, untilMs });
  }
}

/** What of the wallet can be read is best effort: the record stands. */
export function nullIfUnreadable(error: unknown): null {
  if (error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError) return null;
  throw error;
}

export function findCost(
  readings: Pick<WalletReadings, 'findCost'>,
  terms: GuardTerms,
  sharesMicros: bigint,
  untilMs: number,
): Promise<bigint | null> {
  return readings.findCost(terms, sharesMicros, untilMs).catch(nullIfUnreadable);
}

/** Of so many shares that were found: what the wallet paid for all, less what the position's own buys cost. */
export async function findCostOfFound(
  readings: Pick<WalletReadings, 'findCost'>,
  position: OpenPosition,
  foundMicros: bigint,
  untilMs: number,
): Promise<bigint | null> {
  const bought = boughtTotals(position);
  const costMicros = await findCost(readings, position, foundMicros + bought.sharesMicros, untilMs);
  const restMicros = costMicros === null ? null : costMicros - bought.valueMicros - bought.feesMicros;
  return restMicros === null || restMicros < 0n ? null : restMicros;
}

/** A position that waits for its first shares notes each look, with the time of the next one. */
async function recordNothing(deps: TakeInDeps, position: OpenPosition, blockNumber: bigint | null): Promise<Position> {
  if (!isAwaitingShares(position)) return position;
  return recordEvent(deps, position, { type: 'nothing-found', atMs: deps.clock.nowMs(), blockNumber });
}

/** A trade takes up to 50 s to be final (venue §3.5): of an order that was just placed an older block says nothing. */
const ARRIVED_AFTER_MS = 60_000;

/** Null while the shares of an order that was placed before the guard may still be on their way. */
async function provenBlock(deps: TakeInDeps, position: OpenPosition, reading: SharesReading, untilMs: number) {
  if (!isAwaitingShares(position)) return null;
  if (reading.blockAtMs < position.openedAtMs + ARRIVED_AFTER_MS) return null;
  const newest = await readChain(deps, position, untilMs);
  const isOnItsWay = newest != null && newest.sharesMicros >= DUST_SHARES_MICROS;
  return isOnItsWay ? null : reading.blockNumber;
}

function recordFound(
  deps: TakeInDeps,
  position: OpenPosition,
  { blockNumber, sharesMicros: chainSharesMicros, otherSharesMicros }: SharesReading,
  found: { readonly sharesMicros: bigint; readonly costMicros: bigint | null },
): Promise<Position> {
  const event = { type: 'shares-found', atMs: deps.clock.nowMs(), found: { ...found, blockNumber } } as const;
  return recordEvent(deps, position, event, {
    chainSharesMicros: chainSharesMicros.toString(),
    chainOtherSharesMicros: otherSharesMicros.toString(),
  });
}

type Arrival = { readonly reading: SharesReading; readonly arrivedMicros: bigint; readonly untilMs: number };

async function isExplained(
  { readings }: { readonly readings: WalletReadings },
  position: OpenPosition,
  { reading, arrivedMicros, untilMs }: Arrival,
): Promise<boolean> {
  if (!needsTransfers(position)) return true;
  const transfers = await listSince(readings, position, reading, untilMs);
  return transfers !== null && explainsArrival(position, transfers, arrivedMicros);
}

/**
 * What moved since the block of the record, and nothing that was counted by then: a row does not name all of that. Null
 * where it cannot be read.
 */
async function listSince(
  readings: WalletReadings,
  position: OpenPosition,
  { blockNumber: toBlock }: SharesReading,
  untilMs: number,
) {
  const afterBlock = position.found?.blockNumber ?? toBlock;
  const transfers = await readings.listTransfers(position, { afterBlock, toBlock }, untilMs).catch(nullIfUnreadable);
  return transfers?.filter(({ blockNumber }) => blockNumber > afterBlock && blockNumber <= toBlock) ?? null;
}

type Loss = { readonly reading: SharesReading; readonly missingMicros: bigint; readonly untilMs: number };

async function recordLoss(
  deps: TakeInDeps & { readonly readings: WalletReadings },
  position: OpenPosition,
  { reading, missingMicros, untilMs }: Loss,
): Promise<Position> {
  const transfers = await listSince(deps.readings, position, reading, untilMs);
  const loss = transfers && explainLoss(position, transfers, missingMicros);
  if (!loss) return position;
  // One event: shares that came in between count with those that left, and both by the same block.
  const { arrivedMicros, ...left } = loss;
  const sharesMicros = foundSharesMicros(position) + arrivedMicros;
  const costMicros = arrivedMicros === 0n ? foundCostMicros(position) : null;
  const found = { sharesMicros, costMicros, blockNumber: reading.blockNumber };
  const event = { type: 'shares-left', atMs: deps.clock.nowMs(), ...left, found } as const;
  return recordEvent(deps, position, event, { chainSharesMicros: reading.sharesMicros.toString() });
}
