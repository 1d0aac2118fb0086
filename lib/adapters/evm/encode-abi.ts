import { keccak256, stringToHex } from 'viem';
import { InvariantError } from '#lib/errors/errors.ts';

export type ContractCall = { readonly to: `0x${string}`; readonly data: `0x${string}` };

const WORD_BYTES = 32;

/** Cache: hashing the signatures takes most of the time of encoding a call (measured). */
const selectors = new Map<string, `0x${string}`>();

/**
 * A call of a contract's function, such as `balanceOfBatch(address[],uint256[])`. Arguments are single words or lists
 * of words.
 *
 * Written here because viem's `encodeFunctionData` adds 10 kB to `sell` (247 kB of the 250 kB in
 * test/infra/bundle-sizes.cases.ts).
 * @throws InvariantError for a value or a type that `encodeWord` refuses
 */
export function encodeCall(to: `0x${string}`, signature: string, args: readonly unknown[]): ContractCall {
  const types = signature.slice(signature.indexOf('(') + 1, -1).split(',');
  // The argument of a list holds the list's offset; the list itself follows after all arguments.
  let tailOffset = BigInt(WORD_BYTES * types.length);
  const heads: Uint8Array[] = [];
  const tails: Uint8Array[] = [];
  for (const [index, type] of types.entries()) {
    const arg = args[index];
    if (!type.endsWith('[]') || !Array.isArray(arg)) {
      heads.push(encodeWord(type, arg));
      continue;
    }
    heads.push(encodeWord('uint256', tailOffset));
    tails.push(encodeWord('uint256', arg.length), ...arg.map((item) => encodeWord(type.slice(0, -2), item)));
    tailOffset += BigInt(WORD_BYTES * (1 + arg.length));
  }
  return { to, data: `${selectorOf(signature)}${Buffer.concat([...heads, ...tails]).toString('hex')}` };
}

function selectorOf(signature: string): `0x${string}` {
  const known = selectors.get(signature);
  if (known !== undefined) return known;
  const selector = `0x${keccak256(stringToHex(signature)).slice(2, 10)}` as const;
  selectors.set(signature, selector);
  return selector;
}

/**
 * The 32 bytes of an address, bool, uint, bytes31 or bytes32, as in contract calls and EIP-712. A uint may be a bigint,
 * a number or decimal text.
 * @throws InvariantError for another type, or a value that does not fit the type
 */
export function encodeWord(type: string, value: unknown): Uint8Array {
  if (type === 'bytes32' && typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value))
    return toWord(value.slice(2));
  // Shorter bytes begin at the left of their word.
  if (type === 'bytes31' && typeof value === 'string' && /^0x[0-9a-fA-F]{62}$/.test(value))
    return toWord(`${value.slice(2)}00`);
  if (type === 'address' && typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value))
    return toWord(value.slice(2));
  if (type === 'bool' && typeof value === 'boolean') return toWord(value ? '1' : '0');
  const bits = Number(/^uint(\d{1,3})$/.exec(type)?.[1]);
  const number = /^\d+$/.test(String(value)) ? BigInt(String(value)) : -1n;
  if (number >= 0n && number < 2n ** BigInt(bits || 0)) return toWord(number.toString(16));
  throw new InvariantError('A value cannot be encoded as its type', { type });
}

function toWord(hexDigits: string): Uint8Array {
  return Buffer.from(hexDigits.padStart(2 * WORD_BYTES, '0'), 'hex');
}
