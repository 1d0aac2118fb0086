import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '#lib/cli/main.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { kmsDouble } from '#test/fixtures/kms-double.ts';
import { TEST_ADDRESS, TEST_CREDENTIALS, TEST_KEY } from '#test/fixtures/live-account.ts';
import { type RecordingVenue, startRecordingVenue } from '#test/fixtures/recording-venue.ts';
import { startAwsWire, type WireAnswer } from '#test/integration/aws/aws-wire.ts';

const SECRET = 'tminus/live/api-credentials';
const { key: apiKey, secret, passphrase } = TEST_CREDENTIALS;

let venue: RecordingVenue;
let wire: Awaited<ReturnType<typeof startAwsWire>>;
let onPut: WireAnswer;
let onKey: WireAnswer | null;

beforeEach(async () => {
  onPut = { status: 200, body: { Name: SECRET } };
  onKey = null;
  venue = await startRecordingVenue();
  venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) }));
  venue.answer('/auth/derive-api-key', { body: { apiKey, secret, passphrase } });
  const kms = kmsDouble(TEST_KEY);
  wire = await startAwsWire((request) =>
    request.target === 'secretsmanager.PutSecretValue' ? onPut : (onKey ?? kms(request)),
  );
});
afterEach(() => Promise.all([venue.stop(), wire.stop()]));

async function run(...args: string[]) {
  const terminal = createFakeTerminal({ env: { ...wire.env, CLOB_HOST: venue.host } });
  const code = await main(['credentials', ...args], terminal);
  return { code, out: terminal.outLines.join('\n'), err: terminal.errLines };
}

const putRequests = () => wire.requests.filter(({ target }) => target === 'secretsmanager.PutSecretValue');

describe('tminus credentials', () => {
  it("names the key's address and stores what the venue hands out, without showing it", async () => {
    const { code, out, err } = await run('--stage', 'live');
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toContain(TEST_ADDRESS);
    expect(out).toContain(SECRET);
    for (const hidden of [apiKey, secret, passphrase]) expect(out).not.toContain(hidden);
    const [put] = putRequests();
    expect(put?.body.SecretId).toBe(SECRET);
    expect(JSON.parse(String(put?.body.SecretString))).toEqual(TEST_CREDENTIALS);
    expect(wire.requests[0]?.body).toEqual({ KeyId: 'alias/tminus/live/signing' });
  });

  it('says what to do when there is no place to store them, and shows nothing of them', async () => {
    onPut = { status: 400, errorType: 'ResourceNotFoundException', body: { Message: secret } };
    const { code, err } = await run('--stage', 'live');
    expect(code).toBe(5);
    expect(err).toEqual([
      expect.stringMatching(/could not be written \(ResourceNotFoundException\): deploy the state/),
    ]);
    expect(err[0]).not.toContain(secret);
  });

  it('asks for a log-in when AWS does not take the credentials', async () => {
    onKey = { status: 400, errorType: 'ExpiredTokenException' };
    expect(await run('--stage', 'live')).toMatchObject({ code: 5, err: [expect.stringMatching(/Log in again/)] });
    expect(putRequests()).toEqual([]);
  });

  it('stores nothing when the venue hands out nothing', async () => {
    venue.answer('/auth/derive-api-key', { status: 400, body: { error: 'no' } });
    venue.answer('/auth/api-key', { status: 400, body: { error: 'no' } });
    expect(await run('--stage', 'live')).toMatchObject({ code: 1 });
    expect(putRequests()).toEqual([]);
  });

  it('has nothing to do for a stage that only plays', async () => {
    expect(await run('--stage', 'paper')).toMatchObject({
      code: 3,
      err: [expect.stringMatching(/has no live trading/)],
    });
    expect(wire.requests).toEqual([]);
  });
});
