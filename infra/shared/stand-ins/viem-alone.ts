import { encodeWord } from '#lib/adapters/evm/encode-abi.ts';
import { hashStruct, hashTypedData as hashWithDomain, type TypedDataTypes } from '#lib/adapters/evm/hash-typed-data.ts';

/**
 * Replaces `viem` in bundles. Two functions that the venue's package uses support the types of an order only, which
 * saves 9 kB; other types are refused (InvariantError).
 */
// biome-ignore lint/performance/noBarrelFile: it replaces a library, and tree-shaking keeps only what is used.
export * from 'viem/utils';

export const zeroAddress = '0x0000000000000000000000000000000000000000';

/** For types of one 32-byte word each. */
export function encodeAbiParameters(
  types: readonly { readonly type: string }[],
  values: readonly unknown[],
): `0x${string}` {
  const words = types.map(({ type }, index) => encodeWord(type, values[index]));
  return `0x${Buffer.concat(words).toString('hex')}`;
}

type Message = {
  readonly domain: Readonly<Record<string, unknown>>;
  readonly types: TypedDataTypes;
  readonly primaryType: string;
  readonly message: Readonly<Record<string, unknown>>;
};

export function hashTypedData({ domain, types, primaryType, message }: Message): `0x${string}` {
  return hashWithDomain(domain, hashStruct(types, primaryType, message));
}
