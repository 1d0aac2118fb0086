import fc from 'fast-check';
import { bytesToHex, encodeAbiParameters, encodeFunctionData, getAddress, parseAbi } from 'viem';
import { describe, expect, it } from 'vitest';
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

const ABI = parseAbi([
  'function balanceOfBatch(address[] owners, uint256[] ids) view returns (uint256[])',
  'function isApprovedForAll(address, address) view returns (bool)',
  'function setApprovalForAll(address, bool)',
  'function balanceOf(address) view returns (uint256)',
  'function allowance(address, address) view returns (uint256)',
  'function approve(address, uint256)',
]);
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => getAddress(bytesToHex(bytes)));
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

describe('calls encoded by hand', () => {
  it('are what the library makes of them, for any wallet, spender and token', () => {
    const property = fc.property(address, address, fc.array(uint256, { maxLength: 4 }), (wallet, spender, tokens) => {
      const ids = tokens.map(String);
      const owners = tokens.map(() => wallet);
      const expected = {
        shares: encodeFunctionData({ abi: ABI, functionName: 'balanceOfBatch', args: [owners, tokens] }),
        approval: encodeFunctionData({ abi: ABI, functionName: 'isApprovedForAll', args: [wallet, spender] }),
        approve: encodeFunctionData({ abi: ABI, functionName: 'setApprovalForAll', args: [spender, true] }),
        cash: encodeFunctionData({ abi: ABI, functionName: 'balanceOf', args: [wallet] }),
        allowance: encodeFunctionData({ abi: ABI, functionName: 'allowance', args: [wallet, spender] }),
        pay: encodeFunctionData({ abi: ABI, functionName: 'approve', args: [spender, 2n ** 256n - 1n] }),
      };
      expect({
        shares: readShares(wallet, ids).data,
        approval: readShareApproval(wallet, spender).data,
        approve: approveShares(spender).data,
        cash: readCollateral(wallet).data,
        allowance: readCollateralAllowance(wallet, spender).data,
        pay: approveCollateral(spender).data,
      }).toEqual(expected);
    });
    fc.assert(property);
  });

  it('read back any balances the contract could have encoded', () => {
    const property = fc.property(fc.array(uint256, { maxLength: 4 }), (balances) => {
      const result = encodeAbiParameters([{ type: 'uint256[]' }], [balances]);
      expect(decodeShares({ ok: true, result }, balances.length)).toEqual(balances);
    });
    fc.assert(property);
  });

  it('never read a number out of anything else', () => {
    const wrong = fc.oneof(fc.anything(), fc.string(), fc.constant('0x'), fc.constant(`0x${'0'.repeat(63)}g`));
    const property = fc.property(wrong, (result) => {
      expect(() => decodeWords({ ok: true, result }, 1, 'a number')).toThrow('is not as documented');
    });
    fc.assert(property);
  });
});
