import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { REDEEM_ADAPTER_ADDRESS, ROUTER_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { MARKET_VERSIONS } from '#lib/domain/market/market.ts';
import { payoutMicrosOf } from '#lib/domain/market/payout.ts';
import { ConfigError, InvariantError } from '#lib/errors/errors.ts';
import {
  type ChainHolder,
  createChainHolder,
  createNodeCalls,
  prepareIntent,
  sendIntent,
  soon,
} from '#test/fixtures/chain-holder.ts';
import { createHedgedLife } from '#test/fixtures/hedged-life.ts';

let chain: LocalChain;
beforeAll(async () => {
  chain = await startLocalChain();
});
afterAll(() => chain.stop());

const balanceWei = async (address: string) =>
  BigInt(String(await createNodeCalls(chain)('eth_getBalance', address, 'latest')));

async function redeemAll(holder: ChainHolder, terms: Parameters<typeof prepareIntent>[1]): Promise<string> {
  const reference = await sendIntent(holder, await prepareIntent(holder, terms));
  await chain.finalize();
  return reference;
}

describe.each(MARKET_VERSIONS)('the end of a market of version %s', (version) => {
  it('is unresolved until the result is final, and the same seen from either outcome', async () => {
    const holder = await createChainHolder(chain, 0);
    const { settlement } = holder;
    const { slug, terms, otherTerms } = await holder.aMarket(version, { UP: 5_000_000n, DOWN: 3n });
    await chain.finalize();
    const before = await settlement.readCondition(terms, soon());
    expect(before).toMatchObject({ payout: null, sharesMicros: 5_000_000n, otherSharesMicros: 3n });
    expect(Math.abs(before.blockAtMs - Date.now())).toBeLessThan(600_000);
    await chain.resolve(slug, 'UP', version);
    expect((await settlement.readCondition(terms, soon())).payout).toBeNull();
    await expect(prepareIntent(holder, terms)).rejects.toThrow('not resolved');
    await chain.finalize();
    const { payout, blockNumber } = await settlement.readCondition(terms, soon());
    expect(blockNumber).toBeGreaterThan(before.blockNumber);
    expect(payout).toMatchObject({ own: payout?.total, other: 0n });
    const lost = await settlement.readCondition(otherTerms, soon());
    expect(lost).toMatchObject({ sharesMicros: 3n, otherSharesMicros: 5_000_000n });
    expect(lost.payout).toEqual({ own: 0n, other: payout?.total, total: payout?.total });
  });

  it('pays a won position once, and cites the transaction with its gas', async () => {
    const holder = await createChainHolder(chain, 0);
    const { settlement, wallet } = holder;
    const { slug, terms } = await holder.aMarket(version, { UP: 5_000_001n });
    await chain.resolve(slug, 'UP', version);
    await chain.finalize();
    expect(await settlement.listPayouts(terms, null, soon())).toEqual([]);
    const beforeWei = await balanceWei(wallet);
    const intent = await prepareIntent(holder, terms);
    expect(intent).toMatchObject({ route: 'transaction', deadlineAtMs: null, conditionIds: [terms.conditionId] });
    const reference = await sendIntent(holder, intent);
    expect(await settlement.findRedemption(intent, reference, soon())).toEqual({ state: 'pending' });
    expect(await settlement.listPayouts(terms, null, soon())).toEqual([]);
    await chain.finalize();
    const found = await settlement.findRedemption(intent, reference, soon());
    const payouts = await settlement.listPayouts(terms, intent.preparedAtBlock, soon());
    const gasWei = beforeWei - (await balanceWei(wallet));
    const blockNumber = found.state === 'done' ? found.blockNumber : null;
    const cashMicros = 5_000_001n;
    const paid = { kind: 'redemption', cashMicros, takenMicros: { own: cashMicros, other: 0n } };
    expect(payouts).toEqual([{ ...paid, transactionHash: reference, blockNumber, gasWei }]);
    expect(await settlement.listPayouts(terms, blockNumber, soon())).toEqual([]);
    const behind = settlement.listPayouts(terms, null, soon(), (blockNumber ?? 0n) + 1_000n);
    await expect(behind).rejects.toThrow('The node is behind');
    expect(await chain.collateralOf(wallet)).toBe(5_000_001n);
    await expect(prepareIntent(holder, terms)).rejects.toThrow('holds no shares of this market that pay');
  });

  it('sends nothing for a lost position', async () => {
    const holder = await createChainHolder(chain, 0);
    const { slug, terms } = await holder.aMarket(version, { UP: 5_000_000n });
    await chain.resolve(slug, 'DOWN', version);
    await chain.finalize();
    expect((await holder.settlement.readCondition(terms, soon())).payout?.own).toBe(0n);
    await expect(prepareIntent(holder, terms)).rejects.toThrow('holds no shares of this market that pay');
  });

  it('pays half for each outcome of a void market, rounded down', async () => {
    const holder = await createChainHolder(chain, 0);
    const { slug, terms } = await holder.aMarket(version, { UP: 6_666_667n, DOWN: 6_666_669n });
    await chain.resolve(slug, 'VOID', version);
    await chain.finalize();
    const { payout, sharesMicros } = await holder.settlement.readCondition(terms, soon());
    expect(payout === null ? null : payoutMicrosOf(payout, sharesMicros)).toBe(3_333_333n);
    await redeemAll(holder, terms);
    // A key makes one call in a transaction, and the router redeems one outcome in a call: the own one last.
    if (version === 'v2') await redeemAll(holder, terms);
    const payouts = await holder.settlement.listPayouts(terms, null, soon());
    const [own, other] = [6_666_667n, 6_666_669n];
    expect(payouts).toMatchObject(
      version === 'v1'
        ? [{ cashMicros: 6_666_667n, takenMicros: { own, other } }]
        : [
            { cashMicros: 3_333_334n, takenMicros: { own: 0n, other } },
            { cashMicros: 3_333_333n, takenMicros: { own, other: 0n } },
          ],
    );
    expect(await chain.collateralOf(holder.wallet)).toBe(6_666_667n);
  });

  it('recognises what the venue’s own redeemer paid, and that nobody paid its gas here', async () => {
    const holder = await createChainHolder(chain, 0);
    const { slug, terms } = await holder.aMarket(version, { UP: 4_000_000n, DOWN: 1_000_000n });
    await chain.resolve(slug, 'UP', version);
    const { transactionHash } = await chain.autoRedeem(holder.wallet, slug, version);
    await chain.finalize();
    const payouts = await holder.settlement.listPayouts(terms, null, soon());
    expect(payouts).toMatchObject([{ transactionHash, cashMicros: 4_000_000n, gasWei: null }]);
    expect((await holder.settlement.readCondition(terms, soon())).sharesMicros).toBe(0n);
    await expect(prepareIntent(holder, terms)).rejects.toThrow('holds no shares');
  });

  it('recognises a redemption by hand, and no payout where a repeat paid nothing', async () => {
    const holder = await createChainHolder(chain, 3);
    const { slug, terms } = await holder.aMarket(version, { UP: 2_000_000n });
    const other = await holder.aMarket(version, { UP: 9_000_000n });
    await chain.resolve(slug, 'UP', version);
    await chain.resolve(other.slug, 'UP', version);
    const { transactionHash } = await chain.redeem(holder.wallet, slug, version);
    await chain.redeem(holder.wallet, slug, version);
    await chain.redeem(holder.wallet, other.slug, version);
    await chain.mintCash(holder.wallet, 2_000_000n);
    await chain.finalize();
    const payouts = await holder.settlement.listPayouts(terms, null, soon());
    expect(payouts).toMatchObject([{ transactionHash, cashMicros: 2_000_000n, gasWei: null }]);
  });

  it.each([1, 2] as const)('redeems a wallet of type %i by a transaction of its owner', async (signatureType) => {
    const holder = await createChainHolder(chain, signatureType);
    const { slug, terms } = await holder.aMarket(version, { UP: 3_000_000n });
    await chain.resolve(slug, 'UP', version);
    await chain.finalize();
    const beforeWei = await balanceWei(holder.account.address);
    const reference = await redeemAll(holder, terms);
    const [payout] = await holder.settlement.listPayouts(terms, null, soon());
    expect(payout).toMatchObject({ transactionHash: reference, cashMicros: 3_000_000n });
    expect(payout?.gasWei).toBe(beforeWei - (await balanceWei(holder.account.address)));
    expect(await chain.collateralOf(holder.wallet)).toBe(3_000_000n);
  });

  it('names a missing approval, and missing gas with the address to send it to', async () => {
    const unapproved = await createChainHolder(chain, 0, { isApproved: false });
    const one = await unapproved.aMarket(version, { UP: 1_000_000n });
    const poor = await createChainHolder(chain, 1, { gasWei: 10n ** 15n });
    const two = await poor.aMarket(version, { UP: 1_000_000n });
    for (const { slug } of [one, two]) await chain.resolve(slug, 'UP', version);
    await chain.finalize();
    const spender = version === 'v1' ? REDEEM_ADAPTER_ADDRESS : ROUTER_ADDRESS;
    await expect(prepareIntent(unapproved, one.terms)).rejects.toThrow(`(${spender}) may not move`);
    await expect(prepareIntent(poor, two.terms)).rejects.toThrow(`0.0010 POL, and gas may cost`);
    await expect(prepareIntent(poor, two.terms)).rejects.toThrow(`send POL to ${poor.account.address}`);
    expect(poor.gasReadings).toEqual([10n ** 15n, 10n ** 15n]);
  });

  it('takes one condition for each transaction of a key, the first', async () => {
    const holder = await createChainHolder(chain, 0);
    const markets = [
      await holder.aMarket(version, { UP: 1_000_000n }),
      await holder.aMarket(version, { UP: 2_000_000n }),
    ];
    for (const { slug } of markets) await chain.resolve(slug, 'UP', version);
    await chain.finalize();
    const [first, second] = markets.map(({ terms }) => terms);
    const intent = await prepareIntent(holder, ...[second!, first!]);
    expect(intent.conditionIds).toEqual([second?.conditionId]);
    expect(intent.calls).toHaveLength(1);
  });
});

describe.each(MARKET_VERSIONS)('pairs of both outcomes, version %s,', (version) => {
  const spender = version === 'v1' ? REDEEM_ADAPTER_ADDRESS : ROUTER_ADDRESS;

  it('are merged once, proven by the mint; the rest is redeemed after the result', async () => {
    const holder = await createChainHolder(chain, 0);
    const bought = { sharesMicros: 36_000_000n, hedgeMicros: 30_000_000n };
    // The owner has bought some of the other outcome by hand: they are not the position's.
    const DOWN = bought.hedgeMicros + 1_000_000n;
    const { slug, terms } = await holder.aMarket(version, { UP: bought.sharesMicros, DOWN });
    await chain.finalize();
    const life = await createHedgedLife(holder.settlement, terms, bought);
    await life.step();
    // Sent, and not final: nothing is booked, and nothing is sent again.
    expect(await life.step()).not.toHaveProperty('merges');
    expect(await chain.collateralOf(holder.wallet)).toBe(30_000_000n);
    await chain.finalize();
    const [found] = await holder.settlement.listPayouts(terms, null, soon());
    expect(found).toMatchObject({ kind: 'merge', cashMicros: 30_000_000n, gasWei: expect.any(BigInt) });
    const { transactionHash, cashMicros, gasWei } = found!;
    const merges = [{ transactionHash, cashMicros, gasWei }];
    expect(await life.step()).toMatchObject({ state: 'awaiting-resolution', merges });
    expect(await life.step()).toMatchObject({ state: 'awaiting-resolution', merges });
    await chain.resolve(slug, 'UP', version);
    await chain.finalize();
    await life.step();
    await chain.finalize();
    expect(await life.step()).toMatchObject({ state: 'redeemed', merges, payoutMicros: 6_000_000n });
    expect(await chain.collateralOf(holder.wallet)).toBe(36_000_000n);
    const facts = await life.facts();
    const countOf = (type: string) => facts.filter((each) => each === type).length;
    expect([countOf('redemption-sent'), countOf('merge-confirmed'), countOf('redemption-confirmed')]).toEqual([
      2, 1, 1,
    ]);
  });

  it.each([0, 1, 2] as const)(
    'are as few as the wallet of type %i holds, and of this market',
    async (signatureType) => {
      const holder = await createChainHolder(chain, signatureType);
      const { terms } = await holder.aMarket(version, { UP: 5_000_000n, DOWN: 3_000_001n });
      const lone = await holder.aMarket(version, { UP: 5_000_000n });
      await chain.finalize();
      const prepared = await holder.settlement.prepareMerge(terms, 5_000_000n, soon());
      if (prepared.outcome !== 'prepared') throw new Error(prepared.text);
      expect(prepared.intent).toMatchObject({ isMerge: true, conditionIds: [terms.conditionId] });
      const reference = await sendIntent(holder, prepared.intent);
      await chain.finalize();
      expect(await holder.settlement.findRedemption(prepared.intent, reference, soon())).toMatchObject({
        state: 'done',
      });
      expect(await holder.settlement.readCondition(terms, soon())).toMatchObject({
        ...{ sharesMicros: 1_999_999n, otherSharesMicros: 0n },
      });
      expect(await chain.collateralOf(holder.wallet)).toBe(3_000_001n);
      expect(await holder.settlement.listPayouts(lone.terms, null, soon())).toEqual([]);
      for (const one of [terms, lone.terms]) {
        expect(await holder.settlement.prepareMerge(one, 1_000_000n, soon())).toMatchObject({
          outcome: 'refused',
          text: 'The wallet does not hold shares of both outcomes of this market',
        });
      }
    },
  );

  it('stay where the contract may not move them, and the row counts why', async () => {
    const holder = await createChainHolder(chain, 0, { isApproved: false });
    const bought = { sharesMicros: 2_000_000n, hedgeMicros: 2_000_000n };
    const { terms } = await holder.aMarket(version, { UP: bought.sharesMicros, DOWN: bought.hedgeMicros });
    await chain.finalize();
    expect(await holder.settlement.prepareMerge(terms, 2_000_000n, soon())).toMatchObject({
      ...{ outcome: 'refused', isFinal: false, text: expect.stringContaining(`(${spender}) may not move`) },
    });
    const life = await createHedgedLife(holder.settlement, terms, bought);
    expect(await life.step()).toMatchObject({ settlement: { mergeFailureCount: 1, redemptionFailureCount: 0 } });
    expect(await life.facts()).not.toContain('redemption-sent');
  });

  it('of a void market that were not merged are redeemed, and both payouts count', async () => {
    const holder = await createChainHolder(chain, 0);
    const bought = { sharesMicros: 6_666_667n, hedgeMicros: 5_555_555n };
    const { slug, terms } = await holder.aMarket(version, { UP: bought.sharesMicros, DOWN: bought.hedgeMicros });
    await chain.resolve(slug, 'VOID', version);
    await chain.finalize();
    const life = await createHedgedLife(holder.settlement, terms, bought);
    // A key makes one call in a transaction, and the router redeems one outcome in a call.
    const transactionCount = version === 'v1' ? 1 : 2;
    for (let count = 0; count < transactionCount; count += 1) {
      expect(await life.step()).toMatchObject({ state: 'awaiting-resolution' });
      await chain.finalize();
    }
    const payoutMicros = 3_333_333n + 2_777_777n;
    expect(await life.step()).toMatchObject({ state: 'redeemed', payoutMicros });
    expect(await chain.collateralOf(holder.wallet)).toBe(payoutMicros);
    expect((await life.facts()).filter((type) => type === 'redemption-sent')).toHaveLength(transactionCount);
  });
});

describe('a settlement', () => {
  it('is that of one wallet and of live positions only', async () => {
    const holder = await createChainHolder(chain, 0);
    const { terms } = await holder.aMarket('v1', {});
    const foreign = { ...terms, wallet: '0x1111111111111111111111111111111111111111' };
    await expect(holder.settlement.readCondition(foreign, soon())).rejects.toBeInstanceOf(ConfigError);
    await expect(holder.settlement.listPayouts(foreign, null, soon())).rejects.toBeInstanceOf(ConfigError);
    await expect(holder.settlement.prepareRedemption([foreign], soon())).rejects.toBeInstanceOf(ConfigError);
    await expect(holder.settlement.readCondition({ ...terms, mode: 'paper' }, soon())).rejects.toBeInstanceOf(
      InvariantError,
    );
  });

  it('finds the token’s own result whatever the order of the venue’s lists, and refuses a token of another market', async () => {
    const holder = await createChainHolder(chain, 0);
    const { slug, terms, otherTerms } = await holder.aMarket('v1', {});
    await chain.resolve(slug, 'DOWN');
    await chain.finalize();
    const swapped = { ...otherTerms, outcome: 'UP' } as const;
    expect((await holder.settlement.readCondition(swapped, soon())).payout).toMatchObject({ own: 1n, other: 0n });
    const { terms: stranger } = await holder.aMarket('v1', {});
    const wrong = { ...terms, tokenId: stranger.tokenId };
    await expect(holder.settlement.readCondition(wrong, soon())).rejects.toThrow('none of its market’s tokens');
  });

  it('refuses neg-risk markets by name and for good', async () => {
    const holder = await createChainHolder(chain, 0);
    const { terms } = await holder.aMarket('v1', { UP: 1_000_000n });
    expect(await holder.settlement.prepareRedemption([{ ...terms, negRisk: true }], soon())).toMatchObject({
      outcome: 'refused',
      text: expect.stringContaining('neg-risk market, which T-minus does not redeem'),
      isFinal: true,
    });
  });

  it('refuses a deposit wallet without a relayer’s key, and says what to do', async () => {
    const holder = await createChainHolder(chain, 3);
    const { slug, terms } = await holder.aMarket('v1', { UP: 1_000_000n });
    await chain.resolve(slug, 'UP');
    await chain.finalize();
    const prepared = await holder.settlement.prepareRedemption([terms], soon());
    expect(prepared).toMatchObject({ outcome: 'refused', isFinal: true });
    expect('text' in prepared ? prepared.text : '').toMatch(/LIVE_RELAYER_SECRET.*website/);
  });
});
