import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLiveReadings } from '#functions/wiring/live-readings.ts';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import { createPolygonWalletHistory } from '#lib/adapters/polygon/history/polygon-wallet-history.ts';
import { COLLATERAL_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { reconcile } from '#lib/domain/ledger/reconcile.ts';
import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { createNodeCalls } from '#test/fixtures/chain-holder.ts';
import { aFill, createChainTrader, EXCHANGE, EXCHANGE_V3, SLUG } from '#test/fixtures/chain-trader.ts';
import { type RpcProxy, startRpcProxy } from '#test/fixtures/rpc-proxy.ts';

let chain: LocalChain;
let proxy: RpcProxy;
beforeAll(async () => {
  chain = await startLocalChain();
  proxy = await startRpcProxy(chain.rpcUrl);
  for (const version of MARKET_VERSIONS) await chain.prepareMarket(SLUG, version);
});
afterAll(async () => {
  await proxy.stop();
  await chain.stop();
});

const STRANGER = '0x2000000000000000000000000000000000000009';
const HOUR_MS = 3_600_000;
const BUY = { sharesMicros: 10_000_000n, valueMicros: 5_000_000n, feesMicros: 174_931n };
const SELL = { sharesMicros: 4_000_001n, valueMicros: 2_000_003n, feesMicros: 70_001n };
const PAID = BUY.sharesMicros - SELL.sharesMicros;

/** A wallet that bought ten shares, sold four and redeemed six, with money in and out by hand, and its row. */
async function liveOnChain(version: MarketVersion) {
  const { wallet, sign } = await createChainTrader(chain, 0);
  const exchange = version === 'v1' ? EXCHANGE : EXCHANGE_V3;
  const fill = async (side: 'BUY' | 'SELL', totals: typeof BUY) =>
    chain.settle(aFill(await sign({ side, version }), { exchange, ...totals }));
  const bought = await fill('BUY', BUY);
  const sold = await fill('SELL', SELL);
  await chain.resolve(SLUG, 'UP', version);
  const redeemed = await chain.redeem(wallet, SLUG, version);
  const transfer = encodeCall(COLLATERAL_ADDRESS, 'transfer(address,uint256)', [STRANGER, 123_456_789n]);
  await createNodeCalls(chain)('eth_sendTransaction', { from: wallet, ...transfer });
  const elsewhere = { wallet, slug: 'btc-updown-5m-600', version, outcome: 'DOWN' } as const;
  await chain.mintShares({ ...elsewhere, sharesMicros: 7n });
  await chain.moveSharesAway({ ...elsewhere, sharesMicros: 3n });
  await chain.finalize();
  const { conditionId, tokenIds } = chain.identify(SLUG, version);
  const times = { matchedAtMs: Date.now(), feeDriftMicros: 0n };
  const position = aPosition({
    state: 'redeemed',
    ...{ mode: 'live', wallet, conditionId, marketVersion: version, closedAtMs: Date.now() },
    ...{ tokenId: tokenIds.UP, otherTokenId: tokenIds.DOWN },
    trades: [aBuyTrade({ ...BUY, ...times }), aSellTrade({ ...SELL, ...times })],
    ...{ payoutMicros: PAID, transactionHash: redeemed.transactionHash, gasWei: null },
  });
  const foreignToken = chain.identify(elsewhere.slug, version).tokenIds.DOWN;
  return {
    wallet,
    position,
    hashes: [bought, sold, redeemed].map(({ transactionHash }) => transactionHash),
    foreignToken,
  };
}

const historyOf = (walletAddress: string, rpcUrl = chain.rpcUrl) =>
  createPolygonWalletHistory({ clock, rpcUrl, walletAddress });
const lastDay = () => ({ readFromMs: 0, fromMs: 0, readUntilMs: Date.now() + HOUR_MS, untilMs: Date.now() + HOUR_MS });

describe.each(MARKET_VERSIONS)('the history of a wallet in markets of version %s', (version) => {
  it('equals the rows to the micro, names what was done by hand, and adds up to the balances', async () => {
    const { wallet, position, hashes, foreignToken } = await liveOnChain(version);
    const tokens = [position.tokenId, position.otherTokenId].map((tokenId) => ({ tokenId, version }));
    const { movements, closing } = await historyOf(wallet).readHistory(lastDay(), tokens);
    expect(closing.balances?.cashMicros).toBe(await chain.collateralOf(wallet));
    const cashMicros = movements.reduce((sum, movement) => sum + movement.cashMicros, 0n);
    expect(cashMicros).toBe(closing.balances?.cashMicros);
    expect(closing.balances?.shares).toEqual(
      new Map([
        [position.tokenId, 0n],
        [position.otherTokenId, 0n],
        [foreignToken, 4n],
      ]),
    );
    const { entries, findings } = reconcile([position], movements, {
      ...{ fromMs: 0, untilMs: Date.now() + HOUR_MS, nowMs: Date.now() + HOUR_MS },
    });
    expect(findings).toEqual([]);
    const own = entries.filter(({ positionId }) => positionId !== null);
    expect([...new Set(own.map(({ transactionHash }) => transactionHash))]).toEqual(hashes);
    const byHand = entries.filter(({ positionId, kind }) => positionId === null && kind !== 'gas');
    expect(byHand.map((entry) => [entry.kind, entry.cashMicros, entry.sharesMicros])).toEqual([
      ['deposit', 1_000_000_000n, 0n],
      ['withdrawal', -123_456_789n, 0n],
      ['shares-in', 0n, 7n],
      ['shares-out', 0n, -3n],
    ]);
    const gasWei = movements.reduce((sum, movement) => sum + movement.gasWei, 0n);
    expect(gasWei).toBeGreaterThan(0n);
    expect(movements.every(({ atMs }) => Math.abs(atMs - Date.now()) < HOUR_MS)).toBe(true);
  });

  it('shows a guarded position what moved its token and for how much, from any block on', async () => {
    const { position, hashes } = await liveOnChain(version);
    const readings = createLiveReadings({ clock, rpcUrl: chain.rpcUrl, dataHost: 'http://127.0.0.1:9' });
    const deadlineAtMs = () => Date.now() + 10_000;
    const reading = await readings.readShares(position, deadlineAtMs());
    expect(reading).toMatchObject({ sharesMicros: 0n, otherSharesMicros: 0n });
    const all = { afterBlock: 0n, toBlock: reading.blockNumber };
    const transfers = await readings.listTransfers(position, all, deadlineAtMs());
    expect(
      transfers.map(({ transactionHash, sharesMicros, cashMicros }) => [transactionHash, sharesMicros, cashMicros]),
    ).toEqual([
      [hashes[0], BUY.sharesMicros, -(BUY.valueMicros + BUY.feesMicros)],
      [hashes[1], -SELL.sharesMicros, SELL.valueMicros - SELL.feesMicros],
      [hashes[2], -PAID, PAID],
    ]);
    const afterBlock = transfers[0]?.blockNumber ?? 0n;
    expect(await readings.listTransfers(position, { ...all, afterBlock }, deadlineAtMs())).toEqual(transfers.slice(1));
    await expect(readings.findCost(position, 1n, deadlineAtMs())).rejects.toThrow(UpstreamUnavailableError);
  });

  it('tells a payout by the venue’s own redeemer, and shares that were redeemed for nothing', async () => {
    const { wallet } = await chain.createAccount({
      owner: `0x${version === 'v1' ? '31' : '32'}${'5'.repeat(38)}`,
      signatureType: 3,
      cashMicros: 0n,
    });
    const slug = 'btc-updown-5m-900';
    await chain.mintShares({ wallet, slug, version, outcome: 'UP', sharesMicros: 5n });
    await chain.mintShares({ wallet, slug, version, outcome: 'DOWN', sharesMicros: 2n });
    await chain.resolve(slug, 'DOWN', version);
    const { transactionHash } = await chain.autoRedeem(wallet, slug, version);
    await chain.finalize();
    const { movements } = await historyOf(wallet).readHistory(lastDay(), []);
    const { tokenIds } = chain.identify(slug, version);
    const paid = movements.find((movement) => movement.transactionHash === transactionHash);
    expect(paid).toMatchObject({ cashMicros: 2n, movedBy: 'redeemer', gasWei: 0n });
    expect(paid?.payouts.map(({ cashMicros }) => cashMicros)).toEqual([2n]);
    expect(paid?.shares).toContainEqual({ tokenId: tokenIds.DOWN, sharesMicros: -2n });
    expect(paid?.shares).toContainEqual({ tokenId: tokenIds.UP, sharesMicros: -5n });
  });
});

describe('the history of a wallet', () => {
  it('is cut by times exactly, also where the server allows short ranges only', async () => {
    const { wallet } = await chain.createAccount({ owner: `0x${'36'.repeat(20)}`, signatureType: 3, cashMicros: 1n });
    for (const micros of [20n, 300n]) {
      await createNodeCalls(chain)('evm_increaseTime', 5);
      await chain.mintCash(wallet, micros);
    }
    await chain.finalize();
    const { movements } = await historyOf(wallet).readHistory(lastDay(), []);
    expect(movements.map(({ cashMicros }) => cashMicros)).toEqual([1n, 20n, 300n]);
    proxy.limitLogRange(7);
    const again = await historyOf(wallet, proxy.url).readHistory(lastDay(), []);
    proxy.pass();
    expect(again.movements).toEqual(movements);
    const cutMs = movements[2]?.atMs ?? 0;
    const upTo = await historyOf(wallet).readHistory({ ...lastDay(), readUntilMs: cutMs, untilMs: cutMs }, []);
    const since = await historyOf(wallet).readHistory({ ...lastDay(), readFromMs: cutMs, fromMs: cutMs }, []);
    expect(upTo.movements).toEqual(movements.slice(0, 2));
    expect(since.movements).toEqual(movements.slice(2));
    expect(upTo.closing.balances?.cashMicros).toBe(21n);
    expect(since.opening).toEqual(upTo.closing);
    expect(since.closing.balances?.cashMicros).toBe(321n);
  });

  it('lacks balances where the server keeps no old state, and fails where it does not answer for the newest', async () => {
    const { wallet } = await liveOnChain('v1');
    proxy.refuse('eth_call', { code: -32_000, message: 'missing trie node 0xab (path ) state is not available' });
    const history = historyOf(wallet, proxy.url);
    const past = { ...lastDay(), readUntilMs: 0, untilMs: Date.now() - HOUR_MS };
    expect(await history.readHistory(past, [])).toMatchObject({
      opening: { balances: null },
      closing: { balances: null },
    });
    await expect(history.readHistory(lastDay(), [])).rejects.toBeInstanceOf(UnexpectedReplyError);
    proxy.pass();
  });
});
