import { type Address, encodeFunctionData, type Hex, keccak256, parseAbi, stringToHex } from 'viem';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  AUTO_REDEEMER,
  BINARY_MODULE,
  OPERATOR,
  POSITION_MANAGER,
  ROUTER,
} from '#infra/venue/chain/chain-addresses.ts';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { hashOrder } from '#infra/venue/clob/order-signature.ts';
import { createRpc, type Rpc } from '#lib/adapters/polygon/json-rpc.ts';
import {
  aFill,
  type ChainTrader,
  createChainTrader,
  EXCHANGE,
  EXCHANGE_V3,
  SLUG,
  type WalletType,
} from '#test/fixtures/chain-trader.ts';

const ABI = parseAbi([
  'function getPayout(uint256 id, uint256 amount) view returns (uint256)',
  'function domainSeparator() view returns (bytes32)',
  'function getOrderStatus(bytes32 hash) view returns (bool, uint248)',
  'function redeem(bytes31 conditionId, uint256 outcome, uint256 amount)',
  'function merge(bytes31 conditionId, uint256 amount)',
  'function safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data)',
]);
const REDEEM_MANY = parseAbi(['function redeem(address[] owners, uint256[] ids)']);
const LogSchema = z.object({ address: z.string(), topics: z.array(z.string()), data: z.string() });
const ReceiptSchema = z.object({ status: z.string(), logs: z.array(LogSchema) });
const AnswerSchema = z.object({
  result: z.string().optional(),
  error: z.object({ data: z.string().optional() }).optional(),
});
type Log = z.infer<typeof LogSchema>;

const TRANSFER = keccak256(stringToHex('Transfer(address,address,uint256)'));
const TRANSFER_SINGLE = keccak256(stringToHex('TransferSingle(address,address,address,uint256,uint256)'));
// The topics of protocol-v2 deployments, as observed: not computed from our own sources.
const ORDER_FILLED = '0xd543adfd945773f1a62f74f0ee55a5e3b9b1a28262980ba90b1a89f2ea84d8ee';
const FEE_CHARGED = '0x55bb3cade9d43b798a4fe5ffdd05024b2d7870df53920673bfc7e68047cd0ab1';
const POSITION_REDEEMED = '0x4fd474b703f46b453536518b4cbc159dfbea6fd663233763d321a9bc8ccdf97f';
const ROUTER_REDEEMED = '0x81b466b1b365aea7f5664f9a2d8b3a8591d3244acffb5134355ad4da7fe2366a';
const POSITIONS_MERGED = '0xf233f7be4ce81130a78e8eb2fa626497586c56094d27bfec2e196471e9c60301';
const ROUTER_MERGED = '0x8eb905ea8eb4589289705df45fe31e6d4a35385a223b60c259691cc86dbfb982';
const SEPARATOR = '0x466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b';
const ERRORS = {
  InsufficientBalance: '0xf4d678b8',
  NotOwnerNorApproved: '0x4b6e7f18',
  TransferToZeroAddress: '0xea553b34',
  ConditionNotResolved: '0x28acd6be',
  InvalidOutcomeIndex: '0xbdc95715',
  ModuleNotRegistered: '0x9c4aee9e',
} as const;

const wordOf = (value: bigint | string): string => `0x${BigInt(value).toString(16).padStart(64, '0')}`;
const wordsOf = (data: string): readonly bigint[] =>
  (data.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));

describe('a market of version v2 on the local chain', () => {
  let chain: LocalChain;
  let rpc: Rpc;
  let count = 0;
  let slug = SLUG;
  beforeAll(async () => {
    chain = await startLocalChain();
    rpc = createRpc({ rpcUrl: chain.rpcUrl, clock: { nowMs: Date.now } });
  });
  afterAll(() => chain.stop());
  beforeEach(() => {
    count += 1;
    slug = `eth-updown-5m-${count}`;
  });

  const idsOf = (of = slug) => chain.identify(of, 'v2');
  /** The answer, or the data of the revert: the node's message shows only some errors by their selector. */
  const call = async (to: string, data: Hex, from = OPERATOR): Promise<string> => {
    const body = { jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ to, data, from }, 'latest'] };
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(chain.rpcUrl, { method: 'POST', headers, body: JSON.stringify(body) });
    const { result, error } = AnswerSchema.parse(await reply.json());
    return result ?? error?.data ?? '';
  };
  const send = async (from: string, to: string, data: Hex) => {
    const params = [{ from, to, data, gas: '0x1e8480' }];
    return ReceiptSchema.parse(await rpc.sendOne({ method: 'eth_sendTransactionSync', params }, Date.now() + 9_000));
  };
  const payoutOf = (tokenId: string | bigint, amount: bigint) => {
    const args = [BigInt(tokenId), amount] as const;
    return call(POSITION_MANAGER, encodeFunctionData({ abi: ABI, functionName: 'getPayout', args }));
  };
  const redeemData = (outcome: bigint, amount: bigint) => {
    const args = [idsOf().conditionId as Hex, outcome, amount] as const;
    return encodeFunctionData({ abi: ABI, functionName: 'redeem', args });
  };
  const holderOf = async (sharesMicros: bigint): Promise<ChainTrader> => {
    const trader = await createChainTrader(chain, 0);
    await chain.mintShares({ wallet: trader.wallet, slug, version: 'v2', outcome: 'UP', sharesMicros });
    return trader;
  };

  it('has ids of the documented layout: module, base hash, zeros, outcome', () => {
    const { conditionId, tokenIds } = idsOf();
    expect(conditionId).toMatch(/^0x01[0-9a-f]{32}0{28}$/);
    expect(BigInt(tokenIds.UP)).toBe(BigInt(conditionId) << 8n);
    expect(BigInt(tokenIds.DOWN)).toBe(BigInt(tokenIds.UP) + 1n);
    expect(tokenIds.UP).toHaveLength(75);
    expect(idsOf('another').conditionId).not.toBe(conditionId);
  });

  it.each([0, 1, 2, 3] as const satisfies readonly WalletType[])(
    'fills orders of a wallet of type %i, signed by the venue’s package for version 3, with their real amounts in the log',
    async (type) => {
      await chain.prepareMarket(SLUG, 'v2');
      const trader = await createChainTrader(chain, type);
      const order = await trader.sign({ version: 'v2' });
      const fill = { exchange: EXCHANGE_V3, sharesMicros: 12_500_000n, valueMicros: 5_000_000n, feesMicros: 175_000n };
      const { transactionHash } = await chain.settle(aFill(order, fill));
      const tokenId = idsOf(SLUG).tokenIds.UP;
      expect(await chain.sharesOf(trader.wallet, tokenId)).toBe(12_500_000n);
      expect(await chain.collateralOf(trader.wallet)).toBe(1_000_000_000n - 5_175_000n);
      const request = { method: 'eth_getTransactionReceipt', params: [transactionHash] };
      const { logs } = ReceiptSchema.parse(await rpc.sendOne(request, Date.now() + 9_000));
      const filled = logs.filter(({ topics }) => topics[0] === ORDER_FILLED);
      expect(new Set(filled.map(({ address }) => address))).toEqual(new Set([EXCHANGE_V3.toLowerCase()]));
      const own = filled.find(({ topics }) => topics[1] === hashOrder(order, EXCHANGE_V3));
      expect(own?.topics[2]).toBe(wordOf(trader.wallet));
      expect(wordsOf(own?.data ?? '').slice(0, 5)).toEqual([0n, BigInt(tokenId), 5_000_000n, 12_500_000n, 175_000n]);
      expect(logs.filter(({ topics }) => topics[0] === FEE_CHARGED).map(({ data }) => wordsOf(data))).toEqual([
        [175_000n],
      ]);
      const sell = await trader.sign({ version: 'v2', side: 'SELL' });
      await chain.settle(aFill(sell, { exchange: EXCHANGE_V3, sharesMicros: 4_000_000n, valueMicros: 2_400_000n }));
      const args = [hashOrder(sell, EXCHANGE_V3) ?? '0x'] as const;
      const status = await call(EXCHANGE_V3, encodeFunctionData({ abi: ABI, functionName: 'getOrderStatus', args }));
      expect(wordsOf(status)).toEqual([0n, 6_000_000n]);
      await expect(chain.settle(aFill(sell, { exchange: EXCHANGE_V3 }))).rejects.toThrow('over-filled');
    },
  );

  it('has a signing domain of its own: an order for the other exchange is refused, both ways', async () => {
    expect(await call(EXCHANGE_V3, encodeFunctionData({ abi: ABI, functionName: 'domainSeparator' }))).toBe(SEPARATOR);
    await chain.prepareMarket(SLUG, 'v2');
    await chain.prepareMarket(SLUG);
    const trader = await createChainTrader(chain, 2);
    const wrong = await trader.sign({ version: 'v2', signedFor: 'v1' });
    await expect(chain.settle(aFill(wrong, { exchange: EXCHANGE_V3 }))).rejects.toThrow('wrong signature');
    const other = await trader.sign({ version: 'v1', signedFor: 'v2' });
    await expect(chain.settle(aFill(other, { exchange: EXCHANGE }))).rejects.toThrow('wrong signature');
    expect(await chain.collateralOf(trader.wallet)).toBe(1_000_000_000n);
  });

  it('needs approvals of its own, for cash and for shares', async () => {
    await chain.prepareMarket(SLUG, 'v2');
    const trader = await createChainTrader(chain, 0, ['v1']);
    expect(await chain.approvalsOf(trader.wallet, EXCHANGE)).toMatchObject({ shares: true });
    expect(await chain.approvalsOf(trader.wallet, EXCHANGE_V3)).toEqual({ shares: false, collateralMicros: 0n });
    const buy = aFill(await trader.sign({ version: 'v2' }), { exchange: EXCHANGE_V3 });
    await expect(chain.settle(buy)).rejects.toThrow('dollar: allowance');
    const { wallet } = trader;
    await chain.setApproval({ wallet, exchange: EXCHANGE_V3, collateralMicros: 2n ** 256n - 1n });
    await chain.settle(buy);
    const sell = aFill(await trader.sign({ version: 'v2', side: 'SELL' }), { exchange: EXCHANGE_V3 });
    await expect(chain.settle(sell)).rejects.toThrow('local chain refuses');
    await chain.setApproval({ wallet, exchange: EXCHANGE_V3, shares: true });
    await chain.settle(sell);
    expect(await chain.sharesOf(wallet, idsOf(SLUG).tokenIds.UP)).toBe(0n);
  });

  it('answers a payout only after the resolution, by outcome', async () => {
    const { tokenIds } = idsOf();
    await chain.prepareMarket(slug, 'v2');
    expect(await payoutOf(tokenIds.UP, 7n)).toBe(ERRORS.ConditionNotResolved);
    await chain.resolve(slug, 'DOWN', 'v2');
    await chain.resolve(slug, 'UP', 'v2');
    expect(await payoutOf(tokenIds.UP, 7_000_001n)).toBe(wordOf(0n));
    expect(await payoutOf(tokenIds.DOWN, 7_000_001n)).toBe(wordOf(7_000_001n));
    expect(await payoutOf(BigInt(tokenIds.UP) + 2n, 1n)).toBe(ERRORS.InvalidOutcomeIndex);
    expect(await payoutOf(chain.identify(slug).tokenIds.UP, 1n)).toBe(ERRORS.ModuleNotRegistered);
  });

  it('redeems the winner once: cash minted to the wallet, the documented logs, and a repeat reverts', async () => {
    const trader = await holderOf(7_654_321n);
    const { wallet } = trader;
    const redeem = redeemData(0n, 7_654_321n);
    expect(await call(ROUTER, redeem, wallet)).toBe(ERRORS.ConditionNotResolved);
    await chain.resolve(slug, 'UP', 'v2');
    const { status, logs } = await send(wallet, ROUTER, redeem);
    expect(status).toBe('0x1');
    const id = BigInt(idsOf().tokenIds.UP);
    const shape = ({ topics, data }: Log) => [...topics, ...wordsOf(data)];
    const [caller, module, router, nobody] = [wallet, BINARY_MODULE, ROUTER, '0x0'].map(wordOf);
    expect(logs.map(shape)).toEqual([
      [TRANSFER_SINGLE, router, caller, module, id, 7_654_321n],
      [TRANSFER, nobody, caller, 7_654_321n],
      [TRANSFER_SINGLE, module, module, nobody, id, 7_654_321n],
      [POSITION_REDEEMED, router, wordOf(id), caller, 7_654_321n, 7_654_321n],
      [ROUTER_REDEEMED, caller, wordOf(id), 7_654_321n],
    ]);
    expect(await chain.collateralOf(wallet)).toBe(1_000_000_000n + 7_654_321n);
    expect(await call(ROUTER, redeem, wallet)).toBe(ERRORS.InsufficientBalance);
    expect((await send(wallet, ROUTER, redeem)).status).toBe('0x0');
    const { wallet: stranger } = await createChainTrader(chain, 0, ['v1']);
    await chain.mintShares({ wallet: stranger, slug, version: 'v2', outcome: 'UP', sharesMicros: 5n });
    expect(await call(ROUTER, redeemData(0n, 5n), stranger)).toBe(ERRORS.NotOwnerNorApproved);
    expect(await call(ROUTER, redeemData(2n, 5n), stranger)).toBe(ERRORS.InvalidOutcomeIndex);
  });

  it('merges both outcomes to their dollars, also after the resolution', async () => {
    const trader = await holderOf(3_000_000n);
    const { wallet } = trader;
    await chain.mintShares({ wallet, slug, version: 'v2', outcome: 'DOWN', sharesMicros: 2_000_000n });
    await chain.resolve(slug, 'UP', 'v2');
    const args = [idsOf().conditionId as Hex, 2_000_000n] as const;
    const { logs } = await send(wallet, ROUTER, encodeFunctionData({ abi: ABI, functionName: 'merge', args }));
    expect(logs.slice(-2).map(({ topics }) => topics[0])).toEqual([POSITIONS_MERGED, ROUTER_MERGED]);
    expect(await chain.collateralOf(wallet)).toBe(1_002_000_000n);
    expect(await chain.sharesOf(wallet, idsOf().tokenIds.UP)).toBe(1_000_000n);
  });

  it('redeems for a wallet that approved the auto-redeemer, and skips the others', async () => {
    const [willing, other] = [await holderOf(4_000_000n), await holderOf(4_000_000n)];
    await chain.resolve(slug, 'UP', 'v2');
    const approve = parseAbi(['function setApprovalForAll(address operator, bool approved)']);
    await send(willing.wallet, POSITION_MANAGER, encodeFunctionData({ abi: approve, args: [AUTO_REDEEMER, true] }));
    const id = BigInt(idsOf().tokenIds.UP);
    const owners = [willing.wallet, other.wallet] as readonly string[] as readonly Address[];
    await send(OPERATOR, AUTO_REDEEMER, encodeFunctionData({ abi: REDEEM_MANY, args: [owners, [id, id]] }));
    expect(await chain.collateralOf(willing.wallet)).toBe(1_004_000_000n);
    expect(await chain.sharesOf(willing.wallet, String(id))).toBe(0n);
    expect(await chain.sharesOf(other.wallet, String(id))).toBe(4_000_000n);
  });

  it('moves shares without calling their receiver, and refuses with the selectors of the real contract', async () => {
    const { wallet } = await holderOf(1_000_000n);
    const id = BigInt(idsOf().tokenIds.UP);
    const transfer = (to: string, amount: bigint) => {
      const args = [wallet as Address, to as Address, id, amount, '0x'] as const;
      return encodeFunctionData({ abi: ABI, functionName: 'safeTransferFrom', args });
    };
    const nobody = `0x${'0'.repeat(40)}`;
    expect(await call(POSITION_MANAGER, transfer(nobody, 1n), wallet)).toBe(ERRORS.TransferToZeroAddress);
    expect(await call(POSITION_MANAGER, transfer(OPERATOR, 1n), OPERATOR)).toBe(ERRORS.NotOwnerNorApproved);
    expect(await call(POSITION_MANAGER, transfer(OPERATOR, 1_000_001n), wallet)).toBe(ERRORS.InsufficientBalance);
    // The exchange's contract has no receiver function.
    await send(wallet, POSITION_MANAGER, transfer(EXCHANGE, 1n));
    expect(await chain.sharesOf(EXCHANGE, String(id))).toBe(1n);
  });
});
