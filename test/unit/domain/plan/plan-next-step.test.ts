import { describe, expect, test } from 'vitest';
import {
  clampToChain,
  type NextStep,
  planNextStep,
  type SellPlan,
  sellableSharesMicros,
} from '#lib/domain/plan/plan-next-step.ts';
import type { LivePhase } from '#lib/domain/position/order-attempt.ts';
import type { OpenPosition } from '#lib/domain/position/position.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, BUY_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';

const END = aMarket().endsAtMs;
const EXIT = END - 120_000;
const DEADLINE = END - 5_000;
const LAST_ORDER = END - 8_000;
const REPORTED = { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 0n };

const phases = {
  leased: { phase: 'posting', leaseUntilMs: END },
  expired: { phase: 'posting', leaseUntilMs: END - 250_000 },
  unknown: { phase: 'unknown', sinceMs: 0 },
  working: { phase: 'working', sinceMs: 0 },
  cancelled: { phase: 'cancelled', sinceMs: 0 },
  ended: { phase: 'ended', sinceMs: 0 },
  matched: { phase: 'matched', reported: REPORTED },
} as const satisfies Record<string, LivePhase>;
const buy = (phase: keyof typeof phases) => aLiveAttempt({ intent: anIntent({ side: 'BUY' }), phase: phases[phase] });
const sell = (phase: keyof typeof phases) => aLiveAttempt({ phase: phases[phase] });
const buying = (overrides = {}) => aPosition({ state: 'buying', attemptCount: 1, ...overrides });
const holding = (overrides = {}) => aPosition({ state: 'holding', ...overrides });
const exiting = (overrides = {}) =>
  aPosition({ state: 'exiting', wakeUp: { id: 'v4', atMs: EXIT + 1_000 }, ...overrides });
const awaiting = (overrides = {}) => aPosition({ state: 'awaiting-resolution', ...overrides });

const sellNow = (postAtMs: number, sharesMicros = 36_000_000n, how: Partial<SellPlan> = {}): NextStep => ({
  step: 'sell',
  sharesMicros,
  postAtMs,
  orderType: 'FAK',
  onlyIfHeld: false,
  ...how,
});
const lookUp = (...orderHashes: string[]): NextStep => ({ step: 'look-up', orderHashes });
const workingSell = (sinceMs: number) => aLiveAttempt({ phase: { phase: 'working', sinceMs } });
const cancelSell: NextStep = { step: 'cancel', orderHash: SELL_ORDER_HASH, orderHashes: [SELL_ORDER_HASH] };
const workingBuy = (sinceMs: number) =>
  aLiveAttempt({ intent: anIntent({ side: 'BUY' }), phase: { phase: 'working', sinceMs } });
const cancelBuy: NextStep = { step: 'cancel', orderHash: BUY_ORDER_HASH, orderHashes: [BUY_ORDER_HASH] };
const nothing: NextStep = { step: 'nothing-due' };
const deadline: NextStep = { step: 'write-deadline' };
const waitForEnd: NextStep = { step: 'wait-for-deadline', untilMs: DEADLINE };
const lease: NextStep = { step: 'wait-for-lease', untilMs: END };

const restingSell = aLiveAttempt({ intent: anIntent({ orderType: 'GTC' }), phase: phases.working });
const found = { sharesMicros: 0n, costMicros: null, blockNumber: 1n };
const arriving = holding({ origin: 'guard', found, trades: [], wakeUp: { id: 'v1', atMs: EXIT - 60_000 } });

const rows: readonly (readonly [string, OpenPosition, number, NextStep])[] = [
  ['an opening within its lease', aPosition({ state: 'buying' }), END - 260_000, nothing],
  ['an opening whose lease has expired', aPosition({ state: 'buying' }), END - 250_000, { step: 'abandon-buy' }],
  ['an abandoned opening, at the deadline', aPosition({ state: 'buying' }), DEADLINE, deadline],
  ['a buy within its lease', buying({ attempts: [buy('leased')] }), EXIT, lease],
  ['a buy whose lease has expired', buying({ attempts: [buy('expired')] }), EXIT, lookUp(BUY_ORDER_HASH)],
  ['a buy of unknown outcome', buying({ attempts: [buy('unknown')] }), EXIT, lookUp(BUY_ORDER_HASH)],
  ['a working buy', buying({ attempts: [workingBuy(EXIT)] }), EXIT + 4_999, lookUp(BUY_ORDER_HASH)],
  ['a buy that has been open for too long', buying({ attempts: [workingBuy(EXIT)] }), EXIT + 5_000, cancelBuy],
  ['a buy of unknown outcome at the deadline', buying({ attempts: [buy('unknown')] }), DEADLINE, deadline],
  ['a leased buy at the deadline', buying({ attempts: [buy('leased')] }), DEADLINE, deadline],
  ['shares that have settled, long before the exit', holding(), EXIT - 60_000, nothing],
  ['shares that have settled, 3 001 ms before the exit', holding(), EXIT - 3_001, nothing],
  ['shares that have settled, 3 000 ms before the exit', holding(), EXIT - 3_000, sellNow(EXIT)],
  ['shares, at the exit', holding(), EXIT, sellNow(EXIT)],
  ['shares, after the exit was due', holding(), EXIT + 7_000, sellNow(EXIT + 7_000)],
  ['shares, at the last time for an order', holding(), LAST_ORDER, sellNow(LAST_ORDER)],
  ['shares, 1 ms later', holding(), LAST_ORDER + 1, waitForEnd],
  ['shares, just before the deadline', holding(), DEADLINE - 1, waitForEnd],
  ['shares, at the deadline', holding(), DEADLINE, deadline],
  ['shares, long after the market', holding(), END + 999_999, deadline],
  ['a buy that has not settled', holding({ attempts: [buy('matched')] }), EXIT - 60_000, lookUp(BUY_ORDER_HASH)],
  ['a buy that has not settled, at the exit', holding({ attempts: [buy('matched')] }), EXIT, sellNow(EXIT)],
  ['a working buy, at the exit', holding({ attempts: [workingBuy(EXIT)] }), EXIT, lookUp(BUY_ORDER_HASH)],
  ['a buy open for too long, before the exit', holding({ attempts: [buy('working')] }), EXIT - 60_000, cancelBuy],
  ['a buy open for too long, at the exit', holding({ attempts: [buy('working')] }), EXIT, cancelBuy],
  [
    'a buy open for too long, just before the deadline',
    holding({ attempts: [buy('working')] }),
    DEADLINE - 1,
    cancelBuy,
  ],
  ['a cancelled buy', holding({ attempts: [buy('cancelled')] }), EXIT, lookUp(BUY_ORDER_HASH)],
  [
    'a late provisional trade of a buy',
    holding({ trades: [aBuyTrade({ status: 'provisional' })] }),
    EXIT - 60_000,
    lookUp(BUY_ORDER_HASH),
  ],
  ['a manual exit', holding({ exitDueAtMs: EXIT - 60_000 }), EXIT - 60_000, sellNow(EXIT - 60_000)],
  ['an exit before its retry', exiting(), EXIT, sellNow(EXIT + 1_000)],
  ['an exit at its retry', exiting(), EXIT + 1_000, sellNow(EXIT + 1_000)],
  ['an exit after its retry', exiting(), EXIT + 3_000, sellNow(EXIT + 3_000)],
  ['a sell within its lease', exiting({ attempts: [sell('leased')] }), EXIT, lease],
  ['a sell whose lease has expired', exiting({ attempts: [sell('expired')] }), EXIT, lookUp(SELL_ORDER_HASH)],
  ['a sell of unknown outcome', exiting({ attempts: [sell('unknown')] }), EXIT, lookUp(SELL_ORDER_HASH)],
  ['a working sell', exiting({ attempts: [workingSell(EXIT)] }), EXIT + 4_999, lookUp(SELL_ORDER_HASH)],
  ['a sell that is still working after 5 s', exiting({ attempts: [workingSell(EXIT)] }), EXIT + 5_000, cancelSell],
  ['a working sell near the end', exiting({ attempts: [workingSell(EXIT)] }), END - 27_999, lookUp(SELL_ORDER_HASH)],
  ['a sell that rests on the book', exiting({ attempts: [restingSell] }), EXIT, cancelSell],
  ['a sell that is over, not looked up', exiting({ attempts: [sell('ended')] }), EXIT + 5_000, sellNow(EXIT + 5_000)],
  [
    'a resting sell that was cancelled',
    exiting({ attempts: [aLiveAttempt({ intent: anIntent({ orderType: 'GTC' }), phase: phases.cancelled })] }),
    EXIT,
    lookUp(SELL_ORDER_HASH),
  ],
  [
    'post-only mode',
    exiting({ isPostOnly: true }),
    EXIT + 1_000,
    sellNow(EXIT + 1_000, 36_000_000n, { orderType: 'GTC' }),
  ],
  [
    'post-only mode with too few shares to rest',
    exiting({ isPostOnly: true, sellableMicros: 4_990_000n }),
    EXIT + 1_000,
    sellNow(EXIT + 1_000, 4_990_000n),
  ],
  [
    'bought shares on their way, before the pause is over',
    exiting({ postAgainAtMs: EXIT + 5_000 }),
    EXIT + 1_000,
    sellNow(EXIT + 1_000, 36_000_000n, { onlyIfHeld: true }),
  ],
  [
    'the same, once that time has passed',
    exiting({ postAgainAtMs: EXIT + 1_000 }),
    EXIT + 1_000,
    sellNow(EXIT + 1_000),
  ],
  ['all sold, not settled', exiting({ attempts: [sell('matched')] }), EXIT, lookUp(SELL_ORDER_HASH)],
  [
    'half sold',
    exiting({ trades: [aBuyTrade(), aSellTrade({ sharesMicros: 18_000_000n })] }),
    EXIT + 1_000,
    sellNow(EXIT + 1_000, 18_000_000n),
  ],
  [
    'a rest that is not a whole hundredth',
    exiting({ trades: [aBuyTrade({ sharesMicros: 36_009_999n })] }),
    EXIT + 1_000,
    sellNow(EXIT + 1_000),
  ],
  ['a limited size', exiting({ sellableMicros: 20_005_000n }), EXIT + 1_000, sellNow(EXIT + 1_000, 20_000_000n)],
  ['a limit above the shares left', exiting({ sellableMicros: 99_000_000n }), EXIT + 1_000, sellNow(EXIT + 1_000)],
  ['a shortfall', exiting({ shortfallMicros: 6_000_000n }), EXIT + 1_000, sellNow(EXIT + 1_000, 30_000_000n)],
  ['an exit with every attempt spent', exiting({ attemptCount: 60 }), EXIT + 1_000, waitForEnd],
  ['an exit too late for an order', exiting(), LAST_ORDER + 1, waitForEnd],
  [
    'an exit whose retry is too late for an order',
    exiting({ wakeUp: { id: 'v9', atMs: LAST_ORDER + 1 } }),
    LAST_ORDER - 1_000,
    waitForEnd,
  ],
  [
    'an exit too late with an unsettled sale',
    exiting({
      attempts: [aLiveAttempt({ phase: { phase: 'matched', reported: { ...REPORTED, sharesMicros: 18_000_000n } } })],
    }),
    LAST_ORDER + 1,
    lookUp(SELL_ORDER_HASH),
  ],
  ['a lease behind another order', exiting({ attempts: [sell('matched'), sell('leased')] }), EXIT, lease],
  [
    'a sell at the end of its lease',
    exiting({ attempts: [aLiveAttempt({ phase: { phase: 'posting', leaseUntilMs: EXIT } })] }),
    EXIT,
    lookUp(SELL_ORDER_HASH),
  ],
  [
    'a resting sell, 2 s after the last time to cancel it',
    exiting({ attempts: [restingSell] }),
    END - 28_000,
    cancelSell,
  ],
  [
    'a resting sell that no other could follow',
    exiting({ attempts: [restingSell] }),
    END - 27_999,
    lookUp(SELL_ORDER_HASH),
  ],
  [
    'post-only mode with just enough shares to rest',
    exiting({ isPostOnly: true, sellableMicros: 5_000_000n }),
    EXIT + 1_000,
    sellNow(EXIT + 1_000, 5_000_000n, { orderType: 'GTC' }),
  ],
  ['shares that are to arrive, before the look', arriving, EXIT - 60_001, nothing],
  ['shares that are to arrive, at the look', arriving, EXIT - 60_000, { step: 'take-in' }],
  ['an exit at the deadline', exiting(), DEADLINE, deadline],
  ['an exit at the deadline with a leased sell', exiting({ attempts: [sell('leased')] }), DEADLINE, deadline],
  ['shares left after the deadline', awaiting(), END, nothing],
  ['an unknown sell after the deadline', awaiting({ attempts: [sell('unknown')] }), END, lookUp(SELL_ORDER_HASH)],
  ['a leased sell after the deadline', awaiting({ attempts: [sell('leased')] }), DEADLINE, lease],
  [
    'a late provisional trade after the deadline',
    awaiting({ trades: [aBuyTrade(), aSellTrade({ status: 'provisional' })] }),
    END,
    lookUp(SELL_ORDER_HASH),
  ],
];

describe('the next step', () => {
  test.each(rows)('of %s', (_, position, nowMs, expected) => {
    expect(planNextStep(position, nowMs)).toEqual(expected);
  });

  test('never sells more than is held', () => {
    expect(sellableSharesMicros(holding(), EXIT)).toBe(36_000_000n);
    expect(sellableSharesMicros(exiting({ trades: [aBuyTrade(), aSellTrade()] }), EXIT)).toBe(0n);
  });
});

describe('clampToChain', () => {
  const ALL = 36_000_000n;

  test.each<[string, Parameters<typeof clampToChain>[0], bigint | null, bigint]>([
    ['limits the sell to the shares on chain, in steps of 0.01', exiting(), 35_509_999n, 35_500_000n],
    ['does not make the sell larger', exiting(), 99_000_000n, ALL],
    ['ignores a zero balance', exiting(), 0n, ALL],
    ['ignores a balance below the dust limit', exiting(), 9_999n, ALL],
    ['limits the sell to a hundredth of a share', exiting(), 10_000n, 10_000n],
    ['ignores a failed read', exiting(), null, ALL],
    ['limits it while our own sell is live', exiting({ attempts: [sell('matched')] }), 20_000_000n, 20_000_000n],
    [
      'limits it while a buy of the other outcome is live',
      exiting({ attempts: [{ ...buy('matched'), intent: anIntent({ side: 'BUY', tokenId: 'other' }) }] }),
      20_000_000n,
      20_000_000n,
    ],
    [
      'limits it while a sale is not final',
      exiting({ trades: [aBuyTrade(), aSellTrade({ status: 'provisional', sharesMicros: 1_000_000n })] }),
      20_000_000n,
      20_000_000n,
    ],
    [
      'counts for nothing while a bought share is not final beside a sale that is',
      exiting({ trades: [aBuyTrade({ status: 'provisional' }), aSellTrade({ sharesMicros: 1_000_000n })] }),
      20_000_000n,
      ALL,
    ],
    ['ignores the balance while a buy is live', holding({ attempts: [buy('matched')] }), 20_000_000n, ALL],
    [
      'counts for nothing while a bought share is not final',
      exiting({ trades: [aBuyTrade({ status: 'provisional' })] }),
      20_000_000n,
      ALL,
    ],
  ])('%s', (_, position, chainMicros, expected) => {
    expect(clampToChain(position, ALL, chainMicros)).toBe(expected);
  });
});
