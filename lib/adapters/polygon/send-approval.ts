import { type Hex, keccak256 } from 'viem';
import * as z from 'zod/mini';
import { signTransaction } from '#lib/adapters/evm/sign-transaction.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { WalletApproval } from '#lib/ports/wallet/wallet-inspection.ts';
import { decodeWords, toRpcCall } from './contract-calls.ts';
import type { Rpc, RpcOutcome } from './json-rpc.ts';
import { isGranted, toApprovingCall, toReadingCall } from './needed-approvals.ts';
import { POLYGON_CHAIN_ID } from './polygon-contracts.ts';
import { AmountSchema, gasPricesOf, QuantitySchema } from './transaction-fees.ts';

export type SendApprovalDeps = {
  readonly clock: Clock;
  readonly rpc: Rpc;
  readonly account: SigningAccount;
};

/** Twice the gas of the most expensive of these calls. Unused gas is not paid. */
const GAS_MAX = 120_000n;
const RECEIPT_PAUSE_MS = 500;

const StateSchema = z.object({
  chainId: z.pipe(QuantitySchema, z.transform(Number)),
  nonce: z.pipe(QuantitySchema, z.transform(Number)),
  tipWei: AmountSchema,
  block: z.object({ baseFeePerGas: AmountSchema }),
});
const ReceiptSchema = z.nullable(z.object({ status: z.string() }));

/**
 * Sets one approval by a transaction of the wallet and waits until it is mined. Does nothing if it is already set, so
 * it is safe to repeat.
 * @returns the hash of the transaction, or null when none was needed
 * @throws UpstreamUnavailableError when it is not mined by the deadline; it may be mined later
 * @throws UnexpectedReplyError when the chain refuses it, most likely because the wallet has no POL for gas
 */
export async function sendApproval(
  deps: SendApprovalDeps,
  approval: Omit<WalletApproval, 'isGranted'>,
  deadlineAtMs: number,
): Promise<string | null> {
  const { rpc, account } = deps;
  const [read, ...state] = await rpc.send(
    [
      toRpcCall(toReadingCall(approval, account.address)),
      { method: 'eth_chainId', params: [] },
      { method: 'eth_getTransactionCount', params: [account.address, 'pending'] },
      { method: 'eth_maxPriorityFeePerGas', params: [] },
      { method: 'eth_getBlockByNumber', params: ['latest', false] },
    ],
    deadlineAtMs,
  );
  const word = read === undefined ? undefined : decodeWords(read, 1, 'an approval of the wallet')[0];
  if (word !== undefined && isGranted(approval, word)) return null;
  const serialized = await sign(account, approval, readState(state));
  await broadcast(rpc, serialized, deadlineAtMs);
  const transactionHash = keccak256(serialized);
  await waitUntilMined(deps, transactionHash, deadlineAtMs);
  return transactionHash;
}

type ChainState = z.output<typeof StateSchema>;

function readState([chainId, nonce, tipWei, block]: readonly RpcOutcome[]): ChainState {
  const resultOf = (outcome: RpcOutcome | undefined): unknown => (outcome?.ok ? outcome.result : undefined);
  const state = StateSchema.safeParse({
    chainId: resultOf(chainId),
    nonce: resultOf(nonce),
    tipWei: resultOf(tipWei),
    block: resultOf(block),
  });
  if (!state.success) throw new UnexpectedReplyError('The chain did not return what a transaction needs');
  if (state.data.chainId === POLYGON_CHAIN_ID) return state.data;
  throw new UnexpectedReplyError('POLYGON_RPC_URL is a server of another chain', { chainId: state.data.chainId });
}

function sign(
  account: SigningAccount,
  approval: Parameters<typeof toApprovingCall>[0],
  { nonce, tipWei, block }: ChainState,
): Promise<Hex> {
  const fees = { gas: GAS_MAX, ...gasPricesOf(tipWei, block.baseFeePerGas) };
  return signTransaction(account, { chainId: POLYGON_CHAIN_ID, nonce, ...fees, call: toApprovingCall(approval) });
}

/** When the answer is lost the transaction may still have been sent: the caller waits for its hash as usual. */
async function broadcast(rpc: Rpc, serialized: Hex, deadlineAtMs: number): Promise<void> {
  try {
    await rpc.sendOne({ method: 'eth_sendRawTransaction', params: [serialized] }, deadlineAtMs);
  } catch (error) {
    if (error instanceof UpstreamUnavailableError) return;
    const reason = error instanceof UnexpectedReplyError ? String(error.context.reason) : '';
    if (/already known|already imported/i.test(reason)) return;
    if (!/insufficient funds/i.test(reason)) throw error;
    throw new UnexpectedReplyError('The approval was refused: the wallet has no POL to pay for gas', { reason });
  }
}

async function waitUntilMined({ clock, rpc }: SendApprovalDeps, transactionHash: Hex, deadlineAtMs: number) {
  const call = { method: 'eth_getTransactionReceipt', params: [transactionHash] };
  for (;;) {
    const [outcome] = await rpc.send([call], deadlineAtMs);
    const receipt = ReceiptSchema.safeParse(outcome?.ok ? outcome.result : null);
    if (!receipt.success) throw new UnexpectedReplyError('A receipt is not as documented', { transactionHash });
    if (receipt.data?.status === '0x1') return;
    if (receipt.data !== null) throw new UnexpectedReplyError('The approval was reverted', { transactionHash });
    if (clock.nowMs() + RECEIPT_PAUSE_MS >= deadlineAtMs) {
      throw new UpstreamUnavailableError('The approval was not mined in time', { transactionHash });
    }
    await clock.sleepUntil(clock.nowMs() + RECEIPT_PAUSE_MS);
  }
}
