import { describe, expect, test } from 'vitest';
import type { Outcome } from '#lib/domain/market/market.ts';
import type { ConditionReading, Payout } from '#lib/domain/position/settlement-progress.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import type { RedemptionAnswer, RedemptionIntent, RedemptionState, Settlement } from '#lib/ports/wallet/settlement.ts';
import { createTradingWorld, ENDS_AT_MS, MARKET, type TradingWorld } from '#test/fakes/trading-world.ts';

const RESOLVED_AT_MS = ENDS_AT_MS + 85_000;

/** A chain of one market whose answers the test switches. */
function scriptedChain(nowMs: () => number) {
  const chain = {
    sharesMicros: 0n,
    resolvesAtMs: RESOLVED_AT_MS,
    payout: { own: 1n, other: 0n, total: 1n },
    isDown: false,
    blockAgeMs: 0,
    payouts: [] as Payout[],
    sent: [] as RedemptionIntent[],
    answer: { outcome: 'accepted', reference: 'relayer-1' } as RedemptionAnswer,
    state: { state: 'pending' } as RedemptionState,
    pays(cashMicros: bigint): void {
      chain.sharesMicros = 0n;
      chain.payouts.push({
        kind: 'redemption',
        transactionHash: '0xpay',
        cashMicros,
        blockNumber: BigInt(nowMs() + 1),
        gasWei: 7n,
      });
    },
  };
  const settlement: Settlement = {
    readCondition: async (): Promise<ConditionReading> => {
      if (chain.isDown) throw new UpstreamUnavailableError('The node was not reached');
      return {
        blockNumber: BigInt(nowMs() - chain.blockAgeMs),
        blockAtMs: nowMs() - chain.blockAgeMs,
        payout: nowMs() >= chain.resolvesAtMs ? chain.payout : null,
        sharesMicros: chain.sharesMicros,
        otherSharesMicros: 0n,
      };
    },
    listPayouts: async (_position, afterBlock) =>
      chain.payouts.filter(({ blockNumber }) => blockNumber > (afterBlock ?? 0n)),
    prepareRedemption: async (positions) => ({
      outcome: 'prepared',
      intent: {
        route: 'relayer',
        nonce: BigInt(chain.sent.length),
        deadlineAtMs: nowMs() + 300_000,
        calls: [],
        conditionIds: positions.map(({ conditionId }) => conditionId),
        preparedAtBlock: BigInt(nowMs()),
      },
    }),
    prepareMerge: async () => ({ outcome: 'refused', text: 'nothing to merge', isFinal: true }),
    sendRedemption: async (intent) => {
      chain.sent.push(intent);
      return chain.answer;
    },
    findRedemption: async (intent) => (intent.nonce === 0n ? chain.state : { state: 'pending' }),
  };
  return { chain, settlement };
}

/** Of two sources one does not answer. */
const UNREADABLE: MarketResults = {
  findWinner: async () => Promise.reject(new UpstreamUnavailableError('not reached')),
};

type Chain = ReturnType<typeof scriptedChain>['chain'];

/** The bought shares arrive 20 s after the market's end: every sell is refused. */
async function openUnsellable(world: TradingWorld): Promise<void> {
  world.exchange.settings.settlesAfterMs.BUY = ENDS_AT_MS + 20_000 - world.clock.nowMs();
  await world.open();
}

/** A position that could not be sold, at the market's end. */
async function unsoldWorld(venueWinner: Outcome | null = null): Promise<{ world: TradingWorld; chain: Chain }> {
  let scripted: ReturnType<typeof scriptedChain> | undefined;
  const world = createTradingWorld({
    mode: 'live',
    settlementWith: ({ clock }) => {
      scripted = scriptedChain(() => clock.nowMs());
      return {
        settlements: { live: scripted.settlement },
        results: [UNREADABLE, { findWinner: async () => venueWinner }],
      };
    },
  });
  if (scripted === undefined) throw new Error('The world has no settlement');
  await openUnsellable(world);
  await world.runUntil(ENDS_AT_MS);
  scripted.chain.sharesMicros = world.exchange.filledMicros('BUY');
  return { world, chain: scripted.chain };
}

describe('the settlement of a live position', () => {
  test('redeems shares that won once, and books the cash and its transaction', async () => {
    const { world, chain } = await unsoldWorld();
    const heldMicros = chain.sharesMicros;
    await world.runUntil(RESOLVED_AT_MS + 20_000);
    expect(chain.sent).toHaveLength(1);
    expect(chain.sent[0]?.conditionIds).toEqual([MARKET.conditionId]);
    chain.pays(heldMicros);
    await world.runUntil(RESOLVED_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({
      state: 'redeemed',
      payoutMicros: heldMicros,
      transactionHash: '0xpay',
      gasWei: 7n,
    });
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed', 'redeemed']);
  });

  test('books a loss only after two readings, and sends nothing', async () => {
    const { world, chain } = await unsoldWorld();
    chain.payout = { own: 0n, other: 1n, total: 1n };
    await world.runUntil(RESOLVED_AT_MS + 60_000);
    expect((await world.position()).state).toBe('worthless');
    expect(chain.sent).toEqual([]);
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed', 'worthless']);
  });

  test('recognises a redemption by the venue or by hand, and sends none', async () => {
    const { world, chain } = await unsoldWorld();
    chain.isDown = true;
    await world.runUntil(RESOLVED_AT_MS + 5_000);
    chain.pays(chain.sharesMicros);
    chain.isDown = false;
    await world.runUntil(RESOLVED_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'redeemed', transactionHash: '0xpay' });
    expect(chain.sent).toEqual([]);
  });

  test('never sends again while the answer to a redemption is lost', async () => {
    const { world, chain } = await unsoldWorld();
    chain.answer = { outcome: 'unknown', text: 'no answer' };
    await world.runUntil(RESOLVED_AT_MS + 200_000);
    expect(chain.sent).toHaveLength(1);
    chain.state = { state: 'void', text: 'the deadline passed' };
    chain.answer = { outcome: 'accepted', reference: 'relayer-2' };
    await world.runUntil(RESOLVED_AT_MS + 280_000);
    expect(chain.sent).toHaveLength(2);
  });

  test('pages once when a redemption keeps failing, and goes on', async () => {
    const { world, chain } = await unsoldWorld();
    chain.answer = { outcome: 'refused', text: 'too little gas', isFinal: false };
    await world.runUntil(RESOLVED_AT_MS + 400_000);
    expect((await world.alertKinds()).filter((kind) => kind === 'redemption-failing')).toHaveLength(1);
    expect(chain.sent.length).toBeGreaterThan(3);
  });

  test('does not send again what was refused for good, and still sees a payout', async () => {
    const { world, chain } = await unsoldWorld();
    chain.answer = { outcome: 'refused', text: 'call blocked', isFinal: true };
    await world.runUntil(RESOLVED_AT_MS + 200_000);
    expect(chain.sent).toHaveLength(1);
    chain.pays(chain.sharesMicros);
    await world.runUntil(RESOLVED_AT_MS + 260_000);
    expect((await world.position()).state).toBe('redeemed');
  });

  test('books what the venue redeemed first while ours was on its way, which then moved nothing', async () => {
    const { world, chain } = await unsoldWorld();
    const heldMicros = chain.sharesMicros;
    await world.runUntil(RESOLVED_AT_MS + 20_000);
    expect(chain.sent).toHaveLength(1);
    chain.pays(heldMicros);
    chain.state = { state: 'reverted', text: 'nothing left' };
    await world.runUntil(RESOLVED_AT_MS + 120_000);
    expect(await world.position()).toMatchObject({ state: 'redeemed', payoutMicros: heldMicros });
    expect(chain.sent).toHaveLength(1);
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed', 'redeemed']);
  });

  test('waits for hours for a result that does not come, tells it once, and settles it in the end', async () => {
    const { world, chain } = await unsoldWorld();
    chain.resolvesAtMs = Number.MAX_SAFE_INTEGER;
    await world.runUntil(ENDS_AT_MS + 3 * 3_600_000);
    expect((await world.position()).state).toBe('awaiting-resolution');
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed', 'settlement-late']);
    chain.resolvesAtMs = world.clock.nowMs();
    await world.runUntil(world.clock.nowMs() + 3_700_000);
    expect(chain.sent).toHaveLength(1);
    chain.pays(chain.sharesMicros);
    await world.runUntil(world.clock.nowMs() + 600_000);
    expect((await world.position()).state).toBe('redeemed');
  });

  test('decides nothing by a node that is behind itself or far behind the clock', async () => {
    const { world, chain } = await unsoldWorld();
    chain.payout = { own: 0n, other: 1n, total: 1n };
    chain.blockAgeMs = 150_000;
    await world.runUntil(RESOLVED_AT_MS + 300_000);
    expect((await world.position()).state).toBe('awaiting-resolution');
    chain.blockAgeMs = 0;
    await world.runUntil(RESOLVED_AT_MS + 315_000);
    chain.blockAgeMs = 60_000;
    await world.runUntil(RESOLVED_AT_MS + 360_000);
    // One reading of a loss, and older ones after it.
    expect((await world.position()).state).toBe('awaiting-resolution');
    chain.blockAgeMs = 0;
    await world.runUntil(RESOLVED_AT_MS + 420_000);
    expect((await world.position()).state).toBe('worthless');
  });

  test('tells once that a redemption is put off again and again, and goes on', async () => {
    const { world, chain } = await unsoldWorld();
    chain.answer = { outcome: 'not-sent', text: 'wallet busy', retryAfterMs: 5_000 };
    await world.runUntil(RESOLVED_AT_MS + 300_000);
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed']);
    await world.runUntil(RESOLVED_AT_MS + 3_600_000);
    expect((await world.alertKinds()).filter((kind) => kind === 'redemption-failing')).toHaveLength(1);
    const heldMicros = chain.sharesMicros;
    chain.answer = { outcome: 'accepted', reference: 'relayer-9' };
    await world.runUntil(RESOLVED_AT_MS + 7_200_000);
    chain.pays(heldMicros);
    await world.runUntil(RESOLVED_AT_MS + 7_800_000);
    expect((await world.position()).state).toBe('redeemed');
  });

  test('tells once that the result is late, and settles it when it comes', async () => {
    const { world, chain } = await unsoldWorld();
    chain.resolvesAtMs = ENDS_AT_MS + 900_000;
    chain.payout = { own: 1n, other: 1n, total: 2n };
    const heldMicros = chain.sharesMicros;
    await world.runUntil(ENDS_AT_MS + 950_000);
    chain.pays(heldMicros / 2n);
    await world.runUntil(ENDS_AT_MS + 1_000_000);
    expect(await world.position()).toMatchObject({ state: 'redeemed', payoutMicros: heldMicros / 2n });
    expect((await world.alertKinds()).filter((kind) => kind === 'settlement-late')).toHaveLength(1);
  });

  test('is stranded when the shares are gone and no payout comes', async () => {
    const { world, chain } = await unsoldWorld();
    await world.runUntil(RESOLVED_AT_MS - 10_000);
    chain.sharesMicros = 0n;
    await world.runUntil(RESOLVED_AT_MS + 590_000);
    expect((await world.position()).state).toBe('awaiting-resolution');
    await world.runUntil(RESOLVED_AT_MS + 700_000);
    expect((await world.position()).state).toBe('stranded');
    expect(await world.alertKinds()).toContain('stranded');
  });

  test('tells when the venue names another winner, and goes by the chain', async () => {
    const { world, chain } = await unsoldWorld('DOWN');
    await world.runUntil(RESOLVED_AT_MS + 20_000);
    expect(await world.alertKinds()).toContain('venue-disagrees');
    expect(chain.sent).toHaveLength(1);
  });
});

test('a live position without a settlement keeps waiting, and promises nothing', async () => {
  const world = createTradingWorld({ mode: 'live' });
  await openUnsellable(world);
  await world.runUntil(ENDS_AT_MS + 900_000);
  expect((await world.position()).state).toBe('awaiting-resolution');
  expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed']);
});
