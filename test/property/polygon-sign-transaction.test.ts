import fc from 'fast-check';
import { bytesToHex, getAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { signTransaction } from '#lib/adapters/polygon/sign-transaction.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import { TEST_KEY } from '#test/fixtures/live-account.ts';

const account = privateKeyToAccount(TEST_KEY);
const signingAccount = {
  address: account.address,
  signDigest: (digest: string) => account.sign({ hash: digest as `0x${string}` }),
};
const amount = fc.bigInt({ min: 0n, max: 2n ** 90n });
const bytes = (length: object) => fc.uint8Array(length).map((array) => bytesToHex(array));

describe('a transaction encoded by hand', () => {
  it('is what the library signs, for any numbers, address and data', async () => {
    const property = fc.asyncProperty(
      ...[fc.integer({ min: 0, max: 2 ** 31 }), amount, amount, amount],
      ...[bytes({ minLength: 20, maxLength: 20 }), bytes({ maxLength: 80 })],
      async (nonce, gas, fee, tip, to, data) => {
        const [low, high] = fee < tip ? [fee, tip] : [tip, fee];
        const fees = { maxFeePerGas: high, maxPriorityFeePerGas: low };
        const expected = await account.signTransaction({
          type: 'eip1559',
          chainId: 137,
          nonce,
          gas,
          to,
          data,
          ...fees,
        });
        const own = { maxFeePerGasWei: high, maxPriorityFeePerGasWei: low };
        const call = { to: getAddress(to), data };
        expect(await signTransaction(signingAccount, { chainId: 137, nonce, gas, ...own, call })).toBe(expected);
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
