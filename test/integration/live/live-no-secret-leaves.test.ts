import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveApiCredentials } from '#lib/adapters/polymarket/account/derive-api-credentials.ts';
import { parseApiCredentials } from '#lib/adapters/polymarket/api-credentials.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { describeError } from '#lib/runtime/describe-error.ts';
import { aLivePosition, aLiveSell, TEST_CREDENTIALS, TEST_FUNDER, TEST_KEY } from '#test/fixtures/live-account.ts';
import { makeLiveExchange } from '#test/fixtures/live-exchange.ts';
import { type RecordingVenue, startRecordingVenue, type VenueRequest } from '#test/fixtures/recording-venue.ts';

const soon = () => Date.now() + 5_000;
let venue: RecordingVenue;
beforeEach(async () => {
  venue = await startRecordingVenue();
  venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) }));
});
afterEach(() => venue.stop());

/** Everything that was returned, thrown or would be logged, as text. */
async function gather(work: Promise<unknown>): Promise<string> {
  const look = (value: unknown) => inspect(value, { depth: 20, showHidden: true, maxStringLength: null });
  return work.then(look, (error: unknown) => `${look(error)} ${JSON.stringify(describeError(error))}`);
}

function expectNoSecret(written: string, requests: readonly VenueRequest[]): void {
  const signatures = requests.flatMap(({ headers, body }) => [
    headers.poly_signature ?? '',
    ...(body.match(/0x[0-9a-f]{130,}/g) ?? []),
  ]);
  const secrets = [TEST_KEY.slice(2), ...Object.values(TEST_CREDENTIALS), ...signatures].filter((text) => text !== '');
  for (const secret of secrets) expect(written.toLowerCase()).not.toContain(secret.toLowerCase());
}

/** A server as talkative as one can be: it prints the request it did not like. */
const echo =
  (status: number) =>
  ({ headers, body, path }: VenueRequest) => ({
    status,
    body: { error: `could not serve ${path}: headers ${JSON.stringify(headers)} body ${body}` },
  });

describe('key, credentials, signature and headers', () => {
  it.each([400, 401, 403, 404, 422, 425, 429, 500, 503])(
    'are in nothing that a post leaves behind, though the venue echoes them with %i',
    async (status) => {
      for (const signatureType of [2, 3] as const) {
        venue.answer('/order', echo(status));
        const exchange = makeLiveExchange({ clobHost: venue.host, signatureType, walletAddress: TEST_FUNDER });
        const position = aLivePosition({ wallet: TEST_FUNDER });
        const intent = await exchange.prepareOrder(position, aLiveSell(), 2);
        const written = (await gather(exchange.postOrder(position, intent, soon()))) + inspect(intent);
        expectNoSecret(written, venue.requests);
      }
    },
  );

  it('are in no text of an answer that is no answer to an order', async () => {
    venue.answer('/order', ({ headers, body }) => ({ body: `<html>${JSON.stringify(headers)} ${body}</html>` }));
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    const written = await gather(exchange.postOrder(aLivePosition(), intent, soon()));
    expect(written).toContain('unknown');
    expectNoSecret(written, venue.requests);
  });

  it.each([400, 401, 425, 429, 500, 502])('are in no error of a look-up that is answered with %i', async (status) => {
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const position = aLivePosition();
    for (const path of [
      '/data/trades',
      '/data/orders',
      '/balance-allowance',
      '/cancel-market-orders',
      '/data/order/0x1',
    ]) {
      venue.answer(path, echo(status));
    }
    const written = await Promise.all([
      gather(exchange.listOrders(position, ['0x1'], soon())),
      gather(exchange.getBalance(position, soon())),
      gather(exchange.listRestingOrders(position, soon())),
      gather(exchange.cancelRestingOrders(position, soon())),
    ]);
    for (const each of written) expect(each).toContain('Error');
    expectNoSecret(written.join(), venue.requests);
  });

  it('are in no error of a connection that breaks', async () => {
    venue.answer('/balance-allowance', (_request, response) => {
      response.destroy();
      return null;
    });
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const written = await gather(exchange.getBalance(aLivePosition(), soon()));
    expect(written).toContain('UpstreamUnavailableError');
    expectNoSecret(written, venue.requests);
  });

  it('are not in the error about a key or credentials that cannot be used', async () => {
    const almostKey = `${TEST_KEY}ff`;
    const keyError = await gather(Promise.resolve().then(() => createKeySigningAccount(almostKey)));
    expect(keyError).toContain('ConfigError');
    expect(keyError).not.toContain(TEST_KEY.slice(2));
    const texts = [
      `${JSON.stringify(TEST_CREDENTIALS)},`,
      JSON.stringify({ ...TEST_CREDENTIALS, passphrase: `${TEST_CREDENTIALS.passphrase}\n` }),
      JSON.stringify({ ...TEST_CREDENTIALS, secret: `${TEST_CREDENTIALS.secret} ` }),
      JSON.stringify({ ...TEST_CREDENTIALS, key: 7 }),
      JSON.stringify(TEST_CREDENTIALS.secret),
    ];
    for (const text of texts) {
      const written = await gather(Promise.resolve().then(() => parseApiCredentials(text)));
      expect(written).toContain('ConfigError');
      expectNoSecret(written, []);
    }
  });

  it('are in no error of their own derivation', async () => {
    venue.answer('/auth/derive-api-key', echo(400));
    venue.answer('/auth/api-key', echo(500));
    const account = createKeySigningAccount(TEST_KEY);
    const written = await gather(deriveApiCredentials({ clock: systemClock, clobHost: venue.host, account }, soon()));
    expect(written).toContain('UpstreamUnavailableError');
    expectNoSecret(written, venue.requests);
  });
});

describe('a position on paper', () => {
  it('is refused before a key or a credential is loaded, and the venue hears nothing', async () => {
    let loadCount = 0;
    const load = async () => {
      loadCount += 1;
      throw new Error('must not be loaded');
    };
    const exchange = makeLiveExchange({ clobHost: venue.host, loadAccount: load, loadCredentials: load });
    const paper = aLivePosition({ mode: 'paper' });
    const intent = await makeLiveExchange({ clobHost: venue.host }).prepareOrder(aLivePosition(), aLiveSell(), 2);
    const error = { name: 'InvariantError' };
    await expect(exchange.prepareOrder(paper, aLiveSell(), 2)).rejects.toMatchObject(error);
    await expect(exchange.postOrder(paper, intent, soon())).rejects.toMatchObject(error);
    await expect(exchange.listOrders(paper, ['0x1'], soon())).rejects.toMatchObject(error);
    await expect(exchange.getBalance(paper, soon())).rejects.toMatchObject(error);
    await expect(exchange.refreshBalance(paper, soon())).rejects.toMatchObject(error);
    await expect(exchange.listRestingOrders(paper, soon())).rejects.toMatchObject(error);
    await expect(exchange.cancelRestingOrders(paper, soon())).rejects.toMatchObject(error);
    expect(loadCount).toBe(0);
    expect(venue.requests.filter(({ path }) => path !== '/time')).toEqual([]);
  });

  it('of another wallet is refused by name, and so is a key that is not the wallet', async () => {
    const exchange = makeLiveExchange({ clobHost: venue.host });
    const foreign = aLivePosition({ wallet: TEST_FUNDER });
    await expect(exchange.getBalance(foreign, soon())).rejects.toThrow(/another wallet/);
    const mismatched = makeLiveExchange({ clobHost: venue.host, walletAddress: TEST_FUNDER });
    await expect(mismatched.prepareOrder(foreign, aLiveSell(), 2)).rejects.toThrow(/does not belong to the wallet/);
    await expect(exchange.prepareOrder(aLivePosition(), aLiveSell({ negRisk: true }), 2)).rejects.toMatchObject({
      name: 'InvariantError',
    });
  });
});
