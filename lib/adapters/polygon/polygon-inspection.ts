import * as z from 'zod/mini';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { WalletInspection } from '#lib/ports/wallet/wallet-inspection.ts';
import { decodeWords, readCollateral, toRpcCall } from './contract-calls.ts';
import { createRpc, type RpcDeps } from './json-rpc.ts';
import { isGranted, NEEDED_APPROVALS, toReadingCall } from './needed-approvals.ts';
import { AmountSchema } from './transaction-fees.ts';

export type PolygonInspectionDeps = RpcDeps & { readonly walletAddress: string };

const QuantitySchema = z.pipe(z.string().check(z.regex(/^0x[0-9a-fA-F]{1,14}$/)), z.transform(Number));
const ChainSchema = z.object({ chainId: QuantitySchema, block: z.object({ timestamp: QuantitySchema }) });

/** @throws ConfigError when the address of the server cannot be used */
export function createPolygonInspection({ walletAddress, ...rpcDeps }: PolygonInspectionDeps): WalletInspection {
  const rpc = createRpc(rpcDeps);
  return {
    walletAddress,
    neededApprovals: NEEDED_APPROVALS,
    getChain: async (deadlineAtMs) => {
      const calls = [
        { method: 'eth_chainId', params: [] },
        { method: 'eth_getBlockByNumber', params: ['latest', false] },
      ];
      const [chainId, block] = await rpc.send(calls, deadlineAtMs);
      const read = ChainSchema.safeParse({
        chainId: chainId?.ok ? chainId.result : undefined,
        block: block?.ok ? block.result : undefined,
      });
      if (!read.success) throw new UnexpectedReplyError('The chain did not return its id and its newest block');
      return { chainId: read.data.chainId, blockAtMs: read.data.block.timestamp * 1_000 };
    },
    getCollateralMicros: async (deadlineAtMs) => {
      const outcomes = await rpc.send([toRpcCall(readCollateral(walletAddress))], deadlineAtMs);
      return decodeWord(outcomes[0], 'the collateral of the wallet');
    },
    getGasWei: async (address, deadlineAtMs) => {
      const read = await rpc.sendOne({ method: 'eth_getBalance', params: [address, 'latest'] }, deadlineAtMs);
      const balance = AmountSchema.safeParse(read);
      if (!balance.success) throw new UnexpectedReplyError('The chain did not return the gas of the key');
      return balance.data;
    },
    listApprovals: async (deadlineAtMs) => {
      const calls = NEEDED_APPROVALS.map((approval) => toRpcCall(toReadingCall(approval, walletAddress)));
      const outcomes = await rpc.send(calls, deadlineAtMs);
      return NEEDED_APPROVALS.map((approval, index) => ({
        ...approval,
        isGranted: isGranted(approval, decodeWord(outcomes[index], 'an approval of the wallet')),
      }));
    },
  };
}

function decodeWord(outcome: Parameters<typeof decodeWords>[0] | undefined, what: string): bigint {
  const [word] = outcome === undefined ? [] : decodeWords(outcome, 1, what);
  if (word === undefined) throw new UnexpectedReplyError(`The chain did not return ${what}`);
  return word;
}
