import { describe, expect, it } from 'vitest';
import type { ExitingPosition, HoldingPosition, Position } from '#lib/domain/position/position.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { attemptSell, repostSell } from '#lib/lifecycle/sell/attempt-sell.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { DOWN_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';
import { type AskedVenue, createAskedVenue } from '#test/fakes/asked-venue.ts';

const holding = aPosition({ state: 'holding' });
const { exitDueAtMs: DUE_AT_MS, marketEndsAtMs: ENDS_AT_MS, policy } = holding;
const NOW_MS = DUE_AT_MS - 3_000;
const LAST_ORDER_AT_MS = ENDS_AT_MS - 8_000;
const DOWN = new UpstreamUnavailableError('Not reached');
const PLAN = { sharesMicros: 36_000_000n, postAtMs: DUE_AT_MS, orderType: 'FAK', onlyIfHeld: false } as const;
const MATCHED = {
  ...{ outcome: 'accepted', working: false },
  reported: { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 604_800n },
};
type Selling = HoldingPosition | ExitingPosition;

async function sell(
  answers: object = {},
  position: Selling = holding,
  plan: Partial<Parameters<typeof attemptSell>[2]> = {},
  nowMs = NOW_MS,
  change: (venue: AskedVenue) => AskedVenue['deps'] = ({ deps }) => deps,
) {
  const venue = createAskedVenue(nowMs, position);
  venue.answers.book = () => aBook({ atMs: venue.clock.nowMs() });
  Object.assign(venue.answers, { reply: MATCHED, ...answers });
  const because = { hedge: 'no-cash' };
  const after = await venue.clock.run(attemptSell(change(venue), position, { ...PLAN, ...plan }, because));
  const calls = venue.calls.map(({ call, deadlineAtMs }) => [call, deadlineAtMs]);
  return { ...venue, after, calls, facts: venue.changes.map(({ event }) => event) };
}
const DEADLINE_LETTER = [{ positionId: 'position-1', wakeUpId: 'deadline', source: 'delay' }, ENDS_AT_MS - 5_000];

describe('an attempt to sell', () => {
  it('reads a second before it is due, saves its intent, posts to the millisecond, and saves the answer', async () => {
    const { calls, facts, changes, after, letters } = await sell({ afterMs: 120 });
    expect(calls).toEqual([
      ['getHoldings', DUE_AT_MS],
      ['findBook', DUE_AT_MS + 500],
      ['postOrder', DUE_AT_MS + 6_000],
    ]);
    expect(facts).toEqual([
      {
        ...{ type: 'sell-intended', atMs: DUE_AT_MS - 880, postAtMs: DUE_AT_MS, leaseUntilMs: DUE_AT_MS + 8_000 },
        ...{ intent: expect.objectContaining({ side: 'SELL', limitPriceMicros: 580_000n }), needsApproval: false },
        ...{ underlyingMicros: 97_000_000_000n, bidMicros: 600_000n },
      },
      expect.objectContaining({ type: 'order-accepted', atMs: DUE_AT_MS + 120 }),
    ]);
    expect(changes[0]?.evidence).toEqual({
      ...{ hedge: 'no-cash', bookAtMs: DUE_AT_MS - 880, bestBidMicros: '600000', bidCount: 3 },
      ...{ chainSharesMicros: '36000000', chainOtherSharesMicros: '0', chainApproved: true },
    });
    expect(changes[1]?.evidence).toEqual({ postedAtMs: DUE_AT_MS, tookMs: 120 });
    expect(letters).toEqual([DEADLINE_LETTER]);
    expect(after).toBe(changes[1]?.after);
  });

  it('saves what the chain answered after the intent with the answer', async () => {
    const { changes } = await sell({ chainAfterMs: 990 });
    expect(changes[0]?.evidence).not.toHaveProperty('chainSharesMicros');
    expect(changes[1]?.evidence).toMatchObject({ postedAtMs: DUE_AT_MS, chainSharesMicros: '36000000' });
  });

  it('does not wait for a reference price', async () => {
    const findPriceMicros = () => new Promise<null>(() => undefined);
    const { facts } = await sell({}, holding, {}, NOW_MS, ({ deps }) => ({
      ...deps,
      referencePrice: { findPriceMicros },
    }));
    expect(facts[0]).toMatchObject({ underlyingMicros: null });
  });

  it('is due at once where its time has passed, and is leased from then', async () => {
    const nowMs = DUE_AT_MS + 20_000;
    const exiting = aPosition({ state: 'exiting', firstExitAttemptAtMs: DUE_AT_MS });
    const { facts, letters } = await sell({}, exiting, {}, nowMs);
    expect(facts[0]).toMatchObject({ atMs: nowMs, postAtMs: nowMs, leaseUntilMs: nowMs + 8_000 });
    // The first attempt sent the deadline's message.
    expect(letters).toEqual([]);
  });

  it('is not stopped by a queue that does not take the message of the deadline', async () => {
    expect((await sell({ send: DOWN })).facts).toHaveLength(2);
  });

  it.each([
    [LAST_ORDER_AT_MS, ['sell-intended', 'order-accepted']],
    [LAST_ORDER_AT_MS + 1, []],
  ])('is not made after the time of the last order', async (nowMs, types) => {
    const exiting = aPosition({ state: 'exiting' });
    const { facts, after } = await sell({}, exiting, { postAtMs: nowMs }, nowMs);
    expect(facts.map(({ type }) => type)).toEqual(types);
    if (types.length === 0) expect(after).toBe(exiting);
  });

  it.each<[bigint | null, string]>([
    [36_000_000n, 'sell-intended'],
    [35_999_999n, 'sell-put-off'],
    [null, 'sell-put-off'],
  ])('that waits for its shares is put off until the venue shows them: %s', async (balanceMicros, type) => {
    const balance = balanceMicros === null ? DOWN : { balanceMicros, approved: true };
    const exiting = aPosition({ state: 'exiting', postAgainAtMs: DUE_AT_MS + 9_000 });
    const { facts } = await sell({ balance }, exiting, { onlyIfHeld: true });
    expect(facts[0]).toMatchObject({ type });
    if (type === 'sell-put-off') expect(facts).toEqual([{ type, atMs: DUE_AT_MS - 1_000, balanceMicros }]);
  });

  it.each<[string, object, boolean, boolean]>([
    ['the chain shows none and the stage sends none', { approved: false }, true, true],
    ['the stage sends one', { approved: false }, false, false],
    ['there is one', { approved: true }, true, false],
    ['it is not known', { approved: null }, true, false],
  ])('needs an approval by hand where %s', async (_, seen, isByHand, needsApproval) => {
    const holdings = { sharesMicros: 36_000_000n, otherSharesMicros: 0n, ...seen };
    const { facts } = await sell({ holdings }, holding, {}, NOW_MS, ({ deps }) => {
      const { wallet } = deps.account;
      const own = wallet && isByHand ? { ...wallet, approveShares: null } : wallet;
      return { ...deps, account: { ...deps.account, wallet: own } };
    });
    expect(facts[0]).toMatchObject({ needsApproval });
  });

  it('is not posted by an invocation that was delayed past its grace', async () => {
    const late = async (delayMs: number) =>
      sell({}, holding, {}, NOW_MS, ({ deps, clock }) => {
        const save: typeof deps.store.save = async (change) => {
          await deps.store.save(change);
          if (change.event.type === 'sell-intended') await clock.sleepUntil(DUE_AT_MS + delayMs);
        };
        return { ...deps, store: { ...deps.store, save } };
      });
    const posts = ({ calls }: Awaited<ReturnType<typeof sell>>) => calls.filter(([call]) => call === 'postOrder');
    expect(posts(await late(2_000))).toHaveLength(1);
    const tooLate = await late(2_001);
    expect(posts(tooLate)).toEqual([]);
    expect(tooLate.facts.map(({ type }) => type)).toEqual(['sell-intended']);
    expect(tooLate.after).toBe(tooLate.changes[0]?.after);
    expect(tooLate.letters).toEqual([DEADLINE_LETTER]);
  });

  it('that is refused is diagnosed', async () => {
    const { facts, changes } = await sell({ reply: { outcome: 'refused', code: 'no-match', text: 'no match' } });
    expect(facts[1]).toMatchObject({ type: 'order-refused', cause: 'no-liquidity', orderHash: SELL_ORDER_HASH });
    expect(changes[1]?.evidence).toMatchObject({ postedAtMs: DUE_AT_MS, tookMs: 0 });
  });
});

describe('a sell that a request gave a floor', () => {
  const exitRequest = { atMs: NOW_MS, minPriceMicros: 610_000n };
  const asked = aPosition({ state: 'exiting', exitRequest });
  const own = { postAtMs: NOW_MS };

  it('is put off below it', async () => {
    const { facts } = await sell({}, asked, own);
    expect(facts).toEqual([{ type: 'sell-put-off', atMs: NOW_MS, balanceMicros: null, bidMicros: 600_000n }]);
  });

  it.each<[string, object, Selling, object]>([
    ['at it', {}, { ...asked, exitRequest: { ...exitRequest, minPriceMicros: 600_000n } }, own],
    ['without a bid', { book: aBook({ bids: [], atMs: NOW_MS }) }, asked, own],
    ['without a book', { book: DOWN }, asked, own],
    ['where it would rest', {}, asked, { ...own, orderType: 'GTC' }],
    ['once the exit is due', {}, asked, { postAtMs: DUE_AT_MS }],
    ['without a floor', {}, { ...asked, exitRequest: { atMs: NOW_MS } }, own],
  ])('is posted %s', async (_, answers, position, plan) => {
    expect((await sell(answers, position, plan)).facts[0]).toMatchObject({ type: 'sell-intended' });
  });
});

describe('an exit that a rule holds', () => {
  const held = aPosition({ state: 'holding', policy: { ...policy, rules: { holdAboveMicros: 600_000n } } });

  it("is written down when it is due, with the book, and the deadline's message is sent", async () => {
    const { facts, changes, letters, calls, after } = await sell({}, held);
    expect(facts).toEqual([
      { type: 'exit-held', atMs: DUE_AT_MS, priceMicros: 600_000n, proceedsMicros: expect.any(BigInt) },
    ]);
    expect(changes[0]?.evidence).toMatchObject({ bestBidMicros: '600000', bookAtMs: DUE_AT_MS - 1_000 });
    expect(letters).toEqual([DEADLINE_LETTER]);
    expect(calls.map(([call]) => call)).not.toContain('postOrder');
    expect(after.state).toBe('holding');
  });

  it('sends that message once', async () => {
    const again = { ...held, holdLook: { atMs: DUE_AT_MS, priceMicros: 600_000n, proceedsMicros: 1n } };
    const position: Position = { ...again, wakeUp: { id: 'v9', atMs: DUE_AT_MS + 6_000 } };
    const { facts, letters } = await sell({}, position, { postAtMs: DUE_AT_MS + 6_000 }, DUE_AT_MS + 5_000);
    expect(facts).toMatchObject([{ type: 'exit-held', atMs: DUE_AT_MS + 6_000 }]);
    expect(letters).toEqual([]);
  });

  it('is sold below its price', async () => {
    const book = aBook({ bids: someLevels([['0.59', '900']]), atMs: DUE_AT_MS });
    expect((await sell({ book }, held)).facts[0]).toMatchObject({ type: 'sell-intended' });
  });
});

describe('a sell of unknown outcome', () => {
  const unknown = { phase: 'unknown', sinceMs: NOW_MS } as const;
  const attemptAt = (limitPriceMicros: bigint) =>
    aLiveAttempt({ intent: anIntent({ limitPriceMicros }), phase: unknown });
  const repost = async (limitPriceMicros: bigint, nowMs = DUE_AT_MS + 10_000) => {
    const attempt = attemptAt(limitPriceMicros);
    const position = aPosition({ state: 'exiting', attemptCount: 2, attempts: [attempt] });
    const venue = createAskedVenue(nowMs, position);
    venue.answers.book = () => aBook({ atMs: nowMs });
    const after = await venue.clock.run(repostSell(venue.deps, position, attempt));
    return { ...venue, position, after, facts: venue.changes.map(({ event }) => event) };
  };

  it('is posted again unchanged, with a lease of its own', async () => {
    const nowMs = DUE_AT_MS + 10_000;
    const { facts, changes, calls, letters } = await repost(580_000n);
    expect(facts).toMatchObject([
      { type: 'sell-reposted', atMs: nowMs, orderHash: SELL_ORDER_HASH, leaseUntilMs: nowMs + 8_000 },
      { type: 'order-unknown', text: 'lost' },
    ]);
    expect(changes[0]?.evidence).toMatchObject({ bestBidMicros: '600000' });
    expect(changes[1]?.evidence).toEqual({ postedAtMs: nowMs, tookMs: 0 });
    expect(calls.map(({ call }) => call)).toEqual(['findBook', 'postOrder']);
    expect(letters).toEqual([]);
  });

  it('is left below the floor', async () => {
    const { after, position, facts } = await repost(579_999n);
    expect(after).toBe(position);
    expect(facts).toEqual([]);
  });

  it('is left after the time of the last order', async () => {
    expect((await repost(580_000n, LAST_ORDER_AT_MS)).facts).not.toEqual([]);
    expect((await repost(580_000n, LAST_ORDER_AT_MS + 1)).facts).toEqual([]);
  });

  it.each([
    ['token', { tokenId: DOWN_TOKEN_ID }],
    ['kind of market', { negRisk: true }],
    ['side', { side: 'BUY' }],
  ] as const)('is not posted where the row holds an order of another %s', async (_, differing) => {
    const attempt = aLiveAttempt({ intent: anIntent({ limitPriceMicros: 650_000n, ...differing }), phase: unknown });
    const position = aPosition({ state: 'exiting', attemptCount: 2, attempts: [attempt] });
    const venue = createAskedVenue(DUE_AT_MS + 10_000, position);
    await expect(repostSell(venue.deps, position, attempt)).rejects.toThrow(InvariantError);
    expect(venue.changes).toEqual([]);
    expect(venue.calls.map(({ call }) => call)).toEqual(['findBook']);
  });
});
