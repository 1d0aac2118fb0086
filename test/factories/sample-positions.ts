import type { FillTotals } from '#lib/domain/market/order.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { LiveAttempt, Trade } from '#lib/domain/position/order-attempt.ts';
import type { Position, PositionState } from '#lib/domain/position/position.ts';
import { NOTHING_SETTLED, type SettlementProgress } from '#lib/domain/position/settlement-progress.ts';
import { DOWN_TOKEN_ID, WINDOW_STARTS_AT_MS } from './a-market.ts';
import { aPosition } from './a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from './a-trade.ts';
import { aLiveAttempt } from './an-attempt.ts';
import { anIntent, HEDGE_ORDER_HASH } from './an-intent.ts';

const AT_MS = WINDOW_STARTS_AT_MS + 180_000;
const ALL: FillTotals = { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 604_800n };
const HALF: FillTotals = { sharesMicros: 18_000_000n, valueMicros: 10_800_000n, feesMicros: 302_400n };

const buyIntent = anIntent({ side: 'BUY', sharesBeforeMicros: 0n });
const buy = {
  posting: aLiveAttempt({ intent: buyIntent }),
  unknown: aLiveAttempt({ intent: buyIntent, phase: { phase: 'unknown', sinceMs: AT_MS - 100_000 } }),
  working: aLiveAttempt({ intent: buyIntent, phase: { phase: 'working', sinceMs: AT_MS - 100_000 } }),
  matched: aLiveAttempt({
    intent: buyIntent,
    phase: { phase: 'matched', reported: { ...ALL, valueMicros: 23_400_000n } },
  }),
} satisfies Record<string, LiveAttempt>;
const sell = {
  posting: aLiveAttempt(),
  unknown: aLiveAttempt({ phase: { phase: 'unknown', sinceMs: AT_MS } }),
  working: aLiveAttempt({ phase: { phase: 'working', sinceMs: AT_MS } }),
  cancelled: aLiveAttempt({ phase: { phase: 'cancelled', sinceMs: AT_MS } }),
  ended: aLiveAttempt({ phase: { phase: 'ended', sinceMs: AT_MS } }),
  matched: aLiveAttempt({ phase: { phase: 'matched', reported: ALL } }),
  half: aLiveAttempt({ phase: { phase: 'matched', reported: HALF } }),
} satisfies Record<string, LiveAttempt>;

const bought = aBuyTrade();
const provisionallyBought = aBuyTrade({ status: 'provisional' });
const halfBought = aBuyTrade({ status: 'provisional', sharesMicros: 18_000_000n });
const provisionallySold = aSellTrade({ status: 'provisional' });
const halfSold = aSellTrade({ sharesMicros: 18_000_000n });
const byRule = {
  exitDueAtMs: AT_MS - 60_000,
  firedRule: { rule: 'stop-loss', priceMicros: 440_000n, levelMicros: 450_000n, atMs: AT_MS - 60_000 },
} as const;
const byHand = { exitDueAtMs: AT_MS - 60_000 };

/** Half of the shares, or all at 70 cents or more, or a take-profit that waits for its bids. */
const onRequest = [
  { exitRequest: { atMs: AT_MS - 100_000, untilSoldMicros: 18_000_000n } },
  { exitRequest: { atMs: AT_MS - 100_000, minPriceMicros: 700_000n } },
  {
    exitRequest: { atMs: AT_MS - 100_000, minPriceMicros: 800_000n },
    firedRule: { rule: 'take-profit', priceMicros: 820_000n, levelMicros: 800_000n, atMs: AT_MS - 100_000 },
  } as const,
];

/** The exit is due and held, or its price is looked for. */
const heldSamples = [
  {
    holdDecision: { atMs: AT_MS, priceMicros: 970_000n, proceedsMicros: 34_846_000n },
    holdLook: { atMs: AT_MS + 5_000, priceMicros: 980_000n },
  },
  { holdLook: { atMs: AT_MS, priceMicros: null } },
];

/** Twice what the samples sell for. */
const lastBid = { priceMicros: 1_200_000n, atMs: AT_MS - 1_000, soldMicros: 43_200_000n };

const hedgeIntent = anIntent({
  side: 'BUY',
  tokenId: DOWN_TOKEN_ID,
  orderHash: HEDGE_ORDER_HASH,
  attemptNumber: 3,
  limitPriceMicros: 400_000n,
});
const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 15_408_000n };
const hedgeOrder = {
  posting: aLiveAttempt({ intent: hedgeIntent }),
  unknown: aLiveAttempt({ intent: hedgeIntent, phase: { phase: 'unknown', sinceMs: AT_MS } }),
  matched: aLiveAttempt({ intent: hedgeIntent, phase: { phase: 'matched', reported: ALL } }),
} satisfies Record<string, LiveAttempt>;
const mayMerge = { policy: { ...DEFAULT_EXIT_POLICY, mayMerge: true } };
const hedged = aHedgeTrade();

/** The other outcome was bought, or may have been. */
const hedgeSamples: readonly Sample[] = [
  ...Object.values(hedgeOrder).map((attempt) => ({ attempts: [attempt], trades: [bought] })),
  { attempts: [hedgeOrder.matched], trades: [bought, aHedgeTrade({ status: 'provisional' })] },
  { attempts: [sell.unknown], trades: [bought, hedged] },
  { attempts: [], trades: [bought, aHedgeTrade({ sharesMicros: 18_000_000n })] },
  // Sold after all: only the other outcome is left.
  { attempts: [], trades: [bought, aSellTrade(), hedged] },
];

/** Shares that another program bought; `waiting` has none yet, and `partlyLeft` lost half of them. */
const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 6_000n };
const guarded = { origin: 'guard', attemptCount: 0, attempts: [], trades: [], found } as const;
const waiting = { ...guarded, origin: 'watch', found: undefined } as const;
const partlyLeft = {
  ...guarded,
  left: [{ transactionHash: '0xearlier', sharesMicros: 18_000_000n, cashMicros: 9_000_000n }],
};

type Sample = { readonly attempts: readonly LiveAttempt[]; readonly trades: readonly Trade[] };

/** An exit between two steps, before or after the deadline. */
const exitSamples: readonly Sample[] = [
  { attempts: [], trades: [bought] },
  ...Object.values(sell).map((attempt) => ({ attempts: [attempt], trades: [bought] })),
  { attempts: [sell.matched], trades: [bought, provisionallySold] },
  { attempts: [sell.posting], trades: [bought, halfSold] },
  { attempts: [buy.matched], trades: [provisionallyBought] },
  { attempts: [buy.matched, sell.posting], trades: [] },
  { attempts: [buy.matched, sell.matched], trades: [provisionallyBought, provisionallySold] },
  // The rest is dust once this sell is proven to have filled no more.
  { attempts: [sell.posting], trades: [bought, aSellTrade({ sharesMicros: 35_995_000n })] },
  // The buy fails on chain.
  { attempts: [sell.unknown], trades: [aBuyTrade({ status: 'failed' })] },
];

/** All shares are sold, but not all trades are final. */
const soldOutSamples: readonly Sample[] = [
  { attempts: [sell.matched], trades: [bought] },
  { attempts: [sell.matched], trades: [bought, provisionallySold] },
  { attempts: [buy.matched, sell.matched], trades: [provisionallyBought, provisionallySold] },
  { attempts: [sell.posting], trades: [bought, aSellTrade({ sharesMicros: 35_995_000n })] },
];

const lost = { own: 0n, other: 1n, total: 1n };

const settlements: readonly SettlementProgress[] = [
  { ...NOTHING_SETTLED, isLateReported: true, seenBlock: 7_000n, heldAtBlock: 7_000n },
  { ...NOTHING_SETTLED, payout: lost, seenBlock: 7_001n, heldAtBlock: 7_001n, progressAtMs: AT_MS },
  { ...NOTHING_SETTLED, payout: { own: 1n, other: 0n, total: 1n }, seenBlock: 7_001n, redemptionFailureCount: 2 },
  { ...NOTHING_SETTLED, payout: { own: 1n, other: 1n, total: 2n }, redemptionFailureCount: 9, isRefusedForGood: true },
];

/** Positions that can occur, many per state, for the test of the transition table. */
export function samplePositions(state: PositionState): readonly Position[] {
  switch (state) {
    case 'buying':
      return [
        aPosition({ state }),
        aPosition({ state, ...byHand }),
        ...(['posting', 'unknown', 'working'] as const).flatMap((phase) => [
          aPosition({ state, attemptCount: 1, attempts: [buy[phase]] }),
          aPosition({ state, attemptCount: 1, attempts: [buy[phase]], ...byHand }),
        ]),
      ];
    case 'holding':
      return [
        aPosition({ state }),
        aPosition({ state, ...byHand }),
        aPosition({ state, ...byRule }),
        aPosition({ state, highMicros: 650_000n }),
        ...onRequest.map((request) => aPosition({ state, ...request })),
        ...heldSamples.flatMap((held) => [
          aPosition({ state, ...held }),
          aPosition({ state, ...held, attempts: [buy.matched], trades: [provisionallyBought] }),
        ]),
        aPosition({ state, attempts: [buy.matched], trades: [] }),
        aPosition({ state, attempts: [buy.matched], trades: [provisionallyBought] }),
        aPosition({ state, attempts: [buy.working], trades: [halfBought] }),
        ...[guarded, waiting, partlyLeft].map((guard) => aPosition({ state, ...guard })),
        aPosition({ state, ...waiting, ...byHand }),
        aPosition({ state, ...guarded, guardedSharesMicros: 36_000_000n }),
      ];
    case 'exiting':
      return [
        ...exitSamples.flatMap((sample) => [
          aPosition({ state, attemptCount: 2, ...sample }),
          aPosition({ state, attemptCount: 2, ...sample, ...byHand }),
          aPosition({ state, attemptCount: 2, ...sample, ...byRule }),
          ...onRequest.map((request) => aPosition({ state, attemptCount: 2, ...sample, ...request })),
          aPosition({ state, attemptCount: 2, ...sample, exitDueAtMs: AT_MS - 600_000 }),
          aPosition({ state, attemptCount: 2, ...sample, postAgainAtMs: AT_MS + 10_000 }),
          aPosition({ state, attemptCount: 2, ...sample, lastBid }),
        ]),
        aPosition({ state, ...guarded, attemptCount: 1, attempts: [sell.posting] }),
        ...[guarded, partlyLeft].map((guard) => aPosition({ state, ...guard, attemptCount: 1 })),
        ...[{}, byRule].map((exit) => aPosition({ state, ...guarded, attemptCount: 1, trades: [halfSold], ...exit })),
        aPosition({ state, attemptCount: 2, ...mayMerge }),
        ...hedgeSamples.map((sample) => aPosition({ state, attemptCount: 3, hedge, ...mayMerge, ...sample })),
      ];
    case 'awaiting-resolution':
      return [
        ...hedgeSamples.map((sample) =>
          aPosition({ state, attemptCount: 3, hedge, exitReason: 'emergency:timeout_merge', ...sample }),
        ),
        aPosition({ state, attemptCount: 3, hedge, attempts: [hedgeOrder.unknown], trades: [bought] }),
        ...settlements.map((settlement) =>
          aPosition({ state, attemptCount: 3, hedge, settlement, attempts: [], trades: [bought, hedged] }),
        ),
        // The rest of a hedge is lost, and the position's own shares are gone.
        aPosition({
          ...{ state, attemptCount: 3, hedge, attempts: [], trades: [bought, aSellTrade(), hedged] },
          settlement: { ...NOTHING_SETTLED, payout: { own: 1n, other: 0n, total: 1n }, seenBlock: 7_001n },
        }),
        ...[guarded, partlyLeft].map((guard) => aPosition({ state, ...guard, attemptCount: 1 })),
        ...[guarded, waiting].map((guard) =>
          aPosition({ state, ...guard, exitReason: 'emergency:timeout_buy_unknown' }),
        ),
        ...exitSamples.map((sample) => aPosition({ state, attemptCount: 2, ...sample })),
        ...soldOutSamples.flatMap((sample) => [
          aPosition({ state, attemptCount: 2, exitReason: 'emergency:timeout', ...sample }),
          aPosition({ state, attemptCount: 2, exitReason: 'emergency:timeout', ...sample, lastBid }),
          aPosition({ state, attemptCount: 2, exitReason: 'manual', forceClosed: false, ...sample, ...byHand }),
          aPosition({ state, attemptCount: 2, exitReason: 'rule:stop-loss', forceClosed: false, ...sample, ...byRule }),
        ]),
        ...(['posting', 'unknown', 'working'] as const).map((phase) =>
          aPosition({
            state,
            attemptCount: 1,
            attempts: [buy[phase]],
            trades: [],
            exitReason: 'emergency:timeout_buy_unknown',
          }),
        ),
        ...[[], [sell.matched]].flatMap((attempts) =>
          settlements.map((settlement) => aPosition({ state, attemptCount: 2, attempts, settlement })),
        ),
      ];
    case 'exited':
    case 'redeemed':
    case 'worthless':
    case 'voided':
    case 'stranded':
      return [aPosition({ state })];
  }
}
