import * as z from 'zod/mini';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Rpc, RpcCall } from '../json-rpc.ts';
import { AmountSchema } from '../transaction-fees.ts';
import { toHex } from './finalized-block.ts';
import { EventSchema } from './receipts.ts';

export type LogFilter = {
  readonly address: string | readonly string[];
  /** Null: any value. A list: one of these. */
  readonly topics: readonly (string | readonly string[] | null)[];
};
export type BlockRange = { readonly from: bigint; readonly to: bigint };

/** Reads the logs of a range of blocks, all of them or none. @throws UpstreamUnavailableError, UnexpectedReplyError */
export type ReadLogs = (filter: LogFilter, range: BlockRange, deadlineAtMs: number) => Promise<readonly ChainLog[]>;

const LogSchema = z.object({
  ...EventSchema.shape,
  transactionHash: z.string().check(z.regex(/^0x[0-9a-fA-F]{64}$/)),
  blockNumber: AmountSchema,
  logIndex: AmountSchema,
});
export type ChainLog = z.output<typeof LogSchema>;

/** What public servers allow at most (publicnode, drpc: 10,000 blocks); others allow 500, 100 or 10. */
const SPAN_BLOCKS_MAX = 10_000n;
const PARALLEL_MAX = 6;
/** `exceed maximum block range`, `query returned more than 10000 results`, `up to a 10 block range`, … */
const IS_TOO_WIDE = /range|exceed|too (?:many|large|wide)|more than|limit|timed? ?out|response size/i;

/** Servers limit the range of one request and do not say how: a refused range is halved, also for the next request. */
export function createLogReader(rpc: Rpc): ReadLogs {
  let spanBlocks = SPAN_BLOCKS_MAX;
  return async (filter, { from, to }, deadlineAtMs) => {
    const found: ChainLog[] = [];
    let next = from;
    while (next <= to) {
      const ranges = cut(next, to, spanBlocks);
      const outcomes = await rpc.send(
        ranges.map((range) => toCall(filter, range)),
        deadlineAtMs,
      );
      for (const [index, range] of ranges.entries()) {
        const outcome = outcomes[index];
        if (outcome?.ok !== true) {
          const { code = 0, message = 'no answer to this call' } = outcome ?? {};
          if (spanBlocks === 1n || !IS_TOO_WIDE.test(message)) {
            throw new UnexpectedReplyError('The chain did not return the logs', { code, reason: message });
          }
          spanBlocks /= 2n;
          break;
        }
        found.push(...parse(outcome.result));
        next = range.to + 1n;
      }
    }
    return found;
  };
}

function cut(from: bigint, to: bigint, spanBlocks: bigint): readonly BlockRange[] {
  const ranges: BlockRange[] = [];
  for (let next = from; next <= to && ranges.length < PARALLEL_MAX; next += spanBlocks) {
    const last = next + spanBlocks - 1n;
    ranges.push({ from: next, to: last < to ? last : to });
  }
  return ranges;
}

function toCall({ address, topics }: LogFilter, { from, to }: BlockRange): RpcCall {
  return { method: 'eth_getLogs', params: [{ address, topics, fromBlock: toHex(from), toBlock: toHex(to) }] };
}

function parse(answer: unknown): readonly ChainLog[] {
  const logs = z.array(LogSchema).safeParse(answer);
  if (logs.success) return logs.data;
  throw new UnexpectedReplyError('The logs of the chain are not as documented');
}
