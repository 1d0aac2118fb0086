import { describe, expect, it } from 'vitest';
import { settleOrders } from '#lib/domain/evolve/settle-orders.ts';
import type { FillTotals, OrderType } from '#lib/domain/market/order.ts';
import type { LivePhase } from '#lib/domain/position/order-attempt.ts';
import { aBuyTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, BUY_ORDER_HASH } from '#test/factories/an-intent.ts';

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
