import { type ContractCall, encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { RpcCall, RpcOutcome } from './json-rpc.ts';
import { COLLATERAL_ADDRESS } from './polygon-contracts.ts';

const UINT256_MAX = 2n ** 256n - 1n;

type Address = ContractCall['to'];

/** `shares` is the ERC-1155 contract that holds the tokens: each version of the protocol has its own. */
export function readShares(shares: Address, wallet: string, tokenIds: readonly string[]): ContractCall {
  const wallets = tokenIds.map(() => wallet);
  return encodeCall(shares, 'balanceOfBatch(address[],uint256[])', [wallets, tokenIds]);
}

export function readShareApproval(shares: Address, wallet: string, spender: string): ContractCall {
  return encodeCall(shares, 'isApprovedForAll(address,address)', [wallet, spender]);
}

export function approveShares(shares: Address, spender: string): ContractCall {
  return encodeCall(shares, 'setApprovalForAll(address,bool)', [spender, true]);
}

export function readCollateral(wallet: string): ContractCall {
  return encodeCall(COLLATERAL_ADDRESS, 'balanceOf(address)', [wallet]);
}

export function readCollateralAllowance(wallet: string, spender: string): ContractCall {
  return encodeCall(COLLATERAL_ADDRESS, 'allowance(address,address)', [wallet, spender]);
}

/** An unlimited allowance, as the venue asks for (venue §3.3). */
export function approveCollateral(spender: string): ContractCall {
  return encodeCall(COLLATERAL_ADDRESS, 'approve(address,uint256)', [spender, UINT256_MAX]);
}

export function toRpcCall(call: ContractCall): RpcCall {
  return { method: 'eth_call', params: [call, 'latest'] };
}

/**
 * The `count` words of an answer as numbers. A list is its offset, its length and its items.
 * @throws UnexpectedReplyError also for the empty answer of an address without a contract
 */
export function decodeWords(outcome: RpcOutcome, count: number, what: string): readonly bigint[] {
  if (!outcome.ok) {
    const { code, message } = outcome;
    throw new UnexpectedReplyError(`The chain did not return ${what}`, { code, reason: message });
  }
  const { result } = outcome;
  const isWords = typeof result === 'string' && new RegExp(`^0x[0-9a-fA-F]{${64 * count}}$`).test(result);
  if (!isWords) {
    throw new UnexpectedReplyError(
      `The chain's answer for ${what} is not as documented: is POLYGON_RPC_URL a server of Polygon (chain id 137)?`,
    );
  }
  return Array.from({ length: count }, (_, index) => BigInt(`0x${result.slice(2 + 64 * index, 66 + 64 * index)}`));
}

/** @throws UnexpectedReplyError */
export function decodeShares(outcome: RpcOutcome, count: number): readonly bigint[] {
  return decodeWords(outcome, count + 2, 'the shares of the wallet').slice(2);
}
