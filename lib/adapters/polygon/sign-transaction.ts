import { concatHex, type Hex, isHex, keccak256, numberToHex, slice, trim } from 'viem';
import { toRlp } from '#lib/adapters/evm/to-rlp.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { SigningAccount } from '#lib/ports/signing-account.ts';
import type { ContractCall } from './contract-calls.ts';

/** A call of a contract as a transaction, fees as in EIP-1559. */
export type CallTransaction = {
  readonly chainId: number;
  readonly nonce: number;
  readonly gas: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
  readonly call: ContractCall;
};

const TYPE: Hex = '0x02';
/** 27 or 28, as old transactions had it; here only which of the two. */
const V_MIN = 27n;

/**
 * The signed transaction as it is sent. Encoded here, not by the library's serializer: that one knows every kind of
 * transaction, and would add 48 kB to the selling function's bundle (README).
 * @throws UnexpectedReplyError when the account does not answer with a signature
 */
export async function signTransaction(account: SigningAccount, transaction: CallTransaction): Promise<Hex> {
  const { chainId, nonce, gas, maxFeePerGasWei, maxPriorityFeePerGasWei, call } = transaction;
  const fees = [numberOf(maxPriorityFeePerGasWei), numberOf(maxFeePerGasWei), numberOf(gas)];
  const value = numberOf(0n);
  const to = toLowerCase(call.to);
  const fields = [numberOf(BigInt(chainId)), numberOf(BigInt(nonce)), ...fees, to, value, call.data, []];
  const digest = keccak256(concatHex([TYPE, toRlp(fields)]));
  const signature = toSignature(await account.signDigest(digest));
  const parity = BigInt(slice(signature, 64, 65)) - V_MIN;
  const [r, s] = [slice(signature, 0, 32), slice(signature, 32, 64)];
  return concatHex([TYPE, toRlp([...fields, numberOf(parity), withoutZeros(r), withoutZeros(s)])]);
}

/** An address may come with its checksum, which is in the case of its digits and no part of what is sent. */
function toLowerCase(address: Hex): Hex {
  return `0x${address.slice(2).toLowerCase()}`;
}

/** Zero is no byte at all in this encoding, and no number begins with one. */
function numberOf(value: bigint): Hex {
  return value === 0n ? '0x' : withoutZeros(numberToHex(value));
}

function withoutZeros(number: Hex): Hex {
  const digits = trim(number);
  return digits.length % 2 === 0 ? digits : `0x0${digits.slice(2)}`;
}

/** r, s and v, which is 27 or 28 (0x1b, 0x1c). */
function toSignature(text: string): Hex {
  if (isHex(text) && /^0x[0-9a-fA-F]{128}1[bcBC]$/.test(text)) return text;
  throw new UnexpectedReplyError('The signing account did not answer with a signature');
}
