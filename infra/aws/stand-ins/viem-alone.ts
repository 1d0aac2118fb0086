import {
  encodeWord,
  hashStruct,
  hashTypedData as hashWithDomain,
  type TypedDataTypes,
} from '#lib/adapters/evm/hash-typed-data.ts';

/**
 * What stands in a bundle for `viem`, which is the same but for two functions that the venue's package asks for and that know every type
 * there is, nine kilobytes of them. An order has few; others are refused (InvariantError).
 */
// biome-ignore lint/performance/noBarrelFile: it stands for a library, and a bundle keeps only what is used of it.
export * from 'viem/utils';

export const zeroAddress = '0x0000000000000000000000000000000000000000';

/** As viem's, for values of one word each. */
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

/** As viem's, for messages of such fields. */
export function hashTypedData({ domain, types, primaryType, message }: Message): `0x${string}` {
  return hashWithDomain(domain, hashStruct(types, primaryType, message));
}
