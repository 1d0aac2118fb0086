import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import {
  aFill,
  type ChainTrader,
  createChainTrader,
  EXCHANGE,
  NEG_RISK_EXCHANGE,
  SLUG,
  type WalletType,
} from '#test/fixtures/chain-trader.ts';

const WALLET_TYPES: readonly WalletType[] = [0, 1, 2, 3];

describe('a fill on the local chain', () => {
  let chain: LocalChain;
  beforeAll(async () => {
    chain = await startLocalChain();
    await chain.prepareMarket(SLUG);
  });
  afterAll(() => chain.stop());

  const upSharesOf = (wallet: string) => chain.sharesOf(wallet, chain.identify(SLUG).tokenIds.UP);
  const holdingsOf = async ({ wallet }: ChainTrader) => ({
    cash: await chain.collateralOf(wallet),
    shares: await upSharesOf(wallet),
  });

  describe.each(WALLET_TYPES)('of a wallet of type %i', (type) => {
    let trader: ChainTrader;
    beforeEach(async () => {
      trader = await createChainTrader(chain, type);
    });

    it('moves shares and cash to the micro, the fee of a buy on top', async () => {
      const order = await trader.sign();
      const { transactionHash } = await chain.settle(aFill(order, { valueMicros: 4_900_001n, feesMicros: 174_930n }));
      expect(transactionHash).toMatch(/^0x[0-9a-f]{64}$/);
      expect(await holdingsOf(trader)).toEqual({ cash: 1_000_000_000n - 4_900_001n - 174_930n, shares: 10_000_000n });
    });

    it('takes the fee of a sell out of the proceeds', async () => {
      await chain.mintShares({ wallet: trader.wallet, slug: SLUG, outcome: 'UP', sharesMicros: 12_345_678n });
      const order = await trader.sign({ side: 'SELL' });
      await chain.settle(aFill(order, { valueMicros: 5_100_000n, feesMicros: 174_930n }));
      expect(await holdingsOf(trader)).toEqual({ cash: 1_000_000_000n + 5_100_000n - 174_930n, shares: 2_345_678n });
    });

    it('is refused when somebody else signed, or signed something else', async () => {
      const order = await trader.sign();
      const stranger = await createChainTrader(chain, type);
      const foreign = await stranger.sign();
      await expect(chain.settle(aFill({ ...order, signature: foreign.signature }))).rejects.toThrow('wrong signature');
      await expect(chain.settle(aFill({ ...order, takerAmount: '9000000' }))).rejects.toThrow('wrong signature');
      await expect(chain.settle(aFill(order, { exchange: NEG_RISK_EXCHANGE }))).rejects.toThrow('wrong signature');
      // The stranger's key, honestly named as signer, for a wallet that is not its own.
      const claim = { ...foreign, maker: trader.wallet, signer: type === 3 ? trader.wallet : stranger.owner };
      await expect(chain.settle(aFill(claim))).rejects.toThrow('wrong signature');
      expect(await holdingsOf(trader)).toEqual({ cash: 1_000_000_000n, shares: 0n });
    });

    it('is refused at an exchange the wallet has not approved', async () => {
      await chain.mintShares({ wallet: trader.wallet, slug: SLUG, outcome: 'UP', sharesMicros: 10_000_000n });
      await chain.setApproval({ wallet: trader.wallet, exchange: EXCHANGE, shares: false, collateralMicros: 0n });
      expect(await chain.approvalsOf(trader.wallet, EXCHANGE)).toEqual({ shares: false, collateralMicros: 0n });
      const sell = await trader.sign({ side: 'SELL' });
      await expect(chain.settle(aFill(sell))).rejects.toThrow('need operator approval');
      await expect(chain.settle(aFill(await trader.sign()))).rejects.toThrow('dollar: allowance');
      await chain.setApproval({ wallet: trader.wallet, exchange: EXCHANGE, shares: true });
      await chain.settle(aFill(sell));
      expect(await upSharesOf(trader.wallet)).toBe(0n);
    });
  });

  it('fills a buy in parts up to its dollars and no further', async () => {
    const trader = await createChainTrader(chain, 2);
    const order = await trader.sign();
    const part = { sharesMicros: 6_000_000n, valueMicros: 2_400_000n };
    await chain.settle(aFill(order, part));
    const tooMuch = { sharesMicros: 6_500_000n, valueMicros: 2_600_001n };
    await expect(chain.settle(aFill(order, tooMuch))).rejects.toThrow('over-filled');
    // Ten shares at 0.50 or less: five dollars bring more of them at 0.40.
    await chain.settle(aFill(order, { sharesMicros: 6_500_000n, valueMicros: 2_600_000n }));
    await expect(chain.settle(aFill(order, { sharesMicros: 1n, valueMicros: 1n }))).rejects.toThrow('over-filled');
    expect(await holdingsOf(trader)).toEqual({ cash: 995_000_000n, shares: 12_500_000n });
  });

  it('never sells more than the order says, however much is held', async () => {
    const trader = await createChainTrader(chain, 0);
    await chain.mintShares({ wallet: trader.wallet, slug: SLUG, outcome: 'UP', sharesMicros: 50_000_000n });
    const order = await trader.sign({ side: 'SELL' });
    await chain.settle(aFill(order));
    await expect(chain.settle(aFill(order))).rejects.toThrow('over-filled');
    expect(await upSharesOf(trader.wallet)).toBe(40_000_000n);
  });

  it('is never worse than the limit, rounding below one micro aside', async () => {
    const trader = await createChainTrader(chain, 1);
    await chain.mintShares({ wallet: trader.wallet, slug: SLUG, outcome: 'UP', sharesMicros: 20_000_000n });
    const buy = await trader.sign();
    await expect(chain.settle(aFill(buy, { sharesMicros: 9_999_998n }))).rejects.toThrow('worse than the limit');
    await chain.settle(aFill(buy, { sharesMicros: 9_999_999n }));
    const sell = await trader.sign({ side: 'SELL' });
    await expect(chain.settle(aFill(sell, { valueMicros: 4_999_999n }))).rejects.toThrow('worse than the limit');
    await chain.settle(aFill(sell, { sharesMicros: 9_999_999n, valueMicros: 4_999_999n }));
  });

  it('delivers fewer shares than were matched where the fee is kept in shares', async () => {
    const trader = await createChainTrader(chain, 3);
    const fill = aFill(await trader.sign(), { withheldSharesMicros: 175_000n });
    await chain.settle(fill);
    expect(await holdingsOf(trader)).toEqual({ cash: 995_000_000n, shares: 9_825_000n });
  });

  it('is refused when cash or shares are not there', async () => {
    const trader = await createChainTrader(chain, 2);
    await expect(chain.settle(aFill(await trader.sign({ side: 'SELL' })))).rejects.toThrow(/local chain refuses/);
    const dear = await trader.sign({ size: 3_000 });
    const fill = aFill(dear, { sharesMicros: 3_000_000_000n, valueMicros: 1_500_000_000n });
    await expect(chain.settle(fill)).rejects.toThrow('dollar: balance');
  });

  it('trades neg-risk orders at their own exchange, and none at an address without one', async () => {
    const trader = await createChainTrader(chain, 3);
    const order = await trader.sign({ negRisk: true });
    await expect(chain.settle(aFill(order))).rejects.toThrow('wrong signature');
    await chain.settle(aFill(order, { exchange: NEG_RISK_EXCHANGE }));
    expect(await upSharesOf(trader.wallet)).toBe(10_000_000n);
    const nowhere = '0x4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E';
    await expect(chain.settle(aFill(order, { exchange: nowhere }))).rejects.toThrow('no such exchange');
  });

  it('carries out many at once, each in a transaction of its own', async () => {
    const traders = await Promise.all(WALLET_TYPES.map((type) => createChainTrader(chain, type)));
    const fills = await Promise.all(traders.map(async (trader) => aFill(await trader.sign())));
    const settled = await Promise.all(fills.map((fill) => chain.settle(fill)));
    expect(new Set(settled.map(({ transactionHash }) => transactionHash)).size).toBe(fills.length);
    for (const trader of traders) expect(await upSharesOf(trader.wallet)).toBe(10_000_000n);
  });
});
