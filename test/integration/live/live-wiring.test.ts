import { afterEach, describe, expect, it } from 'vitest';
import { createTradingDeps, TradingEnvSchema } from '#functions/wiring/trading-deps.ts';
import { sendApproval } from '#lib/adapters/polygon/send-approval.ts';
import { createPolymarketBooks } from '#lib/adapters/polymarket/market-data/polymarket-books.ts';
import { QUIET_METER } from '#lib/runtime/metrics.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { kmsDouble } from '#test/fixtures/kms-double.ts';
import { aLivePosition, aLiveSell, TEST_ADDRESS, TEST_CREDENTIALS, TEST_KEY } from '#test/fixtures/live-account.ts';
import { startRecordingVenue } from '#test/fixtures/recording-venue.ts';
import { startAwsWire } from '#test/integration/aws/aws-wire.ts';

const BASE = {
  STAGE: 'test',
  TABLE_NAME: 'tminus-test',
  EXIT_QUEUE_URL: 'http://127.0.0.1:1/queue',
  SETTLE_QUEUE_URL: 'http://127.0.0.1:1/settle',
  CLOB_HOST: 'http://127.0.0.1:1',
  GAMMA_HOST: 'http://127.0.0.1:1',
  BINANCE_HOST: 'http://127.0.0.1:1',
};
const LIVE = {
  POLYGON_RPC_URL: 'http://127.0.0.1:1',
  LIVE_WALLET_ADDRESS: TEST_ADDRESS,
  LIVE_SIGNATURE_TYPE: '0',
  LIVE_KEY_SECRET: 'tminus/key',
  LIVE_CREDENTIALS_SECRET: 'tminus/credentials',
};

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function wire(settings: Readonly<Record<string, string>>) {
  const venue = await startRecordingVenue();
  venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) }));
  venue.answer('/order', { body: { success: true, errorMsg: '', orderID: '0x1', status: 'live' } });
  const kms = kmsDouble(TEST_KEY);
  const aws = await startAwsWire((request) => {
    if (request.target?.startsWith('TrentService.') === true) return kms(request);
    const isKey = request.body.SecretId === LIVE.LIVE_KEY_SECRET;
    return { status: 200, body: { SecretString: isKey ? TEST_KEY : JSON.stringify(TEST_CREDENTIALS) } };
  });
  const env = { ...aws.env, ...BASE, CLOB_HOST: venue.host, ...settings };
  const deps = await createTradingDeps(parseEnv(TradingEnvSchema, env), env, {
    meter: QUIET_METER,
    loadSendApproval: async () => sendApproval,
    createMarketData: createPolymarketBooks,
  });
  stops.push(
    aws.stop,
    venue.stop,
    () => deps.sqs.destroy(),
    () => deps.dynamodb.destroy(),
  );
  const secretsAsked = () => aws.requests.map(({ target, body }) => [target, body.SecretId ?? body.KeyId]);
  return { deps, venue, secretsAsked };
}

describe('a deployment without live trading', () => {
  it('has no live exchange and no live wallet', async () => {
    const { deps } = await wire({});
    expect(Object.keys(deps.accounts)).toEqual(['paper']);
    expect(deps.accounts.paper).toMatchObject({ address: 'paper-test', wallet: null });
  });

  it('may know a chain all the same', async () => {
    const { deps } = await wire({ POLYGON_RPC_URL: LIVE.POLYGON_RPC_URL });
    expect(Object.keys(deps.accounts)).toEqual(['paper']);
  });
});

describe('a deployment with live trading', () => {
  it('asks the vault for nothing before the first live order, then once for each secret', async () => {
    const { deps, venue, secretsAsked } = await wire(LIVE);
    const { exchange: live } = deps.accounts.live!;
    await expect(live.getBalance(aLivePosition({ mode: 'paper' }), Date.now() + 5_000)).rejects.toThrow(/not live/);
    expect(secretsAsked()).toEqual([]);
    for (let count = 0; count < 3; count += 1) {
      const intent = await live.prepareOrder(aLivePosition(), aLiveSell(), 2);
      expect(await live.postOrder(aLivePosition(), intent, Date.now() + 5_000)).toMatchObject({ outcome: 'accepted' });
    }
    expect(secretsAsked().toSorted()).toEqual([
      ['secretsmanager.GetSecretValue', 'tminus/credentials'],
      ['secretsmanager.GetSecretValue', 'tminus/key'],
    ]);
    expect(venue.sent('/order')).toHaveLength(3);
  });

  it('reads the credentials anew once the venue refuses them: they may have been renewed', async () => {
    const { deps, venue, secretsAsked } = await wire(LIVE);
    const { exchange: live } = deps.accounts.live!;
    const [position, soon] = [aLivePosition(), Date.now() + 5_000];
    venue.answer('/order', { status: 401, body: { error: 'Unauthorized/Invalid api key' } });
    const intent = await live.prepareOrder(position, aLiveSell(), 2);
    await live.postOrder(position, intent, soon);
    venue.answer('/order', { body: { success: true, errorMsg: '', orderID: '0x1', status: 'live' } });
    await live.postOrder(position, intent, soon);
    const named = secretsAsked().map(([, name]) => name);
    expect(named.filter((name) => name === LIVE.LIVE_CREDENTIALS_SECRET)).toHaveLength(2);
    expect(named.filter((name) => name === LIVE.LIVE_KEY_SECRET)).toHaveLength(1);
  });

  it('signs with a key of KMS where it is told to', async () => {
    const { LIVE_KEY_SECRET: _, ...others } = LIVE;
    const { deps, venue, secretsAsked } = await wire({ ...others, LIVE_KMS_KEY_ID: 'alias/tminus' });
    const { exchange: live } = deps.accounts.live!;
    const intent = await live.prepareOrder(aLivePosition(), aLiveSell(), 2);
    expect(await live.postOrder(aLivePosition(), intent, Date.now() + 5_000)).toMatchObject({ outcome: 'accepted' });
    expect(venue.sent('/order')).toHaveLength(1);
    expect(secretsAsked().filter(([target]) => target === 'TrentService.GetPublicKey')).toHaveLength(1);
  });

  it.each([
    ['0', 'true', true],
    ['0', 'false', false],
    ['2', 'true', false],
  ])('may approve with a wallet of type %s and LIVE_MAY_APPROVE=%s: %s', async (type, setting, mayApprove) => {
    const { deps, secretsAsked } = await wire({ ...LIVE, LIVE_SIGNATURE_TYPE: type, LIVE_MAY_APPROVE: setting });
    expect(deps.accounts.live!.wallet!.approveShares !== null).toBe(mayApprove);
    expect(secretsAsked()).toEqual([]);
  });

  it('names its wallet in the one spelling, whatever the setting looks like', async () => {
    for (const address of [TEST_ADDRESS.toLowerCase(), `0x${TEST_ADDRESS.slice(2).toUpperCase()}`, TEST_ADDRESS]) {
      const { deps } = await wire({ ...LIVE, LIVE_WALLET_ADDRESS: address });
      expect(deps.accounts.live!.address).toBe(TEST_ADDRESS);
    }
  });
});

describe('a deployment with half of it', () => {
  it.each([
    ['LIVE_WALLET_ADDRESS', 'LIVE_WALLET_ADDRESS'],
    ['LIVE_SIGNATURE_TYPE', 'LIVE_SIGNATURE_TYPE'],
    ['LIVE_KEY_SECRET', 'LIVE_KEY_SECRET or LIVE_KMS_KEY_ID'],
    ['LIVE_CREDENTIALS_SECRET', 'LIVE_CREDENTIALS_SECRET'],
    ['POLYGON_RPC_URL', 'POLYGON_RPC_URL'],
  ])('does not start without %s and names it', async (name, named) => {
    await expect(wire({ ...LIVE, [name]: '' })).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining(`Missing: ${named}.`),
    });
  });

  it('names everything that is missing at once', async () => {
    await expect(wire({ LIVE_SIGNATURE_TYPE: '3' })).rejects.toThrow(
      'Missing: POLYGON_RPC_URL, LIVE_WALLET_ADDRESS, LIVE_KEY_SECRET or LIVE_KMS_KEY_ID, LIVE_CREDENTIALS_SECRET.',
    );
  });

  it.each([
    [{ LIVE_KMS_KEY_ID: 'alias/tminus' }, /not both/],
    [{ LIVE_SIGNATURE_TYPE: '4' }, /LIVE_SIGNATURE_TYPE is wrong/],
    [{ LIVE_WALLET_ADDRESS: '0x12' }, /LIVE_WALLET_ADDRESS is wrong/],
    [{ LIVE_WALLET_ADDRESS: TEST_ADDRESS.replace('f39F', 'F39F') }, /LIVE_WALLET_ADDRESS is wrong \(its checksum/],
    [{ LIVE_MAY_APPROVE: 'yes' }, /LIVE_MAY_APPROVE is wrong/],
    [{ LIVE_KEY_SECRET: TEST_KEY }, /LIVE_KEY_SECRET is wrong .*it has been exposed/],
    [{ LIVE_CREDENTIALS_SECRET: JSON.stringify(TEST_CREDENTIALS) }, /LIVE_CREDENTIALS_SECRET is wrong/],
  ])('refuses what cannot be meant: %o', async (settings, message) => {
    const starting = wire({ ...LIVE, ...settings });
    await expect(starting).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringMatching(message) });
    await expect(starting).rejects.not.toThrow(TEST_KEY.slice(2));
  });
});
