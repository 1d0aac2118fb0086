import { keccak256 } from 'viem';
import { encodeWord } from './encode-abi.ts';

export type TypedDataTypes = Record<string, readonly { readonly name: string; readonly type: string }[]>;
type Fields = Readonly<Record<string, unknown>>;

/** In the order in which the domain's fields are hashed; missing fields are left out. */
const DOMAIN_FIELDS = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
  { name: 'salt', type: 'bytes32' },
];
const PREFIX = Buffer.from('1901', 'hex');

/** Caches: every order has the same types and domain. */
const hashesOfTypes = new Map<string, Uint8Array>();
const separators = new Map<string, Uint8Array>();

/**
 * The 32 bytes of EIP-712 that a key signs for a struct under a domain. Supports fields of the types string, address,
 * bool, uint, bytes32 and struct.
 *
 * Written here because an exit hashes its order three times: viem's version takes many times as long (measured) and
 * adds 9 kB to `sell` and `open` (247 kB of the 250 kB in test/infra/bundle-sizes.cases.ts).
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

/** The struct itself and all structs in it. */
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

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function hash(bytes: Uint8Array): Uint8Array {
  return keccak256(bytes, 'bytes');
}
