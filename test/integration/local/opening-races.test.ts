import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { openPosition } from '#lib/lifecycle/buy/open-position.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { createTradingWorld, MARKET } from '#test/fakes/trading-world.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';

let dynoxide: Dynoxide;

beforeAll(async () => {
  dynoxide = await startDynoxide();
});

afterAll(async () => {
  await dynoxide.stop();
});

const OTHER_MARKET = aMarket({ asset: 'ETH', conditionId: `0x${'ee'.repeat(32)}` });

/** Two functions, each with its own connection and ids, on one table; one venue that counts what it is asked. */
async function race(
  requests: readonly { readonly requestId: string; readonly marketSlug: string }[],
  limits: RiskLimits,
) {
  const tableName = await dynoxide.createTable();
  const world = createTradingWorld({ limits, markets: [OTHER_MARKET] });
  const storeOf = (name: string): PositionStore =>
    createDynamodbPositionStore({ client: dynoxide.client, tableName, stage: 'test', ids: countingIds(name) });
  const openings = requests.map(({ requestId, marketSlug }, index) =>
    openPosition(
      { ...world.deps, store: storeOf(`f${index}`), ids: countingIds(`position-${index}`) },
      { requestId, marketSlug, mode: 'paper', asset: 'BTC', outcome: 'UP', budgetMicros: 25_000_000n },
    ),
  );
  const outcomes = await world.clock.run(Promise.all(openings));
  const store = storeOf('reader');
  return {
    outcomes,
    posted: world.exchange.posted,
    positions: await store.list(),
    account: await store.getAccount('paper', world.clock.nowMs()),
  };
}

const codesOf = (outcomes: Awaited<ReturnType<typeof race>>['outcomes']) =>
  outcomes.map((each) => (each.outcome === 'refused' ? each.refusal.code : each.outcome)).sort();

describe('two openings at the same moment, on the real table', () => {
  it.each([
    ['open-count-limit', { ...DEFAULT_RISK_LIMITS, openCountMax: 1 }],
    ['exposure-limit', { ...DEFAULT_RISK_LIMITS, exposureMicrosMax: 30_000_000n }],
  ])('race for the last place below the %s, and one of them gets it', async (code, limits) => {
    const { outcomes, posted, positions, account } = await race(
      [
        { requestId: 'request-1', marketSlug: MARKET.slug },
        { requestId: 'request-2', marketSlug: OTHER_MARKET.slug },
      ],
      limits,
    );
    expect(codesOf(outcomes)).toEqual([code, 'opened'].sort());
    expect(posted).toHaveLength(1);
    expect(positions).toHaveLength(1);
    expect(account).toMatchObject({ openCount: 1, exposureMicros: 25_000_000n });
  });

  it('race for one market, and one of them gets it', async () => {
    const { outcomes, posted, positions } = await race(
      [
        { requestId: 'request-1', marketSlug: MARKET.slug },
        { requestId: 'request-2', marketSlug: MARKET.slug },
      ],
      DEFAULT_RISK_LIMITS,
    );
    expect(codesOf(outcomes)).toEqual(['market-occupied', 'opened']);
    expect(posted).toHaveLength(1);
    expect(positions).toHaveLength(1);
  });

  it('with the same request id buy once', async () => {
    const request = { requestId: 'request-1', marketSlug: MARKET.slug };
    const { outcomes, posted, positions } = await race([request, request], DEFAULT_RISK_LIMITS);
    expect(codesOf(outcomes)).toEqual(['already-requested', 'opened']);
    expect(posted).toHaveLength(1);
    expect(positions).toHaveLength(1);
  });
});
