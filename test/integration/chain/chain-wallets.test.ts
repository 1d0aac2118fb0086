import { encodeFunctionData, hashTypedData, keccak256, parseAbi, toHex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { hashOrder } from '#infra/venue/clob/order-signature.ts';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import { aFill, createChainTrader, EXCHANGE, SLUG, type WalletType } from '#test/fixtures/chain-trader.ts';

const WALLET_TYPES: readonly WalletType[] = [0, 1, 2, 3];
const REDEEM = parseAbi(['function redeemPositions(address,bytes32,bytes32,uint256[])']);

describe('wallets on the local chain', () => {
  let chain: LocalChain;
  beforeAll(async () => {
    chain = await startLocalChain();
  });
  afterAll(() => chain.stop());

  const upSharesOf = (wallet: string) => chain.sharesOf(wallet, chain.identify(SLUG).tokenIds.UP);

  it.each(WALLET_TYPES)(
    'a wallet of type %i redeems one dollar a share of the winner and nothing for the loser',
    async (type) => {
      const slug = `eth-updown-15m-${type}`;
      const { wallet } = await createChainTrader(chain, type);
      await chain.mintShares({ wallet, slug, outcome: 'UP', sharesMicros: 7_654_321n });
      await chain.mintShares({ wallet, slug, outcome: 'DOWN', sharesMicros: 1_000_000n });
      await expect(chain.redeem(wallet, slug)).rejects.toThrow(/condition not received yet|result/);
      await chain.resolve(slug, 'UP');
      await chain.resolve(slug, 'DOWN');
      await chain.redeem(wallet, slug);
      expect(await chain.collateralOf(wallet)).toBe(1_000_000_000n + 7_654_321n);
      const { UP, DOWN } = chain.identify(slug).tokenIds;
      expect([await chain.sharesOf(wallet, UP), await chain.sharesOf(wallet, DOWN)]).toEqual([0n, 0n]);
    },
  );

  it('pays nothing for shares redeemed past the adapter, as on Polygon', async () => {
    const slug = 'eth-updown-15m-900';
    const { wallet } = await createChainTrader(chain, 0);
    await chain.mintShares({ wallet, slug, outcome: 'UP', sharesMicros: 1_000_000n });
    await chain.resolve(slug, 'UP');
    const collateral = '0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB';
    const conditionId = chain.identify(slug).conditionId as `0x${string}`;
    const data = encodeFunctionData({ abi: REDEEM, args: [collateral, `0x${'0'.repeat(64)}`, conditionId, [1n, 2n]] });
    const rpc = createRpc({ rpcUrl: chain.rpcUrl, clock: { nowMs: Date.now } });
    const transaction = { from: wallet, to: '0x4D97DCd97eC945f40cF65F87097ACe5EA0476045', data };
    const call = { method: 'eth_sendTransactionSync', params: [transaction] };
    expect(await rpc.sendOne(call, Date.now() + 5_000)).toMatchObject({ status: '0x1' });
    expect(await chain.collateralOf(wallet)).toBe(1_000_000_000n);
    expect(await chain.sharesOf(wallet, chain.identify(slug).tokenIds.UP)).toBe(1_000_000n);
  });

  it('makes the same wallet of the same owner and type, tops it up, and withholds approvals on request', async () => {
    const owner = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
    const first = await chain.createAccount({ owner, signatureType: 2, cashMicros: 5n, isApproved: false });
    expect(await chain.approvalsOf(first.wallet, EXCHANGE)).toEqual({ shares: false, collateralMicros: 0n });
    const again = await chain.createAccount({ owner: owner.toLowerCase(), signatureType: 2, cashMicros: 9n });
    expect(again).toEqual(first);
    expect(await chain.collateralOf(first.wallet)).toBe(9n);
    expect((await chain.approvalsOf(first.wallet, EXCHANGE)).shares).toBe(true);
    const { wallet } = await chain.createAccount({ owner, signatureType: 1 });
    expect(wallet).not.toBe(first.wallet);
    expect(await chain.createAccount({ owner, signatureType: 0 })).toEqual({ wallet: owner });
    await expect(chain.createAccount({ owner: '0x1', signatureType: 0 })).rejects.toThrow('has to be an address');
  });

  it.each([0, 2] as const)('lets shares leave a wallet of type %i behind the exchange’s back', async (type) => {
    const { wallet } = await createChainTrader(chain, type);
    const move = { wallet, slug: SLUG, outcome: 'UP', sharesMicros: 3_000_000n } as const;
    await chain.mintShares(move);
    await chain.moveSharesAway({ ...move, sharesMicros: 1_250_000n });
    expect(await upSharesOf(wallet)).toBe(1_750_000n);
    await expect(chain.moveSharesAway(move)).rejects.toThrow(/local chain refuses/);
  });

  it('accepts a deposit wallet’s nested signature of this very digest, and no other', async () => {
    const trader = await createChainTrader(chain, 3);
    const order = await trader.sign();
    const digest = hashOrder(order, EXCHANGE);
    if (digest === undefined) throw new Error('no hash');
    const accepts = (hash: string, signature: string, wallet = trader.wallet) =>
      chain.isValidSignature(wallet, hash, signature);
    expect(await accepts(digest, order.signature)).toBe(true);
    expect(await accepts(keccak256(toHex('another order')), order.signature)).toBe(false);
    expect(await accepts(digest, order.signature.slice(0, 132))).toBe(false);
    expect(await accepts(digest, `${order.signature.slice(0, -4)}00bb`)).toBe(false);
    const other = await createChainTrader(chain, 3);
    expect(await accepts(digest, order.signature, other.wallet)).toBe(false);
    expect(await accepts(digest, order.signature, trader.owner)).toBe(false);
  });

  it('does not take a bare signature of the owner for the deposit wallet’s', async () => {
    const { wallet, account } = await (async () => {
      const { privateKeyToAccount, generatePrivateKey } = await import('viem/accounts');
      const key = privateKeyToAccount(generatePrivateKey());
      return { account: key, ...(await chain.createAccount({ owner: key.address, signatureType: 3 })) };
    })();
    const digest = hashTypedData({ domain: {}, types: { A: [] }, primaryType: 'A', message: {} });
    expect(await chain.isValidSignature(wallet, digest, await account.sign({ hash: digest }))).toBe(false);
  });

  it('lets anybody hand in what the owner signed, once', async () => {
    const { privateKeyToAccount, generatePrivateKey } = await import('viem/accounts');
    const { encodeAbiParameters, parseAbiParameters } = await import('viem');
    const account = privateKeyToAccount(generatePrivateKey());
    const { wallet } = await chain.createAccount({ owner: account.address, signatureType: 2, isApproved: false });
    const to = '0x4D97DCd97eC945f40cF65F87097ACe5EA0476045';
    const approve = parseAbi(['function setApprovalForAll(address,bool)']);
    const data = encodeFunctionData({ abi: approve, args: [EXCHANGE, true] });
    const shape = parseAbiParameters('uint256, address, uint256, address, bytes32');
    const signed = encodeAbiParameters(shape, [137n, wallet as `0x${string}`, 0n, to, keccak256(data)]);
    const signature = await account.sign({ hash: keccak256(signed) });
    const execute = parseAbi(['function executeSigned(address,bytes,bytes)']);
    const handIn = encodeFunctionData({ abi: execute, args: [to, data, signature] });
    const rpc = createRpc({ rpcUrl: chain.rpcUrl, clock: { nowMs: Date.now } });
    const stranger = await createChainTrader(chain, 0);
    const transaction = { from: stranger.wallet, to: wallet, data: handIn, gas: '0x7a120' };
    const send = () => rpc.sendOne({ method: 'eth_sendTransactionSync', params: [transaction] }, Date.now() + 5_000);
    expect(await send()).toMatchObject({ status: '0x1' });
    expect((await chain.approvalsOf(wallet, EXCHANGE)).shares).toBe(true);
    expect(await send()).toMatchObject({ status: '0x0' });
  });

  it('buys, sells at a loss and ends with the micro that the fills add up to', async () => {
    const trader = await createChainTrader(chain, 3);
    await chain.settle(aFill(await trader.sign(), { valueMicros: 5_000_000n, feesMicros: 175_000n }));
    const sell = await trader.sign({ side: 'SELL', price: 0.3 });
    await chain.settle(aFill(sell, { valueMicros: 3_000_001n, feesMicros: 147_000n }));
    expect(await chain.collateralOf(trader.wallet)).toBe(1_000_000_000n - 5_175_000n + 2_853_001n);
  });
});
