import { describe, expect, it } from 'vitest';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { attemptHedge } from '#lib/lifecycle/sell/attempt-hedge.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createAskedVenue } from '#test/fakes/asked-venue.ts';

const policy = { ...DEFAULT_EXIT_POLICY, mayMerge: true };
const exiting = aPosition({ state: 'exiting', attemptCount: 4, firstExitAttemptAtMs: 1, policy });
const { marketEndsAtMs: ENDS_AT_MS } = exiting;
const POST_AT_MS = ENDS_AT_MS - 40_000;
const SELL = { sharesMicros: 36_000_000n, postAtMs: POST_AT_MS, orderType: 'FAK', onlyIfHeld: false } as const;
const DOWN = new UpstreamUnavailableError('Not reached');
const HELD = { sharesMicros: 36_000_000n, otherSharesMicros: 2_000_000n, approved: true };
const bookAt = (atMs: number) =>
  aBook({ bids: someLevels([['0.38', '500']]), asks: someLevels([['0.40', '500']]), atMs });

async function hedge(answers: object = {}, postAtMs = POST_AT_MS, hasChain = true) {
  const venue = createAskedVenue(postAtMs - 3_000, exiting, hasChain);
  Object.assign(venue.answers, { book: () => bookAt(venue.clock.nowMs()), holdings: HELD, ...answers });
  const after = await venue.clock.run(attemptHedge(venue.deps, exiting, { ...SELL, postAtMs }));
  return { ...venue, after, facts: venue.changes.map(({ event }) => event) };
}

describe('the purchase of the other outcome', () => {
  it('is decided on books, cash and shares, saved, posted once, and its answer saved', async () => {
    const { calls, facts, changes } = await hedge({ afterMs: 100 });
    const readAtMs = POST_AT_MS - 1_000;
    expect(calls).toEqual([
      { call: 'getCash', about: UP_TOKEN_ID, deadlineAtMs: readAtMs + 1_000 },
      { call: 'findBook', about: UP_TOKEN_ID, deadlineAtMs: readAtMs + 1_500 },
      { call: 'findBook', about: DOWN_TOKEN_ID, deadlineAtMs: readAtMs + 1_500 },
      { call: 'getHoldings', about: UP_TOKEN_ID, deadlineAtMs: readAtMs + 1_000 },
      { call: 'postOrder', about: DOWN_TOKEN_ID, deadlineAtMs: readAtMs + 6_100 },
    ]);
    expect(facts).toMatchObject([
      {
        ...{ type: 'hedge-intended', atMs: readAtMs + 100, leaseUntilMs: readAtMs + 8_100 },
        intent: { side: 'BUY', tokenId: DOWN_TOKEN_ID, attemptNumber: 5, sharesBeforeMicros: 2_000_000n },
      },
      { type: 'order-unknown', atMs: readAtMs + 200, text: 'lost' },
    ]);
    expect(changes[0]?.evidence).toMatchObject({
      ...{ bestBidMicros: '380000', bestOtherAskMicros: '400000' },
      ...{ cashMicros: '100000000', chainSharesMicros: '36000000' },
    });
    expect(changes[1]?.evidence).toEqual({ postedAtMs: readAtMs + 100, tookMs: 100, leftMs: 35_800 });
  });

  it('does without the cash and the own book, and without a chain', async () => {
    const { changes } = await hedge({ cash: DOWN });
    expect(changes[0]?.event.type).toBe('hedge-intended');
    expect(changes[0]?.evidence).toMatchObject({ cashMicros: null });
    const paper = await hedge({}, POST_AT_MS, false);
    expect(paper.facts[0]).toMatchObject({ type: 'hedge-intended' });
    expect(paper.facts[0]).not.toHaveProperty('intent.sharesBeforeMicros');
    expect(paper.changes[0]?.evidence).toMatchObject({ cashMicros: null, chainSharesMicros: null });
  });

  it.each<[string, object]>([
    ['shares-unseen', { holdings: DOWN }],
    ['no-book', { book: DOWN }],
    ['cash-short', { cash: 1_000_000n }],
  ])('is given up for %s, and the sell goes on', async (obstacle, answers) => {
    const { facts, changes } = await hedge(answers);
    expect(facts[0]).toMatchObject({ type: 'sell-intended' });
    expect(changes[0]?.evidence).toMatchObject({ hedge: obstacle });
  });

  it('is not made after the time of the last order', async () => {
    const { after, facts } = await hedge({ afterMs: 1_001 }, ENDS_AT_MS - 8_000);
    expect(after).toBe(exiting);
    expect(facts).toEqual([]);
    expect((await hedge({ afterMs: 1_000 }, ENDS_AT_MS - 8_000)).facts).not.toEqual([]);
  });
});
