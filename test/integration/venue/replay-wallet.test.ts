import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OrderType, Side } from '@polymarket/clob-client-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { main } from '#lib/cli/main.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { addRunningMarket, type ClobTestMarket } from '#test/fixtures/clob-market.ts';
import { createTrader } from '#test/fixtures/clob-trader.ts';

const NO_TRADER = `0x${'9'.repeat(40)}`;
/** The window ends so long after the buy. */
const LEFT_MS = 150_000;

describe('tminus replay --wallet', () => {
  let venue: LocalVenue;
  let market: ClobTestMarket;
  let wallet: string;
  let folder: string;
  let aheadMs = 0;
  const nowMs = () => Date.now() + aheadMs;

  /** Buys 20 shares by the CLOB, and lets the window end and be resolved. */
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tminus-replay-'));
    venue = await startLocalVenue({ seed: 'wallet', nowMs, settlementMs: { min: 30, spread: 1 } });
    market = await addRunningMarket(venue, LEFT_MS);
    const trader = await createTrader(venue);
    wallet = trader.wallet;
    const order = await trader.client.createOrder({ tokenID: market.tokenId, price: 0.9, size: 20, side: Side.BUY });
    await trader.client.postOrder(order, OrderType.FAK);
    aheadMs = LEFT_MS + 60_000;
  });
  afterAll(async () => {
    await venue.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(hosts: Readonly<Record<string, string>>, ...args: string[]) {
    const terminal = createFakeTerminal({ env: hosts, nowMs: nowMs() });
    const code = await main(['replay', ...args], terminal);
    return { code, out: terminal.outLines.join('\n'), err: terminal.errLines.join('\n') };
  }
  const hosts = () => ({ DATA_HOST: venue.dataHost, GAMMA_HOST: venue.gammaHost, CLOB_HOST: venue.clobHost });
  const nowhere = {
    DATA_HOST: 'http://127.0.0.1:9',
    GAMMA_HOST: 'http://127.0.0.1:9',
    CLOB_HOST: 'http://127.0.0.1:9',
  };

  it('reads trades, results and prices, and reads the same again from what it saved', async () => {
    venue.setSettings({ dataPageSize: 1 });
    const saved = join(folder, 'saved.json');
    const read = await run(hosts(), '--wallet', wallet, '--save', saved, '--json');
    expect(read).toMatchObject({ code: 0, err: '' });
    const report = JSON.parse(read.out);
    expect(report.history).toMatchObject({ wallet: wallet.toLowerCase(), source: '/v2/activity', notes: [] });
    const [position] = report.positions;
    expect(report.positions).toHaveLength(1);
    expect(position).toMatchObject({
      ...{ slug: market.slug, outcome: 'Up', tokenId: market.tokenId, verdict: 'brought-home', isLeftToExpire: true },
      ...{ result: expect.stringMatching(/^(won|lost)$/), redeemedMicros: 0, isWithoutFees: false },
      exit: { source: 'price-history', soldMicros: expect.any(Number) },
    });
    const payout = position.result === 'won' ? position.heldAtEndMicros : 0;
    expect(position.unclaimedMicros).toBe(payout);
    expect(position.differenceMicros).toBe(position.exit.proceedsMicros - payout);
    const again = await run(nowhere, '--file', saved, '--offline', '--json');
    expect(JSON.parse(again.out)).toMatchObject({ positions: report.positions, total: report.total });
  });

  it('says that a wallet has no trades', async () => {
    const { code, out } = await run(hosts(), '--wallet', NO_TRADER);
    expect([code, out.replace(/\s+/g, ' ')]).toEqual([0, expect.stringContaining(`${NO_TRADER} has no trades`)]);
  });

  it.each([
    ['neither folder nor wallet', [], 2, 'Name a folder of recordings, or a wallet'],
    ['no address', ['--wallet', '0x12'], 2, '40 hexadecimal digits'],
    ['an address with a wrong character', ['--wallet', '0x52908400098527886E0F7030069857D2E4169Ee7'], 2, 'checksum'],
    [
      'an option that is the wallet’s own',
      ['--wallet', NO_TRADER, '--usd', '10'],
      2,
      "cannot be used with option '--usd",
    ],
    ['an exit that the suite does not take', ['--wallet', NO_TRADER, '--exit-lead', '0s'], 2, 'from 15s'],
    ['a time that no calendar has', ['--wallet', NO_TRADER, '--since', 'soon'], 2, '--since'],
    ['no file', ['--file', 'none.json'], 2, 'none.json cannot be read'],
    ['no network and no file', ['--wallet', NO_TRADER, '--offline'], 2, '--file'],
    ['a server that is not there', ['--wallet', NO_TRADER], 5, 'DATA_HOST'],
  ])('refuses %s', async (_, args, code, message) => {
    expect(await run(nowhere, ...args)).toMatchObject({ code, out: '', err: expect.stringContaining(message) });
  });

  it('names the row of a file that is wrong, and asks whose history it is', async () => {
    const file = join(folder, 'trades.json');
    const row = (proxyWallet: string) => ({
      ...{ proxyWallet, asset: '1', conditionId: `0x${'ab'.repeat(32)}`, side: 'BUY', size: 5, price: 0.4 },
      timestamp: 1_776_081_700,
    });
    writeFileSync(file, JSON.stringify([row(NO_TRADER), { ...row(NO_TRADER), size: 'many' }]));
    expect(await run(nowhere, '--file', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining('row 2 of 2: size'),
    });
    writeFileSync(file, JSON.stringify([row(NO_TRADER), row(wallet)]));
    expect((await run(nowhere, '--file', file)).err).toContain('rows of 2 wallets');
    const { out } = await run(nowhere, '--file', file, '--offline', '--wallet', NO_TRADER);
    expect(out.replace(/\s+/g, ' ')).toContain('1 trade on 2026-04-13, by trades.json; 1 position.');
  });
});
