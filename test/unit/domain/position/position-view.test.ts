import { describe, expect, it } from 'vitest';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { LiveAttempt } from '#lib/domain/position/order-attempt.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition, realisedPnlMicros } from '#lib/domain/position/position-view.ts';
import { UP_TOKEN_ID, WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const DUE_AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n };
const merge = (cashMicros: bigint, gasWei: bigint | null = null) => ({
  transactionHash: '0xmerge',
  cashMicros,
  gasWei,
});

/** Sold far below the last bid, but for half a hundredth of a share. */
const exited = aPosition({
  state: 'exited',
  trades: [
    aBuyTrade({ feeDriftMicros: 100n }),
    aSellTrade({ sharesMicros: 35_995_000n, priceMicros: 400_000n, feesMicros: 604_716n, feeDriftMicros: -30n }),
  ],
  lastBid: { priceMicros: 600_000n, atMs: DUE_AT_MS - 1_000, soldMicros: 21_597_000n },
  refusals: { 'unsettled-buy': 2, 'rate-limited': 1 },
});

describe('the view of a position', () => {
  it('tells all figures of one that was sold', () => {
    expect(describePosition(exited)).toEqual({
      positionId: 'position-1',
      requestId: 'request-1',
      origin: 'request',
      mode: 'paper',
      asset: 'BTC',
      outcome: 'UP',
      marketSlug: 'btc-updown-5m-1773307200',
      conditionId: `0x${'c0'.repeat(32)}`,
      marketVersion: 'v1',
      tokenId: UP_TOKEN_ID,
      state: 'exited',
      version: 6,
      openedAtMs: WINDOW_STARTS_AT_MS + 30_000,
      marketEndsAtMs: WINDOW_STARTS_AT_MS + 300_000,
      exitDueAtMs: DUE_AT_MS,
      firstExitAttemptAtMs: DUE_AT_MS,
      exitAtMs: DUE_AT_MS + 1_000,
      closedAtMs: DUE_AT_MS + 5_000,
      entryPrice: '0.650000',
      exitPrice: '0.400000',
      underlyingAtEntry: '97412.550000',
      underlyingAtExit: '97398.120000',
      sharesMicros: '36000000',
      foundMicros: '0',
      soldMicros: '35995000',
      leftMicros: '0',
      leftCashMicros: '0',
      remainingMicros: '5000',
      dustMicros: '5000',
      costMicros: '23400000',
      proceedsMicros: '14398000',
      payoutMicros: '0',
      hedgeSharesMicros: null,
      hedgeCostMicros: null,
      mergedMicros: '0',
      gasWei: null,
      feesMicros: '1178016',
      feeDriftMicros: '70',
      pnlMicros: '-10180016',
      exitReason: 'emergency:timeout',
      forceClosed: true,
      forceCloseReason: 'timeout',
      durationSeconds: 151,
      lastBid: '0.600000',
      lastBidAtMs: DUE_AT_MS - 1_000,
      lostMicros: '7199000',
      rules: null,
      refusedPreset: null,
      firedRule: null,
      exitRequest: null,
      heldAtMs: null,
      heldPrice: null,
      heldProceedsMicros: null,
      heldBroughtMicros: null,
      attemptCount: 2,
      refusals: [
        { cause: 'unsettled-buy', count: 2 },
        { cause: 'rate-limited', count: 1 },
      ],
    });
  });

  it('tells nothing of an exit that has not begun', () => {
    expect(describePosition(aPosition({ state: 'holding' }))).toMatchObject({
      firstExitAttemptAtMs: null,
      exitAtMs: null,
      closedAtMs: null,
      exitPrice: null,
      underlyingAtExit: null,
      dustMicros: null,
      feeDriftMicros: null,
      pnlMicros: null,
      exitReason: null,
      forceClosed: false,
      forceCloseReason: null,
      durationSeconds: null,
      lastBid: null,
      lastBidAtMs: null,
      lostMicros: null,
      refusals: [],
    });
  });

  it('names the outcome as the venue does where it is neither up nor down', () => {
    expect(describePosition(aPosition({ state: 'holding', outcomeName: 'Yes' })).outcome).toBe('Yes');
  });

  it('tells why the rules of a preset were left out', () => {
    const refusedPreset = { preset: 'careful', code: 'rule-invalid', message: 'The stop is above the price.' } as const;
    expect(describePosition(aPosition({ state: 'holding', refusedPreset })).refusedPreset).toEqual(refusedPreset);
  });

  it('tells how long it was open in seconds, to the nearest', () => {
    const lasted = (ms: number) => {
      const exitAtMs = exited.openedAtMs + ms;
      return describePosition({ ...exited, exitAtMs }).durationSeconds;
    };
    expect([lasted(1_499), lasted(1_500)]).toEqual([1, 2]);
  });

  it('tells its rules as prices, and the level of a trailing stop once a price was seen', () => {
    const rules = {
      stopLossMicros: 400_000n,
      takeProfitMicros: 900_000n,
      trailingStopMicros: 150_000n,
      holdAboveMicros: 950_000n,
      preset: 'careful',
    };
    const ruled = aPosition({ state: 'holding', policy: { ...DEFAULT_EXIT_POLICY, rules }, highMicros: 750_000n });
    expect(describePosition(ruled).rules).toEqual({
      stopLoss: '0.400000',
      takeProfit: '0.900000',
      trailingStop: '0.150000',
      trailingLevel: '0.600000',
      holdAbove: '0.950000',
      preset: 'careful',
    });
    const unruled = aPosition({ state: 'holding', policy: { ...DEFAULT_EXIT_POLICY, rules: {} } });
    expect(describePosition(unruled).rules).toEqual({
      stopLoss: null,
      takeProfit: null,
      trailingStop: null,
      trailingLevel: null,
      holdAbove: null,
      preset: null,
    });
  });

  it('tells the rule that made the exit due', () => {
    const firedRule = { rule: 'stop-loss', priceMicros: 390_000n, levelMicros: 400_000n, atMs: DUE_AT_MS - 9 } as const;
    expect(describePosition(aPosition({ state: 'exiting', firedRule })).firedRule).toEqual({
      rule: 'stop-loss',
      price: '0.390000',
      level: '0.400000',
      atMs: DUE_AT_MS - 9,
    });
  });
});

describe('the view of a request to exit', () => {
  const exitRequest = { atMs: DUE_AT_MS - 60_000, untilSoldMicros: 18_000_000n, minPriceMicros: 700_000n };

  it('tells what is still to be sold, and its floor', () => {
    const trades = [aBuyTrade(), aSellTrade({ sharesMicros: 8_000_000n })];
    expect(describePosition(aPosition({ state: 'exiting', trades, exitRequest })).exitRequest).toEqual({
      atMs: DUE_AT_MS - 60_000,
      sharesMicros: '10000000',
      minPrice: '0.700000',
    });
    const all = { atMs: DUE_AT_MS - 60_000 };
    expect(describePosition(aPosition({ state: 'holding', exitRequest: all })).exitRequest).toEqual({
      atMs: DUE_AT_MS - 60_000,
      sharesMicros: '36000000',
      minPrice: null,
    });
  });

  it.each<[string, Position]>([
    ['the exit was due before it', aPosition({ state: 'exiting', exitRequest: { ...exitRequest, atMs: DUE_AT_MS } })],
    ['the exit itself has begun', aPosition({ state: 'exiting', exitRequest, firstExitAttemptAtMs: DUE_AT_MS })],
    ['the exit is over', aPosition({ state: 'awaiting-resolution', exitRequest, firstExitAttemptAtMs: null })],
  ])('is none once %s', (_, position) => {
    expect(describePosition(position).exitRequest).toBeNull();
  });
});

describe('the result of a position', () => {
  /** Half was sold, and pairs of a part of the rest were merged; the other shares paid. */
  const redeemed = aPosition({
    state: 'redeemed',
    hedge,
    trades: [
      aBuyTrade({ sharesMicros: 36_000_000n, valueMicros: 20_000_000n, feesMicros: 1_000_000n }),
      aSellTrade({ sharesMicros: 18_000_000n, valueMicros: 9_000_000n, feesMicros: 200_000n }),
      aHedgeTrade({ sharesMicros: 16_000_000n, valueMicros: 6_000_000n, feesMicros: 30_000n }),
    ],
    merges: [merge(10_000_000n, 5n), merge(2_000_000n)],
    payoutMicros: 4_000_000n,
    gasWei: 7n,
  });

  it('is proceeds, pairs and payout less the cost and fees of both outcomes', () => {
    expect(realisedPnlMicros(redeemed)).toBe(-2_230_000n);
    expect(describePosition(redeemed)).toMatchObject({
      pnlMicros: '-2230000',
      payoutMicros: '4000000',
      feesMicros: '1230000',
      hedgeSharesMicros: '16000000',
      hedgeCostMicros: '6000000',
      mergedMicros: '12000000',
      dustMicros: null,
    });
  });

  it('is told beside the gas that the key paid, in any transaction', () => {
    expect(describePosition(redeemed).gasWei).toBe('12');
    expect(describePosition({ ...redeemed, merges: [] }).gasWei).toBe('7');
    expect(describePosition({ ...redeemed, gasWei: null }).gasWei).toBe('5');
    expect(describePosition(aPosition({ state: 'exited', hedge, merges: [merge(1n, 5n)] })).gasWei).toBe('5');
    expect(describePosition(aPosition({ state: 'redeemed' })).gasWei).toBeNull();
  });

  const report: LiveAttempt = aLiveAttempt({
    phase: {
      phase: 'matched',
      reported: { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 604_800n },
    },
  });
  const unknown = aLiveAttempt({ phase: { phase: 'unknown', sinceMs: DUE_AT_MS } });
  const sold = [aBuyTrade(), aSellTrade()];
  const state = 'awaiting-resolution';

  it.each<[string, Position, string | null]>([
    ['once all was sold', aPosition({ state, trades: sold }), '-2978100'],
    ['once all was sold by the report of its order', aPosition({ state, attempts: [report] }), '-2978100'],
    ['not while an order is unknown', aPosition({ state, trades: sold, attempts: [unknown] }), null],
    ['not while one of its orders is', aPosition({ state, attempts: [report, unknown] }), null],
    ['not while shares are held', aPosition({ state }), null],
    ['not before the exit is written', aPosition({ state: 'exiting', trades: sold }), null],
  ])('is told before the end %s', (_, position, pnlMicros) => {
    expect(describePosition(position).pnlMicros).toBe(pnlMicros);
  });
});

describe('what a held position brought', () => {
  const holdDecision = { atMs: DUE_AT_MS, priceMicros: 970_000n, proceedsMicros: 34_846_000n };
  const sale = (atMs: number, rest: Parameters<typeof aSellTrade>[0] = {}) =>
    aSellTrade({
      ...{ sharesMicros: 10_000_000n, valueMicros: 9_000_000n, feesMicros: 100_000n, matchedAtMs: DUE_AT_MS + atMs },
      ...rest,
    });
  const trades = [
    aBuyTrade({ matchedAtMs: DUE_AT_MS + 1 }),
    sale(-1),
    sale(0, { feesMicros: 200_000n }),
    sale(1),
    sale(2, { status: 'failed' }),
  ];

  it('is its payout, and what it sold since then after fees', () => {
    expect(describePosition(aPosition({ state: 'redeemed', holdDecision, trades }))).toMatchObject({
      heldAtMs: DUE_AT_MS,
      heldPrice: '0.970000',
      heldProceedsMicros: '34846000',
      heldBroughtMicros: '53700000',
    });
    const exitedAfter = aPosition({ state: 'exited', holdDecision, trades });
    expect(describePosition(exitedAfter).heldBroughtMicros).toBe('17700000');
    expect(describePosition(aPosition({ state: 'worthless', holdDecision })).heldBroughtMicros).toBe('0');
  });

  it('is not known before its end', () => {
    expect(describePosition(aPosition({ state: 'awaiting-resolution', holdDecision })).heldBroughtMicros).toBeNull();
  });
});
