import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { RpcCall, RpcOutcome } from './json-rpc.ts';
import { COLLATERAL_ADDRESS, CONDITIONAL_TOKENS_ADDRESS } from './polygon-contracts.ts';

/**
 * The six functions we call, encoded by hand: fixed words of 32 bytes and one kind of list do not need a library, and an exit's
 * first seconds in a cold process do not have to load one (README).
 */
const SELECTORS = {
  'balanceOfBatch(address[],uint256[])': '4e1273f4',
  'isApprovedForAll(address,address)': 'e985e9c5',
  'setApprovalForAll(address,bool)': 'a22cb465',
  'balanceOf(address)': '70a08231',
  'allowance(address,address)': 'dd62ed3e',
  'approve(address,uint256)': '095ea7b3',
} as const;

type Signature = keyof typeof SELECTORS;
export type ContractCall = { readonly to: `0x${string}`; readonly data: `0x${string}` };

const UINT256_MAX = 2n ** 256n - 1n;

/** Shares of several tokens of one wallet, in one call. */
export function readShares(wallet: string, tokenIds: readonly string[]): ContractCall {
  const wallets = tokenIds.map(() => addressWord(wallet));
  const tokens = tokenIds.map((tokenId) => numberWord(BigInt(tokenId)));
  const head = [numberWord(64n), numberWord(96n + 32n * BigInt(tokenIds.length))];
  const length = numberWord(BigInt(tokenIds.length));
  const words = [...head, length, ...wallets, length, ...tokens];
  return encode(CONDITIONAL_TOKENS_ADDRESS, 'balanceOfBatch(address[],uint256[])', words);
}

export function readShareApproval(wallet: string, spender: string): ContractCall {
  const words = [addressWord(wallet), addressWord(spender)];
  return encode(CONDITIONAL_TOKENS_ADDRESS, 'isApprovedForAll(address,address)', words);
}

export function approveShares(spender: string): ContractCall {
  const words = [addressWord(spender), numberWord(1n)];
  return encode(CONDITIONAL_TOKENS_ADDRESS, 'setApprovalForAll(address,bool)', words);
}

export function readCollateral(wallet: string): ContractCall {
  return encode(COLLATERAL_ADDRESS, 'balanceOf(address)', [addressWord(wallet)]);
}

export function readCollateralAllowance(wallet: string, spender: string): ContractCall {
  return encode(COLLATERAL_ADDRESS, 'allowance(address,address)', [addressWord(wallet), addressWord(spender)]);
}

/** Without a limit, as the venue asks for it (venue §3.3). */
export function approveCollateral(spender: string): ContractCall {
  return encode(COLLATERAL_ADDRESS, 'approve(address,uint256)', [addressWord(spender), numberWord(UINT256_MAX)]);
}

export function toRpcCall(call: ContractCall): RpcCall {
  return { method: 'eth_call', params: [call, 'latest'] };
}

/**
 * The numbers of an answer of `count` words; those of a list follow its offset and its length.
 * @throws UnexpectedReplyError also for the empty answer of an address without a contract
 */
export function decodeWords(outcome: RpcOutcome, count: number, what: string): readonly bigint[] {
  if (!outcome.ok) {
    const { code, message } = outcome;
    throw new UnexpectedReplyError(`The chain does not tell ${what}`, { code, reason: message });
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

function encode(to: `0x${string}`, signature: Signature, words: readonly string[]): ContractCall {
  return { to, data: `0x${SELECTORS[signature]}${words.join('')}` };
}

function addressWord(address: string): string {
  return address.slice(2).toLowerCase().padStart(64, '0');
}

function numberWord(value: bigint): string {
  return value.toString(16).padStart(64, '0');
}
