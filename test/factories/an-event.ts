import type { EventType, PositionEvent, PositionFact } from '#lib/domain/position/position-event.ts';
import { DOWN_TOKEN_ID, WINDOW_STARTS_AT_MS } from './a-market.ts';
import { aBuyTrade } from './a-trade.ts';
import { anIntent, BUY_ORDER_HASH, HEDGE_ORDER_HASH, SELL_ORDER_HASH } from './an-intent.ts';

export type EventOf<Type extends EventType> = Extract<PositionEvent, { readonly type: Type }>;

const AT_MS = WINDOW_STARTS_AT_MS + 180_000;

const DEFAULTS_BY_TYPE = {
  'buy-intended': { type: 'buy-intended', intent: anIntent({ side: 'BUY' }), leaseUntilMs: AT_MS + 8_000 },
  'buy-abandoned': { type: 'buy-abandoned', reason: 'abandoned' },
  'sell-intended': {
    type: 'sell-intended',
    intent: anIntent(),
    leaseUntilMs: AT_MS + 8_000,
    postAtMs: AT_MS,
    underlyingMicros: 97_398_120_000n,
    bidMicros: 600_000n,
    needsApproval: false,
  },
  'hedge-intended': {
    type: 'hedge-intended',
    intent: anIntent({
      side: 'BUY',
      tokenId: DOWN_TOKEN_ID,
      orderHash: HEDGE_ORDER_HASH,
      attemptNumber: 3,
      limitPriceMicros: 400_000n,
    }),
    leaseUntilMs: AT_MS + 8_000,
    costMicrosMax: 15_408_000n,
  },
  'sell-reposted': { type: 'sell-reposted', orderHash: SELL_ORDER_HASH, leaseUntilMs: AT_MS + 8_000 },
  'sell-put-off': { type: 'sell-put-off', balanceMicros: 0n },
  'order-cancelled': { type: 'order-cancelled', orderHash: SELL_ORDER_HASH },
  'order-accepted': {
    type: 'order-accepted',
    orderHash: SELL_ORDER_HASH,
    working: false,
    reported: { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 604_800n },
  },
  'order-refused': {
    type: 'order-refused',
    orderHash: SELL_ORDER_HASH,
    code: 'balance-or-allowance',
    cause: 'unsettled-buy',
    text: 'not enough balance / allowance',
    sellableMicros: null,
    shortfallMicros: null,
    remedied: false,
  },
  'order-not-sent': {
    type: 'order-not-sent',
    orderHash: SELL_ORDER_HASH,
    code: 'engine-restarting',
    text: 'the matching engine is restarting',
    retryAfterMs: null,
  },
  'order-unknown': { type: 'order-unknown', orderHash: SELL_ORDER_HASH, text: 'no answer within the deadline' },
  'orders-observed': {
    type: 'orders-observed',
    orders: [{ orderHash: BUY_ORDER_HASH, working: false, trades: [aBuyTrade()] }],
    absentHashes: [],
  },
  'shares-observed': { type: 'shares-observed', orderHash: BUY_ORDER_HASH, sharesMicros: 36_000_000n },
  'look-up-failed': { type: 'look-up-failed', text: 'the venue was not reached' },
  'shares-found': {
    type: 'shares-found',
    found: { sharesMicros: 36_000_000n, costMicros: 23_400_000n, blockNumber: 6_000n },
  },
  'shares-left': {
    type: 'shares-left',
    left: [{ transactionHash: `0x${'ef'.repeat(32)}`, sharesMicros: 36_000_000n, cashMicros: 21_600_000n }],
  },
  'nothing-found': { type: 'nothing-found', blockNumber: 6_000n },
  'exit-requested': { type: 'exit-requested' },
  'hold-requested': { type: 'hold-requested' },
  'exit-held': { type: 'exit-held', priceMicros: 970_000n, proceedsMicros: 34_846_000n },
  'rule-fired': { type: 'rule-fired', rule: 'stop-loss', priceMicros: 440_000n, levelMicros: 450_000n },
  'high-raised': { type: 'high-raised', priceMicros: 700_000n },
  'deadline-reached': { type: 'deadline-reached' },
  'settlement-waited': {
    type: 'settlement-waited',
    reason: 'unresolved',
    text: null,
    read: { blockNumber: 7_000n, holdsAll: true },
  },
  'market-resolved': {
    type: 'market-resolved',
    payout: { own: 1n, other: 0n, total: 1n },
    read: { blockNumber: 7_001n, holdsAll: true },
    venueWinner: null,
  },
  'loss-confirmed': { type: 'loss-confirmed', read: { blockNumber: 7_002n, holdsAll: true } },
  'redemption-sent': { type: 'redemption-sent', reference: 'redemption-1', text: null },
  'redemption-failed': {
    type: 'redemption-failed',
    text: 'execution reverted',
    isFinal: false,
    isCounted: true,
    retryAfterMs: null,
  },
  'redemption-confirmed': {
    type: 'redemption-confirmed',
    payoutMicros: 36_000_000n,
    transactionHash: `0x${'ab'.repeat(32)}`,
    gasWei: null,
  },
  'merge-confirmed': {
    type: 'merge-confirmed',
    cashMicros: 36_000_000n,
    transactionHash: `0x${'cd'.repeat(32)}`,
    gasWei: null,
    read: { blockNumber: 7_003n, holdsAll: false },
  },
  'record-contradicted': {
    type: 'record-contradicted',
    contradiction: 'The chain holds fewer shares than the record.',
  },
} as const satisfies { readonly [Type in EventType]: Extract<PositionFact, { readonly type: Type }> };

/** An event at the default exit's due time, unless `atMs` is given. */
export function anEvent<Type extends EventType>(
  overrides: { readonly type: Type } & Partial<EventOf<Type>>,
): EventOf<Type>;
export function anEvent(overrides: { readonly type: EventType }): PositionEvent;
export function anEvent(overrides: { readonly type: EventType }): unknown {
  return { atMs: AT_MS, ...DEFAULTS_BY_TYPE[overrides.type], ...overrides };
}
