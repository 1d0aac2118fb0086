import { FIRING_RULES } from '#lib/domain/position/exit-policy.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
import type { EventType, ObservedOrder, PositionEvent } from '#lib/domain/position/position-event.ts';
import { SETTLEMENT_WAITS } from '#lib/domain/position/settlement-progress.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal/refusal.ts';
import { WINDOW_STARTS_AT_MS } from './a-market.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from './a-trade.ts';
import { anEvent } from './an-event.ts';
import { anIntent, BUY_ORDER_HASH, HEDGE_ORDER_HASH, orderHashOf, SELL_ORDER_HASH } from './an-intent.ts';

const ENDS_AT_MS = WINDOW_STARTS_AT_MS + 300_000;
/** Long before and just before the exit, at it, just before and at the deadline, and when absence is proof. */
const TIMES_MS = [
  ENDS_AT_MS - 250_000,
  ENDS_AT_MS - 132_000,
  ENDS_AT_MS - 119_000,
  ENDS_AT_MS - 9_000,
  ENDS_AT_MS - 5_000,
  ENDS_AT_MS + 30_000,
  // The result is late.
  ENDS_AT_MS + 600_000,
];
/** Won, lost, void and split. */
const PAYOUTS = [
  { own: 1n, other: 0n, total: 1n },
  { own: 0n, other: 1n, total: 1n },
  { own: 1n, other: 1n, total: 2n },
  { own: 300_000n, other: 700_000n, total: 1_000_000n },
];
const HASHES = [BUY_ORDER_HASH, SELL_ORDER_HASH, HEDGE_ORDER_HASH, orderHashOf(9)];
const STATUSES = ['provisional', 'confirmed', 'failed'] as const;
const SHARES = [18_000_000n, 35_995_000n, 36_000_000n];

const observed = (orderHash: string, working: boolean, trades: readonly Trade[]): ObservedOrder => ({
  orderHash,
  working,
  trades,
});

function someObservations(): readonly Pick<
  Extract<PositionEvent, { type: 'orders-observed' }>,
  'orders' | 'absentHashes'
>[] {
  const orders: ObservedOrder[] = STATUSES.flatMap((status) =>
    SHARES.flatMap((sharesMicros) => [
      observed(BUY_ORDER_HASH, false, [aBuyTrade({ status, sharesMicros })]),
      observed(SELL_ORDER_HASH, false, [aSellTrade({ status, sharesMicros })]),
    ]),
  );
  const more = [
    observed(BUY_ORDER_HASH, true, []),
    observed(SELL_ORDER_HASH, true, []),
    observed(BUY_ORDER_HASH, true, [aBuyTrade({ status: 'provisional', sharesMicros: 18_000_000n })]),
    observed(SELL_ORDER_HASH, false, []),
    observed(BUY_ORDER_HASH, false, []),
  ];
  const settledBuy = observed(BUY_ORDER_HASH, false, [aBuyTrade()]);
  const settledSell = observed(SELL_ORDER_HASH, false, [aSellTrade()]);
  return [
    ...[...orders, ...more].map((order) => ({ orders: [order], absentHashes: [] })),
    { orders: [], absentHashes: [BUY_ORDER_HASH, SELL_ORDER_HASH] },
    { orders: [], absentHashes: [orderHashOf(9)] },
    { orders: [], absentHashes: [BUY_ORDER_HASH] },
    { orders: [settledBuy], absentHashes: [SELL_ORDER_HASH] },
    { orders: [settledBuy, settledSell], absentHashes: [] },
    ...STATUSES.map((status) => ({
      orders: [observed(HEDGE_ORDER_HASH, false, [aHedgeTrade({ status })])],
      absentHashes: [],
    })),
    { orders: [observed(HEDGE_ORDER_HASH, false, [aHedgeTrade()]), settledSell], absentHashes: [] },
    { orders: [observed(HEDGE_ORDER_HASH, false, [aHedgeTrade({ sharesMicros: 18_000_000n })])], absentHashes: [] },
    { orders: [], absentHashes: [HEDGE_ORDER_HASH] },
    { orders: [observed(BUY_ORDER_HASH, false, [aBuyTrade({ status: 'failed' })])], absentHashes: [SELL_ORDER_HASH] },
  ];
}

function variantsOf(type: EventType): readonly PositionEvent[] {
  switch (type) {
    case 'buy-abandoned':
      return (['abandoned', 'wake-up-not-set'] as const).map((reason) => anEvent({ type, reason }));
    case 'sell-intended':
      return [18_000_000n, 36_000_000n].flatMap((sharesMicros) =>
        [false, true].map((needsApproval) =>
          anEvent({
            type,
            needsApproval,
            intent: anIntent({ sharesMicros, attemptNumber: 3, orderHash: orderHashOf(3) }),
          }),
        ),
      );
    case 'hedge-intended':
      return [anEvent({ type }), anEvent({ type, costMicrosMax: 1n })];
    case 'merge-confirmed':
      return [anEvent({ type }), anEvent({ type, cashMicros: 18_000_000n, transactionHash: '0xhalf' })];
    case 'order-cancelled':
    case 'sell-reposted':
      return HASHES.map((orderHash) => anEvent({ type, orderHash }));
    case 'order-accepted':
      return HASHES.flatMap((orderHash) => [
        ...[0n, ...SHARES].map((sharesMicros) =>
          anEvent({ type, orderHash, reported: { sharesMicros, valueMicros: sharesMicros / 2n, feesMicros: 100n } }),
        ),
        anEvent({ type, orderHash, working: true, sharesBeforeMicros: 0n }),
      ]);
    case 'order-refused':
      return HASHES.flatMap((orderHash) => [
        ...REFUSAL_CAUSES.flatMap((cause) =>
          [false, true].map((remedied) => anEvent({ type, orderHash, cause, remedied })),
        ),
        anEvent({ type, orderHash, cause: 'fewer-shares', shortfallMicros: 36_000_000n }),
        anEvent({ type, orderHash, cause: 'fewer-shares', sellableMicros: 20_000_000n, shortfallMicros: 18_000_000n }),
      ]);
    case 'order-not-sent':
      return HASHES.flatMap((orderHash) => [
        anEvent({ type, orderHash }),
        anEvent({ type, orderHash, code: 'rate-limited', retryAfterMs: 4_000 }),
        anEvent({ type, orderHash, code: 'post-only-mode', retryAfterMs: 90_000 }),
      ]);
    case 'order-unknown':
      return HASHES.map((orderHash) => anEvent({ type, orderHash }));
    case 'shares-observed':
      return HASHES.flatMap((orderHash) =>
        [0n, ...SHARES].map((sharesMicros) => anEvent({ type, orderHash, sharesMicros })),
      );
    case 'orders-observed':
      return someObservations().map((observation) => anEvent({ type, ...observation }));
    case 'settlement-waited':
      return SETTLEMENT_WAITS.flatMap((reason) => [
        anEvent({ type, reason }),
        anEvent({ type, reason, read: null, text: 'the node did not answer' }),
      ]);
    case 'market-resolved':
      return PAYOUTS.flatMap((payout) =>
        ([null, 'UP', 'DOWN'] as const).map((venueWinner) => anEvent({ type, payout, venueWinner })),
      );
    case 'redemption-sent':
      return [anEvent({ type }), anEvent({ type, reference: null, text: 'no answer within the deadline' })];
    case 'redemption-failed':
      return [
        anEvent({ type }),
        anEvent({ type, isFinal: true }),
        anEvent({ type, isCounted: false, retryAfterMs: 90_000 }),
      ];
    case 'rule-fired':
      return FIRING_RULES.map((rule) => anEvent({ type, rule }));
    case 'shares-found':
      return [null, 18_000_000n].flatMap((costMicros) =>
        [18_000_000n, 72_000_000n].map((sharesMicros) =>
          anEvent({ type, found: { sharesMicros, costMicros, blockNumber: 6_001n } }),
        ),
      );
    case 'shares-left':
      return [5_000_000n, 36_000_000n].flatMap((sharesMicros) =>
        [null, 1_000_000n].flatMap((cashMicros) => {
          const left = [{ transactionHash: '0xleft', sharesMicros, cashMicros }];
          const found = { sharesMicros: 48_000_000n, costMicros: null, blockNumber: 6_001n };
          return [anEvent({ type, left }), anEvent({ type, left, found })];
        }),
      );
    case 'nothing-found':
      return [anEvent({ type }), anEvent({ type, blockNumber: null })];
    case 'exit-held':
      return [anEvent({ type }), anEvent({ type, priceMicros: null, proceedsMicros: null })];
    case 'exit-requested':
      return [
        anEvent({ type }),
        anEvent({ type, requestId: 'half', sharesMicros: 18_000_000n }),
        anEvent({ type, minPriceMicros: 700_000n }),
      ];
    case 'sell-put-off':
      return [anEvent({ type }), anEvent({ type, bidMicros: 600_000n })];
    case 'buy-intended':
    case 'high-raised':
    case 'look-up-failed':
    case 'hold-requested':
    case 'deadline-reached':
    case 'loss-confirmed':
    case 'redemption-confirmed':
    case 'record-contradicted':
      return [anEvent({ type })];
  }
}

/** All sample events of one type, at all sample times. */
export function sampleEvents(type: EventType): readonly PositionEvent[] {
  return variantsOf(type).flatMap((event) =>
    TIMES_MS.map((atMs): PositionEvent => {
      if (event.type === 'sell-intended') return { ...event, atMs, postAtMs: atMs, leaseUntilMs: atMs + 8_000 };
      if (event.type === 'buy-intended' || event.type === 'hedge-intended' || event.type === 'sell-reposted')
        return { ...event, atMs, leaseUntilMs: atMs + 8_000 };
      return { ...event, atMs };
    }),
  );
}
