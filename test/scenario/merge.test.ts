/** The last rung: sells are blocked, the other outcome is bought, and the pairs are merged. */
import { describe, expect, test } from 'vitest';
import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { createPaperSettlement } from '#lib/adapters/paper/paper-settlement.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { realisedPnlMicros } from '#lib/domain/position/position-view.ts';
import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import type { ScriptedAnswer } from '#test/fakes/scripted-exchange.ts';
import { type ActionFate, createScriptedMerger, type ScriptedMerger } from '#test/fakes/scripted-merger.ts';
import { createScriptedWallet } from '#test/fakes/scripted-wallet.ts';
import { createTradingWorld, ENDS_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { countOf } from '#test/fixtures/test-length.ts';

const RESOLVED_AT_MS = ENDS_AT_MS + 85_000;
const LONG_AFTER_MS = ENDS_AT_MS + 900_000;
const REFUSED: ScriptedAnswer = {
  does: 'refuse',
  code: 'balance-or-allowance',
  text: 'not enough balance / allowance',
};

const FOREIGN_MICROS = 300_000_000n;

function booksOf(world: TradingWorld): void {
  const atMs = () => world.clock.nowMs();
  const other = { bids: someLevels([['0.38', '500']]), asks: someLevels([['0.40', '500']]), tokenId: DOWN_TOKEN_ID };
  world.faults.book = (tokenId) =>
    tokenId === UP_TOKEN_ID ? aBook({ atMs: atMs() }) : aBook({ ...other, atMs: atMs() });
}

type Story = {
  readonly sells?: readonly ScriptedAnswer[];
  readonly hedge?: readonly ScriptedAnswer[];
  readonly fates?: readonly ActionFate[];
  readonly isWon?: boolean;
  /** What a bot holds of each outcome in the same wallet. */
  readonly foreignMicros?: bigint;
};

type MergeWorld = {
  readonly world: TradingWorld;
  readonly merger: ScriptedMerger;
  /** Of each outcome, what others hold in the wallet: a redemption pays it, too. */
  readonly foreignMicros: bigint;
};

/** A live world in which every sell is refused, whatever its balance shows. */
function blockedWorld({
  sells = [],
  hedge = [],
  fates = [],
  isWon = true,
  foreignMicros = 0n,
}: Story = {}): MergeWorld {
  let merger: ScriptedMerger | undefined;
  const bought = () => ({
    sharesMicros: foreignMicros + world.exchange.filledMicros('BUY', UP_TOKEN_ID) - world.exchange.filledMicros('SELL'),
    otherSharesMicros: foreignMicros + world.exchange.filledMicros('BUY', DOWN_TOKEN_ID),
  });
  const world: TradingWorld = createTradingWorld({
    mode: 'live',
    exitPolicy: { mayMerge: true },
    walletWith: (clock) => ({
      ...createScriptedWallet(clock),
      getHoldings: async () => ({ ...bought(), approved: true }),
    }),
    settlementWith: ({ clock }) => {
      const winner = () => (clock.nowMs() < RESOLVED_AT_MS ? null : isWon);
      merger = createScriptedMerger(clock.nowMs, bought, winner);
      return { settlements: { live: merger.settlement } };
    },
  });
  if (merger === undefined) throw new Error('The world has no settlement');
  merger.fates.push(...fates);
  world.exchange.script.BUY.push({ does: 'fill' }, ...hedge);
  world.exchange.script.SELL.push(...sells, ...Array.from({ length: 60 }, () => REFUSED));
  booksOf(world);
  return { world, merger, foreignMicros };
}

async function play(story: Story, untilMs = LONG_AFTER_MS): Promise<MergeWorld> {
  const played = blockedWorld(story);
  await played.world.open();
  await played.world.runUntil(untilMs);
  return played;
}

const hedgesOf = ({ exchange }: TradingWorld) => exchange.posted.filter(({ tokenId }) => tokenId === DOWN_TOKEN_ID);

function tradedMicros(fills: readonly Trade[]): bigint {
  return fills.reduce(
    (sum, { side, valueMicros, feesMicros }) => sum + (side === 'SELL' ? valueMicros : -valueMicros) - feesMicros,
    0n,
  );
}

/** What venue and chain moved for the position, without the row. */
async function cashMoved({ world, merger, foreignMicros }: MergeWorld): Promise<bigint> {
  const { exchange } = world;
  const orders = await exchange.listOrders(await world.position(), exchange.placedHashes(), Number.MAX_SAFE_INTEGER);
  const fills = orders.flatMap(({ trades }) => trades);
  const redeemedMicros = merger.redeemedMicros();
  const ownMicros = redeemedMicros === 0n ? 0n : redeemedMicros - foreignMicros;
  return tradedMicros(fills) + merger.mergedMicros() + ownMicros;
}

async function expectBooked(played: MergeWorld): Promise<void> {
  const position = await played.world.position();
  expect(isClosed(position)).toBe(true);
  expect(realisedPnlMicros(position)).toBe(await cashMoved(played));
  expect(played.world.errors).toEqual([]);
}

describe('a live position whose sells are blocked', () => {
  test('buys the other outcome once, merges the pairs before the result, and books both legs', async () => {
    const played = await play({});
    const { world, merger } = played;
    const [hedge, ...more] = hedgesOf(world);
    expect(more).toEqual([]);
    expect(hedge).toMatchObject({ side: 'BUY', orderType: 'FAK' });
    expect(hedge?.atMs).toBeGreaterThanOrEqual(ENDS_AT_MS - 60_000);
    const position = await world.position();
    expect(position).toMatchObject({
      state: 'exited',
      exitReason: 'emergency:timeout_merge',
      forceClosed: true,
      forceCloseReason: 'timeout',
      merges: [{ transactionHash: '0xmerge1', cashMicros: merger.mergedMicros() }],
    });
    expect(isClosed(position) && position.closedAtMs).toBeLessThan(RESOLVED_AT_MS);
    expect(merger.sent).toHaveLength(1);
    expect(world.exchange.filledMicros('SELL')).toBe(0n);
    await expectBooked(played);
  });

  test.each<[string, ScriptedAnswer]>([
    ['its answer is lost', { does: 'fill', says: 'nothing' }],
    ['it is answered as live', { does: 'fill', says: 'live' }],
    ['it is answered with a 500', { does: 'fill', says: 'error' }],
    ['it is refused in unknown words', { does: 'fill', says: 'nonsense' }],
  ])('finds its fill and buys no second time: %s', async (_, answer) => {
    const played = await play({ hedge: [answer] });
    expect(hedgesOf(played.world)).toHaveLength(1);
    expect(await played.world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout_merge' });
    await expectBooked(played);
  });

  test.each<[string, ScriptedAnswer]>([
    ['the order never arrived', { does: 'lose' }],
    ['it failed', { does: 'fail' }],
    ['it was refused', { does: 'refuse', code: 'no-match' }],
    ['it was not sent', { does: 'not-send' }],
  ])('is redeemed as if there had been no hedge, which is tried once: %s', async (_, answer) => {
    const played = await play({ hedge: [answer] });
    expect(hedgesOf(played.world)).toHaveLength(1);
    expect(await played.world.position()).toMatchObject({
      state: 'redeemed',
      exitReason: 'emergency:timeout_sell_failed',
    });
    expect(played.merger.mergedMicros()).toBe(0n);
    await expectBooked(played);
  });

  test.each([
    [true, 'redeemed'],
    [false, 'worthless'],
  ] as const)(
    'merges the pairs of a hedge that was filled in part, and waits with the rest (won: %s)',
    async (isWon, state) => {
      const played = await play({ hedge: [{ does: 'fill', percent: 50 }], isWon });
      const { world, merger } = played;
      expect(await world.position()).toMatchObject({ state, exitReason: 'emergency:timeout_sell_failed' });
      expect(merger.mergedMicros()).toBe(world.exchange.filledMicros('BUY', DOWN_TOKEN_ID));
      const pairedAtMs = hedgesOf(world)[0]?.atMs ?? 0;
      const later = world.exchange.posted.filter(({ side, atMs }) => side === 'SELL' && atMs > pairedAtMs);
      const unpairedMicros = world.exchange.filledMicros('BUY', UP_TOKEN_ID) - merger.mergedMicros();
      expect(later.length).toBeGreaterThan(0);
      expect(later.every(({ sharesMicros }) => sharesMicros <= unpairedMicros)).toBe(true);
      await expectBooked(played);
    },
  );

  test('sells what a partly filled hedge left, once that is possible, and is exited by both', async () => {
    const played = blockedWorld({ hedge: [{ does: 'fill', percent: 50 }] });
    const { world, merger } = played;
    await world.open();
    await world.runUntil(ENDS_AT_MS - 30_000);
    expect(hedgesOf(world)).toHaveLength(1);
    world.exchange.script.SELL.length = 0;
    await world.runUntil(LONG_AFTER_MS);
    expect(world.exchange.filledMicros('SELL')).toBeGreaterThan(0n);
    expect(merger.mergedMicros()).toBe(world.exchange.filledMicros('BUY', DOWN_TOKEN_ID));
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout_merge' });
    await expectBooked(played);
  });

  test.each<[string, readonly ActionFate[]]>([
    ['refused', ['refused']],
    ['reverted', ['reverts']],
    ['done, and its answer lost', ['lost']],
    ['lost on its way', ['void']],
    ['refused, reverted and lost', ['refused', 'reverts', 'lost']],
  ])('is merged once in the end, although a merge is %s', async (_, fates) => {
    const played = await play({ fates });
    const { world, merger } = played;
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout_merge' });
    expect(merger.mergedMicros()).toBe(world.exchange.filledMicros('BUY', DOWN_TOKEN_ID));
    await expectBooked(played);
  });

  test.each([true, false])('is redeemed for the same dollars where no merge works (won: %s)', async (isWon) => {
    const played = await play({ fates: ['refused', 'refused', 'reverts', 'refused', 'refused'], isWon });
    const { world, merger } = played;
    expect(await world.position()).toMatchObject({ state: 'redeemed', exitReason: 'emergency:timeout_merge' });
    expect(merger.mergedMicros()).toBe(0n);
    await expectBooked(played);
  });

  test.each<[string, readonly ActionFate[]]>([
    ['is done', []],
    ['is done, and its answer lost', ['lost']],
    ['reverts', ['reverts']],
  ])('merges no pair of a bot in the same wallet, when a merge %s', async (_, fates) => {
    const played = await play({ fates, foreignMicros: FOREIGN_MICROS });
    const { world, merger } = played;
    expect(merger.mergedMicros()).toBe(world.exchange.filledMicros('BUY', DOWN_TOKEN_ID));
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout_merge' });
    await expectBooked(played);
  });

  test('never takes shares for merged that a sell took late, although the venue had shown none', async () => {
    const late: ScriptedAnswer = { does: 'arrive-late', afterMs: 70_000 };
    const played = await play({ sells: [REFUSED, REFUSED, REFUSED, late], isWon: true });
    const { world, merger } = played;
    expect(hedgesOf(world)).toHaveLength(1);
    expect(world.exchange.filledMicros('SELL')).toBeGreaterThan(0n);
    expect(merger.mergedMicros()).toBe(0n);
    expect((await world.position()).state).not.toBe('exited');
    expect((await world.alertKinds()).length).toBeGreaterThan(0);
    expect(world.errors).toEqual([]);
  });
});

/** The short run crashes at every third effect from the hedge to the end; the long run at each. */
const STEP = countOf({ short: 3, long: 1 });

test.each([
  ['alone', 0n, STEP],
  ['beside a bot', FOREIGN_MICROS, STEP * 4],
])(
  'a process that dies at any effect from the hedge on buys, merges and books once: %s',
  async (_, foreignMicros, step) => {
    const dry = blockedWorld({ foreignMicros });
    await dry.world.open();
    await dry.world.runUntil(ENDS_AT_MS - 61_000);
    const firstEffect = dry.world.mortality.count;
    await dry.world.runUntil(LONG_AFTER_MS);
    const lastEffect = dry.world.mortality.count;
    const expected = realisedPnlMicros(await dry.world.position());
    for (let effect = firstEffect; effect <= lastEffect; effect += step) {
      for (const when of ['before', 'after'] as const) {
        const played = blockedWorld({ foreignMicros });
        const { world, merger } = played;
        Object.assign(world.mortality, { dieAt: effect, when });
        await world.open();
        await world.runUntil(LONG_AFTER_MS);
        const story = `dead ${when} effect ${effect}`;
        expect(hedgesOf(world).length, story).toBeLessThanOrEqual(1);
        expect(isClosed(await world.position()), story).toBe(true);
        expect(merger.mergedMicros(), story).toBe(world.exchange.filledMicros('BUY', DOWN_TOKEN_ID));
        // A crash before the buy was posted leaves a position without pairs.
        if (hedgesOf(world).length === 1) expect(realisedPnlMicros(await world.position()), story).toBe(expected);
        await expectBooked(played);
      }
    }
  },
);

test('a position on paper merges as soon as both buys are final, and nothing is sent', async () => {
  const ledger = createMemoryPaperLedger();
  const world = createTradingWorld({
    exitPolicy: { mayMerge: true },
    exchangeWith: ({ clock, marketData }) =>
      createPaperExchange({
        ...{ clock, marketData, ledger, ids: countingIds('paper') },
        // The bought shares arrive 40 s before the end: too late for all but the rest that pairs leave.
        settlement: { fixedMs: 230_000 },
      }),
    settlementWith: ({ clock }) => ({
      settlements: {
        paper: createPaperSettlement({
          results: { findWinner: async () => (clock.nowMs() < RESOLVED_AT_MS + 600_000 ? null : 'DOWN') },
          ...{ ledger, clock },
        }),
      },
    }),
  });
  booksOf(world);
  await world.open();
  await world.runUntil(LONG_AFTER_MS);
  const position = await world.position();
  expect(position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout_merge', forceClosed: true });
  const bought = position.trades.filter(({ orderHash }) => orderHash === position.hedge?.orderHash);
  const pairsMicros = bought.reduce((sum, { sharesMicros }) => sum + sharesMicros, 0n);
  expect(position.merges).toEqual([expect.objectContaining({ cashMicros: pairsMicros })]);
  expect(realisedPnlMicros(position)).toBe(pairsMicros + tradedMicros(position.trades));
  expect(world.errors).toEqual([]);
});
