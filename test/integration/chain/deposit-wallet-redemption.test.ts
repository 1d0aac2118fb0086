import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocalRelayer } from '#infra/shared/local-relayer.ts';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { startRelayer } from '#infra/venue/relayer/start-relayer.ts';
import { approveShares } from '#lib/adapters/polygon/contract-calls.ts';
import { CONDITIONAL_TOKENS_ADDRESS, REDEEM_ADAPTER_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { createPolygonSettlement } from '#lib/adapters/polygon/settlement/polygon-settlement.ts';
import { createPolymarketRelayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { MARKET_VERSIONS } from '#lib/domain/market/market.ts';
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
import { createHedgedLife } from '#test/fixtures/hedged-life.ts';

let chain: LocalChain;
let relayer: LocalRelayer;
beforeAll(async () => {
  chain = await startLocalChain();
  relayer = await startRelayer({ chain });
});
afterAll(async () => {
  await relayer.stop();
  await chain.stop();
});

describe('a redemption of a deposit wallet', () => {
  let holder: ChainHolder;
  let markets: readonly HeldMarket[];
  let intent: RedemptionIntent;
  beforeEach(async () => {
    relayer.setFault(null);
    relayer.setShape('new');
    const { host: relayerHost, key } = relayer;
    const client = createPolymarketRelayer({ clock, relayerHost, loadRelayerKey: async () => key });
    holder = await createChainHolder(chain, 3, { relayer: client });
    markets = [
      await holder.aMarket('v1', { UP: 1_000_000n, DOWN: 500n }),
      await holder.aMarket('v2', { UP: 2_000_000n }),
      await holder.aMarket('v2', { UP: 4_000_001n, DOWN: 4_000_003n }),
      await holder.aMarket('v1', { DOWN: 8_000_000n }),
    ];
    const results = ['UP', 'UP', 'VOID', 'UP'] as const;
    for (const [index, { slug, terms }] of markets.entries()) {
      await chain.resolve(slug, results[index] ?? 'UP', terms.marketVersion);
    }
    await chain.finalize();
    intent = await prepareIntent(holder, ...markets.map(({ terms }) => terms));
  });
  const find = (reference: string | null) => holder.settlement.findRedemption(intent, reference, soon());
  const send = () => holder.settlement.sendRedemption(intent, soon());
  const cash = () => chain.collateralOf(holder.wallet);

  it('is one batch of all conditions that pay, of both versions, paid by the relayer', async () => {
    expect(intent).toMatchObject({ route: 'relayer', nonce: 0n });
    expect(intent.conditionIds).toEqual(markets.slice(0, 3).map(({ terms }) => terms.conditionId));
    expect(intent.calls).toHaveLength(4);
    const reference = await sendIntent(holder, intent);
    expect(await find(reference)).toEqual({ state: 'pending' });
    await chain.finalize();
    const found = await find(reference);
    expect(found.state).toBe('done');
    const paid = await Promise.all(
      markets.map(({ terms }) => holder.settlement.listPayouts(terms, intent.preparedAtBlock, soon())),
    );
    expect(paid.map((payouts) => payouts.map(({ cashMicros }) => cashMicros))).toEqual([
      [1_000_000n],
      [2_000_000n],
      [2_000_000n + 2_000_001n],
      [],
    ]);
    const hashes = new Set(paid.flat().map(({ transactionHash }) => transactionHash));
    expect(hashes.size).toBe(1);
    expect(paid.flat().map(({ gasWei }) => gasWei)).toEqual([null, null, null]);
    expect(await cash()).toBe(7_000_001n);
    expect(await find(null)).toEqual(found);
  });

  it.each([true, false])(
    'whose answer is lost is settled by the nonce or the deadline (executed: %s)',
    async (isExecuted) => {
      relayer.setFault({ kind: 'lost-answer', isExecuted });
      const countBefore = relayer.submissionCount;
      expect(await send()).toMatchObject({ outcome: 'unknown' });
      await chain.finalize();
      if (isExecuted) {
        expect((await find(null)).state).toBe('done');
      } else {
        expect(await find(null)).toEqual({ state: 'pending' });
        const snapshot = await createNodeCalls(chain)('evm_snapshot');
        await createNodeCalls(chain)('evm_increaseTime', 3_600);
        await chain.finalize();
        expect(await find(null)).toMatchObject({ state: 'void' });
        await createNodeCalls(chain)('evm_revert', snapshot);
      }
      expect(relayer.submissionCount).toBe(countBefore + 1);
    },
  );

  it.each([
    [{ kind: 'busy' }, { outcome: 'not-sent', retryAfterMs: 5_000 }],
    [
      { kind: 'quota', resetsInS: 90 },
      { outcome: 'not-sent', retryAfterMs: 90_000 },
    ],
    [{ kind: 'rate-limited' }, { outcome: 'not-sent' }],
    [{ kind: 'not-registered' }, { outcome: 'not-sent' }],
    [
      { kind: 'call-blocked', target: REDEEM_ADAPTER_ADDRESS },
      { outcome: 'refused', isFinal: true },
    ],
    [{ kind: 'internal-error', isExecuted: false }, { outcome: 'unknown' }],
    [{ kind: 'down' }, { outcome: 'unknown' }],
  ] as const)('%j is answered as %j, and moves nothing', async (fault, answer) => {
    relayer.setFault(fault);
    expect(await send()).toMatchObject(answer);
    expect(await cash()).toBe(0n);
  });

  it('was not sent when nobody listens', async () => {
    const nobody = createPolymarketRelayer({
      clock,
      relayerHost: 'http://127.0.0.1:1',
      loadRelayerKey: async () => relayer.key,
    });
    const settlement = createPolygonSettlement({ ...holder.deps, relayer: nobody });
    expect(await settlement.sendRedemption(intent, soon())).toMatchObject({ outcome: 'not-sent' });
  });

  it('is refused with a wrong key of the relayer, which no text shows', async () => {
    const { host: relayerHost, key } = relayer;
    const loadRelayerKey = async () => ({ ...key, key: 'wrong-secret-key' });
    const wrong = createPolymarketRelayer({ clock, relayerHost, loadRelayerKey });
    const settlement = createPolygonSettlement({ ...holder.deps, relayer: wrong });
    const answer = await settlement.sendRedemption(intent, soon());
    expect(answer).toMatchObject({ outcome: 'refused', isFinal: false });
    expect(JSON.stringify(answer)).toMatch(/relayer’s key/);
    expect(JSON.stringify(answer)).not.toContain('wrong-secret-key');
  });

  it.each(['old', 'new'] as const)('that reverts on the chain has failed (%s answers)', async (shape) => {
    relayer.setShape(shape);
    await chain.setRedeemPaused(true);
    const reference = await sendIntent(holder, intent);
    await chain.setRedeemPaused(false);
    await chain.finalize();
    expect(await find(reference)).toMatchObject({ state: 'reverted' });
    expect(await find(null)).toEqual({ state: 'pending' });
    expect(await cash()).toBe(0n);
  });

  it('that is stuck keeps the wallet busy until its deadline', async () => {
    relayer.setFault({ kind: 'stuck' });
    const reference = await sendIntent(holder, intent);
    relayer.setFault(null);
    await chain.finalize();
    expect(await find(reference)).toEqual({ state: 'pending' });
    expect(await send()).toMatchObject({ outcome: 'not-sent', text: expect.stringContaining('wallet busy') });
  });

  it('is void when another batch of the wallet used the nonce', async () => {
    const { to, data } = approveShares(CONDITIONAL_TOKENS_ADDRESS, REDEEM_ADAPTER_ADDRESS);
    await sendIntent(holder, { ...intent, calls: [{ target: to, data }] });
    expect(await send()).toMatchObject({ outcome: 'not-sent', text: expect.stringContaining('does not match') });
    await chain.finalize();
    expect(await find(null)).toMatchObject({ state: 'void' });
    expect(await cash()).toBe(0n);
  });

  it('is not prepared with a key that does not own the wallet', async () => {
    const stranger = createKeySigningAccount(`0x${'42'.repeat(32)}`);
    const settlement = createPolygonSettlement({ ...holder.deps, loadAccount: async () => stranger });
    const [first] = markets;
    await expect(settlement.prepareRedemption([first!.terms], soon())).rejects.toThrow(
      'does not own the deposit wallet',
    );
  });
});

describe.each(MARKET_VERSIONS)('a merge of a deposit wallet, version %s,', (version) => {
  it.each([false, true])('is one batch, also when its answer is lost (%s)', async (isLost) => {
    relayer.setFault(isLost ? { kind: 'lost-answer', isExecuted: true } : null);
    const { host: relayerHost, key } = relayer;
    const client = createPolymarketRelayer({ clock, relayerHost, loadRelayerKey: async () => key });
    const holder = await createChainHolder(chain, 3, { relayer: client });
    const bought = { sharesMicros: 4_000_000n, hedgeMicros: 4_000_003n };
    const { terms } = await holder.aMarket(version, { UP: bought.sharesMicros, DOWN: bought.hedgeMicros });
    await chain.finalize();
    const countBefore = relayer.submissionCount;
    const life = await createHedgedLife(holder.settlement, terms, bought);
    await life.step();
    relayer.setFault(null);
    expect(await life.step()).not.toHaveProperty('merges');
    await chain.finalize();
    const closed = await life.step();
    expect(closed).toMatchObject({ state: 'exited', merges: [{ cashMicros: 4_000_000n, gasWei: null }] });
    expect(relayer.submissionCount).toBe(countBefore + 1);
    expect(await chain.collateralOf(holder.wallet)).toBe(4_000_000n);
  });
});
