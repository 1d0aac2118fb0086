import { ApiError, AssetType, type ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { encodeFunctionData, parseAbi, toHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, it } from 'vitest';
import { BY_THE_BOOK, type Dialect, EASY_GOING } from '#test/fixtures/foreign-venue/dialect.ts';
import { clientOf, startBothVersions } from '#test/fixtures/foreign-venue/start-both-versions.ts';

const DIALECTS = [{ dialect: BY_THE_BOOK }, { dialect: EASY_GOING }];
const EXCHANGE_V3 = '0xe3333700ca9d93003f00f0f71f8515005f6c00aa';
const POSITION_MANAGER = '0x006F54F7f9A22e0000CC2AB60031000000ae9fEF';
const CONDITIONAL_TOKENS = '0x4D97DCd97eC945f40cF65F87097ACe5EA0476045';
const ROUTER = '0x12121212006e4CD160D18e3f00711DA5c3372600';
const ABI = parseAbi([
  'function balanceOf(address owner, uint256 id) view returns (uint256)',
  'function getPayout(uint256 id, uint256 amount) view returns (uint256)',
  'function setApprovalForAll(address operator, bool approved)',
  'function redeem(bytes31 conditionId, uint256 outcome, uint256 amount)',
]);

// biome-ignore lint/suspicious/noExplicitAny: what another server writes has no type here; the tests say what it is.
type Json = any;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(dialect: Dialect, signatureType: 0 | 3 = 0) {
  const started = await startBothVersions(dialect, signatureType);
  stops.push(started.venue.stop);
  return started;
}

const buy = async (client: ClobClient, tokenID: string, version: 2 | 3, orderType = OrderType.FAK) => {
  const order = await client.createOrder(
    { tokenID, price: 0.63, size: 38, side: Side.BUY },
    { tickSize: '0.01', version },
  );
  return client.postOrder(order, orderType);
};
const sell = async (client: ClobClient, tokenID: string, shares: number, version: 2 | 3) => {
  const terms = { tokenID, amount: shares, side: Side.SELL, price: 0.05 } as const;
  return client.postOrder(await client.createMarketOrder(terms, { tickSize: '0.01', version }), OrderType.FAK);
};
const microsOf = (amount: string): number => Math.round(Number(amount) * 1e6);
/** What the venue's client does not know yet. */
const CONDITIONAL_V2 = 'CONDITIONAL-V2' as AssetType;
const believed = async (client: ClobClient, asset_type: AssetType, token_id: string): Promise<number> =>
  Number((await client.getBalanceAllowance({ asset_type, token_id })).balance);

describe.each(DIALECTS)('what the other venue does with orders of version 2 ($dialect.name)', ({ dialect }) => {
  it.each([0, 3] as const)('trades with the venue’s own client, for signature type %s', async (signatureType) => {
    const { venue, v2, client } = await start(dialect, signatureType);
    const [tokenId] = v2.tokenIds;
    venue.ledger.approvals.grantV2();
    // A buy at once spends its dollars: 38 shares at 0.63 are 23.94, and the book asks for less.
    const bought = await buy(client, tokenId, 3);
    expect(bought).toMatchObject({ success: true });
    const boughtMicros = microsOf(bought.takingAmount);
    expect(boughtMicros).toBeGreaterThan(43_000_000);
    expect(microsOf(bought.makingAmount)).toBeGreaterThan(23_939_990);
    await expect.poll(() => Number(venue.ledger.shares(tokenId))).toBe(boughtMicros);

    expect(await believed(client, CONDITIONAL_V2, tokenId)).toBe(0);
    await expect(orThrow(sell(client, tokenId, 43, 3))).rejects.toThrow('balance is not enough -> balance: 0');
    for (const asset_type of [AssetType.CONDITIONAL, CONDITIONAL_V2])
      await client.updateBalanceAllowance({ asset_type, token_id: tokenId });
    expect(await believed(client, AssetType.CONDITIONAL, tokenId)).toBe(0);
    expect(await believed(client, CONDITIONAL_V2, tokenId)).toBe(boughtMicros);
    const other = clientOf(venue, signatureType === 0 ? 3 : 0);
    await other.updateBalanceAllowance({ asset_type: CONDITIONAL_V2, token_id: tokenId });
    expect(await believed(other, CONDITIONAL_V2, tokenId)).toBe(0);

    const sold = await sell(client, tokenId, 43, 3);
    expect(sold).toMatchObject({ success: true });
    // The same shares as offered, for more than the price offered.
    expect(microsOf(sold.makingAmount)).toBe(43_000_000);
    expect(microsOf(sold.takingAmount)).toBeGreaterThan(21_000_000);
  });

  it('refuses an order that is signed for the exchange of the other version', async () => {
    const { venue, v1, v2, client } = await start(dialect);
    venue.ledger.approvals.grantV2();
    const text = dialect === BY_THE_BOOK ? 'invalid signature' : 'order_version_mismatch';
    await expect(orThrow(buy(client, v2.tokenIds[0], 2))).rejects.toThrow(text);
    await expect(orThrow(buy(client, v1.tokenIds[0], 3))).rejects.toThrow(text);
    expect(venue.ledger.orders.size).toBe(0);
    expect(await buy(client, v1.tokenIds[0], 2)).toMatchObject({ success: true });
  });

  it('wants the approvals of the new exchange: those of version 1 do not carry over', async () => {
    const { venue, v1, v2, client } = await start(dialect);
    const text = new RegExp(`allowance is not enough -> spender: ${EXCHANGE_V3}, allowance: 0`, 'i');
    await expect(orThrow(buy(client, v2.tokenIds[0], 3))).rejects.toThrow(text);
    expect(await buy(client, v1.tokenIds[0], 2)).toMatchObject({ success: true });
    venue.ledger.approvals.grantV2();
    expect(await buy(client, v2.tokenIds[0], 3)).toMatchObject({ success: true });
  });
});

/** Refusals in a 200 are errors as well. */
async function orThrow(posting: Promise<{ success: boolean; errorMsg?: string }>): Promise<void> {
  const { success, errorMsg = '' } = await posting;
  if (!success) throw new ApiError(errorMsg, 200);
}

describe('the rules of the other venue, for both versions', () => {
  it('rests what is not matched at once, for the shares asked for and fewer dollars, and cancels it', async () => {
    const { venue, v2, client } = await start(BY_THE_BOOK);
    venue.ledger.approvals.grantV2();
    const bought = await buy(client, v2.tokenIds[0], 3, OrderType.GTC);
    expect(bought).toMatchObject({ takingAmount: '38.000000', makingAmount: '20.980000' });
    const terms = { tokenID: v2.tokenIds[0], price: 0.4, size: 10, side: Side.BUY } as const;
    const resting = await client.postOrder(
      await client.createOrder(terms, { tickSize: '0.01', version: 3 }),
      OrderType.GTC,
      true,
    );
    expect(resting).toMatchObject({ status: 'live', takingAmount: '' });
    expect(await client.getOpenOrders({ market: v2.conditionId })).toMatchObject([{ id: resting.orderID }]);
    expect(await client.getOpenOrders({ market: v2.conditionId.slice(0, 64) })).toEqual([]);
    expect(await client.cancelMarketOrders({ market: v2.conditionId })).toMatchObject({ canceled: [resting.orderID] });
    expect(await client.getOpenOrders()).toEqual([]);
  });

  it('looks at the book once more after its taker delay', async () => {
    const { v1, client } = await start(BY_THE_BOOK);
    const { book } = v1;
    let current = book;
    Object.defineProperty(v1, 'book', {
      get: () => {
        setTimeout(() => {
          current = { ...book, asks: [] };
        });
        return current;
      },
    });
    await expect(buy(client, v1.tokenIds[0], 2)).rejects.toThrow('no orders found to match with FAK order');
  });

  it('refuses amounts, prices and sizes in its own words', async () => {
    const { v1, client } = await start(BY_THE_BOOK);
    const [tokenID] = v1.tokenIds;
    const post = async (price: number, size: number, orderType: OrderType.FAK | OrderType.GTC) =>
      client.postOrder(
        // The client itself knows the market's tick, its builder does not.
        await client.orderBuilder.buildOrder(
          { tokenID, price, size, side: Side.BUY },
          { tickSize: '0.001', negRisk: false },
          2,
        ),
        orderType,
      );
    await expect(post(0.38, 1, OrderType.FAK)).rejects.toThrow('marketable BUY order ($0.38), min size: 1');
    await expect(post(0.63, 5.01, OrderType.FAK)).rejects.toThrow('max accuracy of 2 decimals, taker amount');
    await expect(post(0.635, 20, OrderType.GTC)).rejects.toThrow('Price (0.635) breaks minimum tick size rule: 0.01');
    await expect(post(0.63, 4, OrderType.GTC)).rejects.toThrow('Size (4) lower than the minimum: 5');
  });

  it('takes orders while nothing can be looked up', async () => {
    const { venue, v1, client } = await start(EASY_GOING);
    const asked = { asset_type: AssetType.COLLATERAL };
    expect(await client.getBalanceAllowance(asked)).toMatchObject({ balance: 500_000_000 });
    venue.breakLookUpsAtOrder();
    expect(await buy(client, v1.tokenIds[0], 2)).toMatchObject({ success: true });
    await expect(client.getBalanceAllowance(asked)).rejects.toMatchObject({ status: 503 });
  });
});

describe('the chain of the other venue', () => {
  it('keeps the shares of each version in a contract of its own, and pays once it knows the result', async () => {
    const { venue, v2, client } = await start(BY_THE_BOOK);
    venue.ledger.approvals.grantV2();
    const [tokenId] = v2.tokenIds;
    await buy(client, tokenId, 3);
    await expect.poll(() => venue.ledger.shares(tokenId)).toBeGreaterThan(0n);
    const heldMicros = venue.ledger.shares(tokenId);
    const rpc = async (method: string, params: readonly unknown[]) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
      const response = await fetch(venue.hosts.POLYGON_RPC_URL, { method: 'POST', body });
      return (await response.json()) as Json;
    };
    const read = (to: string, data: string) => rpc('eth_call', [{ to, data }, 'latest']);
    const [id] = v2.tokenIds.map(BigInt);
    const holding = encodeFunctionData({
      abi: ABI,
      functionName: 'balanceOf',
      args: [privateKeyToAccount(venue.privateKey).address, id!],
    });
    expect(await read(POSITION_MANAGER, holding)).toMatchObject({ result: toHex(heldMicros, { size: 32 }) });
    expect(await read(CONDITIONAL_TOKENS, holding)).toMatchObject({ result: toHex(0n, { size: 32 }) });

    const payout = encodeFunctionData({ abi: ABI, functionName: 'getPayout', args: [id!, heldMicros] });
    expect(await read(POSITION_MANAGER, payout)).toMatchObject({ error: { code: 3, data: '0x28acd6be' } });
    v2.payouts = [1_000_000n, 0n];
    expect(await read(POSITION_MANAGER, payout)).toMatchObject({ result: toHex(heldMicros, { size: 32 }) });

    const account = privateKeyToAccount(venue.privateKey);
    const send = async (to: `0x${string}`, data: `0x${string}`, nonce: number) => {
      const fees = { gas: 200_000n, maxFeePerGas: 60_000_000_000n, maxPriorityFeePerGas: 30_000_000_000n };
      const raw = await account.signTransaction({ chainId: 137, type: 'eip1559', nonce, to, data, ...fees });
      const { result: hash } = await rpc('eth_sendRawTransaction', [raw]);
      return (await rpc('eth_getTransactionReceipt', [hash])).result;
    };
    const conditionId = `0x${v2.conditionId.slice(2, 64)}` as const;
    const redeem = encodeFunctionData({ abi: ABI, functionName: 'redeem', args: [conditionId, 0n, heldMicros] });
    venue.ledger.approvals.set(POSITION_MANAGER, ROUTER, 0n);
    expect(await send(ROUTER, redeem, 0)).toMatchObject({ status: '0x0', logs: [] });
    const approve = encodeFunctionData({ abi: ABI, functionName: 'setApprovalForAll', args: [ROUTER, true] });
    expect(await send(POSITION_MANAGER, approve, 1)).toMatchObject({ status: '0x1' });
    const cashMicros = venue.ledger.cash();
    const { status, logs } = await send(ROUTER, redeem, 2);
    expect(status).toBe('0x1');
    expect(logs.map(({ topics }: { topics: readonly string[] }) => topics[0])).toEqual([
      '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62',
      '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
      '0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62',
      '0x4fd474b703f46b453536518b4cbc159dfbea6fd663233763d321a9bc8ccdf97f',
      '0x81b466b1b365aea7f5664f9a2d8b3a8591d3244acffb5134355ad4da7fe2366a',
    ]);
    expect(venue.ledger.cash()).toBe(cashMicros + heldMicros);
    expect(await send(ROUTER, redeem, 3)).toMatchObject({ status: '0x0' });
  });
});
