import { describe, expect, it } from 'vitest';
import type { Market } from '#lib/domain/market/market.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import type { ForeignHolding, ToldMarket } from '#lib/domain/news/foreign-holding.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { InvariantError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type WatchWalletDeps, watchWallet } from '#lib/lifecycle/watch/watch-wallet.ts';
import type { IndexedHolding } from '#lib/ports/wallet/wallet-positions.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';

const NOW_MS = Date.UTC(2026, 2, 13, 12);
const DAY_MS = 86_400_000;
const WON: TokenPayout = { own: 1n, other: 0n, total: 1n };

const marketOf = (n: number, overrides: Partial<Market> = {}): Market =>
  aMarket({
    ...{ slug: `market-${n}`, conditionId: `0xc${n}`, asset: null, outcomeNames: { UP: 'Yes', DOWN: 'No' } },
    ...{ tokenIds: { UP: `${n}1`, DOWN: `${n}2` }, startsAtMs: NOW_MS - DAY_MS, endsAtMs: NOW_MS + DAY_MS },
    ...overrides,
  });

type Given = {
  readonly markets?: readonly Market[];
  readonly held?: Readonly<Record<string, bigint>>;
  readonly payouts?: Readonly<Record<string, TokenPayout>>;
  readonly endsAtMs?: number | null;
  readonly told?: Readonly<Record<string, ToldMarket>>;
  readonly policy?: WatchWalletDeps['policy'];
  readonly taking?: WatchWalletDeps['taking'];
  readonly blockAtMs?: number;
  readonly overrides?: Partial<WatchWalletDeps>;
};

const TELLS = { isGuarding: false, isRedeeming: false };

/** A stage that tells, its wallet and its venue. */
function aWatch(given: Given = {}) {
  const { markets = [marketOf(1)], held = { '11': 10_000_000n }, payouts = {}, policy = TELLS, taking = null } = given;
  const { endsAtMs = NOW_MS + DAY_MS, blockAtMs = NOW_MS - 4_000 } = given;
  const published: ForeignHolding[] = [];
  const saved: [string, ToldMarket][] = [];
  const table = new Map(Object.entries(given.told ?? {}));
  const asked: string[] = [];
  const holdings = Object.keys(held).map((tokenId): IndexedHolding => {
    const n = tokenId.slice(0, -1);
    const isFirst = tokenId.endsWith('1');
    return {
      ...{ tokenId, conditionId: `0xc${n}`, marketSlug: `market-${n}`, outcomeIndex: isFirst ? 0 : 1, negRisk: false },
      ...{ oppositeTokenId: `${n}${isFirst ? 2 : 1}`, sharesMicros: 0n, isRedeemable: false, marketEndsAtMs: endsAtMs },
    };
  });
  const deps: WatchWalletDeps = {
    ...{ clock: { nowMs: () => NOW_MS }, store: createMemoryPositionStore(), policy, taking },
    ...{ memory: new Map(), verdicts: new Map() },
    bus: {
      publish: async (events) =>
        void published.push(...events.flatMap((each) => (each.type === 'foreign-holding' ? [each.holding] : []))),
    },
    told: {
      find: async (_, conditionId) => {
        asked.push(`told ${conditionId}`);
        return table.get(conditionId) ?? null;
      },
      save: async (_, conditionId, market) => {
        saved.push([conditionId, market]);
        table.set(conditionId, market);
      },
    },
    positions: { listHoldings: async () => ({ holdings, unreadableCount: 2, unreadableNames: ['odd'] }) },
    tokens: {
      identify: () => ({ marketVersion: 'v1', otherTokenId: null }),
      readShares: async (_, ids) => ({
        block: { number: 7n, atMs: blockAtMs },
        sharesOf: new Map(ids.map((id) => [id, held[id] ?? 0n])),
      }),
      readPayout: async ({ conditionId, tokenId, otherTokenId }) => {
        asked.push(`payout ${conditionId} ${tokenId} ${otherTokenId}`);
        return payouts[conditionId] ?? null;
      },
    },
    marketData: {
      findMarket: async (slug) => {
        asked.push(`market ${slug}`);
        return markets.find((each) => each.slug === slug);
      },
      findBook: async (tokenId) => aBook({ tokenId, atMs: NOW_MS, bids: someLevels([['0.50', '1000']]) }),
    },
    ...given.overrides,
  };
  const look = (deadlineAtMs = NOW_MS + 30_000) => watchWallet(deps, { walletAddress: WALLET, deadlineAtMs });
  return { deps, look, published, saved, asked };
}

const HOLDING: ForeignHolding = {
  ...{ wallet: WALLET, conditionId: '0xc1', marketVersion: 'v1', marketSlug: 'market-1' },
  ...{ marketEndsAtMs: NOW_MS + DAY_MS, isEndCertain: false, isResolved: false, besidePositionId: null },
  ...{ ownPositionId: null, afterPositionId: null, atMs: NOW_MS, refusal: null },
  // Ten at 0.50, less the fee of 7 % of p(1 - p).
  outcomes: [{ tokenId: '11', name: 'Yes', sharesMicros: '10000000', worthMicros: '4825000' }],
};
const TOLD: ToldMarket = { shares: new Map([['11', 10_000_000n]]), by: 'tell', isResolved: false, atMs: NOW_MS };
const QUIET = {
  ...{ outcome: 'watched', heldCount: 1, told: [], taken: [], failed: [], leftCount: 0 },
  ...{ unreadableCount: 2, unreadableNames: ['odd'], isNodeBehind: false },
};

describe('a stage that tells', () => {
  it('tells once what it found, with its worth, and remembers it', async () => {
    const watch = aWatch();
    expect(await watch.look()).toEqual({ ...QUIET, told: [HOLDING] });
    expect(watch.published).toEqual([HOLDING]);
    expect(watch.saved).toEqual([['0xc1', TOLD]]);
    expect(watch.asked).toEqual(['told 0xc1', 'payout 0xc1 11 12', 'market market-1']);
    expect(await watch.look()).toEqual(QUIET);
    // All was said of it: neither chain nor venue is asked again.
    expect(watch.asked).toHaveLength(3);
    expect(watch.saved).toHaveLength(1);
  });

  it('does not tell again what a process before it told, and writes nothing', async () => {
    const watch = aWatch({ told: { '0xc1': { ...TOLD, atMs: NOW_MS - DAY_MS } } });
    expect(await watch.look()).toEqual(QUIET);
    expect([watch.published, watch.saved]).toEqual([[], []]);
    expect(watch.asked).toEqual(['told 0xc1', 'payout 0xc1 11 12']);
  });

  it('tells again what has grown by a tenth, and remembers the larger amount', async () => {
    const watch = aWatch({ told: { '0xc1': { ...TOLD, shares: new Map([['11', 9_000_000n]]), atMs: 5 } } });
    expect(await watch.look()).toMatchObject({ told: [{ conditionId: '0xc1' }] });
    expect(watch.saved).toEqual([['0xc1', TOLD]]);
  });

  it('tells the result of a told market as winnings, once', async () => {
    const watch = aWatch({ told: { '0xc1': { ...TOLD, atMs: 5 } }, payouts: { '0xc1': WON } });
    const outcomes = [{ tokenId: '11', name: 'Yes', sharesMicros: '10000000', worthMicros: '10000000' }];
    expect(await watch.look()).toMatchObject({ told: [{ isResolved: true, outcomes }] });
    expect(watch.saved).toEqual([['0xc1', { ...TOLD, isResolved: true }]]);
    await watch.look();
    expect(watch.published).toHaveLength(1);
  });

  it('never tells of a market that lost, and remembers that, from when it was told', async () => {
    const lost = { own: 0n, other: 1n, total: 1n };
    const before = { ...TOLD, atMs: 5 };
    const watch = aWatch({ told: { '0xc1': before }, payouts: { '0xc1': lost } });
    expect(await watch.look()).toEqual(QUIET);
    expect(watch.saved).toEqual([['0xc1', { ...before, isResolved: true }]]);
    const fresh = aWatch({ payouts: { '0xc1': lost } });
    await fresh.look();
    expect([fresh.published, fresh.saved]).toEqual([[], [['0xc1', { ...TOLD, isResolved: true }]]]);
  });

  it.each<[string, Given, Partial<ForeignHolding>]>([
    ['that the venue does not list', { markets: [] }, { marketEndsAtMs: NOW_MS + DAY_MS, isEndCertain: false }],
    ['whose end is the one of its window', { markets: [marketOf(1, { asset: 'BTC' })] }, { isEndCertain: true }],
    [
      'that the venue lists under other tokens',
      { markets: [marketOf(1, { tokenIds: { UP: '11', DOWN: '99' }, asset: 'BTC' })] },
      { isEndCertain: false },
    ],
    [
      'that the venue lists under another condition',
      { markets: [marketOf(1, { conditionId: '0xee', asset: 'BTC' })] },
      { isEndCertain: false },
    ],
    [
      'whose condition the venue writes in capitals',
      { markets: [marketOf(1, { conditionId: '0xC1', asset: 'BTC' })] },
      { isEndCertain: true },
    ],
    [
      'that ends at another time than the index says',
      { markets: [marketOf(1, { endsAtMs: NOW_MS + 5 })] },
      { marketEndsAtMs: NOW_MS + 5 },
    ],
  ])('tells of a market %s', async (_what, given, expected) => {
    const watch = aWatch(given);
    await watch.look();
    expect(watch.published).toMatchObject([{ marketSlug: 'market-1', ...expected }]);
  });

  it('tells of a market without a name or worth where the venue does not answer', async () => {
    const findMarket = () => Promise.reject(new UpstreamUnavailableError('Away'));
    const { deps } = aWatch();
    const watch = aWatch({ overrides: { marketData: { ...deps.marketData, findMarket } } });
    await watch.look();
    const [outcome] = HOLDING.outcomes;
    expect(watch.published).toEqual([{ ...HOLDING, outcomes: [{ ...outcome, name: null, worthMicros: null }] }]);
  });

  it.each<[string, Given, WatchWalletDeps['marketData']['findBook']]>([
    ['has no book', {}, async () => undefined],
    ['has a book that cannot be read', {}, () => Promise.reject(new UpstreamUnavailableError('Away'))],
    ['has an old book', {}, async (tokenId) => aBook({ tokenId, atMs: NOW_MS - DAY_MS })],
    ['takes no orders', { markets: [marketOf(1, { acceptingOrders: false })] }, async () => aBook({ atMs: NOW_MS })],
  ])('does not say what shares are worth where the market %s', async (_what, given, findBook) => {
    const { deps } = aWatch(given);
    const watch = aWatch({ ...given, overrides: { marketData: { ...deps.marketData, findBook } } });
    await watch.look();
    expect(watch.published).toMatchObject([{ outcomes: [{ name: 'Yes', worthMicros: null }] }]);
  });

  it('waits for a book no longer than two seconds, and no longer than the run', async () => {
    const { deps } = aWatch();
    const deadlines: number[] = [];
    const findBook: WatchWalletDeps['marketData']['findBook'] = async (_tokenId, deadlineAtMs) => {
      deadlines.push(deadlineAtMs - NOW_MS);
      return undefined;
    };
    await aWatch({ overrides: { marketData: { ...deps.marketData, findBook } } }).look();
    expect(deadlines).toEqual([2_000]);
  });

  it('begins no market for which its time may not be enough', async () => {
    expect(await aWatch().look(NOW_MS + 6_000)).toMatchObject({ told: [HOLDING], leftCount: 0 });
    expect(await aWatch().look(NOW_MS + 5_999)).toEqual({ ...QUIET, leftCount: 1 });
  });

  it('acts on ten markets a run, and leaves the others to the next', async () => {
    const held = Object.fromEntries(Array.from({ length: 13 }, (_, n) => [`${n + 1}1`, 10_000_000n]));
    const watch = aWatch({ held, markets: [] });
    expect(await watch.look()).toMatchObject({ heldCount: 13, leftCount: 3 });
    expect(watch.published).toHaveLength(10);
    expect(await watch.look()).toMatchObject({ heldCount: 13, leftCount: 0 });
    expect(watch.published.map(({ conditionId }) => conditionId)).toEqual(
      Array.from({ length: 13 }, (_, n) => `0xc${n + 1}`),
    );
  });

  it('leaves out markets that the index names and the wallet no longer holds', async () => {
    const watch = aWatch({ held: { '11': 0n, '21': 10_000_000n } });
    expect(await watch.look()).toMatchObject({ heldCount: 1, told: [{ conditionId: '0xc2' }] });
    const empty = aWatch({ held: { '11': 0n } });
    expect(await empty.look()).toEqual({ ...QUIET, heldCount: 0 });
    expect(empty.asked).toEqual([]);
  });

  it.each([
    [120_000, false],
    [120_001, true],
  ])('says that its node is behind from two minutes on: %s ms', async (behindMs, isNodeBehind) => {
    expect(await aWatch({ blockAtMs: NOW_MS - behindMs }).look()).toMatchObject({ isNodeBehind });
  });

  it('is blind without its index, and hides no bug', async () => {
    const failing = (error: Error) =>
      aWatch({ overrides: { positions: { listHoldings: () => Promise.reject(error) } } }).look();
    expect(await failing(new UpstreamUnavailableError('Away'))).toEqual({ outcome: 'blind', reason: 'Away' });
    await expect(failing(new InvariantError('A bug'))).rejects.toBeInstanceOf(InvariantError);
  });

  it('looks at every other market before it fails for the table of one', async () => {
    const { deps } = aWatch();
    const save: WatchWalletDeps['told']['save'] = async (_, conditionId) => {
      if (conditionId === '0xc1') throw new StoreUnavailableError('throttled');
    };
    const held = { '11': 10_000_000n, '21': 10_000_000n };
    const watch = aWatch({ held, overrides: { told: { ...deps.told, save } } });
    await expect(watch.look()).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(watch.published).toHaveLength(2);
  });

  it('says which market it could not judge, and looks at it again', async () => {
    const { deps } = aWatch();
    const readPayout = () => Promise.reject(new UpstreamUnavailableError('Away'));
    const watch = aWatch({ overrides: { tokens: { ...deps.tokens, readPayout } } });
    const failed = [{ conditionId: '0xc1', reason: 'Away' }];
    expect(await watch.look()).toEqual({ ...QUIET, failed });
    expect(await watch.look()).toEqual({ ...QUIET, failed });
  });
});

describe('a stage that guards tells why it does not', () => {
  const policy = { isGuarding: true, isRedeeming: true };

  it.each<[string, Given, string, boolean]>([
    ['an end that is not known', {}, 'exit-time-required', true],
    ['a market that the venue does not list, which it may list later', { markets: [] }, 'market-unknown', false],
    ['such a market a day after its end', { markets: [], endsAtMs: NOW_MS - DAY_MS - 1 }, 'market-unknown', true],
    ['and no sooner', { markets: [], endsAtMs: NOW_MS - DAY_MS }, 'market-unknown', false],
    ['nor without an end', { markets: [], endsAtMs: null }, 'market-unknown', false],
  ])('once, and asks the venue again or not: %s', async (_what, given, code, isLast) => {
    const watch = aWatch({ policy, ...given });
    expect(await watch.look()).toMatchObject({ told: [{ refusal: { code } }] });
    const count = watch.asked.length;
    expect(await watch.look()).toMatchObject({ told: [], failed: [] });
    expect(watch.asked.length === count).toBe(isLast);
  });

  it('fails instead where the venue does not answer: it may be a market to guard', async () => {
    const findMarket = () => Promise.reject(new UpstreamUnavailableError('Away'));
    const { deps } = aWatch();
    const watch = aWatch({ policy, overrides: { marketData: { ...deps.marketData, findMarket } } });
    expect(await watch.look()).toMatchObject({ told: [], failed: [{ reason: 'Away' }] });
  });

  it.each([
    [
      { outcome: 'taken', positionId: 'p' } as const,
      { taken: [{ kind: 'guard', conditionId: '0xc1', positionId: 'p' }] },
    ],
    [{ outcome: 'failed', reason: 'later' } as const, { failed: [{ conditionId: '0xc1', reason: 'later' }] }],
    [
      { outcome: 'refused', refusal: { code: 'x', message: 'Why' } } as const,
      { told: [{ conditionId: '0xc1', refusal: { code: 'x', message: 'Why' } }] },
    ],
  ])('or takes shares in, by what its guard answers: %o', async (answer, expected) => {
    const taking = { guard: async () => answer, redeem: () => Promise.reject(new InvariantError('Redeemed')) };
    const watch = aWatch({ policy, taking, markets: [marketOf(1, { asset: 'BTC' })] });
    expect(await watch.look()).toMatchObject({ ...QUIET, ...expected });
  });
});

describe('what the positions of a market explain', () => {
  const ofMarket = { mode: 'live', conditionId: '0xc1', tokenId: '11', otherTokenId: '12', wallet: WALLET } as const;
  const endedAt = (positionId: string, closedAtMs: number) =>
    aPosition({ ...ofMarket, state: 'exited', positionId, openedAtMs: NOW_MS - DAY_MS, closedAtMs });
  const watchWith = (rows: readonly Position[], given: Given = {}) =>
    aWatch({
      ...given,
      overrides: {
        store: {
          listDue: async () => [],
          listClosed: async () => ({ positionIds: rows.map(({ positionId }) => positionId) }),
          findMany: async (ids) => ({
            positions: rows.filter((each) => ids.includes(each.positionId)),
            corruptIds: [],
          }),
        },
      },
    });

  it('is not told again where an alert told of it, and is remembered', async () => {
    const stranded = aPosition({
      ...{ ...ofMarket, state: 'stranded', positionId: 'stranded' },
      ...{ openedAtMs: NOW_MS - DAY_MS, closedAtMs: NOW_MS - 3_600_000 },
    });
    const watch = watchWith([stranded], { held: { '11': 10_000_000n } });
    expect(await watch.look()).toEqual(QUIET);
    expect([watch.published, watch.saved]).toEqual([[], [['0xc1', TOLD]]]);
    // Of the other token that alert said nothing.
    const both = watchWith([stranded], { held: { '11': 10_000_000n, '12': 5_000_000n } });
    await both.look();
    expect(both.published).toMatchObject([{ outcomes: [{ tokenId: '12', name: 'No', sharesMicros: '5000000' }] }]);
  });

  it('names the last position of the token that has ended', async () => {
    const ended = [7, 2, 5].map((hours) => endedAt(`ended-${hours}`, NOW_MS - hours * 3_600_000));
    const watch = watchWith(ended);
    await watch.look();
    expect(watch.published).toMatchObject([{ afterPositionId: 'ended-2' }]);
  });

  it('names no position that had the other token', async () => {
    const watch = watchWith([endedAt('ended', NOW_MS - 3_600_000)], { held: { '12': 10_000_000n } });
    await watch.look();
    expect(watch.published).toMatchObject([{ afterPositionId: null, outcomes: [{ name: 'No' }] }]);
  });
});

it('a look that tells nothing of one market goes on to as many others, and no more than ten are told', async () => {
  const held = Object.fromEntries(Array.from({ length: 13 }, (_, n) => [`${n + 1}1`, 10_000_000n]));
  const watch = aWatch({ held, markets: [], payouts: { '0xc1': { own: 0n, other: 1n, total: 1n } } });
  expect(await watch.look()).toMatchObject({ heldCount: 13, leftCount: 2 });
  expect(watch.published).toHaveLength(10);
});
