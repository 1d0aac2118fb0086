import fc from 'fast-check';
import * as viem from 'viem';
import { describe, expect, it } from 'vitest';
import * as viemAlone from '#infra/shared/stand-ins/viem-alone.ts';

const hex = (digitCount: number) =>
  fc
    .bigInt(0n, 16n ** BigInt(digitCount) - 1n)
    .map((value) => `0x${value.toString(16).padStart(digitCount, '0')}` as const);

const aWord = fc.oneof(
  fc.bigInt(0n, 2n ** 256n - 1n).map((value) => ({ type: 'uint256', value })),
  fc.nat(255).map((value) => ({ type: 'uint8', value })),
  hex(40).map((value) => ({ type: 'address', value })),
  hex(64).map((value) => ({ type: 'bytes32', value })),
);

describe('what stands for viem in a bundle', () => {
  it('encodes words as viem does', () => {
    fc.assert(
      fc.property(fc.array(aWord, { maxLength: 14 }), (words) => {
        const types = words.map(({ type }) => ({ type }));
        const values = words.map(({ value }) => value);
        expect(viemAlone.encodeAbiParameters(types, values)).toBe(viem.encodeAbiParameters(types, values));
      }),
    );
  });

  it('refuses what is no word, instead of encoding it otherwise', () => {
    expect(() => viemAlone.encodeAbiParameters([{ type: 'bytes' }], ['0x12'])).toThrow('does not know');
    expect(() => viemAlone.encodeAbiParameters([{ type: 'string' }], ['text'])).toThrow('does not know');
  });

  it('hashes typed data as viem does', () => {
    fc.assert(
      fc.property(hex(40), fc.bigInt(0n, 2n ** 256n - 1n), (verifyingContract, salt) => {
        const typed = {
          domain: { name: 'Exchange', version: '2', chainId: 137, verifyingContract },
          types: { Order: [{ name: 'salt', type: 'uint256' }] },
          primaryType: 'Order',
          message: { salt },
        } as const;
        expect(viemAlone.hashTypedData(typed)).toBe(viem.hashTypedData(typed));
      }),
    );
  });

  it('has the rest of it', () => {
    expect(viemAlone.zeroAddress).toBe(viem.zeroAddress);
    expect(viemAlone.keccak256).toBe(viem.keccak256);
  });
});
