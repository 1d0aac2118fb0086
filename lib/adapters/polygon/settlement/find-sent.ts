import * as z from 'zod/mini';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Rpc, RpcOutcome } from '../json-rpc.ts';
import { PROTOCOLS } from '../polygon-contracts.ts';
import { AmountSchema } from '../transaction-fees.ts';
import { type Block, toHex } from './finalized-block.ts';
import type { BlockRange, ReadLogs } from './read-logs.ts';
import { toTopic } from './receipts.ts';

/** Hashes of the transactions in which the contracts that redeem took shares out of the wallet. */
export type FindRedeeming = (range: BlockRange, deadlineAtMs: number) => Promise<readonly string[]>;

/** `TransferBatch` of ERC-1155. */
export const SHARES_SENT_TOGETHER = '0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb';
/** `TransferSingle` and `TransferBatch`: operator, from, to. */
export const SHARE_TRANSFERS = [
  '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62',
  SHARES_SENT_TOGETHER,
];

const REDEEMERS = Object.values(PROTOCOLS).flatMap(({ redeemer, negRiskRedeemer }) => [redeemer, negRiskRedeemer]);

export function createFindRedeeming(readLogs: ReadLogs, walletAddress: string): FindRedeeming {
  return async (range, deadlineAtMs) => {
    const topics = [SHARE_TRANSFERS, REDEEMERS.map(toTopic), toTopic(walletAddress)];
    const ledgers = Object.values(PROTOCOLS).map(({ shares }) => shares);
    const logs = await Promise.all(ledgers.map((address) => readLogs({ address, topics }, range, deadlineAtMs)));
    return [...new Set(logs.flat().map(({ transactionHash }) => transactionHash))];
  };
}

const SentSchema = z.nullable(
  z.object({ from: z.string(), input: z.string(), nonce: AmountSchema, blockNumber: z.nullish(AmountSchema) }),
);
export type Sent = Omit<NonNullable<z.output<typeof SentSchema>>, 'blockNumber'> & {
  /** Null while it waits. */
  readonly blockNumber: bigint | null;
};

/** The transaction, mined or waiting; null when the server does not know it. */
export async function readSent(rpc: Rpc, hash: string, deadlineAtMs: number): Promise<Sent | null> {
  const call = { method: 'eth_getTransactionByHash', params: [hash] };
  const sent = SentSchema.safeParse(await rpc.sendOne(call, deadlineAtMs));
  if (!sent.success) throw new UnexpectedReplyError('A transaction is not as documented', { transactionHash: hash });
  return sent.data === null ? null : { ...sent.data, blockNumber: sent.data.blockNumber ?? null };
}

/** How many transactions of the key are mined: for good, and at all. */
export async function readNonceAt(rpc: Rpc, key: string, { number }: Block, deadlineAtMs: number) {
  const [final, newest] = await rpc.send(
    [
      { method: 'eth_getTransactionCount', params: [key, toHex(number)] },
      { method: 'eth_getTransactionCount', params: [key, 'latest'] },
    ],
    deadlineAtMs,
  );
  return { final: toCount(final), newest: toCount(newest) };
}

/** That of the key's next transaction, after those that wait. */
export async function readNextNonce(rpc: Rpc, key: string, deadlineAtMs: number): Promise<bigint> {
  const [next] = await rpc.send([{ method: 'eth_getTransactionCount', params: [key, 'pending'] }], deadlineAtMs);
  return toCount(next);
}

function toCount(outcome: RpcOutcome | undefined): bigint {
  const count = AmountSchema.safeParse(outcome?.ok ? outcome.result : undefined);
  if (count.success) return count.data;
  throw new UnexpectedReplyError('The chain did not return how many transactions the key has sent');
}
