import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aLivePosition, aLiveSell, TEST_CREDENTIALS } from '#test/fixtures/live-account.ts';
import { makeLiveExchange } from '#test/fixtures/live-exchange.ts';
import { type RecordingVenue, startRecordingVenue, type VenueAnswer } from '#test/fixtures/recording-venue.ts';

const MATCHED = { success: true, errorMsg: '', status: 'matched', makingAmount: '36.01', takingAmount: '21.6' };
const UNAUTHORISED = { status: 401, body: { error: 'Unauthorized/Invalid api key' } };
const { key, secret, passphrase } = TEST_CREDENTIALS;
type Made = Record<'apiKey' | 'secret' | 'passphrase', string>;
const SAME: Made = { apiKey: key, secret, passphrase };
const OTHER: Made = { ...SAME, apiKey: 'another-key-of-this-account', passphrase: 'another-passphrase' };
const soon = () => Date.now() + 5_000;

let venue: RecordingVenue;
beforeEach(async () => {
  venue = await startRecordingVenue();
  venue.answer('/time', () => ({ body: Math.floor(Date.now() / 1_000) }));
});
afterEach(() => venue.stop());

/** Refuses every key until `path` was asked, which answers `made`; from then on it accepts the key that was made. */
function acceptAfter(path: string, made: Made): void {
  let isRevived = false;
  venue.answer(path, () => {
    isRevived = true;
    return { body: made };
  });
  const guarded = (answer: VenueAnswer) => (request: { headers: Readonly<Record<string, string | undefined>> }) =>
    isRevived && request.headers.poly_api_key === made.apiKey ? answer : UNAUTHORISED;
  venue.answer('/order', guarded({ body: MATCHED }));
  venue.answer('/balance-allowance', guarded({ body: { balance: '5', allowances: {} } }));
}

function aWorld() {
  const renewals: unknown[] = [];
  const onRenewed = (renewal: unknown) => void renewals.push(renewal);
  return { renewals, exchange: makeLiveExchange({ clobHost: venue.host, onRenewed }) };
}

describe('an order that is refused with a 401 although clock and vault are fresh', () => {
  it.each([
    ['/auth/derive-api-key', 'a lapsed session', SAME, true],
    ['/auth/derive-api-key', 'another key', OTHER, false],
    ['/auth/api-key', 'a lapsed session', SAME, true],
    ['/auth/api-key', 'another key', OTHER, false],
  ] as const)('is posted again after %s: %s', async (path, _why, made, isStored) => {
    acceptAfter(path, made);
    const { exchange, renewals } = aWorld();
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    expect(await exchange.postOrder(aLivePosition(), intent, soon())).toMatchObject({ outcome: 'accepted' });
    expect(venue.sent('/order').map(({ body }) => JSON.parse(body).owner)).toEqual([key, key, made.apiKey]);
    expect(venue.sent('/auth/derive-api-key')).toHaveLength(1);
    expect(renewals).toEqual([{ isStored }]);
    // Later requests use them at once.
    expect((await exchange.getBalance(aLivePosition(), soon())).balanceMicros).toBe(5n);
    expect(venue.sent('/balance-allowance')).toHaveLength(1);
  });

  it('is posted again after the second way when the first one did not help', async () => {
    venue.answer('/auth/derive-api-key', { body: SAME });
    acceptAfter('/auth/api-key', SAME);
    const { exchange } = aWorld();
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    expect(await exchange.postOrder(aLivePosition(), intent, soon())).toMatchObject({ outcome: 'accepted' });
    expect(venue.sent('/order')).toHaveLength(4);
  });

  it('is refused in the end, and the credentials are not derived again within a minute', async () => {
    venue.answer('/order', UNAUTHORISED);
    venue.answer('/auth/derive-api-key', { body: SAME });
    venue.answer('/auth/api-key', { status: 400, body: { error: 'Could not create api key' } });
    const { exchange, renewals } = aWorld();
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    for (let count = 0; count < 4; count += 1) {
      expect(await exchange.postOrder(aLivePosition(), intent, soon())).toMatchObject({
        outcome: 'refused',
        code: 'account-blocked',
      });
    }
    expect(venue.sent('/auth/derive-api-key')).toHaveLength(1);
    expect(venue.sent('/auth/api-key')).toHaveLength(1);
    expect(venue.sent('/order')).toHaveLength(12);
    expect(renewals).toEqual([]);
  });

  it('shares one renewal with all orders that are refused with it', async () => {
    acceptAfter('/auth/derive-api-key', OTHER);
    const { exchange } = aWorld();
    const posts = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), index + 2);
        return exchange.postOrder(aLivePosition(), intent, soon());
      }),
    );
    expect(posts.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 8 }, () => 'accepted'));
    expect(venue.sent('/auth/derive-api-key')).toHaveLength(1);
  });

  it('is not posted again when its words leave the outcome open, or when its answer is lost', async () => {
    venue.answer('/auth/derive-api-key', { body: SAME });
    const { exchange } = aWorld();
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    venue.answer('/order', { status: 401, body: { error: 'unauthorized: context canceled' } });
    expect(await exchange.postOrder(aLivePosition(), intent, soon())).toMatchObject({ outcome: 'unknown' });
    expect(venue.sent('/order')).toHaveLength(1);
    let count = 0;
    venue.answer('/order', (_request, response) => {
      count += 1;
      if (count === 1) return UNAUTHORISED;
      response.destroy();
      return null;
    });
    expect(await exchange.postOrder(aLivePosition(), intent, soon())).toMatchObject({ outcome: 'unknown' });
    expect(count).toBe(2);
    expect(venue.sent('/auth/derive-api-key')).toEqual([]);
  });

  it('shows nothing of the credentials, the derived ones included', async () => {
    venue.answer('/auth/derive-api-key', { body: OTHER });
    venue.answer('/order', ({ headers }) => ({
      status: 401,
      body: { error: `Unauthorized: ${headers.poly_api_key} ${headers.poly_passphrase} ${headers.poly_signature}` },
    }));
    const { exchange } = aWorld();
    const intent = await exchange.prepareOrder(aLivePosition(), aLiveSell(), 2);
    const shown = JSON.stringify(await exchange.postOrder(aLivePosition(), intent, soon()));
    for (const hidden of [OTHER.apiKey, OTHER.passphrase, OTHER.secret, key, passphrase]) {
      expect(shown).not.toContain(hidden);
    }
  });
});

describe('a look-up that is refused with a 401', () => {
  it('is repeated with derived credentials', async () => {
    acceptAfter('/auth/derive-api-key', OTHER);
    const { exchange } = aWorld();
    expect((await exchange.getBalance(aLivePosition(), soon())).balanceMicros).toBe(5n);
    expect(venue.sent('/balance-allowance')).toHaveLength(3);
  });
});
