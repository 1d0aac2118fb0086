import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { ShareTransfer, WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';

type Move = ShareTransfer & { readonly atMs: number; readonly isHidden: boolean };

export type ScriptedReadings = WalletReadings & {
  readonly settings: {
    isDown: boolean;
    isIndexDown: boolean;
    /** How far the finalised block is behind. */
    lagMs: number;
    /** The index's cost of all shares; null: unknown. */
    costMicros: bigint | null;
    /** What the index counts; by default what the chain holds. */
    indexedMicros: bigint | null;
    otherSharesMicros: bigint;
    answersAfterMs: number;
  };
  /** A transaction of another program, now. `isHidden`: the node does not show its events. */
  readonly move: (sharesMicros: bigint, cashMicros?: bigint | null, isHidden?: boolean) => string;
  readonly newestMicros: () => bigint;
  /** What others moved, net. */
  readonly movedMicros: () => bigint;
  readonly readCount: () => number;
};

const BLOCK_MS = 2_000;
const blockAt = (atMs: number): bigint => BigInt(Math.floor(atMs / BLOCK_MS));

/** A wallet on a chain whose finalised block is some seconds old. `soldMicros`: what the suite sold from it. */
export function createScriptedReadings(clock: Clock, soldMicros: (untilMs: number) => bigint): ScriptedReadings {
  const moves: Move[] = [];
  let reads = 0;
  const settings: ScriptedReadings['settings'] = {
    ...{ isDown: false, isIndexDown: false, lagMs: 5_000, costMicros: null, indexedMicros: null },
    ...{ otherSharesMicros: 0n, answersAfterMs: 50 },
  };
  const heldAt = (atMs: number): bigint =>
    moves.filter((move) => move.atMs <= atMs).reduce((sum, move) => sum + move.sharesMicros, 0n) - soldMicros(atMs);
  const answer = async <Value>(isDown: boolean, deadlineAtMs: number, value: () => Value): Promise<Value> => {
    reads += 1;
    const answerAtMs = clock.nowMs() + settings.answersAfterMs;
    await clock.sleepUntil(Math.min(answerAtMs, deadlineAtMs));
    if (isDown || answerAtMs > deadlineAtMs) throw new UpstreamUnavailableError('No answer in time');
    return value();
  };
  return {
    settings,
    move: (sharesMicros, cashMicros = null, isHidden = false) => {
      const transactionHash = `0x${(moves.length + 1).toString(16).padStart(64, '0')}`;
      const atMs = clock.nowMs();
      moves.push({ transactionHash, blockNumber: blockAt(atMs), sharesMicros, cashMicros, atMs, isHidden });
      return transactionHash;
    },
    newestMicros: () => heldAt(clock.nowMs()),
    movedMicros: () => moves.reduce((sum, move) => sum + move.sharesMicros, 0n),
    readCount: () => reads,
    readShares: (_terms, deadlineAtMs) =>
      answer(settings.isDown, deadlineAtMs, () => {
        const blockAtMs = Math.floor((clock.nowMs() - settings.lagMs) / BLOCK_MS) * BLOCK_MS;
        const { otherSharesMicros } = settings;
        // A block has everything that happened until the next one.
        const sharesMicros = heldAt(blockAtMs + BLOCK_MS - 1);
        return { blockNumber: blockAt(blockAtMs), blockAtMs, sharesMicros, otherSharesMicros };
      }),
    findCost: (_terms, sharesMicros, deadlineAtMs) =>
      answer(settings.isIndexDown, deadlineAtMs, () =>
        (settings.indexedMicros ?? heldAt(clock.nowMs())) === sharesMicros ? settings.costMicros : null,
      ),
    listTransfers: (_terms, { afterBlock, toBlock }, deadlineAtMs) =>
      answer(settings.isDown, deadlineAtMs, () =>
        moves
          .filter(({ blockNumber, isHidden }) => !isHidden && blockNumber > afterBlock && blockNumber <= toBlock)
          .map(({ atMs: _atMs, isHidden: _isHidden, ...transfer }) => transfer),
      ),
  };
}
