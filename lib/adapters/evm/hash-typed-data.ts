import { keccak256 } from 'viem';
import { InvariantError } from '#lib/errors/errors.ts';

/** The types of an EIP-712 message. */
export type TypedDataTypes = Record<string, readonly { readonly name: string; readonly type: string }[]>;
type Fields = Readonly<Record<string, unknown>>;

/** In the order in which a domain's fields are hashed; those that it does not have are left out. */
const DOMAIN_FIELDS = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
  { name: 'salt', type: 'bytes32' },
];
const WORD_BYTES = 32;
const PREFIX = Buffer.from('1901', 'hex');

/** Types and domains are the same few in every order. */
const hashesOfTypes = new Map<string, Uint8Array>();
const separators = new Map<string, Uint8Array>();

/**
 * The 32 bytes of EIP-712 that a key signs for a message of `primaryType`. Written here, because an exit hashes its order three
 * ways, and a library that takes every type there is takes many times as long for the few of an order (measured). Values of
 * other types than string, address, uint, bytes32 and struct are refused.
 * @throws InvariantError
 */
export function hashTypedData(domain: Fields, structHash: Uint8Array): `0x${string}` {
  return keccak256(Buffer.concat([PREFIX, separatorOf(domain), structHash]));
}

function separatorOf(domain: Fields): Uint8Array {
  const key = JSON.stringify(domain, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  const known = separators.get(key);
  if (known !== undefined) return known;
  const EIP712Domain = DOMAIN_FIELDS.filter(({ name }) => domain[name] !== undefined);
  const separator = hashStruct({ EIP712Domain }, 'EIP712Domain', domain);
  separators.set(key, separator);
  return separator;
}

/** The hash of one struct by itself, without a domain. @throws InvariantError */
export function hashStruct(types: TypedDataTypes, name: string, value: Fields): Uint8Array {
  const words = (types[name] ?? []).map((field) => toWord(types, field.type, value[field.name]));
  return hash(Buffer.concat([hashOfType(types, name), ...words]));
}

function hashOfType(types: TypedDataTypes, name: string): Uint8Array {
  const parts = [...partsOf(types, name)].filter((part) => part !== name).toSorted();
  const text = [name, ...parts].map((part) => `${part}(${membersOf(types[part] ?? [])})`).join('');
  const known = hashesOfTypes.get(text);
  if (known !== undefined) return known;
  const made = hash(Buffer.from(text));
  hashesOfTypes.set(text, made);
  return made;
}

function membersOf(fields: TypedDataTypes[string]): string {
  return fields.map(({ name, type }) => `${type} ${name}`).join(',');
}

/** The struct itself and all that it holds. */
function partsOf(types: TypedDataTypes, name: string, found: Set<string> = new Set()): Set<string> {
  if (types[name] === undefined || found.has(name)) return found;
  found.add(name);
  for (const { type } of types[name]) partsOf(types, type, found);
  return found;
}

function toWord(types: TypedDataTypes, type: string, value: unknown): Uint8Array {
  if (types[type] !== undefined && isFields(value)) return hashStruct(types, type, value);
  if (type === 'string' && typeof value === 'string') return hash(Buffer.from(value));
  return encodeWord(type, value);
}

/**
 * The 32 bytes of a value whose type is address, uint or bytes32, as contracts and EIP-712 write it.
 * @throws InvariantError
 */
export function encodeWord(type: string, value: unknown): Uint8Array {
  if (type === 'bytes32' && typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value))
    return toBytes(value.slice(2));
  if (type === 'address' && typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value))
    return toBytes(value.slice(2));
  const bits = Number(/^uint(\d{1,3})$/.exec(type)?.[1]);
  const digits = /^\d+$/.test(String(value)) ? BigInt(String(value)) : -1n;
  if (digits >= 0n && digits < 2n ** BigInt(bits || 0)) return toBytes(digits.toString(16));
  throw new InvariantError('A message to be signed holds a value that its type does not know', { type });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function toBytes(hexDigits: string): Uint8Array {
  return Buffer.from(hexDigits.padStart(2 * WORD_BYTES, '0'), 'hex');
}

function hash(bytes: Uint8Array): Uint8Array {
  return keccak256(bytes, 'bytes');
}
