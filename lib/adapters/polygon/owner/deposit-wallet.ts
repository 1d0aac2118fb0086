import { getAddress, type Hex, keccak256, slice, stringToHex } from 'viem';
import * as z from 'zod/mini';
import { type ContractCall, encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import { decodeWords, toRpcCall } from '../contract-calls.ts';
import type { Rpc, RpcOutcome } from '../json-rpc.ts';
import { COLLATERAL_ADDRESS, DEPOSIT_WALLET_FACTORY_ADDRESS as FACTORY } from '../polygon-contracts.ts';
import { orMissing } from '../settlement/read-condition.ts';
import { AmountSchema } from '../transaction-fees.ts';

export type DepositWallet = { readonly address: Hex; readonly isDeployed: boolean };

/**
 * The deposit wallet of this owner, as the factory computes it. Wallets from before 2026-06-29 have another address
 * (the older shape of the contract), which counts where it has code; money sent to one without code is lost to its
 * owner (builder-relayer-client#39). The id is the owner's address (venue §9.6).
 */
export async function findDepositWallet(rpc: Rpc, owner: string, deadlineAtMs: number): Promise<DepositWallet> {
  const id = `0x${owner.slice(2).toLowerCase().padStart(64, '0')}`;
  const asked = ['predictLegacyWalletAddress(bytes32)', 'predictWalletAddress(bytes32)'].map((signature) =>
    toRpcCall(encodeCall(FACTORY, signature, [id])),
  );
  const [older, newer] = (await rpc.send(asked, deadlineAtMs)).map((outcome) => toAddress(outcome));
  if (older === undefined || newer === undefined) {
    throw new UnexpectedReplyError('The factory did not return the address of the deposit wallet');
  }
  const [hasOlder, hasNewer] = await Promise.all([older, newer].map((each) => hasCode(rpc, each, deadlineAtMs)));
  if (hasOlder === true) return { address: older, isDeployed: true };
  return { address: newer, isDeployed: hasNewer === true };
}

export async function hasCode(rpc: Rpc, address: string, deadlineAtMs: number): Promise<boolean> {
  const code = await rpc.sendOne({ method: 'eth_getCode', params: [address, 'latest'] }, deadlineAtMs);
  if (typeof code !== 'string') throw new UnexpectedReplyError('The chain did not return the code of an address');
  return code.length > 2;
}

/** How far the owner has come without the relayer: pause, wait, withdraw (venue §9.7). */
export type Pause = {
  /** Null while the wallet is not paused. */
  readonly pausedAtMs: number | null;
  readonly delayMs: number;
  /** The chain's clock, which decides. */
  readonly nowMs: number;
};

export async function readPause(rpc: Rpc, wallet: Hex, deadlineAtMs: number): Promise<Pause> {
  const calls = [encodeCall0(wallet, 'paused()'), encodeCall0(FACTORY, 'timelockDelay()')].map(toRpcCall);
  const newest = { method: 'eth_getBlockByNumber', params: ['latest', false] };
  const [[paused, delay], block] = await Promise.all([
    rpc.send(calls, deadlineAtMs),
    rpc.sendOne(newest, deadlineAtMs),
  ]);
  const { data } = z.object({ timestamp: AmountSchema }).safeParse(block);
  if (data === undefined) throw new UnexpectedReplyError('The chain did not return its newest block');
  const [pausedAtS = 0n] = decodeWords(orMissing(paused), 1, 'whether the wallet is paused');
  const [delayS = 0n] = decodeWords(orMissing(delay), 1, 'the time between pause and withdrawal');
  const pausedAtMs = pausedAtS === 0n ? null : Number(pausedAtS) * 1_000;
  return { pausedAtMs, delayMs: Number(delayS) * 1_000, nowMs: Number(data.timestamp) * 1_000 };
}

export function pauseCall(wallet: Hex): ContractCall {
  return encodeCall0(wallet, 'pause()');
}

export function emergencyWithdrawal(wallet: Hex, to: string, micros: bigint): ContractCall {
  return encodeCall(wallet, 'withdrawERC20(address,address,uint256)', [COLLATERAL_ADDRESS, to, micros]);
}

/** A call without arguments is its selector. */
export function encodeCall0(to: Hex, signature: string): ContractCall {
  return { to, data: slice(keccak256(stringToHex(signature)), 0, 4) };
}

function toAddress(outcome: RpcOutcome | undefined): Hex {
  const [word = 0n] = decodeWords(orMissing(outcome), 1, 'the address of the deposit wallet');
  return getAddress(`0x${word.toString(16).padStart(40, '0')}`);
}
