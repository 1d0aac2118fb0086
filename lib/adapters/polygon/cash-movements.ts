import * as z from 'zod/mini';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { CashMovement } from '#lib/ports/wallet/wallet.ts';
import type { Rpc } from './json-rpc.ts';
import { COLLATERAL_ADDRESS } from './polygon-contracts.ts';

/** Hash of `Transfer(address,address,uint256)`, the event of every ERC-20 token. */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const TRANSACTION_HASH = /^0x[0-9a-fA-F]{64}$/;

const ReceiptSchema = z.object({
  logs: z.array(
    z.object({
      address: z.string(),
      topics: z.array(z.string()),
      data: z.string().check(z.regex(/^0x[0-9a-fA-F]*$/)),
    }),
  ),
});
type Receipt = z.output<typeof ReceiptSchema>;

/**
 * Collateral received less collateral sent by the wallet, for each transaction. Transactions without a receipt are left
 * out; a reverted one moved nothing.
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function listCashMovements(
  rpc: Rpc,
  walletAddress: string,
  transactionHashes: readonly string[],
  deadlineAtMs: number,
): Promise<readonly CashMovement[]> {
  const hashes = [...new Set(transactionHashes)].filter((hash) => TRANSACTION_HASH.test(hash));
  if (hashes.length === 0) return [];
  const calls = hashes.map((hash) => ({ method: 'eth_getTransactionReceipt', params: [hash] }));
  const outcomes = await rpc.send(calls, deadlineAtMs);
  return hashes.flatMap((transactionHash, index) => {
    const outcome = outcomes[index];
    if (outcome?.ok !== true) {
      const reason = outcome?.message ?? 'no answer to this call';
      throw new UnexpectedReplyError('The chain did not return a receipt', { transactionHash, reason });
    }
    if (outcome.result === null) return [];
    const receipt = ReceiptSchema.safeParse(outcome.result);
    if (!receipt.success) throw new UnexpectedReplyError('A receipt is not as documented', { transactionHash });
    return [{ transactionHash, cashMicros: sumTransfers(receipt.data, walletAddress) }];
  });
}

function sumTransfers({ logs }: Receipt, walletAddress: string): bigint {
  const wallet = walletAddress.toLowerCase();
  let cashMicros = 0n;
  for (const { address, topics, data } of logs) {
    const [event, from, to] = topics;
    if (address.toLowerCase() !== COLLATERAL_ADDRESS.toLowerCase() || event?.toLowerCase() !== TRANSFER) continue;
    const valueMicros = data === '0x' ? 0n : BigInt(data);
    if (addressOf(to) === wallet) cashMicros += valueMicros;
    if (addressOf(from) === wallet) cashMicros -= valueMicros;
  }
  return cashMicros;
}

/** A topic has 32 bytes; an address is its last 20. */
function addressOf(topic: string | undefined): string {
  return `0x${(topic ?? '').slice(-40).toLowerCase()}`;
}
