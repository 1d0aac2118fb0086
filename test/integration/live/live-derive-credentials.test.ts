import { createL1Headers } from '@polymarket/clob-client-v2';
import { createWalletClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { polygon } from 'viem/chains';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deriveApiCredentials } from '#lib/adapters/polymarket/account/derive-api-credentials.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { TEST_CREDENTIALS, TEST_KEY } from '#test/fixtures/live-account.ts';
import { type RecordingVenue, startRecordingVenue } from '#test/fixtures/recording-venue.ts';

const { key: apiKey, secret, passphrase } = TEST_CREDENTIALS;
const KNOWN = { body: { apiKey, secret, passphrase } };
let venue: RecordingVenue;
beforeEach(async () => {
  venue = await startRecordingVenue();
  venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) }));
});
afterEach(() => venue.stop());
const derive = () =>
  deriveApiCredentials(
    { clock: systemClock, clobHost: venue.host, account: createKeySigningAccount(TEST_KEY) },
    Date.now() + 5_000,
  );

describe('the credentials of a key', () => {
  it('are those it has, asked for with the headers of the unmodified package', async () => {
    venue.answer('/auth/derive-api-key', KNOWN);
    expect(await derive()).toEqual(TEST_CREDENTIALS);
    expect(venue.sent('/auth/api-key')).toEqual([]);
    const { headers } = venue.sent('/auth/derive-api-key')[0]!;
    const client = createWalletClient({
      account: privateKeyToAccount(TEST_KEY),
      chain: polygon,
      transport: http(venue.host),
    });
    const theirs = await createL1Headers(client, 137, 0, Number(headers.poly_timestamp));
    expect(headers).toMatchObject(
      Object.fromEntries(Object.entries(theirs).map(([name, value]) => [name.toLowerCase(), value])),
    );
  });

  it.each([
    ['refuses', { status: 400, body: { error: 'Could not derive api key!' } }],
    ['has none', { body: {} }],
  ])('are made when the venue %s', async (_name, answer) => {
    venue.answer('/auth/derive-api-key', answer);
    venue.answer('/auth/api-key', KNOWN);
    expect(await derive()).toEqual(TEST_CREDENTIALS);
    expect(venue.sent('/auth/api-key')[0]).toMatchObject({ method: 'POST' });
  });

  it('are refused by name when the venue hands out none', async () => {
    venue.answer('/auth/derive-api-key', { status: 400, body: { error: 'no' } });
    venue.answer('/auth/api-key', { status: 400, body: { error: 'no' } });
    await expect(derive()).rejects.toMatchObject({ name: 'RejectedByUpstreamError', context: { status: 400 } });
  });
});
