import { describe, expect, it } from 'vitest';
import type { Market } from '#lib/domain/market/market.ts';
import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { GuardPositionDeps } from '#lib/lifecycle/guard/guard-position.ts';
import type { WatchedMarket } from '#lib/lifecycle/watch/group-holdings.ts';
import { createTakeIn } from '#lib/lifecycle/watch/take-in-holding.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';

const NOW_MS = Date.UTC(2026, 2, 13, 12);
const WALLET = `0x${'AbCd'.repeat(10)}`;
const TOKEN_ID = '12345678901234567890';
const WON = { own: 1n, other: 0n, total: 1n };

const MARKET: WatchedMarket = {
  ...{ conditionId: '0xc1', marketVersion: 'v1', negRisk: false, marketSlug: 'will-it-rain', isRedeemable: true },
  ...{ endsAtMs: NOW_MS - 5_000, firstTokenId: TOKEN_ID, tokenIds: [TOKEN_ID, '502'] },
};

type Given = {
  readonly market?: Partial<WatchedMarket>;
  readonly listed?: Market | null;
  readonly costMicros?: bigint | null | Error;
  readonly overrides?: Partial<GuardPositionDeps>;
  readonly isQueueDown?: boolean;
};

function aStage({ market = {}, listed = null, costMicros = 4_000_000n, overrides, isQueueDown = false }: Given) {
  const store = createMemoryPositionStore();
  const asked: [bigint, number][] = [];
  const readings: NonNullable<GuardPositionDeps['accounts']['live']>['readings'] = {
    readShares: () => Promise.reject(new UpstreamUnavailableError('Away')),
    findCost: async (_terms, sharesMicros, deadlineAtMs) => {
      asked.push([sharesMicros, deadlineAtMs - NOW_MS]);
      if (costMicros instanceof Error) throw costMicros;
      return costMicros;
    },
    listTransfers: async () => [],
  };
  const send = async () => {
    if (isQueueDown) throw new UpstreamUnavailableError('Away');
  };
  const taking = createTakeIn({
    clock: { nowMs: () => NOW_MS, sleepUntil: async () => undefined },
    ...{ store, ids: countingIds('position'), queue: { send }, timer: { schedule: async () => undefined } },
    marketData: {
      findMarket: async () => undefined,
      findInSeries: async () => undefined,
      findBook: async () => undefined,
    },
    settings: {
      ...{ exitPolicy: DEFAULT_EXIT_POLICY, openingPolicy: DEFAULT_OPENING_POLICY, limits: DEFAULT_RISK_LIMITS },
    },
    accounts: { live: { address: WALLET, readings, wallet: null } },
    ...overrides,
  });
  const watched: WatchedMarket = { ...MARKET, ...market };
  const unmanaged = new Map([[TOKEN_ID, 10_000_000n]]);
  const facts = {
    ...{ walletAddress: WALLET, listed },
    judged: {
      ...{ market: watched, unmanaged, known: unmanaged, reported: new Map<string, bigint>() },
      ...{ result: { tokenId: TOKEN_ID, payout: WON } },
      ...{ besidePositionId: null, ownPositionId: null, afterPositionId: null },
    },
    shares: { block: { number: 77n, atMs: NOW_MS - 4_000 }, sharesOf: unmanaged },
  };
  return {
    store,
    asked,
    redeem: (tokenId = TOKEN_ID) => taking.redeem(facts, { kind: 'redeem', tokenId, payout: WON }),
    guard: () => taking.guard(facts, { kind: 'guard', market: aMarket({ endsAtMs: NOW_MS + 600_000 }), outcome: 'UP' }),
  };
}

describe('winnings that are found', () => {
  it('become a position in settlement, by what index and chain say of the market', async () => {
    const { store, asked, redeem } = aStage({});
    expect(await redeem()).toEqual({ outcome: 'taken', positionId: 'position-000001' });
    expect(await store.find('position-000001')).toMatchObject({
      ...{ state: 'awaiting-resolution', origin: 'watch', mode: 'live', requestId: 'watch-abcdabcd-901234567890-77' },
      ...{ marketSlug: 'will-it-rain', marketEndsAtMs: NOW_MS - 5_000, asset: null, conditionId: '0xc1' },
      ...{ tokenId: TOKEN_ID, otherTokenId: '502', outcome: 'UP', outcomeName: 'first outcome' },
      ...{ budgetMicros: 4_000_000n, found: { sharesMicros: 10_000_000n, costMicros: 4_000_000n, blockNumber: 77n } },
    });
    expect(asked).toEqual([[10_000_000n, 1_500]]);
  });

  it('are the second outcome by their token, and end now where their end is unknown or still to come', async () => {
    for (const endsAtMs of [null, NOW_MS + 60_000]) {
      const { store, redeem } = aStage({ market: { firstTokenId: '502', endsAtMs } });
      await redeem();
      const second = { outcome: 'DOWN', outcomeName: 'second outcome', marketEndsAtMs: NOW_MS };
      expect(await store.find('position-000001')).toMatchObject(second);
    }
  });

  it.each([null, new UpstreamUnavailableError('Away')])(
    'count as what they pay where their cost is %o',
    async (cost) => {
      const { store, redeem } = aStage({ costMicros: cost });
      await redeem();
      expect(await store.find('position-000001')).toMatchObject({
        budgetMicros: 10_000_000n,
        found: { costMicros: null },
      });
    },
  );

  it.each<[string, Given]>([
    ['the other token', { market: { tokenIds: [TOKEN_ID] } }],
    ['which token is the first', { market: { firstTokenId: null } }],
    ['its name', { market: { marketSlug: null } }],
    ['this token, where the venue lists others', { listed: aMarket() }],
    ['the wallet, which the stage does not have', { overrides: { accounts: {} } }],
  ])('are left to their owner where nothing names %s', async (_what, given) => {
    const { store, redeem } = aStage(given);
    expect(await redeem()).toMatchObject({ outcome: 'refused', refusal: { code: 'market-unknown' } });
    expect(await store.list()).toEqual([]);
  });

  it('are taken once: again by the same block, and not beside another position of the market', async () => {
    const stage = aStage({});
    await stage.redeem();
    expect(await stage.redeem()).toEqual({ outcome: 'taken', positionId: 'position-000001' });
    expect(await stage.redeem('502')).toEqual({ outcome: 'failed', reason: 'Another position has this market' });
    expect(await stage.store.list()).toHaveLength(1);
  });

  it('are taken although the queue does not answer: the sweep finds them', async () => {
    expect(await aStage({ isQueueDown: true }).redeem()).toMatchObject({ outcome: 'taken' });
  });
});

it('a guard that is refused for a moment is tried again, and its owner is told of another refusal', async () => {
  expect(await aStage({}).guard()).toMatchObject({ outcome: 'failed' });
  const unknown = await aStage({ overrides: { accounts: {} } }).guard();
  expect(unknown).toMatchObject({ outcome: 'refused', refusal: { code: 'mode-unavailable' } });
});
