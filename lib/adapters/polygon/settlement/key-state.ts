import * as z from 'zod/mini';
import type { ContractCall } from '#lib/adapters/evm/encode-abi.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Rpc, RpcOutcome } from '../json-rpc.ts';
import { POLYGON_CHAIN_ID } from '../polygon-contracts.ts';
import { AmountSchema } from '../transaction-fees.ts';
import { selectorOf } from './read-condition.ts';

const StateSchema = z.object({
  chainId: AmountSchema,
  minedNonce: AmountSchema,
  nextNonce: AmountSchema,
  tipWei: AmountSchema,
  balanceWei: AmountSchema,
  block: z.object({ baseFeePerGas: AmountSchema }),
});

/** What a transaction of the key needs to know. */
export type KeyState = Omit<z.output<typeof StateSchema>, 'chainId'> & {
  /** Gas that the call takes now, or the chain's words for why it would revert. */
  readonly estimate: { readonly gas: bigint } | { readonly refusal: string };
};

/** @throws UpstreamUnavailableError, UnexpectedReplyError */
export async function readKeyState(rpc: Rpc, key: string, call: ContractCall, deadlineAtMs: number): Promise<KeyState> {
  const [chainId, minedNonce, nextNonce, tipWei, balanceWei, block, gas] = await rpc.send(
    [
      { method: 'eth_chainId', params: [] },
      { method: 'eth_getTransactionCount', params: [key, 'latest'] },
      { method: 'eth_getTransactionCount', params: [key, 'pending'] },
      { method: 'eth_maxPriorityFeePerGas', params: [] },
      { method: 'eth_getBalance', params: [key, 'latest'] },
      { method: 'eth_getBlockByNumber', params: ['latest', false] },
      { method: 'eth_estimateGas', params: [{ from: key, ...call }] },
    ],
    deadlineAtMs,
  );
  const read = { chainId, minedNonce, nextNonce, tipWei, balanceWei, block };
  const state = StateSchema.safeParse(
    Object.fromEntries(Object.entries(read).map(([name, outcome]) => [name, resultOf(outcome)])),
  );
  if (!state.success) throw new UnexpectedReplyError('The chain did not return what a transaction needs');
  if (state.data.chainId !== BigInt(POLYGON_CHAIN_ID)) {
    const chainId = String(state.data.chainId);
    throw new UnexpectedReplyError('POLYGON_RPC_URL is a server of another chain', { chainId });
  }
  return { ...state.data, estimate: toEstimate(gas) };
}

function toEstimate(outcome: RpcOutcome | undefined): KeyState['estimate'] {
  if (outcome?.ok === false) {
    const selector = selectorOf(outcome);
    return { refusal: selector === undefined ? outcome.message : `${outcome.message} (${selector})` };
  }
  const gas = AmountSchema.safeParse(resultOf(outcome));
  if (gas.success) return { gas: gas.data };
  throw new UnexpectedReplyError('The chain did not return what a transaction needs');
}

function resultOf(outcome: RpcOutcome | undefined): unknown {
  return outcome?.ok ? outcome.result : undefined;
}
