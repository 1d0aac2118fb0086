import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Settlement } from '#lib/ports/wallet/settlement.ts';
import { sumShares } from '../history/read-transfers.ts';
import type { Rpc } from '../json-rpc.ts';
import { AUTO_REDEEMER_ADDRESS, COLLATERAL_ADDRESS, PROTOCOLS, ZERO_ADDRESS } from '../polygon-contracts.ts';
import { findBlockBefore, readFinalizedBlock } from './finalized-block.ts';
import { paidByKind, TRANSFER } from './paid-conditions.ts';
import type { LogFilter, ReadLogs } from './read-logs.ts';
import { type Receipt, readReceipt, toTopic } from './receipts.ts';

type Payout = Awaited<ReturnType<Settlement['listPayouts']>>[number];

export type ListPayoutsDeps = {
  readonly rpc: Rpc;
  readonly readLogs: ReadLogs;
  /** Address of the key that may have paid gas; null where the key never sends transactions. */
  readonly findPayer: () => Promise<string | null>;
};

/**
 * Payouts of the position's condition to its wallet, by whichever transaction. Cash of a redemption is minted to the
 * wallet, or comes from the AutoRedeemer; the transactions that brought some are read whole.
 */
export async function listPayouts(
  { rpc, readLogs, findPayer }: ListPayoutsDeps,
  terms: PositionTerms,
  afterBlock: bigint | null,
  deadlineAtMs: number,
  seenBlock = 0n,
  sinceMs = terms.marketEndsAtMs,
): Promise<readonly Payout[]> {
  const newest = await readFinalizedBlock(rpc, deadlineAtMs);
  if (newest.number < seenBlock) {
    throw new UpstreamUnavailableError('The node is behind the block at which shares were missing', {
      block: newest.number.toString(),
      seenBlock: seenBlock.toString(),
    });
  }
  const from =
    afterBlock === null ? (await findBlockBefore(rpc, newest, sinceMs, deadlineAtMs)).number : afterBlock + 1n;
  const logs = await readLogs(arrivalsAt(terms.wallet), { from, to: newest.number }, deadlineAtMs);
  const hashes = [...new Set(logs.map(({ transactionHash }) => transactionHash))];
  const receipts = await Promise.all(hashes.map((hash) => readMined(rpc, hash, deadlineAtMs)));
  const payouts: Payout[] = [];
  for (const receipt of receipts) {
    const paid = paidByKind(receipt, terms.wallet);
    const key = conditionKeyOf(terms);
    const count = paid.redemption.size + paid.merge.size;
    for (const kind of KINDS) {
      const cashMicros = paid[kind].get(key) ?? 0n;
      if (cashMicros === 0n) continue;
      const { transactionHash, blockNumber } = receipt;
      const gasWei = await readGas(receipt, count, findPayer);
      const takenMicros = takenBy(receipt, terms);
      payouts.push({ kind, transactionHash, cashMicros, takenMicros, blockNumber, gasWei });
    }
  }
  return payouts.toSorted((a, b) => Number(a.blockNumber - b.blockNumber));
}

/** Shares of both outcomes that left the wallet in the transaction. */
function takenBy({ logs }: Receipt, { wallet, tokenId, otherTokenId, marketVersion }: PositionTerms) {
  const ofShares = logs.filter(({ address }) => isSameHex(address, PROTOCOLS[marketVersion].shares));
  const moved = sumShares(wallet, ofShares);
  const takenOf = (id: string) => -(moved.get(id)?.sharesMicros ?? 0n);
  return { own: takenOf(tokenId), other: takenOf(otherTokenId) };
}

function arrivalsAt(wallet: string): LogFilter {
  const senders = [ZERO_ADDRESS, AUTO_REDEEMER_ADDRESS].map(toTopic);
  return { address: COLLATERAL_ADDRESS, topics: [TRANSFER, senders, toTopic(wallet)] };
}

const KINDS = ['redemption', 'merge'] as const;

/** As `paidByKind` names it: of version 2 without a last zero byte. */
function conditionKeyOf({ conditionId, marketVersion }: PositionTerms): string {
  return (marketVersion === 'v2' ? conditionId.slice(0, 64) : conditionId).toLowerCase();
}

async function readMined(rpc: Rpc, hash: string, deadlineAtMs: number): Promise<Receipt> {
  const receipt = await readReceipt(rpc, hash, deadlineAtMs);
  if (receipt !== null) return receipt;
  throw new UnexpectedReplyError('The chain shows a payout and not its transaction', { transactionHash: hash });
}

/** The key's share of the transaction's fee; null when another account paid it. */
async function readGas(receipt: Receipt, conditionCount: number, findPayer: ListPayoutsDeps['findPayer']) {
  const payer = await findPayer();
  if (payer === null || !isSameHex(payer, receipt.from)) return null;
  return (receipt.gasUsed * receipt.effectiveGasPrice) / BigInt(Math.max(conditionCount, 1));
}
