import type { Rpc } from '../json-rpc.ts';
import { type Block, findBlockBefore, readBlockAt } from '../settlement/finalized-block.ts';

/**
 * The last block before `atMs`, exactly; the first block of the chain where none is earlier.
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function findLastBlockBefore(rpc: Rpc, newest: Block, atMs: number, deadlineAtMs: number): Promise<Block> {
  if (newest.atMs < atMs) return newest;
  let early = await findBlockBefore(rpc, newest, atMs - 1, deadlineAtMs);
  let late = newest;
  // Blocks are evenly spaced, so that a few guesses come close; halving ends it.
  for (let guesses = 0; late.number - early.number > 1n; guesses += 1) {
    const span = late.number - early.number;
    const share = guesses < GUESSES_MAX ? (atMs - early.atMs) / Math.max(late.atMs - early.atMs, 1) : 0.5;
    const step = BigInt(Math.floor(Number(span) * share));
    const number = early.number + (step < 1n ? 1n : step >= span ? span - 1n : step);
    const block = await readBlockAt(rpc, number, deadlineAtMs);
    if (block.atMs < atMs) early = block;
    else late = block;
  }
  return early;
}

const GUESSES_MAX = 6;
