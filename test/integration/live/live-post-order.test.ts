import { ClobClient, OrderType } from '@polymarket/clob-client-v2';
import { createWalletClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { polygon } from 'viem/chains';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildOrder } from '#lib/adapters/polymarket/orders/build-order.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import {
  aLivePosition,
  aLiveSell,
  TEST_ADDRESS,
  TEST_CREDENTIALS,
  TEST_FUNDER,
  TEST_KEY,
} from '#test/fixtures/live-account.ts';
import { makeLiveExchange } from '#test/fixtures/live-exchange.ts';
import { startMisbehavingServer } from '#test/fixtures/misbehaving-server.ts';
import { expectedSignature, type RecordingVenue, startRecordingVenue } from '#test/fixtures/recording-venue.ts';

const MATCHED = { success: true, errorMsg: '', status: 'matched', makingAmount: '36.01', takingAmount: '21.6' };
const soon = () => Date.now() + 5_000;

let venue: RecordingVenue;
beforeEach(async () => {
  venue = await startRecordingVenue();
  venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) }));
  venue.answer('/order', { body: { ...MATCHED, orderID: '0x1' } });
});
afterEach(() => venue.stop());

describe('a posted order', () => {
  it.each([
    [0, TEST_ADDRESS, 'FAK'],
    [1, TEST_FUNDER, 'FOK'],
    [2, TEST_FUNDER, 'GTC'],
    [3, TEST_FUNDER, 'FAK'],
  ] as const)('type %i is on the wire what the unmodified client sends', async (signatureType, wallet, orderType) => {
    const exchange = makeLiveExchange({ clobHost: venue.host, signatureType, walletAddress: wallet });
    const position = aLivePosition({ wallet });
    const intent = await exchange.prepareOrder(position, aLiveSell({ orderType }), 2);
    const reply = await exchange.postOrder(position, intent, soon());
    expect(reply).toMatchObject({ outcome: 'accepted' });

    const account = createKeySigningAccount(TEST_KEY);
    const built = await buildOrder({ address: wallet, signatureType, signerAddress: account.address }, intent);
    const client = new ClobClient({
      host: venue.host,
      chain: 137,
      signer: createWalletClient({
        account: privateKeyToAccount(TEST_KEY),
        chain: polygon,
        transport: http(venue.host),
      }),
      creds: TEST_CREDENTIALS,
      signatureType,
      funderAddress: wallet,
    });
    const order = built.withSignature(await account.signDigest(built.digest));
    await client.postOrder(order, OrderType[orderType], orderType === 'GTC');
    const [ours, theirs] = venue.sent('/order');
    expect(JSON.parse(ours!.body)).toEqual(JSON.parse(theirs!.body));
    for (const name of ['poly_address', 'poly_api_key', 'poly_passphrase', 'content-type']) {
      expect(ours!.headers[name]).toBe(theirs!.headers[name]);
    }
  });

  it('is signed over the very text that is sent, without a query', async () => {
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    await exchange.postOrder(aLivePosition(), intent, soon());
    const [request] = venue.sent('/order');
    expect(request!.headers.poly_signature).toBe(expectedSignature(request!));
    expect(request!.headers.poly_address).toBe(TEST_ADDRESS);
  });

  it('keeps salt, time and hash when another process posts it again', async () => {
    const position = aLivePosition();
    const intent = await makeLiveExchange({ clobHost: venue.host }).prepareOrder(position, aLiveSell(), 2);
    expect(venue.sent('/order')).toEqual([]);
    for (const exchange of [makeLiveExchange({ clobHost: venue.host }), makeLiveExchange({ clobHost: venue.host })]) {
      await exchange.postOrder(position, intent, soon());
    }
    const orders = venue.sent('/order').map(({ body }) => JSON.parse(body).order);
    expect(orders[0]).toMatchObject({ salt: Number(intent.salt), timestamp: String(intent.timestampMs) });
    expect(orders[1]).toEqual(orders[0]);
    const wallet = { address: TEST_ADDRESS, signatureType: 0, signerAddress: TEST_ADDRESS } as const;
    expect((await buildOrder(wallet, intent)).orderHash).toBe(intent.orderHash);
  });

  it('is not posted when the order as written down has another hash', async () => {
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    const altered = { ...intent, limitPriceMicros: intent.limitPriceMicros - 10_000n };
    const reply = await exchange.postOrder(aLivePosition(), altered, soon());
    expect(reply).toMatchObject({ outcome: 'refused', code: 'invalid-order' });
    expect(venue.sent('/order')).toEqual([]);
  });

  it('is not sent when the deadline has passed', async () => {
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    const reply = await exchange.postOrder(aLivePosition(), intent, Date.now() - 1);
    expect(reply).toMatchObject({ outcome: 'not-sent', code: 'not-reached' });
    expect(venue.sent('/order')).toEqual([]);
  });

  it('is not sent when the vault is down in a process that has just started', async () => {
    const position = aLivePosition();
    const intent = await makeLiveExchange({ clobHost: venue.host }).prepareOrder(position, aLiveSell(), 2);
    const loadCredentials = async () => Promise.reject(new UpstreamUnavailableError('The vault did not answer'));
    const broken = makeLiveExchange({ clobHost: venue.host, loadCredentials });
    const reply = await broken.postOrder(position, intent, soon());
    expect(reply).toMatchObject({ outcome: 'not-sent', code: 'not-reached' });
    const silent = makeLiveExchange({ clobHost: venue.host, loadAccount: () => new Promise(() => {}) });
    expect(await silent.postOrder(position, intent, Date.now() + 50)).toMatchObject({ outcome: 'not-sent' });
    expect(venue.sent('/order')).toEqual([]);
  });

  it('is signed again at the post when the key service failed before', async () => {
    const account = createKeySigningAccount(TEST_KEY);
    let callCount = 0;
    const signDigest = async (digest: string) => {
      callCount += 1;
      if (callCount === 1) throw new UpstreamUnavailableError('The key service did not answer');
      return account.signDigest(digest);
    };
    const exchange = makeLiveExchange({ clobHost: venue.host, loadAccount: async () => ({ ...account, signDigest }) });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    expect(await exchange.postOrder(aLivePosition(), intent, soon())).toMatchObject({ outcome: 'accepted' });
    expect(callCount).toBe(2);
  });
});

describe('a venue that misbehaves', () => {
  const prepare = () => makeLiveExchange({ clobHost: venue.host }).prepareOrder(aLivePosition(), aLiveSell(), 2);

  it.each(['half', 'hang', 'half-hang', 'drip', 'cut', 'noise'] as const)(
    'leaves the outcome unknown and gets the order once: %s',
    async (manner) => {
      const bad = await startMisbehavingServer();
      let postCount = 0;
      bad.answer((url) => {
        if (url !== '/order') return { status: 200, body: String(Math.floor(Date.now() / 1_000)), manner: 'whole' };
        postCount += 1;
        return { status: 200, body: JSON.stringify({ ...MATCHED, orderID: '0x1' }), manner };
      });
      const exchange = makeLiveExchange({ clobHost: bad.host });
      const reply = await exchange.postOrder(aLivePosition(), await prepare(), Date.now() + 400);
      expect(reply.outcome).toBe('unknown');
      expect(postCount).toBe(1);
      await bad.stop();
    },
  );

  it('never got the order when no connection came about', async () => {
    const gone = await startRecordingVenue();
    await gone.stop();
    const exchange = makeLiveExchange({ clobHost: gone.host });
    const reply = await exchange.postOrder(aLivePosition(), await prepare(), soon());
    expect(reply).toMatchObject({ outcome: 'not-sent', code: 'not-reached' });
  });

  it('gets an order once, whatever it says but that it does not know us', async () => {
    for (const status of [400, 403, 425, 429, 500, 502, 503]) {
      venue.answer('/order', { status, body: { error: 'no' } });
      await makeLiveExchange({ clobHost: venue.host }).postOrder(aLivePosition(), await prepare(), soon());
    }
    expect(venue.sent('/order')).toHaveLength(7);
  });
});

describe("the venue's clock", () => {
  const AN_HOUR_S = 3_600;
  const timestampOf = (path: string) => venue.sent(path).map(({ headers }) => Number(headers.poly_timestamp));

  it('goes into the headers, is read once, and holds for every later request', async () => {
    venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) + AN_HOUR_S }));
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    await exchange.postOrder(aLivePosition(), intent, soon());
    await exchange.postOrder(aLivePosition(), intent, soon());
    expect(venue.sent('/time')).toHaveLength(1);
    for (const seconds of timestampOf('/order')) {
      expect(Math.abs(seconds - AN_HOUR_S - Date.now() / 1_000)).toBeLessThan(30);
    }
  });

  it.each([
    ['text', () => String(Math.floor(Date.now() / 1_000) + AN_HOUR_S)],
    ['text in JSON', () => JSON.stringify(String(Math.floor(Date.now() / 1_000) + AN_HOUR_S))],
    ['milliseconds', () => Date.now() + AN_HOUR_S * 1_000],
  ])('is read from %s', async (_name, time) => {
    venue.answer('/time', () => ({ body: time() }));
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    await exchange.postOrder(aLivePosition(), intent, soon());
    expect(Math.abs(timestampOf('/order')[0]! - AN_HOUR_S - Date.now() / 1_000)).toBeLessThan(30);
  });

  it('is done without when it cannot be read, at once and for a while', async () => {
    venue.answer('/time', () => null);
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    expect(await exchange.postOrder(aLivePosition(), intent, soon())).toMatchObject({ outcome: 'accepted' });
    expect(Math.abs(timestampOf('/order')[0]! - Date.now() / 1_000)).toBeLessThan(30);
    expect(venue.sent('/time')).toHaveLength(1);
  });

  it('is read anew after a 401, and the request is repeated', async () => {
    let offsetSeconds = 0;
    venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) + offsetSeconds }));
    const isLate = (timestamp: string | undefined) => Number(timestamp) < Date.now() / 1_000 + AN_HOUR_S - 30;
    const unauthorized = { status: 401, body: { error: 'Unauthorized/Invalid api key' } };
    venue.answer('/balance-allowance', ({ headers }) =>
      isLate(headers.poly_timestamp) ? unauthorized : { body: { balance: '5', allowances: {} } },
    );
    venue.answer('/order', ({ headers }) => (isLate(headers.poly_timestamp) ? unauthorized : { body: MATCHED }));
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    offsetSeconds = AN_HOUR_S;
    expect(await exchange.postOrder(aLivePosition(), intent, soon())).toMatchObject({ outcome: 'accepted' });
    expect(venue.sent('/order')).toHaveLength(2);
    expect(venue.sent('/auth/derive-api-key')).toEqual([]);
    offsetSeconds = 2 * AN_HOUR_S;
    venue.answer('/balance-allowance', ({ headers }) =>
      Number(headers.poly_timestamp) < Date.now() / 1_000 + 2 * AN_HOUR_S - 30
        ? unauthorized
        : { body: { balance: '5', allowances: {} } },
    );
    expect((await exchange.getBalance(aLivePosition(), soon())).balanceMicros).toBe(5n);
    expect(venue.sent('/balance-allowance')).toHaveLength(2);
  });
});
