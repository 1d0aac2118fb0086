import { hashStruct, hashTypedData, type TypedDataTypes } from '#lib/adapters/evm/hash-typed-data.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';

export type ClobSigner = {
  getAddress(): Promise<string>;
  _signTypedData(
    domain: Record<string, unknown>,
    types: Record<string, { readonly name: string; readonly type: string }[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
};

export function toClobSigner(account: SigningAccount): ClobSigner {
  return {
    getAddress: async () => account.address,
    _signTypedData: (domain, types, value) => account.signDigest(digestOf(domain, types, value)),
  };
}

/** The EIP-712 digest of a message. The first of the types is the primary type. */
export function digestOf(
  domain: Record<string, unknown>,
  types: TypedDataTypes,
  message: Record<string, unknown>,
): `0x${string}` {
  return hashTypedData(domain, hashStruct(types, Object.keys(types)[0] ?? '', message));
}
