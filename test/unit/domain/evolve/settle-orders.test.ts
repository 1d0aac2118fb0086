import { describe, expect, it } from 'vitest';
import { provenBuy, settleOrders } from '#lib/domain/evolve/settle-orders.ts';
import type { FillTotals, OrderType } from '#lib/domain/market/order.ts';
import type { LivePhase, Trade } from '#lib/domain/position/order-attempt.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, BUY_ORDER_HASH, SELL_ORDER_HASH } from '#test/factories/an-intent.ts';

const POSTED_AT_MS = 1_773_307_230_000;
const ALL: FillTotals = { sharesMicros: 36_000_000n, valueMicros: 23_400_000n, feesMicros: 0n };
const UNKNOWN: LivePhase = { phase: 'unknown', sinceMs: POSTED_AT_MS };

/** The attempts left once the venue shows confirmed trades of these sizes for a buy of 36 shares. */
function attemptsAfter(
  phase: LivePhase,
  sizes: readonly bigint[],
  { orderType = 'FOK', afterMs = 5_000 }: { orderType?: OrderType; afterMs?: number } = {},
) {
  const attempt = aLiveAttempt({ intent: anIntent({ side: 'BUY', orderType, timestampMs: POSTED_AT_MS }), phase });
  const trades = sizes.map((sharesMicros, index) => aBuyTrade({ tradeId: `t${index}`, sharesMicros }));
  const order = { orderHash: BUY_ORDER_HASH, working: false, trades };
  return settleOrders({ attempts: [attempt], trades: [] }, [order], POSTED_AT_MS + afterMs).attempts;
}

describe('an order whose answer reported a fill', () => {
  const matched: LivePhase = { phase: 'matched', reported: ALL };

  it('is final when its trades differ by rounding only', () => {
    expect(attemptsAfter(matched, [17_999_999n, 17_999_999n])).toEqual([]);
    expect(attemptsAfter(matched, [18_000_000n, 17_990_001n])).toEqual([]);
  });

  it('is not final while 0.01 share or all trades are missing', () => {
    expect(attemptsAfter(matched, [18_000_000n, 17_990_000n])).toHaveLength(1);
    const dust: LivePhase = { phase: 'matched', reported: { ...ALL, sharesMicros: 9_999n } };
    expect(attemptsAfter(dust, [], { afterMs: 99_000 })).toHaveLength(1);
  });
});

describe('a FOK order whose answer was lost', () => {
  it('is looked up while only a part of its fill is shown', () => {
    expect(attemptsAfter(UNKNOWN, [18_000_000n])).toMatchObject([{ phase: 'matched' }]);
    expect(attemptsAfter(UNKNOWN, [18_000_000n, 18_000_000n])).toEqual([]);
  });

  it('is looked up while its trades show all the shares it names and not all its dollars', () => {
    const shown = (valueMicros: bigint, afterMs: number) => {
      const attempt = aLiveAttempt({
        intent: anIntent({ side: 'BUY', orderType: 'FOK', timestampMs: POSTED_AT_MS }),
        phase: UNKNOWN,
      });
      const trades = [aBuyTrade({ sharesMicros: 36_500_000n, valueMicros })];
      const order = { orderHash: BUY_ORDER_HASH, working: false, trades };
      return settleOrders({ attempts: [attempt], trades: [] }, [order], POSTED_AT_MS + afterMs).attempts;
    };
    expect(shown(22_000_000n, 5_000)).toHaveLength(1);
    expect(shown(23_400_000n, 5_000)).toEqual([]);
    expect(shown(22_000_000n, 20_000)).toEqual([]);
  });

  it('is final without fills, and after a while with the fills shown', () => {
    expect(attemptsAfter(UNKNOWN, [])).toEqual([]);
    expect(attemptsAfter(UNKNOWN, [18_000_000n], { afterMs: 20_000 })).toEqual([]);
  });

  it('is treated differently from a FAK order', () => {
    expect(attemptsAfter(UNKNOWN, [18_000_000n], { orderType: 'FAK' })).toEqual([]);
  });
});

describe('trades of a look-up', () => {
  const merge = (known: readonly Trade[], ...seen: readonly Trade[]) =>
    settleOrders(
      { attempts: [], trades: known },
      [{ orderHash: BUY_ORDER_HASH, working: false, trades: seen }],
      POSTED_AT_MS,
    ).trades;
  const provisional = aBuyTrade({ status: 'provisional' });

  it('are added to those known, in the order in which they were shown', () => {
    const other = aSellTrade();
    expect(merge([provisional], other)).toEqual([provisional, other]);
    expect(merge([provisional])).toEqual([provisional]);
  });

  it('become final, and never change back', () => {
    const confirmed = aBuyTrade();
    const failed = aBuyTrade({ status: 'failed' });
    expect(merge([provisional], confirmed)).toEqual([confirmed]);
    expect(merge([confirmed], provisional)).toEqual([confirmed]);
    expect(merge([failed], confirmed)).toEqual([failed]);
  });

  it('keep a fee once it is verified, whichever look-up showed it', () => {
    const verified = { feeDriftMicros: 5n, feesMicros: 105n };
    const estimated = { feeDriftMicros: null, feesMicros: 100n };
    const known = (changes: Partial<Trade>) => aBuyTrade({ status: 'provisional', ...changes });
    expect(merge([known(verified)], aBuyTrade(estimated))).toEqual([aBuyTrade(verified)]);
    expect(merge([aBuyTrade(estimated)], known(verified))).toEqual([aBuyTrade(verified)]);
    expect(merge([aBuyTrade(estimated)], aBuyTrade({ ...estimated, feesMicros: 99n }))).toEqual([aBuyTrade(estimated)]);
    expect(merge([known(estimated)], aBuyTrade({ ...estimated, feesMicros: 99n }))).toMatchObject([
      { status: 'confirmed', feeDriftMicros: null, feesMicros: 99n },
    ]);
    expect(merge([known(verified)], aBuyTrade({ feeDriftMicros: 7n, feesMicros: 107n }))).toEqual([
      aBuyTrade(verified),
    ]);
  });
});

describe('an order that a look-up shows', () => {
  const SINCE_MS = POSTED_AT_MS - 1_000;
  const NOW_MS = POSTED_AT_MS + 5_000;
  const seen = (phase: LivePhase, working: boolean, trades: readonly Trade[] = [], nowMs = NOW_MS) => {
    const intent = anIntent({ timestampMs: POSTED_AT_MS });
    const orders = [{ orderHash: SELL_ORDER_HASH, working, trades }];
    return settleOrders({ attempts: [aLiveAttempt({ intent, phase })], trades: [] }, orders, nowMs).attempts;
  };
  const parts = [aSellTrade({ status: 'provisional', sharesMicros: 6_000_000n })];

  it.each<LivePhase>([
    { phase: 'posting', leaseUntilMs: POSTED_AT_MS },
    { phase: 'unknown', sinceMs: SINCE_MS },
    { phase: 'cancelled', sinceMs: NOW_MS - 20_000 },
  ])('working was placed: it works from now on ($phase)', (phase) => {
    expect(seen(phase, true, parts)).toMatchObject([{ phase: 'working', sinceMs: NOW_MS }]);
  });

  it('working goes on, since it began to', () => {
    expect(seen({ phase: 'working', sinceMs: SINCE_MS }, true)).toMatchObject([
      { phase: 'working', sinceMs: SINCE_MS },
    ]);
  });

  it.each<LivePhase>([
    { phase: 'cancelled', sinceMs: NOW_MS - 19_999 },
    { phase: 'ended', sinceMs: NOW_MS - 90_000 },
  ])('working lags behind its end ($phase)', (phase) => {
    expect(seen(phase, true, parts)).toMatchObject([phase]);
    expect(seen(phase, false, parts)).toMatchObject([{ phase: 'matched', reported: { sharesMicros: 6_000_000n } }]);
  });

  it('with fewer fills than were reported keeps the report, and with more or as many takes these', () => {
    const matched = (sharesMicros: bigint): LivePhase => ({
      phase: 'matched',
      reported: { sharesMicros, valueMicros: 1n, feesMicros: 2n },
    });
    const shown = { sharesMicros: 6_000_000n, valueMicros: 3_600_000n };
    expect(seen(matched(6_000_001n), false, parts)).toMatchObject([matched(6_000_001n)]);
    expect(seen(matched(6_000_000n), false, parts)).toMatchObject([{ reported: shown }]);
    expect(seen(matched(5_999_999n), true, parts)).toMatchObject([{ reported: shown }]);
  });

  it('is final once its own trades are, whatever those of others are', () => {
    const sold = aSellTrade({ sharesMicros: 6_000_000n });
    const phase: LivePhase = { phase: 'unknown', sinceMs: SINCE_MS };
    const ofOthers = aBuyTrade({ status: 'provisional' });
    const ledger = { attempts: [aLiveAttempt({ phase })], trades: [ofOthers] };
    const order = (trades: readonly Trade[]) => [{ orderHash: SELL_ORDER_HASH, working: false, trades }];
    expect(settleOrders(ledger, order([sold]), NOW_MS).attempts).toEqual([]);
    expect(settleOrders(ledger, order([{ ...sold, status: 'provisional' }]), NOW_MS).attempts).toHaveLength(1);
    expect(settleOrders(ledger, [], NOW_MS)).toEqual(ledger);
  });

  it('and is a FOK sell is looked up until 0.01 share at most is missing', () => {
    const intent = anIntent({ orderType: 'FOK', timestampMs: POSTED_AT_MS });
    const left = (sharesMicros: bigint) => {
      const attempt = aLiveAttempt({ intent, phase: { phase: 'unknown', sinceMs: SINCE_MS } });
      const orders = [{ orderHash: SELL_ORDER_HASH, working: false, trades: [aSellTrade({ sharesMicros })] }];
      return settleOrders({ attempts: [attempt], trades: [] }, orders, NOW_MS).attempts.length;
    };
    expect([left(35_990_000n), left(35_990_001n)]).toEqual([1, 0]);
  });
});

describe('a FOK buy in dollars', () => {
  it('is looked up until the rest of its dollars buys less than 0.01 share', () => {
    const intent = anIntent({ side: 'BUY', orderType: 'FOK', timestampMs: POSTED_AT_MS, limitPriceMicros: 500_000n });
    const left = (valueMicros: bigint) => {
      const attempt = aLiveAttempt({ intent, phase: UNKNOWN });
      const trades = [aBuyTrade({ sharesMicros: 36_000_000n, valueMicros })];
      const order = { orderHash: BUY_ORDER_HASH, working: false, trades };
      return settleOrders({ attempts: [attempt], trades: [] }, [order], POSTED_AT_MS + 5_000).attempts.length;
    };
    expect([left(17_995_000n), left(17_995_001n), left(18_000_000n)]).toEqual([1, 0, 0]);
  });

  it('is proven by shares on chain from 0.01 share less than it names', () => {
    const intent = anIntent({ side: 'BUY', sharesBeforeMicros: 1_000_000n });
    expect(provenBuy(intent, 36_990_000n, 0n)).toBeNull();
    expect(provenBuy(intent, 36_990_001n, 0n)).toMatchObject({ sharesMicros: 35_990_001n, feesMicros: 0n });
  });
});
