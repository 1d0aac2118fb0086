import fc from 'fast-check';
import * as viem from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import * as viemAlone from '#infra/shared/stand-ins/viem-alone.ts';
import { encodeCall, encodeWord } from '#lib/adapters/evm/encode-abi.ts';
import { hashStruct } from '#lib/adapters/evm/hash-typed-data.ts';
import { signTransaction } from '#lib/adapters/evm/sign-transaction.ts';
import {
  approveCollateral,
  approveShares,
  decodeShares,
  decodeWords,
  readCollateral,
  readCollateralAllowance,
  readShareApproval,
  readShares,
} from '#lib/adapters/polygon/contract-calls.ts';
import { COLLATERAL_ADDRESS, PROTOCOLS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { mergeCall } from '#lib/adapters/polygon/settlement/merge-calls.ts';
import { toOwnerCall } from '#lib/adapters/polygon/settlement/owner-calls.ts';
import { digestOf as batchDigestOf } from '#lib/adapters/polygon/settlement/wallet-batches.ts';
import { digestOf } from '#lib/adapters/polymarket/clob-signer.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import { TEST_KEY } from '#test/fixtures/live-account.ts';

// What lib/adapters/evm encodes itself is compared with viem, whose versions do not fit the bundles.

const bytes = (length: { minLength?: number; maxLength: number }) => fc.uint8Array(length).map(viem.bytesToHex);
const bytes32 = bytes({ minLength: 32, maxLength: 32 });
const address = bytes({ minLength: 20, maxLength: 20 }).map((text) => viem.getAddress(text));
const uint = (bits: number) => fc.bigInt(0n, 2n ** BigInt(bits) - 1n);
const uint256 = uint(256);

describe('contract calls', () => {
  const abi = viem.parseAbi([
    'function balanceOfBatch(address[] owners, uint256[] ids) view returns (uint256[])',
    'function isApprovedForAll(address, address) view returns (bool)',
    'function setApprovalForAll(address, bool)',
    'function balanceOf(address) view returns (uint256)',
    'function allowance(address, address) view returns (uint256)',
    'function approve(address, uint256)',
    'function mixed(uint8, address[], bytes32, bool[])',
    'function redeem(bytes31, uint256, uint256)',
    'function merge(bytes31, uint256)',
    'function mergePositions(address, bytes32, bytes32, uint256[], uint256)',
  ]);
  const encode = (functionName: string, args: readonly unknown[]) =>
    viem.encodeFunctionData({ abi, functionName, args } as Parameters<typeof viem.encodeFunctionData>[0]);

  it('are those of viem, for any wallet, spender and token', () => {
    const anyCall = fc.tuple(address, address, address);
    const property = fc.property(anyCall, fc.array(uint256, { maxLength: 4 }), ([shares, wallet, spender], tokens) => {
      const owners = tokens.map(() => wallet);
      expect(readShares(shares, wallet, tokens.map(String)).data).toBe(encode('balanceOfBatch', [owners, tokens]));
      expect(readShareApproval(shares, wallet, spender).data).toBe(encode('isApprovedForAll', [wallet, spender]));
      expect(approveShares(shares, spender).data).toBe(encode('setApprovalForAll', [spender, true]));
      expect(readCollateral(wallet).data).toBe(encode('balanceOf', [wallet]));
      expect(readCollateralAllowance(wallet, spender).data).toBe(encode('allowance', [wallet, spender]));
      expect(approveCollateral(spender).data).toBe(encode('approve', [spender, 2n ** 256n - 1n]));
    });
    fc.assert(property);
  });

  it('of the router name a condition of 31 bytes', () => {
    const bytes31 = bytes({ minLength: 31, maxLength: 31 });
    const property = fc.property(bytes31, uint256, uint256, (condition, outcome, amount) => {
      const { redeemer, redeemFunction, mergeFunction } = PROTOCOLS.v2;
      const redeem = encodeCall(redeemer, redeemFunction, [condition, outcome, amount]);
      expect(redeem.data).toBe(encode('redeem', [condition, outcome, amount]));
      expect(encodeCall(redeemer, mergeFunction, [condition, amount]).data).toBe(encode('merge', [condition, amount]));
    });
    fc.assert(property);
  });

  it('that merge name the condition, both outcomes and the amount, in each version', () => {
    const zeroWord = `0x${'00'.repeat(32)}` as const;
    const property = fc.property(bytes({ minLength: 31, maxLength: 31 }), uint256, (condition31, amount) => {
      const tokenId = BigInt(`${condition31}01`).toString();
      const conditionId = `${condition31}00`;
      const v1 = mergeCall({ conditionId, tokenId, marketVersion: 'v1', negRisk: false }, amount);
      expect(v1.data).toBe(encode('mergePositions', [COLLATERAL_ADDRESS, zeroWord, conditionId, [1n, 2n], amount]));
      expect(v1.to).toBe(PROTOCOLS.v1.redeemer);
      const v2 = mergeCall({ conditionId, tokenId, marketVersion: 'v2', negRisk: true }, amount);
      expect(v2).toEqual({ to: PROTOCOLS.v2.redeemer, data: encode('merge', [condition31, amount]) });
    });
    fc.assert(property);
  });

  it('of settlement have the selectors of the contracts', () => {
    const selectorOf = (signature: string) => viem.toFunctionSelector(signature);
    const functions = ([1, 2] as const).map((n) => PROTOCOLS[`v${n}`]);
    expect(functions.map(({ redeemFunction }) => selectorOf(redeemFunction))).toEqual(['0x01b7037c', '0xd217a3cc']);
    expect(functions.map(({ mergeFunction }) => selectorOf(mergeFunction))).toEqual(['0x9e7212ad', '0x5b63685e']);
  });

  it('that an owner makes for a proxy or a safe are those of viem, for data of any length', () => {
    const owners = viem.parseAbi([
      'function proxy((uint8 typeCode, address to, uint256 value, bytes data)[] calls)',
      'function execTransaction(address, uint256, bytes, uint8, uint256, uint256, uint256, address, address, bytes)',
    ]);
    const property = fc.property(address, address, bytes({ maxLength: 200 }), (wallet, owner, data) => {
      const call = { to: wallet, data };
      const [proxied, executed] = ([1, 2] as const).map((type) =>
        toOwnerCall(type, { walletAddress: wallet, owner }, call),
      );
      const calls = [{ typeCode: 1, to: wallet, value: 0n, data }];
      expect(proxied?.data).toBe(viem.encodeFunctionData({ abi: owners, functionName: 'proxy', args: [calls] }));
      const signature = viem.concatHex([viem.padHex(owner, { size: 32 }), viem.padHex('0x', { size: 32 }), '0x01']);
      const nobody = viem.zeroAddress;
      const args = [wallet, 0n, data, 0, 0n, 0n, 0n, nobody, nobody, signature] as const;
      expect(executed).toEqual({
        to: wallet,
        data: viem.encodeFunctionData({ abi: owners, functionName: 'execTransaction', args }).toLowerCase(),
      });
    });
    fc.assert(property);
  });

  it('may mix words and lists', () => {
    const lists = fc.tuple(fc.array(address, { maxLength: 3 }), fc.array(fc.boolean(), { maxLength: 3 }));
    const property = fc.property(fc.nat(255), lists, bytes32, (number, [owners, flags], word) => {
      const args = [number, owners, word, flags];
      const { data } = encodeCall(viem.zeroAddress, 'mixed(uint8,address[],bytes32,bool[])', args);
      expect(data).toBe(encode('mixed', args));
    });
    fc.assert(property);
  });

  it('have their answers read back, whatever balances the contract encodes', () => {
    const property = fc.property(fc.array(uint256, { maxLength: 4 }), (balances) => {
      const result = viem.encodeAbiParameters([{ type: 'uint256[]' }], [balances]);
      expect(decodeShares({ ok: true, result }, balances.length)).toEqual(balances);
    });
    fc.assert(property);
  });

  it('never have a number read out of anything else', () => {
    const wrong = fc.oneof(fc.anything(), fc.string(), fc.constant('0x'), fc.constant(`0x${'0'.repeat(63)}g`));
    const property = fc.property(wrong, (result) => {
      expect(() => decodeWords({ ok: true, result }, 1, 'a number')).toThrow('is not as documented');
    });
    fc.assert(property);
  });
});

describe('a signed transaction', () => {
  const account = privateKeyToAccount(TEST_KEY);
  const signingAccount = {
    address: account.address,
    signDigest: (digest: string) => account.sign({ hash: digest as viem.Hex }),
  };
  const amount = fc.bigInt({ min: 0n, max: 2n ** 90n });
  /** Around the lengths at which RLP changes: one byte, 55 and 255. */
  const data = fc.oneof(
    bytes({ maxLength: 3 }),
    bytes({ minLength: 53, maxLength: 58 }),
    bytes({ minLength: 250, maxLength: 260 }),
    bytes({ maxLength: 600 }),
  );

  it('is that of viem, for any numbers, address and data', async () => {
    const property = fc.asyncProperty(
      ...[fc.integer({ min: 0, max: 2 ** 31 }), amount, amount, amount, address, data],
      async (nonce, gas, fee, tip, to, callData) => {
        const [low, high] = fee < tip ? [fee, tip] : [tip, fee];
        const common = { chainId: 137, nonce, gas };
        const fees = { maxFeePerGas: high, maxPriorityFeePerGas: low };
        const expected = await account.signTransaction({ type: 'eip1559', ...common, ...fees, to, data: callData });
        const own = { maxFeePerGasWei: high, maxPriorityFeePerGasWei: low, call: { to, data: callData } };
        expect(await signTransaction(signingAccount, { ...common, ...own })).toBe(expected);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  it.each(['', '0x', `0x${'11'.repeat(64)}`, `0x${'11'.repeat(64)}1d`, `0x${'11'.repeat(65)}1b`])(
    'is not sent with "%s" for a signature',
    async (answer) => {
      const broken = { ...signingAccount, signDigest: async () => answer };
      const fees = { gas: 1n, maxFeePerGasWei: 1n, maxPriorityFeePerGasWei: 1n };
      const call = { to: account.address, data: '0x' } as const;
      await expect(signTransaction(broken, { chainId: 137, nonce: 0, ...fees, call })).rejects.toBeInstanceOf(
        UnexpectedReplyError,
      );
    },
  );
});

describe('the hash of typed data', () => {
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
  const anOrder = fc.record({ salt: uint256, maker: address, side: uint(8), note: fc.string(), metadata: bytes32 });
  const aDomain = fc.record(
    { name: fc.string(), version: fc.string(), chainId: fc.nat(), verifyingContract: address, salt: bytes32 },
    { requiredKeys: ['name'] },
  );
  const contents = { salt: 12n, maker: `0x${'1'.repeat(40)}`, side: 1n, note: '', metadata: `0x${'2'.repeat(64)}` };

  it('is that of viem, for a struct, for a struct in a struct, and under every domain', () => {
    fc.assert(
      fc.property(aDomain, anOrder, fc.string(), uint256, (domain, order, name, chainId) => {
        expect(viem.bytesToHex(hashStruct({ Order }, 'Order', order))).toBe(
          viem.hashStruct({ data: order, primaryType: 'Order', types: { Order } }),
        );
        const message = { contents: order, name, chainId };
        const typed = { domain, types: { Wrapper, Order }, primaryType: 'Wrapper', message } as const;
        const hash = viem.hashTypedData(typed);
        expect(digestOf(domain, { Wrapper, Order }, message)).toBe(hash);
        expect(viemAlone.hashTypedData(typed)).toBe(hash);
      }),
      { numRuns: 200 },
    );
  });

  it('is that of viem for the batch of a deposit wallet, of calls with data of any length', () => {
    const Call = [
      { name: 'target', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'data', type: 'bytes' },
    ];
    const Batch = [
      { name: 'wallet', type: 'address' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint256' },
      { name: 'calls', type: 'Call[]' },
    ];
    const aCall = fc.record({ target: address, data: bytes({ maxLength: 70 }) });
    fc.assert(
      fc.property(address, uint256, uint(40), fc.array(aCall, { maxLength: 4 }), (wallet, nonce, deadlineS, calls) => {
        const domain = { name: 'DepositWallet', version: '1', chainId: 137, verifyingContract: wallet };
        const message = { wallet, nonce, deadline: deadlineS, calls: calls.map((call) => ({ ...call, value: 0n })) };
        const batch = { factory: wallet, owner: wallet, wallet, nonce, deadlineS, calls };
        expect(batchDigestOf(batch)).toBe(
          viem.hashTypedData({ domain, types: { Batch, Call }, primaryType: 'Batch', message }),
        );
      }),
    );
  });

  it("takes a number as the venue's package writes it: as a number or as decimal text", () => {
    const hash = hashStruct({ Order }, 'Order', contents);
    expect(hashStruct({ Order }, 'Order', { ...contents, salt: '12', side: 1 })).toEqual(hash);
    expect(hashStruct({ Order }, 'Order', { ...contents, salt: '13' })).not.toEqual(hash);
  });

  it.each([
    ['a number too large for its type', { side: 256 }],
    ['a number below zero', { salt: -1n }],
    ['a number with an exponent', { salt: '1e3' }],
    ['an address too short', { maker: '0x12' }],
    ['too many bytes', { metadata: `0x${'2'.repeat(66)}` }],
    ['a number for a text', { note: 7 }],
    ['nothing', { salt: undefined }],
  ])('refuses %s', (_name, wrong) => {
    expect(() => hashStruct({ Order }, 'Order', { ...contents, ...wrong })).toThrow(/cannot be encoded/);
  });
});

describe('the module that replaces viem in a bundle', () => {
  const aWord = fc.oneof(
    uint256.map((value) => ({ type: 'uint256', value })),
    fc.nat(255).map((value) => ({ type: 'uint8', value })),
    fc.boolean().map((value) => ({ type: 'bool', value })),
    address.map((value) => ({ type: 'address', value })),
    bytes32.map((value) => ({ type: 'bytes32', value })),
  );

  it('encodes words as viem does', () => {
    fc.assert(
      fc.property(fc.array(aWord, { maxLength: 14 }), (words) => {
        const types = words.map(({ type }) => ({ type }));
        const values = words.map(({ value }) => value);
        expect(viemAlone.encodeAbiParameters(types, values)).toBe(viem.encodeAbiParameters(types, values));
      }),
    );
  });

  it.each([
    ['bytes', '0x12'],
    ['string', 'text'],
    ['bool', 1],
  ])('refuses %s %j', (type, value) => {
    expect(() => encodeWord(type, value)).toThrow('cannot be encoded');
    expect(() => viemAlone.encodeAbiParameters([{ type }], [value])).toThrow('cannot be encoded');
  });

  it('has the rest of viem', () => {
    expect(viemAlone.zeroAddress).toBe(viem.zeroAddress);
    expect(viemAlone.keccak256).toBe(viem.keccak256);
  });
});
