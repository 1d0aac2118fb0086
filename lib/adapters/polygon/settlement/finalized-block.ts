import * as z from 'zod/mini';
import type { ContractCall } from '#lib/adapters/evm/encode-abi.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Rpc, RpcCall } from '../json-rpc.ts';
import { AmountSchema } from '../transaction-fees.ts';

export type Block = { readonly number: bigint; readonly atMs: number };

const BlockSchema = z.object({ number: AmountSchema, timestamp: AmountSchema });

/** The newest block that cannot be undone. @throws UpstreamUnavailableError, UnexpectedReplyError */
export function readFinalizedBlock(rpc: Rpc, deadlineAtMs: number): Promise<Block> {
  return readBlock(rpc, 'finalized', deadlineAtMs);
}

/** @throws UpstreamUnavailableError, UnexpectedReplyError */
export function readBlockAt(rpc: Rpc, number: bigint, deadlineAtMs: number): Promise<Block> {
  return readBlock(rpc, toHex(number), deadlineAtMs);
}

/**
 * The newest block that is not later than `atMs`, or an older one close to it.
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function findBlockBefore(rpc: Rpc, from: Block, atMs: number, deadlineAtMs: number): Promise<Block> {
  let block = from;
  let stepBlocks = 0n;
  while (block.atMs > atMs && block.number > 0n) {
    // A second for each block: they take longer (1.5 to 2 s), so that one step usually goes far enough.
    const missingBlocks = BigInt(Math.ceil((block.atMs - atMs) / 1_000));
    stepBlocks = stepBlocks * 2n > missingBlocks ? stepBlocks * 2n : missingBlocks;
    const number = block.number > stepBlocks ? block.number - stepBlocks : 0n;
    block = await readBlockAt(rpc, number, deadlineAtMs);
  }
  return block;
}

/** A contract's answer at exactly this block. A server that does not have the block refuses, and never guesses. */
export function callAt(call: ContractCall, block: Pick<Block, 'number'>): RpcCall {
  return { method: 'eth_call', params: [call, toHex(block.number)] };
}

export function toHex(number: bigint): `0x${string}` {
  return `0x${number.toString(16)}`;
}

async function readBlock(rpc: Rpc, which: string, deadlineAtMs: number): Promise<Block> {
  const answer = await rpc.sendOne({ method: 'eth_getBlockByNumber', params: [which, false] }, deadlineAtMs);
  const block = BlockSchema.safeParse(answer);
  if (!block.success) throw new UnexpectedReplyError('The chain did not return the block asked for', { which });
  return { number: block.data.number, atMs: Number(block.data.timestamp) * 1_000 };
}
