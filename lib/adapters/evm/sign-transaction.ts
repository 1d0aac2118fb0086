import { concatHex, type Hex, isHex, keccak256, numberToHex, size, slice, trim } from 'viem';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { ContractCall } from './encode-abi.ts';

export type CallTransaction = {
  readonly chainId: number;
  readonly nonce: number;
  readonly gas: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
  readonly call: ContractCall;
};

const TYPE: Hex = '0x02';
/** A signature's v is 27 or 28; the transaction holds 0 or 1. */
const V_MIN = 27n;

/**
 * The signed transaction, ready to be sent.
 *
 * Encoded here because viem's `serializeTransaction` adds 19 kB to `sell`, and its `toRlp` 4 kB (247 kB of the 250 kB
 * in test/infra/bundle-sizes.cases.ts).
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

/** The case of an address's digits is a checksum, which is not part of the transaction. */
function toLowerCase(address: Hex): Hex {
  return `0x${address.slice(2).toLowerCase()}`;
}

/** RLP writes numbers without leading zero bytes, and zero as no byte. */
function numberOf(value: bigint): Hex {
  return value === 0n ? '0x' : withoutZeros(numberToHex(value));
}

function withoutZeros(number: Hex): Hex {
  const digits = trim(number);
  return digits.length % 2 === 0 ? digits : `0x0${digits.slice(2)}`;
}

/** r, s and v. */
function toSignature(text: string): Hex {
  if (isHex(text) && /^0x[0-9a-fA-F]{128}1[bcBC]$/.test(text)) return text;
  throw new UnexpectedReplyError('The signing account did not answer with a signature');
}

/** RLP: a byte string of up to 55 bytes begins with 0x80 + its length, a list with 0xc0 + its length. */
const STRING_BASE = 0x80;
const LIST_BASE = 0xc0;
const SHORT_LENGTH_MAX = 55;

/** The RLP encoding of a list of byte strings and of lists of byte strings. */
function toRlp(items: readonly (Hex | readonly Hex[])[]): Hex {
  const encoded = items.map((item) =>
    typeof item === 'string' ? encodeString(item) : withLength(LIST_BASE, item.map(encodeString)),
  );
  return withLength(LIST_BASE, encoded);
}

function encodeString(bytes: Hex): Hex {
  // A single byte below 0x80 is its own encoding.
  if (size(bytes) === 1 && Number(bytes) < STRING_BASE) return bytes;
  return withLength(STRING_BASE, [bytes]);
}

function withLength(base: number, parts: readonly Hex[]): Hex {
  const content = concatHex(parts);
  const length = size(content);
  if (length <= SHORT_LENGTH_MAX) return concatHex([numberToHex(base + length, { size: 1 }), content]);
  const lengthBytes = numberToHex(length, { size: Math.ceil(length.toString(16).length / 2) });
  return concatHex([numberToHex(base + SHORT_LENGTH_MAX + size(lengthBytes), { size: 1 }), lengthBytes, content]);
}
