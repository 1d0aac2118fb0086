import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startLocalChain } from '#infra/venue/chain/start-local-chain.ts';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import { SLUG } from '#test/fixtures/chain-trader.ts';

const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const call = (rpcUrl: string, method: string) =>
  createRpc({ rpcUrl, clock: { nowMs: Date.now } }).sendOne({ method, params: [] }, Date.now() + 5_000);
const answers = async (rpcUrl: string): Promise<boolean> => {
  try {
    await call(rpcUrl, 'eth_chainId');
    return true;
  } catch {
    return false;
  }
};

describe('the local chain’s node', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  });

  it('is Polygon by its id, on loopback, and gone after its stop', async () => {
    const chain = await startLocalChain();
    cleanUps.push(chain.stop);
    expect(chain.rpcUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await call(chain.rpcUrl, 'eth_chainId')).toBe('0x89');
    await chain.stop();
    await chain.stop();
    expect(await answers(chain.rpcUrl)).toBe(false);
  });

  it('ends when the process that started it is killed', async () => {
    const script = fileURLToPath(new URL('../../fixtures/chain-child.ts', import.meta.url));
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    cleanUps.push(() => child.kill('SIGKILL'));
    const [rpcUrl] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    expect(await answers(rpcUrl)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => answers(rpcUrl)).toBe(false);
  });

  it('says what to do where its binary cannot be used', async () => {
    const error = await startLocalChain({ anvilPath: '/nonexistent/anvil' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toMatch(/npm ci.*ANVIL_PATH/);
  });

  it('forgets everything unless it is given a file, and then keeps wallets, shares and receipts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tminus-chain-'));
    cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
    const stateFile = join(folder, 'chain.json');
    const first = await startLocalChain({ stateFile });
    cleanUps.push(first.stop);
    const { wallet } = await first.createAccount({ owner: OWNER, signatureType: 2, cashMicros: 5n });
    await first.mintShares({ wallet, slug: SLUG, outcome: 'DOWN', sharesMicros: 42n });
    await first.stop();
    const second = await startLocalChain({ stateFile });
    cleanUps.push(second.stop);
    expect(await second.collateralOf(wallet)).toBe(5n);
    expect(await second.sharesOf(wallet, second.identify(SLUG).tokenIds.DOWN)).toBe(42n);
    await second.mintShares({ wallet, slug: SLUG, outcome: 'DOWN', sharesMicros: 1n });
    expect(await second.sharesOf(wallet, second.identify(SLUG).tokenIds.DOWN)).toBe(43n);
  });

  it('makes blocks by itself where it is asked to', async () => {
    const chain = await startLocalChain({ blockEveryS: 1 });
    cleanUps.push(chain.stop);
    const height = async () => Number(await call(chain.rpcUrl, 'eth_blockNumber'));
    const before = await height();
    await expect.poll(height).toBeGreaterThan(before);
  });
});
