import { Chain, ClobClient, OrderType, Side } from '@polymarket/clob-client-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalVenue } from '#infra/shared/local-venue.ts';
import { startLocalVenue } from '#infra/venue/start-local-venue.ts';
import { addRunningMarket } from '#test/fixtures/clob-market.ts';
import { anOrderBody, type ClobRequest, type OrderPlan, send } from '#test/fixtures/clob-request.ts';
import { aSigner, type ClobTrader, createTrader } from '#test/fixtures/clob-trader.ts';

const UNAUTHORISED = { status: 401, body: { error: 'Unauthorized/Invalid api key' } };

describe('authentication and permissions at the local venue', () => {
  let venue: LocalVenue;
  let plan: OrderPlan;
  let trader: ClobTrader;
  let safe: ClobTrader;
  let deposit: ClobTrader;

  beforeAll(async () => {
    venue = await startLocalVenue({ seed: 'auth' });
    const { tokenId } = await addRunningMarket(venue);
    plan = { tokenId, side: Side.BUY, price: 0.01, size: 10, orderType: OrderType.GTC };
    trader = await createTrader(venue);
    safe = await createTrader(venue, { signatureType: 2 });
    deposit = await createTrader(venue, { signatureType: 3 });
  });
  afterAll(() => venue.stop());

  const post = async (who: ClobTrader, change = {}, envelope = {}) =>
    send(venue, who, { method: 'POST', path: '/order', body: await anOrderBody(who, plan, change, envelope) });

  it('creates a key once, and derives the same key', async () => {
    const { signer } = aSigner();
    const client = new ClobClient({ host: venue.clobHost, chain: Chain.POLYGON, signer, throwOnError: true });
    await expect(client.deriveApiKey()).rejects.toThrow('Could not derive api key');
    const creds = await client.createApiKey();
    expect(creds).toEqual({
      key: expect.stringMatching(/^[0-9a-f-]{36}$/),
      secret: expect.any(String),
      passphrase: expect.any(String),
    });
    expect(await client.deriveApiKey()).toEqual(creds);
    await expect(client.createApiKey()).rejects.toThrow('Could not create api key');
    expect((await client.createApiKey(1)).key).not.toBe(creds.key);
  });

  it('accepts its keys after a restart with the same seed', async () => {
    const again = await startLocalVenue({ seed: 'auth' });
    try {
      again.registerAccount({ wallet: trader.wallet, owner: trader.owner, signatureType: 0 });
      expect(await send(again, trader, { path: '/data/orders' })).toMatchObject({ status: 200 });
    } finally {
      await again.stop();
    }
  });

  it.each([
    ['another address', { POLY_ADDRESS: `0x${'11'.repeat(20)}` }],
    ['an old time', { POLY_TIMESTAMP: '1700000000' }],
    ['another nonce than was signed', { POLY_NONCE: '7' }],
    ['no signature', { POLY_SIGNATURE: '' }],
    ['a signature that is no point of the curve', { POLY_SIGNATURE: `0x${'ff'.repeat(65)}` }],
  ])('gives no key to %s', async (_what, broken) => {
    const { createL1Headers } = await import('@polymarket/clob-client-v2');
    const { signer } = aSigner();
    const headers = { ...(await createL1Headers(signer, Chain.POLYGON)), ...broken } as Record<string, string>;
    const response = await fetch(`${venue.clobHost}/auth/api-key`, { method: 'POST', headers });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ error: 'Invalid L1 Request headers' });
  });

  it.each<[string, Partial<ClobRequest>]>([
    ['a wrong signature', { headers: { POLY_SIGNATURE: 'AAAA' } }],
    ['a wrong passphrase', { headers: { POLY_PASSPHRASE: 'other' } }],
    ['a wrong key', { headers: { POLY_API_KEY: '00000000-0000-0000-0000-000000000000' } }],
    ['somebody else’s key', { headers: { POLY_ADDRESS: `0x${'22'.repeat(20)}` } }],
    ['a clock that is a minute late', { timestampS: Math.floor(Date.now() / 1_000) - 60 }],
    ['a clock that is a minute early', { timestampS: Math.floor(Date.now() / 1_000) + 60 }],
  ])('refuses a request with %s', async (_what, broken) => {
    expect(await send(venue, trader, { path: '/data/orders', ...broken })).toMatchObject(UNAUTHORISED);
  });

  it('signs the body to the byte and the path without its query', async () => {
    const body = await anOrderBody(trader, plan);
    const timestampS = Math.floor(Date.now() / 1_000);
    const signed = await send(venue, trader, { path: '/data/orders?market=none&next_cursor=MA==', timestampS });
    expect(signed.status).toBe(200);
    // The same JSON with one more space is another body.
    const proof = new Request('http://127.0.0.1', { method: 'POST', body });
    const spaced = (await proof.text()).replace('{', '{ ');
    const original = globalThis.fetch;
    const reply = await (async () => {
      try {
        globalThis.fetch = (input, init) => original(input, { ...init, body: spaced });
        return await send(venue, trader, { method: 'POST', path: '/order', body });
      } finally {
        globalThis.fetch = original;
      }
    })();
    expect(reply).toMatchObject(UNAUTHORISED);
  });

  it('accepts orders for a key’s own wallet', async () => {
    for (const who of [trader, safe, deposit]) {
      expect(await post(who)).toMatchObject({ status: 200, body: { success: true, status: 'live' } });
    }
  });

  it.each([
    ['of another API key', {}, { owner: 'somebody' }, 'the order owner has to be the owner of the API KEY'],
    [
      'for a wallet nobody registered',
      { maker: `0x${'33'.repeat(20)}` },
      {},
      'maker address not allowed, please use the deposit wallet flow',
    ],
    [
      'whose signer is another one',
      { signer: `0x${'33'.repeat(20)}` },
      {},
      'the order signer address has to be the address of the API KEY',
    ],
    ['whose size was changed', { takerAmount: '20000000' }, {}, 'invalid signature'],
    ['of another signature type', { signatureType: 2 }, {}, 'invalid signature'],
    ['that nobody signed', { signature: `0x${'00'.repeat(65)}` }, {}, 'invalid signature'],
    ['for a token that does not exist', { tokenId: '12345' }, {}, 'Invalid token id'],
    ['without a side', { side: undefined }, {}, 'Invalid order payload'],
    ['of an unknown kind', {}, { orderType: 'IOC' }, 'Invalid order payload'],
    [
      'of the protocol’s first version',
      { timestamp: undefined, nonce: '0', feeRateBps: '0' },
      {},
      'order_version_mismatch',
    ],
  ])('refuses an order %s', async (_what, change, envelope, error) => {
    expect(await post(trader, change, envelope)).toMatchObject({ status: 400, body: { error } });
  });

  it('refuses an order for the wallet of another owner, of every type', async () => {
    const other = await createTrader(venue, { signatureType: 2 });
    expect(await post(safe, { maker: other.wallet })).toMatchObject({ body: { error: 'invalid signature' } });
    const stranger = await createTrader(venue, { signatureType: 3 });
    expect(await post(deposit, { maker: stranger.wallet, signer: stranger.wallet })).toMatchObject({
      body: { error: 'the order signer address has to be the address of the API KEY' },
    });
  });

  it('checks every part of a deposit wallet’s nested signature', async () => {
    const body = JSON.parse(await anOrderBody(deposit, plan)) as { order: { signature: string } };
    const { signature } = body.order;
    const flip = (index: number): string => {
      const digit = signature[index] === '0' ? '1' : '0';
      return signature.slice(0, index) + digit + signature.slice(index + 1);
    };
    // One digit each of the inner signature, the domain, the contents' hash, their type and its length.
    for (const index of [20, 140, 204, 300, signature.length - 1]) {
      const broken = JSON.stringify({ ...body, order: { ...body.order, signature: flip(index) } });
      const reply = await send(venue, deposit, { method: 'POST', path: '/order', body: broken });
      expect(reply).toMatchObject({ status: 400, body: { error: 'invalid signature' } });
    }
  });

  it('does not show or cancel the orders of other callers', async () => {
    const { body } = await post(trader);
    const { orderID } = body as { orderID: string };
    const path = `/data/order/${orderID}`;
    expect(await send(venue, trader, { path })).toMatchObject({ status: 200 });
    expect(await send(venue, safe, { path })).toMatchObject({ status: 404, body: { error: 'Order not found' } });
    const cancel = { method: 'DELETE', path: '/order', body: JSON.stringify({ orderID }) } as const;
    expect((await send(venue, safe, cancel)).body).toMatchObject({ canceled: [] });
    expect((await send(venue, trader, cancel)).body).toMatchObject({ canceled: [orderID] });
  });

  it('keeps balances by signature type, and requires the token', async () => {
    const balance = async (query: string, who = safe) =>
      (await send(venue, who, { path: `/balance-allowance?${query}` })).body;
    expect(await balance('asset_type=COLLATERAL&signature_type=2')).toMatchObject({ balance: '10000000000' });
    expect(await balance('asset_type=COLLATERAL&signature_type=0')).toMatchObject({ balance: '0' });
    expect(await balance('signature_type=2')).toEqual({ error: 'Invalid asset type' });
    expect(await balance('asset_type=CONDITIONAL&signature_type=2')).toEqual({
      error: expect.stringContaining('assetId invalid value -1'),
    });
    expect(await balance(`asset_type=CONDITIONAL&token_id=${plan.tokenId}&signature_type=2`)).toMatchObject({
      balance: '0',
    });
    const update = { path: '/balance-allowance/update?asset_type=CONDITIONAL' };
    expect(await send(venue, safe, update)).toMatchObject({ status: 400 });
  });

  it('answers a body that is not JSON or too large, and goes on', async () => {
    const broken = { method: 'POST', path: '/order', body: '{"order":' } as const;
    expect(await send(venue, trader, broken)).toMatchObject({ status: 400, body: { error: 'Invalid order payload' } });
    const huge = { method: 'POST', path: '/order', body: `"${'x'.repeat(300_000)}"` } as const;
    expect((await send(venue, trader, huge)).status).toBe(413);
  });
});
