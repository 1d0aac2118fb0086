import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OPERATOR, REDEEM_ADAPTER } from '#infra/venue/chain/chain-addresses.ts';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { createPolygonSettlement } from '#lib/adapters/polygon/settlement/polygon-settlement.ts';
import type { RedemptionIntent } from '#lib/ports/wallet/settlement.ts';
import {
  type ChainHolder,
  createChainHolder,
  createNodeCalls,
  type HeldMarket,
  prepareIntent,
  sendIntent,
  soon,
} from '#test/fixtures/chain-holder.ts';
import { type RpcProxy, startRpcProxy } from '#test/fixtures/rpc-proxy.ts';

let chain: LocalChain;
let proxy: RpcProxy;
let node: ReturnType<typeof createNodeCalls>;
beforeAll(async () => {
  chain = await startLocalChain();
  proxy = await startRpcProxy(chain.rpcUrl);
  node = createNodeCalls(chain);
});
afterAll(async () => {
  await proxy.stop();
  await chain.stop();
});

const GWEI = 1_000_000_000n;

describe('the transaction that redeems', () => {
  let holder: ChainHolder;
  let market: HeldMarket;
  let intent: RedemptionIntent;
  beforeEach(async () => {
    proxy.pass();
    const made = await createChainHolder(chain, 0);
    holder = { ...made, settlement: createPolygonSettlement({ ...made.deps, rpcUrl: proxy.url }) };
    market = await holder.aMarket('v1', { UP: 5_000_000n });
    await chain.resolve(market.slug, 'UP');
    await chain.finalize();
    intent = await prepareIntent(holder, market.terms);
  });

  const find = (reference: string | null) => holder.settlement.findRedemption(intent, reference, soon());
  const cash = () => chain.collateralOf(holder.wallet);
  const sentCount = async () => BigInt(String(await node('eth_getTransactionCount', holder.wallet, 'latest')));

  it('is found without its hash when the answer was lost', async () => {
    proxy.loseAnswers('eth_sendRawTransaction');
    const answer = await holder.settlement.sendRedemption(intent, Date.now() + 1_000);
    expect(answer.outcome).toBe('unknown');
    proxy.pass();
    expect(await find(null)).toEqual({ state: 'pending' });
    await chain.finalize();
    expect((await find(null)).state).toBe('done');
    expect(await cash()).toBe(5_000_000n);
    expect(await sentCount()).toBe(intent.nonce + 1n);
  });

  it('is sent again with the same nonce when the chain does not know it, and counts once', async () => {
    proxy.refuse('eth_sendRawTransaction', { code: -32_000, message: 'the pool is being restarted' });
    expect(await holder.settlement.sendRedemption(intent, soon())).toMatchObject({ outcome: 'unknown' });
    proxy.pass();
    expect(await find(null)).toEqual({ state: 'pending' });
    expect(await find(null)).toEqual({ state: 'pending' });
    await chain.finalize();
    expect((await find(null)).state).toBe('done');
    expect(await sentCount()).toBe(intent.nonce + 1n);
  });

  it('is replaced by one that offers more when it is stuck, and the replacement is found', async () => {
    await node('evm_setAutomine', false);
    try {
      const reference = await sendIntent(holder, intent);
      const offered = await feesOf(reference);
      for (let count = 0; count < 24; count += 1) {
        await node('anvil_setNextBlockBaseFeePerGas', `0x${(500n * GWEI).toString(16)}`);
        await node('evm_mine');
      }
      expect(await find(reference)).toEqual({ state: 'pending' });
      expect(await sentCount()).toBe(intent.nonce);
      await node('anvil_setNextBlockBaseFeePerGas', `0x${(500n * GWEI).toString(16)}`);
      await node('evm_mine');
      expect(await sentCount()).toBe(intent.nonce + 1n);
      await chain.finalize();
      expect((await find(reference)).state).toBe('done');
      const [payout] = await holder.settlement.listPayouts(market.terms, intent.preparedAtBlock, soon());
      expect(payout?.cashMicros).toBe(5_000_000n);
      expect(payout?.transactionHash).not.toBe(reference);
      const raised = await feesOf(payout?.transactionHash ?? '');
      expect(raised.tipWei * 10n).toBeGreaterThanOrEqual(offered.tipWei * 11n);
      expect(offered.tipWei).toBeGreaterThanOrEqual(25n * GWEI);
    } finally {
      await node('evm_setAutomine', true);
      await node('anvil_setNextBlockBaseFeePerGas', `0x${GWEI.toString(16)}`);
    }
  });

  it('is void when another transaction of the key has used its nonce, also one that moved other shares', async () => {
    const other = await holder.aMarket('v1', { UP: 7_000_000n });
    await chain.moveSharesAway({ wallet: holder.wallet, slug: other.slug, outcome: 'UP', sharesMicros: 1n });
    expect(await sentCount()).toBe(intent.nonce + 1n);
    expect(await holder.settlement.sendRedemption(intent, soon())).toMatchObject({
      outcome: 'refused',
      text: 'Another transaction of the key has used the nonce',
    });
    expect(await find(null)).toEqual({ state: 'pending' });
    await chain.finalize();
    expect((await find(null)).state).toBe('void');
    expect(await cash()).toBe(0n);
  });

  it('moved nothing when it was reverted', async () => {
    await node('evm_setAutomine', false);
    let reference = '';
    try {
      reference = await sendIntent(holder, intent);
      await setPausedFirst(true);
      await node('evm_mine');
    } finally {
      await node('evm_setAutomine', true);
    }
    await chain.finalize();
    expect(await find(reference)).toMatchObject({ state: 'reverted' });
    expect(await find(null)).toMatchObject({ state: 'void' });
    await expect(prepareIntent(holder, market.terms)).rejects.toThrow(/refuses the transaction.*0x49b8b3ac/);
    await chain.setRedeemPaused(false);
    intent = await prepareIntent(holder, market.terms);
    await sendIntent(holder, intent);
    // The node mines by itself, at times after it has answered.
    await expect.poll(cash).toBe(5_000_000n);
  });

  it('is sent again after its block was undone', async () => {
    const snapshot = await node('evm_snapshot');
    const reference = await sendIntent(holder, intent);
    expect(await find(reference)).toEqual({ state: 'pending' });
    await node('evm_revert', snapshot);
    expect(await cash()).toBe(0n);
    expect(await find(reference)).toEqual({ state: 'pending' });
    await chain.finalize();
    expect((await find(reference)).state).toBe('done');
    expect(await cash()).toBe(5_000_000n);
  });

  it('is void when nothing is left to redeem and the chain does not know it', async () => {
    const v2 = await holder.aMarket('v2', { UP: 3_000_000n });
    await chain.resolve(v2.slug, 'UP', 'v2');
    await chain.finalize();
    intent = await prepareIntent(holder, v2.terms);
    await chain.setApproval({ wallet: OPERATOR, exchange: OPERATOR, shares: true });
    await chain.autoRedeem(holder.wallet, v2.slug, 'v2');
    // The approval of the redeemer used the nonce of the key: the next one is not known to anybody.
    const next = { ...intent, nonce: intent.nonce + 1n };
    expect(await holder.settlement.sendRedemption(next, soon())).toMatchObject({ outcome: 'refused' });
    expect(await holder.settlement.findRedemption(next, null, soon())).toMatchObject({ state: 'void' });
  });

  it.each([
    ['insufficient funds for gas * price + value', 'refused'],
    ['transaction gas price below minimum: gas tip cap 1, minimum needed 25000000000', 'refused'],
    ['already known', 'accepted'],
    ['nonce too low: next nonce 9, tx nonce 8', 'unknown'],
    ['replacement transaction underpriced', 'unknown'],
    ['internal error', 'unknown'],
  ])('answers "%s" with %s', async (message, outcome) => {
    proxy.refuse('eth_sendRawTransaction', { code: -32_000, message });
    expect(await holder.settlement.sendRedemption(intent, soon())).toMatchObject({ outcome });
  });

  it('was certainly not sent when the chain could not be read before', async () => {
    proxy.refuse('eth_getTransactionCount', { code: -32_000, message: 'header not found' });
    expect(await holder.settlement.sendRedemption(intent, soon())).toMatchObject({ outcome: 'not-sent' });
    await expect(find(null)).rejects.toThrow('did not return');
  });

  it.each(['eth_call', 'eth_getBlockByNumber'])('never takes a refused %s for an unresolved market', async (method) => {
    proxy.refuse(method, { code: -32_000, message: 'header not found' });
    await expect(holder.settlement.readCondition(market.terms, soon())).rejects.toThrow(/did not return|refused/);
  });

  it('reads logs in ranges as small as the server allows, and gives up on other refusals', async () => {
    await sendIntent(holder, intent);
    await node('anvil_mine', '0x40');
    proxy.limitLogRange(10);
    const payouts = await holder.settlement.listPayouts(market.terms, intent.preparedAtBlock, soon());
    expect(payouts.map(({ cashMicros }) => cashMicros)).toEqual([5_000_000n]);
    const countBefore = proxy.count('eth_getLogs');
    await holder.settlement.listPayouts(market.terms, intent.preparedAtBlock, soon());
    expect(proxy.count('eth_getLogs') - countBefore).toBeLessThan(12);
    proxy.refuse('eth_getLogs', { code: -32_601, message: 'method not available' });
    await expect(holder.settlement.listPayouts(market.terms, null, soon())).rejects.toThrow('did not return the logs');
  });

  async function feesOf(hash: string) {
    const sent = await node('eth_getTransactionByHash', hash);
    const tip =
      typeof sent === 'object' && sent !== null && 'maxPriorityFeePerGas' in sent ? sent.maxPriorityFeePerGas : 0;
    return { tipWei: BigInt(String(tip)) };
  }

  /** Offers more than the redemption, so that it comes first in the block. */
  async function setPausedFirst(isPaused: boolean) {
    const data = `0x89eba0d2${'0'.repeat(24)}2791bca1f2de4661ed88a30c99a7a9449aa84174${String(isPaused ? 1 : 0).padStart(64, '0')}`;
    const fees = {
      maxFeePerGas: `0x${(2_000n * GWEI).toString(16)}`,
      maxPriorityFeePerGas: `0x${(900n * GWEI).toString(16)}`,
    };
    await node('eth_sendTransaction', { from: OPERATOR, to: REDEEM_ADAPTER, data, gas: '0x30d40', ...fees });
  }
});
