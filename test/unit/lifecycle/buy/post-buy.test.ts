import { describe, expect, it } from 'vitest';
import type { OrderTerms } from '#lib/domain/market/order.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import { StoreUnavailableError, UpstreamUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import { postBuy } from '#lib/lifecycle/buy/post-buy.ts';
import { UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { BUY_ORDER_HASH } from '#test/factories/an-intent.ts';
import { type AskedVenue, createAskedVenue } from '#test/fakes/asked-venue.ts';

const buying = aPosition({ state: 'buying' });
const { policy } = buying;
const ruled = aPosition({ state: 'buying', policy: { ...policy, rules: { stopLossMicros: 300_000n } } });
const NOW_MS = buying.openedAtMs + 200;
const ORDER: OrderTerms = {
  ...{ side: 'BUY', orderType: 'FOK', tokenId: UP_TOKEN_ID, negRisk: false, marketVersion: 'v1' },
  ...{ sharesMicros: 36_000_000n, limitPriceMicros: 650_000n },
};
const HELD: WalletHoldings = { sharesMicros: 4_000_000n, otherSharesMicros: 0n, approved: true };
const reported = { sharesMicros: 36_000_000n, valueMicros: 23_400_000n, feesMicros: 0n };
const MATCHED = { outcome: 'accepted', working: false, reported };
const WORKING = { outcome: 'accepted', working: true, reported };

async function buy(
  answers: object = {},
  chain?: (venue: AskedVenue) => Promise<WalletHoldings | null>,
  position = buying,
  change: (venue: AskedVenue) => AskedVenue['deps'] = ({ deps }) => deps,
) {
  const venue = createAskedVenue(NOW_MS, position);
  Object.assign(venue.answers, { reply: MATCHED, afterMs: 150, ...answers });
  const after = await venue.clock.run(postBuy(change(venue), position, ORDER, chain?.(venue)));
  return { ...venue, after, facts: venue.changes.map(({ event }) => event) };
}

/** The chain answers while the venue has the order. */
const late = async ({ clock }: AskedVenue) => {
  await clock.sleepUntil(NOW_MS + 100);
  return HELD;
};

describe('a buy', () => {
  it('is saved as an intent with a lease, posted once, and saved with its answer', async () => {
    const { facts, changes, calls, after, letters } = await buy();
    expect(facts).toEqual([
      {
        ...{ type: 'buy-intended', atMs: NOW_MS, leaseUntilMs: NOW_MS + 8_000 },
        intent: { ...ORDER, attemptNumber: 1, salt: '7', timestampMs: NOW_MS, orderHash: BUY_ORDER_HASH },
      },
      { type: 'order-accepted', orderHash: BUY_ORDER_HASH, working: false, reported, atMs: NOW_MS + 150 },
    ]);
    expect(changes[1]?.evidence).toEqual({ postedAtMs: NOW_MS, tookMs: 150 });
    expect(calls).toEqual([{ call: 'postOrder', about: UP_TOKEN_ID, deadlineAtMs: NOW_MS + 6_000 }]);
    expect(after).toBe(changes[1]?.after);
    expect(letters).toEqual([
      [
        { positionId: 'position-1', wakeUpId: after.state === 'holding' && after.wakeUp.id, source: 'retry' },
        after.state === 'holding' && after.wakeUp.atMs,
      ],
    ]);
  });

  it('starts the looks at the price where a rule needs them', async () => {
    const { letters } = await buy({}, undefined, ruled);
    expect(letters[1]).toMatchObject([{ wakeUpId: 'look', source: 'retry' }, NOW_MS + 150]);
  });

  it('is not failed by a queue that takes no message', async () => {
    const { after, letters } = await buy({ send: new UpstreamUnavailableError('Not reached') });
    expect(after.state).toBe('holding');
    expect(letters).toEqual([]);
  });

  it('is saved with the shares that the chain showed before it', async () => {
    const { facts } = await buy({ reply: WORKING }, async () => HELD);
    expect(facts).toMatchObject([
      { intent: { sharesBeforeMicros: 4_000_000n } },
      { type: 'order-accepted', sharesBeforeMicros: 4_000_000n },
    ]);
  });

  it.each<[string, object, bigint | undefined]>([
    ['while it works', WORKING, 4_000_000n],
    ['whose answer is lost', { outcome: 'unknown', text: 'lost' }, 4_000_000n],
    ['that has matched', MATCHED, undefined],
    ['that is refused', { outcome: 'refused', code: 'no-match', text: 'no match' }, undefined],
  ])('%s is saved with what the chain answered meanwhile, if that is still needed', async (_, reply, shares) => {
    const { facts } = await buy({ reply }, late);
    expect(facts[0]).not.toHaveProperty('intent.sharesBeforeMicros');
    const shown = facts[1] !== undefined && 'sharesBeforeMicros' in facts[1] ? facts[1].sharesBeforeMicros : undefined;
    expect(shown).toBe(shares);
  });

  it('says nothing of the shares where the chain did not answer', async () => {
    const { facts } = await buy({ reply: WORKING }, async () => null);
    expect(facts[0]).not.toHaveProperty('intent.sharesBeforeMicros');
    expect(facts[1]).not.toHaveProperty('sharesBeforeMicros');
  });

  it.each([
    [
      { outcome: 'unknown', text: 'lost' },
      { postedAtMs: NOW_MS, tookMs: 150 },
    ],
    [
      { outcome: 'refused', code: 'unrecognised', text: 'Words' },
      { postedAtMs: NOW_MS, tookMs: 150, isUnrecognised: true },
    ],
    [
      { outcome: 'refused', code: 'no-match', text: 'no match' },
      { postedAtMs: NOW_MS, tookMs: 150 },
    ],
  ])('notes whether the words of the venue were known: %o', async (reply, evidence) => {
    expect((await buy({ reply })).changes[1]?.evidence).toEqual(evidence);
  });

  it.each([
    [2_000, 1],
    [2_001, 0],
  ])('is posted only within its time after the intent: saved after %i ms', async (savedAfterMs, postCount) => {
    const { calls, after } = await buy({}, undefined, buying, ({ deps, clock }) => ({
      ...deps,
      store: {
        ...deps.store,
        save: async (change) => {
          await deps.store.save(change);
          if (change.event.type === 'buy-intended') await clock.sleepUntil(NOW_MS + savedAfterMs);
        },
      },
    }));
    expect(calls.filter(({ call }) => call === 'postOrder')).toHaveLength(postCount);
    expect(after.state).toBe(postCount === 1 ? 'holding' : 'buying');
  });

  it('is not posted where the opening was abandoned meanwhile', async () => {
    const voided = aPosition({ state: 'voided' });
    const { after, calls } = await buy({}, undefined, buying, ({ deps }) => ({
      ...deps,
      store: {
        ...deps.store,
        find: async () => voided,
        save: () => Promise.reject(new VersionConflictError('moved')),
      },
    }));
    expect(after).toBe(voided);
    expect(calls).toEqual([]);
  });

  it('is not posted where its intent may not be saved', async () => {
    const venue = createAskedVenue(NOW_MS, buying);
    const save = () => Promise.reject(new StoreUnavailableError('No answer'));
    const deps = { ...venue.deps, store: { ...venue.deps.store, save } };
    await expect(postBuy(deps, buying, ORDER, undefined)).rejects.toThrow(StoreUnavailableError);
    expect(venue.calls).toEqual([]);
  });
});
