import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createDynamodbToldHoldings } from '#lib/adapters/dynamodb/dynamodb-told-holdings.ts';
import { createPolygonWalletTokens } from '#lib/adapters/polygon/settlement/polygon-wallet-tokens.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { versionOfToken } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import type { MarketVersion, Outcome } from '#lib/domain/market/market.ts';
import type { ForeignHolding, ToldMarket } from '#lib/domain/news/foreign-holding.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type WatchWalletDeps, watchWallet } from '#lib/lifecycle/watch/watch-wallet.ts';
import type { ToldHoldings } from '#lib/ports/store/told-holdings.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';
import { type KeyOwner, type OwnerWorld, startOwnerWorld } from '#test/fixtures/owner-world.ts';

/** The venue's own, but for the cache, which would answer for the settings before. */
const SOUND_INDEX = { dataLagMs: 4_000, dataRows: 'all', dataPageSize: 1_000, dataCached: false } as const;
const LAG = { timeout: 40_000, interval: 500 };

let world: OwnerWorld;
let table: Dynoxide;
let owner: KeyOwner;
let tableName: string;
/** One wallet for all tests, by what its markets stand for: the index needs seconds to know it. */
const slugs: Record<string, string> = {};

beforeAll(async () => {
  [world, table] = await Promise.all([startOwnerWorld(), startDynoxide()]);
  tableName = await table.createTable();
  owner = await world.createOwner(0);
  await fund();
});
afterAll(async () => {
  await world?.stop();
  await table?.stop();
});
beforeEach(() => {
  world.venue.clearConditions();
  world.venue.setSettings({ ...SOUND_INDEX, dataCached: true });
});

/** As a bot's buys, a friend's gift and old markets leave it. */
async function fund(): Promise<void> {
  const give = async (name: string, version: MarketVersion, held: Partial<Record<Outcome, bigint>>) => {
    const slug = await world.openMarket(version);
    await world.chain.prepareMarket(slug, version);
    for (const [outcome, sharesMicros] of Object.entries(held) as [Outcome, bigint][]) {
      await world.chain.mintShares({ wallet: owner.wallet, slug, version, outcome, sharesMicros });
    }
    slugs[name] = slug;
  };
  await give('bot', 'v1', { UP: 6_000_000n });
  await give('pair', 'v2', { UP: 4_000_000n, DOWN: 7_500_000n });
  await give('dust', 'v2', { DOWN: DUST_SHARES_MICROS - 1n });
  await give('won', 'v1', { DOWN: 5_000_001n });
  await give('won2', 'v2', { UP: 3_000_000n, DOWN: 2_000_000n });
  await give('lost', 'v1', { UP: 9_000_000n });
  await give('lost2', 'v2', { DOWN: 9_000_000n });
  await give('ours', 'v1', { UP: 8_000_000n });
  await world.chain.resolve(slugs.won ?? '', 'DOWN', 'v1');
  await world.chain.resolve(slugs.won2 ?? '', 'UP', 'v2');
  await world.chain.resolve(slugs.lost ?? '', 'DOWN', 'v1');
  await world.chain.resolve(slugs.lost2 ?? '', 'UP', 'v2');
  await world.chain.finalize();
  const index = createPolymarketWalletPositions({ clock, dataHost: world.venue.dataHost });
  await vi.waitFor(async () => {
    const { holdings } = await index.listHoldings(owner.wallet, Date.now() + 5_000);
    expect(holdings).toHaveLength(10);
  }, LAG);
}

function rowOf(name: string, version: MarketVersion, state: 'holding' | 'exited' | 'stranded', changes = {}): Position {
  const { conditionId, tokenIds } = world.chain.identify(slugs[name] ?? '', version);
  const row = { mode: 'live', wallet: owner.wallet, tokenId: tokenIds.UP, otherTokenId: tokenIds.DOWN } as const;
  return aPosition({ state, conditionId, marketVersion: version, positionId: name, ...row, ...changes } as never);
}

/** For a test that does not care what others were told. */
function memoryOfTold(): ToldHoldings {
  const told = new Map<string, ToldMarket>();
  return {
    find: async (_wallet, conditionId) => told.get(conditionId) ?? null,
    save: async (_wallet, conditionId, market) => void told.set(conditionId, market),
  };
}

/** `rows` is the table; a run of a new process starts with an empty memory. */
function aWatch(rows: () => readonly Position[], told?: ToldHoldings) {
  const published: ForeignHolding[] = [];
  const closed = (day: string) =>
    rows().flatMap((row) => ('closedAtMs' in row && utcDay(row.closedAtMs) === day ? [row.positionId] : []));
  const deps: WatchWalletDeps = {
    ...{ clock, memory: new Map(), verdicts: new Map(), taking: null },
    policy: { isGuarding: false, isRedeeming: false },
    told: told ?? createDynamodbToldHoldings({ client: table.client, clock, tableName }),
    bus: {
      publish: async (events) =>
        void published.push(...events.flatMap((each) => (each.type === 'foreign-holding' ? [each.holding] : []))),
    },
    store: {
      listDue: async () => rows().flatMap((row) => ('closedAtMs' in row ? [] : [row.positionId])),
      listClosed: async (day) => ({ positionIds: closed(day) }),
      findMany: async (ids) => ({ positions: rows().filter((row) => ids.includes(row.positionId)), corruptIds: [] }),
    },
    positions: createPolymarketWalletPositions({ clock, dataHost: world.venue.dataHost }),
    tokens: createPolygonWalletTokens({ clock, rpcUrl: world.chain.rpcUrl, versionOf: versionOfToken }),
    marketData: createPolymarketMarketData({ clock, ...world.venue }),
  };
  const run = (changes: Partial<WatchWalletDeps> = {}) =>
    watchWallet({ ...deps, ...changes }, { walletAddress: owner.wallet, deadlineAtMs: Date.now() + 25_000 });
  const take = () => published.splice(0).toSorted((a, b) => (a.conditionId < b.conditionId ? -1 : 1));
  return { deps, run, take };
}

const bySlug = (holdings: readonly ForeignHolding[]) =>
  Object.fromEntries(
    holdings.map((holding) => [
      Object.keys(slugs).find((name) => slugs[name] === holding.marketSlug),
      { ...holding, outcomes: holding.outcomes.map(({ tokenId, ...rest }) => rest) },
    ]),
  );

it('tells nothing while index or node fail, or the index leaves out what is held', async () => {
  const { run, take, deps } = aWatch(() => []);
  const fails = async () => {
    throw new UpstreamUnavailableError('out of order');
  };
  const blind = { outcome: 'blind', reason: 'out of order' };
  expect(await run({ positions: { listHoldings: fails } })).toEqual(blind);
  expect(await run({ tokens: { ...deps.tokens, readShares: fails } })).toEqual(blind);
  const omitted = { listHoldings: async () => ({ holdings: [], unreadableCount: 1 }) };
  expect(await run({ positions: omitted })).toMatchObject({ told: [], heldCount: 0, unreadableCount: 1 });
  const failed = await run({ tokens: { ...deps.tokens, readPayout: fails } });
  expect(failed).toMatchObject({ outcome: 'watched', told: [], failed: expect.arrayContaining([expect.anything()]) });
  expect(take()).toEqual([]);
});

it('tells of each market once: open and resolved, both outcomes, both versions, without losers, dust and our own', async () => {
  const ours = [rowOf('ours', 'v1', 'holding')];
  const { run, take, deps } = aWatch(() => ours);
  const { holdings } = await deps.positions.listHoldings(owner.wallet, Date.now() + 5_000);
  // The index repeats rows, and names amounts that are not the chain's.
  const wrong = holdings.map((each) => ({ ...each, sharesMicros: 1_000_000_000n, isRedeemable: true }));
  const repeated = { listHoldings: async () => ({ holdings: [...holdings, ...wrong], unreadableCount: 0 }) };
  await run({ positions: repeated });
  const told = bySlug(take());
  expect(Object.keys(told).toSorted()).toEqual(['bot', 'pair', 'won', 'won2']);
  const anyWorth = { worthMicros: expect.toSatisfy((each) => each === null || /^\d+$/.test(each)) };
  expect(told.bot).toMatchObject({
    ...{ wallet: owner.wallet, marketVersion: 'v1', isResolved: false, isEndCertain: true, besidePositionId: null },
    outcomes: [{ name: 'Up', sharesMicros: '6000000', ...anyWorth }],
  });
  const up = { name: 'Up', sharesMicros: '4000000' };
  const down = { name: 'Down', sharesMicros: '7500000' };
  expect(told.pair?.outcomes).toHaveLength(2);
  for (const each of [up, down]) expect(told.pair?.outcomes).toContainEqual(expect.objectContaining(each));
  expect(told.won).toMatchObject({ isResolved: true, outcomes: [{ name: 'Down', worthMicros: '5000001' }] });
  expect(told.won2).toMatchObject({ isResolved: true, outcomes: [{ name: 'Up', worthMicros: '3000000' }] });
  // The index was wrong about results, which is looked into once.
  await run();
  expect(take()).toEqual([]);
  // A quiet minute: the index's two lists, the block, the balances; of the table, what was told of our own market.
  const minutes: { venue: number; others: number }[] = [];
  const own = new Set([world.venue.dataHost, world.chain.rpcUrl, table.endpoint].map((url) => new URL(url).host));
  for (let count = 0; count < 3; count += 1) {
    const paths: string[] = [];
    const note = (message: unknown): void => {
      const { request } = message as { request: ClientRequest };
      // Other files of this process make calls, too.
      if (own.has(String(request.getHeader('host')))) paths.push(request.path);
    };
    subscribe('http.client.request.start', note);
    await run();
    unsubscribe('http.client.request.start', note);
    expect(take()).toEqual([]);
    const venue = paths.filter((path) => path.includes('/v2/positions')).length;
    minutes.push({ venue, others: paths.length - venue });
  }
  // Calls of the local venue to its chain may fall into one of them.
  expect(minutes).toContainEqual({ venue: 2, others: 3 });
  expect(minutes.every(({ venue, others }) => venue >= 2 && others >= 3)).toBe(true);
  // Another process remembers nothing itself.
  const restarted = aWatch(() => ours);
  expect(await restarted.run()).toMatchObject({ told: [], failed: [], leftCount: 0, heldCount: 7 });
  expect(restarted.take()).toEqual([]);
});

it.each([
  { name: 'is ten minutes behind', settings: { dataLagMs: 600_000 }, told: [] },
  { name: 'leaves all rows out', settings: { dataRows: 'none' }, told: [] },
  { name: 'repeats rows, over several pages', settings: { dataRows: 'repeated', dataPageSize: 3 } },
] as const)('does right while the index $name, and tells the rest when it knows it', async ({ settings, ...first }) => {
  const rows = [rowOf('ours', 'v1', 'holding')];
  const { run, take } = aWatch(() => rows, memoryOfTold());
  world.venue.setSettings({ ...SOUND_INDEX, ...settings });
  const all = ['bot', 'pair', 'won', 'won2'];
  expect(await run()).toMatchObject({ outcome: 'watched', failed: [] });
  expect(Object.keys(bySlug(take())).toSorted()).toEqual('told' in first ? first.told : all);
  world.venue.setSettings(SOUND_INDEX);
  await run();
  expect(Object.keys(bySlug(take())).toSorted()).toEqual('told' in first ? all : []);
});

it('tells what half an index knows, and the other half later, each once', async () => {
  const { run, take } = aWatch(() => [rowOf('ours', 'v1', 'holding')], memoryOfTold());
  world.venue.setSettings({ ...SOUND_INDEX, dataRows: 'halved' });
  await run();
  const half = Object.keys(bySlug(take()));
  expect(half).not.toHaveLength(4);
  world.venue.setSettings(SOUND_INDEX);
  await run();
  // Of a pair the first run may have known one outcome by the index, and the other by its token's id.
  expect(new Set([...half, ...Object.keys(bySlug(take()))])).toEqual(new Set(['bot', 'pair', 'won', 'won2']));
});

it.each([429, 500, 502, 503])('is blind while the index answers %i, and remembers nothing of it', async (status) => {
  const { run, take } = aWatch(() => [], memoryOfTold());
  world.venue.setFault({ path: '/v2/', kind: 'status', status });
  expect(await run()).toMatchObject({ outcome: 'blind' });
  world.venue.clearFaults();
  await run();
  expect(take().length).toBeGreaterThan(0);
});

it('tells again after noticeable growth, and of the other outcome beside an open position', async () => {
  const { wallet } = owner;
  const { run, take } = aWatch(() => [rowOf('ours', 'v1', 'holding')]);
  const grow = (name: string, version: MarketVersion, outcome: Outcome, sharesMicros: bigint) =>
    world.chain.mintShares({ wallet, slug: slugs[name] ?? '', version, outcome, sharesMicros });
  await grow('bot', 'v1', 'UP', 900_000n);
  await world.chain.finalize();
  await run();
  expect(take()).toEqual([]);
  await grow('bot', 'v1', 'UP', 100_000n);
  await grow('ours', 'v1', 'DOWN', 2_000_000n);
  await world.chain.finalize();
  await run();
  const told = bySlug(take());
  expect(told.bot?.outcomes).toMatchObject([{ sharesMicros: '7000000' }]);
  expect(told.ours).toMatchObject({ besidePositionId: 'ours', outcomes: [{ name: 'Down', sharesMicros: '2000000' }] });
});

it('waits for a block that shows a position’s end, and leaves a stranded one to its own alert', async () => {
  let rows = [rowOf('ours', 'v1', 'exited', { closedAtMs: Date.now() })];
  const { run, take } = aWatch(() => rows);
  await run();
  expect(take()).toEqual([]);
  rows = [rowOf('ours', 'v1', 'stranded', { closedAtMs: Date.now() - 600_000 })];
  await run();
  rows = [];
  await run();
  expect(take()).toEqual([]);
});
