import { generatePrivateKey } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalChain, startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import { NEEDED_APPROVALS } from '#lib/adapters/polygon/needed-approvals.ts';
import { createPolygonInspection } from '#lib/adapters/polygon/polygon-inspection.ts';
import { createPolygonWallet, type PolygonWalletDeps } from '#lib/adapters/polygon/polygon-wallet.ts';
import { sendApproval } from '#lib/adapters/polygon/send-approval.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { ConfigError, UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';
import { type CannedServer, startCannedServer } from '#test/fixtures/canned-server.ts';
import {
  aFill,
  type ChainTrader,
  createChainTrader,
  EXCHANGE,
  EXCHANGE_V3,
  NEG_RISK_EXCHANGE,
  SLUG,
} from '#test/fixtures/chain-trader.ts';

const loadSendApproval = async () => sendApproval;

const soon = () => Date.now() + 10_000;
const noAccount = async (): Promise<never> => {
  throw new Error('The key was loaded for a read');
};

describe('the wallet on Polygon', () => {
  let chain: LocalChain;
  let trader: ChainTrader;
  beforeAll(async () => {
    chain = await startLocalChain();
    await chain.prepareMarket(SLUG);
  });
  beforeEach(async () => {
    trader = await createChainTrader(chain, 3);
  });
  afterAll(() => chain.stop());

  const aWallet = (walletAddress = trader.wallet, overrides: Partial<PolygonWalletDeps> = {}) => {
    const account = { signatureType: 3, loadAccount: noAccount, mayApprove: false } as const;
    return createPolygonWallet({ clock, rpcUrl: chain.rpcUrl, walletAddress, ...account, ...overrides });
  };
  const aPositionOf = (wallet: string, overrides: Partial<PositionTerms> = {}): PositionTerms => {
    const { UP, DOWN } = chain.identify(SLUG).tokenIds;
    return somePositionTerms({ mode: 'live', wallet, tokenId: UP, otherTokenId: DOWN, ...overrides });
  };

  it('tells shares of both outcomes and the approval of the market’s exchange', async () => {
    const { wallet } = trader;
    await chain.mintShares({ wallet, slug: SLUG, outcome: 'UP', sharesMicros: 36_010_000n });
    await chain.mintShares({ wallet, slug: SLUG, outcome: 'DOWN', sharesMicros: 7n });
    await chain.setApproval({ wallet, exchange: NEG_RISK_EXCHANGE, shares: false });
    const held = { sharesMicros: 36_010_000n, otherSharesMicros: 7n };
    expect(await aWallet().getHoldings(aPositionOf(wallet), soon())).toEqual({ ...held, approved: true });
    const negRisk = aPositionOf(wallet.toLowerCase(), { negRisk: true });
    expect(await aWallet().getHoldings(negRisk, soon())).toEqual({ ...held, approved: false });
  });

  it('reads the shares and the approval of a market of version 2 from its own contracts', async () => {
    const { wallet } = trader;
    const { UP, DOWN } = chain.identify(SLUG, 'v2').tokenIds;
    const version = 'v2' as const;
    await chain.mintShares({ wallet, slug: SLUG, version, outcome: 'UP', sharesMicros: 5_051_019n });
    await chain.mintShares({ wallet, slug: SLUG, outcome: 'UP', sharesMicros: 9n });
    const v2 = aPositionOf(wallet, { marketVersion: version, tokenId: UP, otherTokenId: DOWN });
    const held = { sharesMicros: 5_051_019n, otherSharesMicros: 0n };
    expect(await aWallet().getHoldings(v2, soon())).toEqual({ ...held, approved: true });
    await chain.setApproval({ wallet, exchange: EXCHANGE_V3, shares: false });
    expect(await aWallet().getHoldings(v2, soon())).toEqual({ ...held, approved: false });
    expect(await aWallet().getHoldings(aPositionOf(wallet), soon())).toMatchObject({
      sharesMicros: 9n,
      approved: true,
    });
  });

  it('reads no other wallet than its own', async () => {
    const stranger = aPositionOf('0x1111111111111111111111111111111111111111');
    await expect(aWallet().getHoldings(stranger, soon())).rejects.toBeInstanceOf(ConfigError);
    await expect(aWallet().listCashMovements(stranger, [], soon())).rejects.toBeInstanceOf(ConfigError);
  });

  it('tells what each transaction moved: the buy with its fee, the sell without', async () => {
    const buy = await chain.settle(aFill(await trader.sign(), { feesMicros: 175_000n }));
    const sell = await chain.settle(aFill(await trader.sign({ side: 'SELL' }), { feesMicros: 175_000n }));
    const other = await createChainTrader(chain, 0);
    const foreign = await chain.settle(aFill(await other.sign()));
    const unknown = `0x${'ab'.repeat(32)}`;
    const hashes = [buy.transactionHash, sell.transactionHash, unknown, '', 'pending', foreign.transactionHash];
    const movements = await aWallet().listCashMovements(aPositionOf(trader.wallet), [...hashes, hashes[0]!], soon());
    expect(movements).toEqual([
      { transactionHash: buy.transactionHash, cashMicros: -5_175_000n },
      { transactionHash: sell.transactionHash, cashMicros: 4_825_000n },
      { transactionHash: foreign.transactionHash, cashMicros: 0n },
    ]);
    expect(await aWallet().listCashMovements(aPositionOf(trader.wallet), ['', 'pending'], soon())).toEqual([]);
  });

  it('tells the cash of a redemption', async () => {
    const slug = 'btc-updown-5m-900';
    await chain.mintShares({ wallet: trader.wallet, slug, outcome: 'UP', sharesMicros: 3_000_000n });
    await chain.resolve(slug, 'UP');
    const { transactionHash } = await chain.redeem(trader.wallet, slug);
    const movements = await aWallet().listCashMovements(aPositionOf(trader.wallet), [transactionHash], soon());
    expect(movements).toEqual([{ transactionHash, cashMicros: 3_000_000n }]);
  });

  describe('of a key of its own', () => {
    const key = () => createKeySigningAccount(generatePrivateKey());
    const endow = async (gasWei?: bigint) => {
      const account = key();
      const gas = gasWei === undefined ? {} : { gasWei };
      const request = { owner: account.address, signatureType: 0, isApproved: false, ...gas } as const;
      const { wallet } = await chain.createAccount(request);
      const own = { signatureType: 0, mayApprove: true, loadSendApproval, loadAccount: async () => account } as const;
      return { account, wallet, adapter: aWallet(wallet, own) };
    };

    it('approves the exchange of the position’s market, once, and can then sell', async () => {
      const { wallet, adapter } = await endow();
      const position = aPositionOf(wallet);
      await adapter.approveShares?.(position, soon());
      expect((await adapter.getHoldings(position, soon())).approved).toBe(true);
      expect((await chain.approvalsOf(wallet, NEG_RISK_EXCHANGE)).shares).toBe(false);
      const sentCount = async () => {
        const rpc = createRpc({ clock, rpcUrl: chain.rpcUrl });
        return rpc.sendOne({ method: 'eth_getTransactionCount', params: [wallet, 'latest'] }, soon());
      };
      expect(await sentCount()).toBe('0x1');
      await adapter.approveShares?.(position, soon());
      expect(await sentCount()).toBe('0x1');
      await adapter.approveShares?.({ ...position, negRisk: true }, soon());
      expect((await chain.approvalsOf(wallet, NEG_RISK_EXCHANGE)).shares).toBe(true);
      expect((await chain.approvalsOf(wallet, EXCHANGE_V3)).shares).toBe(false);
      await adapter.approveShares?.({ ...position, marketVersion: 'v2' }, soon());
      expect((await chain.approvalsOf(wallet, EXCHANGE_V3)).shares).toBe(true);
    });

    it('says that the gas is missing', async () => {
      const { wallet, adapter } = await endow(0n);
      await expect(adapter.approveShares?.(aPositionOf(wallet), soon())).rejects.toThrow('no POL');
    });

    it('does not sign with a key that is not the wallet’s', async () => {
      const { wallet } = await endow();
      const own = { signatureType: 0, mayApprove: true, loadSendApproval, loadAccount: async () => key() } as const;
      const adapter = aWallet(wallet, own);
      await expect(adapter.approveShares?.(aPositionOf(wallet), soon())).rejects.toBeInstanceOf(ConfigError);
    });

    it('sets every approval that trading needs, for the checks to see', async () => {
      const { account, wallet } = await endow();
      const inspection = createPolygonInspection({ clock, rpcUrl: chain.rpcUrl, walletAddress: wallet });
      const missing = await inspection.listApprovals(soon());
      expect(missing.map(({ isGranted }) => isGranted)).toEqual(NEEDED_APPROVALS.map(() => false));
      const rpc = createRpc({ clock, rpcUrl: chain.rpcUrl });
      for (const approval of missing) await sendApproval({ clock, rpc, account }, approval, soon());
      expect(await inspection.listApprovals(soon())).toEqual(
        NEEDED_APPROVALS.map((approval) => ({ ...approval, isGranted: true })),
      );
      expect(await sendApproval({ clock, rpc, account }, missing[0]!, soon())).toBeNull();
      for (const exchange of [EXCHANGE, EXCHANGE_V3]) {
        const unlimited = { shares: true, collateralMicros: 2n ** 256n - 1n };
        expect(await chain.approvalsOf(wallet, exchange)).toEqual(unlimited);
      }
    });
  });

  it('approves nothing where the stage or the kind of wallet does not allow it', () => {
    expect(aWallet(trader.wallet, { mayApprove: true, loadSendApproval }).approveShares).toBeNull();
    expect(aWallet(trader.wallet, { signatureType: 0 }).approveShares).toBeNull();
  });

  it('shows chain, newest block and cash to the checks', async () => {
    const inspection = createPolygonInspection({ clock, rpcUrl: chain.rpcUrl, walletAddress: trader.wallet });
    const { chainId, blockAtMs } = await inspection.getChain(soon());
    expect(chainId).toBe(137);
    expect(Math.abs(blockAtMs - Date.now())).toBeLessThan(600_000);
    expect(await inspection.getCollateralMicros(soon())).toBe(1_000_000_000n);
    await chain.setApproval({ wallet: trader.wallet, exchange: EXCHANGE, collateralMicros: 99_999_999n });
    await chain.setApproval({ wallet: trader.wallet, exchange: EXCHANGE_V3, shares: false });
    const missing = (await inspection.listApprovals(soon())).filter(({ isGranted }) => !isGranted);
    expect(missing.map(({ purpose }) => purpose)).toEqual(['buy', 'sell-v2']);
  });
});

describe('a chain that answers badly', () => {
  let server: CannedServer;
  beforeAll(async () => {
    server = await startCannedServer();
  });
  afterAll(() => server.stop());

  const wallet = '0x1111111111111111111111111111111111111111';
  const position = somePositionTerms({ mode: 'live', wallet });
  const adapter = () =>
    createPolygonWallet({
      ...{ clock, rpcUrl: server.host, walletAddress: wallet, signatureType: 0, mayApprove: false },
      loadAccount: noAccount,
    });
  const word = (value: bigint) => value.toString(16).padStart(64, '0');
  const balances = `0x${word(32n)}${word(2n)}${word(5n)}${word(6n)}`;
  const reply = (...results: object[]) =>
    server.answer(() => ({
      body: JSON.stringify(results.map((result, index) => ({ jsonrpc: '2.0', id: index + 1, ...result }))),
    }));

  it('still tells the shares when the approval cannot be read', async () => {
    reply({ result: balances }, { error: { code: -32005, message: 'limit exceeded' } });
    const holdings = { sharesMicros: 5n, otherSharesMicros: 6n, approved: null };
    expect(await adapter().getHoldings(position, soon())).toEqual(holdings);
    reply({ result: balances }, { result: '0x' });
    expect(await adapter().getHoldings(position, soon())).toEqual(holdings);
  });

  it('never takes a missing contract for an empty wallet', async () => {
    reply({ result: '0x' }, { result: '0x' });
    await expect(adapter().getHoldings(position, soon())).rejects.toThrow('is POLYGON_RPC_URL a server of Polygon');
  });

  it('asks once for all of it', async () => {
    reply({ result: balances }, { result: `0x${word(1n)}` });
    const countBefore = server.requests.length;
    expect((await adapter().getHoldings(position, soon())).approved).toBe(true);
    expect(server.requests.length).toBe(countBefore + 1);
  });

  it.each([
    ['an error', { error: { code: -32000, message: 'header not found' } }],
    ['a receipt without logs', { result: { status: '0x1' } }],
    ['logs that are none', { result: { logs: [{ address: 1 }] } }],
  ])('does not make up a receipt from %s', async (_name, result) => {
    server.answer(() => ({ body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...result }) }));
    const hashes = [`0x${'ab'.repeat(32)}`];
    await expect(adapter().listCashMovements(position, hashes, soon())).rejects.toBeInstanceOf(UnexpectedReplyError);
  });

  it('gives up at its deadline', async () => {
    await expect(adapter().getHoldings(position, Date.now())).rejects.toBeInstanceOf(UpstreamUnavailableError);
  });
});
