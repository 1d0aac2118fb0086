import fc from 'fast-check';
import { bytesToHex, hashTypedData as hashByViem, hashStruct as hashStructByViem } from 'viem';
import { describe, expect, it } from 'vitest';
import { hashStruct } from '#lib/adapters/evm/hash-typed-data.ts';
import { digestOf } from '#lib/adapters/polymarket/orders/clob-signer.ts';

const hex = (digitCount: number) =>
  fc
    .bigInt(0n, 16n ** BigInt(digitCount) - 1n)
    .map((value) => `0x${value.toString(16).padStart(digitCount, '0')}` as const);
const uint = (bits: number) => fc.bigInt(0n, 2n ** BigInt(bits) - 1n);

const Order = [
  { name: 'salt', type: 'uint256' },
  { name: 'maker', type: 'address' },
  { name: 'side', type: 'uint8' },
  { name: 'note', type: 'string' },
  { name: 'metadata', type: 'bytes32' },
];
const Wrapper = [
  { name: 'contents', type: 'Order' },
  { name: 'name', type: 'string' },
  { name: 'chainId', type: 'uint256' },
];
const anOrder = fc.record({ salt: uint(256), maker: hex(40), side: uint(8), note: fc.string(), metadata: hex(64) });
const aDomain = fc.record(
  { name: fc.string(), version: fc.string(), chainId: fc.nat(), verifyingContract: hex(40), salt: hex(64) },
  { requiredKeys: ['name'] },
);

describe('the hash of typed data', () => {
  it('is the one of the library, for a struct, for a struct in a struct, and under every domain', () => {
    fc.assert(
      fc.property(aDomain, anOrder, fc.string(), uint(256), (domain, contents, name, chainId) => {
        expect(bytesToHex(hashStruct({ Order }, 'Order', contents))).toBe(
          hashStructByViem({ data: contents, primaryType: 'Order', types: { Order } }),
        );
        const message = { contents, name, chainId };
        expect(digestOf(domain, { Wrapper, Order }, message)).toBe(
          hashByViem({ domain, types: { Wrapper, Order }, primaryType: 'Wrapper', message }),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("takes a number as the venue's package writes it: as a number or as decimal text", () => {
    const contents = { salt: 12n, maker: `0x${'1'.repeat(40)}`, side: 1n, note: '', metadata: `0x${'2'.repeat(64)}` };
    const hash = hashStruct({ Order }, 'Order', contents);
    expect(hashStruct({ Order }, 'Order', { ...contents, salt: '12', side: 1 })).toEqual(hash);
    expect(hashStruct({ Order }, 'Order', { ...contents, salt: '13' })).not.toEqual(hash);
  });

  it.each([
    ['a number too large for its type', { side: 256 }],
    ['a number below zero', { salt: -1n }],
    ['a number that is none', { salt: '1e3' }],
    ['an address too short', { maker: '0x12' }],
    ['bytes that are too many', { metadata: `0x${'2'.repeat(66)}` }],
    ['a text that is none', { note: 7 }],
    ['nothing', { salt: undefined }],
  ])('refuses %s', (_name, wrong) => {
    const contents = { salt: 12n, maker: `0x${'1'.repeat(40)}`, side: 1n, note: '', metadata: `0x${'2'.repeat(64)}` };
    expect(() => hashStruct({ Order }, 'Order', { ...contents, ...wrong })).toThrow(/its type does not know/);
  });
});
