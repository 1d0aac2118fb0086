import { concatHex, getAddress, type Hex, isHex, keccak256, slice } from 'viem';
import { encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import { decodeWords, readCollateral, toRpcCall } from '../contract-calls.ts';
import type { Rpc, RpcOutcome } from '../json-rpc.ts';
import { PROXY_FACTORY_ADDRESS } from '../polygon-contracts.ts';
import { orMissing } from '../settlement/read-condition.ts';
import { AmountSchema } from '../transaction-fees.ts';
import { encodeCall0, hasCode } from './deposit-wallet.ts';

export type WalletReading = {
  readonly isDeployed: boolean;
  /** Null: the contract does not tell. */
  readonly isOwnedByKey: boolean | null;
  readonly cashMicros: bigint;
  /** Of the key, which pays for its transactions. */
  readonly keyGasWei: bigint;
};

/** Cash, gas, and whether the wallet is what the settings say: a contract or not, and the key's own. */
export async function readWallet(
  rpc: Rpc,
  { wallet, key, signatureType }: { readonly wallet: Hex; readonly key: string; readonly signatureType: SignatureType },
  deadlineAtMs: number,
): Promise<WalletReading> {
  const calls = [
    toRpcCall(readCollateral(wallet)),
    { method: 'eth_getBalance', params: [key, 'latest'] },
    toRpcCall(encodeCall0(wallet, 'owner()')),
    toRpcCall(encodeCall(wallet, 'isOwner(address)', [key])),
  ];
  const [outcomes, isDeployed] = await Promise.all([rpc.send(calls, deadlineAtMs), hasCode(rpc, wallet, deadlineAtMs)]);
  const [cash, gas, owner, isOwner] = outcomes;
  const [cashMicros = 0n] = decodeWords(orMissing(cash), 1, 'the cash of the wallet');
  const keyGasWei = AmountSchema.safeParse(gas?.ok ? gas.result : undefined);
  if (!keyGasWei.success) throw new UnexpectedReplyError('The chain did not return the gas of the key');
  const told = signatureType === 0 ? isSameHex(wallet, key) : toldOwner(key, owner, isOwner);
  const isDerived = signatureType === 1 && isSameHex(wallet, proxyWalletOf(key));
  return { isDeployed, isOwnedByKey: isDerived ? true : told, cashMicros, keyGasWei: keyGasWei.data };
}

/** `owner()` of deposit wallets, `isOwner(address)` of safes. */
function toldOwner(key: string, owner: RpcOutcome | undefined, isOwner: RpcOutcome | undefined): boolean | null {
  const ownerWord = wordOf(owner);
  if (ownerWord !== null) return isSameHex(`0x${ownerWord.toString(16).padStart(40, '0')}`, key);
  const answer = wordOf(isOwner);
  return answer === null ? null : answer === 1n;
}

/** Null for a contract that does not have the function, and for an address without one. */
function wordOf(outcome: RpcOutcome | undefined): bigint | null {
  if (outcome?.ok !== true || typeof outcome.result !== 'string') return null;
  return /^0x[0-9a-f]{64}$/i.test(outcome.result) ? BigInt(outcome.result) : null;
}

/** Hash of the code that the factory deploys proxies with (builder-relayer-client 0.0.10). */
const PROXY_CODE_HASH = '0xd21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b';

/** The proxy wallet that the factory makes for this key. */
function proxyWalletOf(key: string): string {
  if (!isHex(key)) return '';
  return getAddress(slice(keccak256(concatHex(['0xff', PROXY_FACTORY_ADDRESS, keccak256(key), PROXY_CODE_HASH])), 12));
}
