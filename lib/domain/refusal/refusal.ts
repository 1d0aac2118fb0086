/** What the text of a refusal says. It does not always name the cause: see `diagnoseRefusal`. */
export const REFUSAL_CODES = [
  'balance-or-allowance',
  'no-match',
  'tick-size',
  'order-size',
  'market-over',
  'market-not-ready',
  'account-blocked',
  'invalid-order',
  'blocked-before-venue',
  'unrecognised',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Why the venue did not consider the order. It was certainly not placed and may be posted later. */
export const WAIT_CODES = [
  'engine-restarting',
  'post-only-mode',
  'cancel-only-mode',
  'trading-disabled',
  'rate-limited',
  'not-reached',
] as const;
export type WaitCode = (typeof WAIT_CODES)[number];

/** Why the order was refused, as reads have shown (lib/domain/README.md, refusals). */
export const REFUSAL_CAUSES = [
  'unsettled-buy',
  'stale-balance',
  'own-resting-orders',
  'stuck-matched-counter',
  'fewer-shares',
  'missing-approval',
  'wrong-wallet',
  'already-sold',
  'wrong-token',
  'balance-unexplained',
  'market-over',
  'market-not-ready',
  'no-liquidity',
  'tick-changed',
  'book-moved',
  'order-size',
  'account-blocked',
  'invalid-order',
  'blocked-before-venue',
  'unrecognised',
] as const;
export type RefusalCause = (typeof REFUSAL_CAUSES)[number];

/** Anything that kept an order from being placed. The position counts each. */
export type SetbackCause = RefusalCause | WaitCode;

/** Figures of a balance refusal (venue §3.1), in share micros for a sell and cash micros for a buy. */
export type BalanceFigures = {
  readonly balanceMicros: bigint;
  readonly activeOrdersMicros: bigint;
  readonly matchedOrdersMicros: bigint;
  readonly orderMicros: bigint;
};

export type Refusal = {
  readonly code: RefusalCode;
  /** The venue's text, of limited length, with secrets removed. */
  readonly text: string;
  readonly figures?: BalanceFigures;
};

export const CAUSE_OF_CODE = {
  'balance-or-allowance': 'balance-unexplained',
  'no-match': 'no-liquidity',
  'tick-size': 'tick-changed',
  'order-size': 'order-size',
  'market-over': 'market-over',
  'market-not-ready': 'market-not-ready',
  'account-blocked': 'account-blocked',
  'invalid-order': 'invalid-order',
  'blocked-before-venue': 'blocked-before-venue',
  unrecognised: 'unrecognised',
} as const satisfies Record<RefusalCode, RefusalCause>;

/** Answers that do not prove that the order was not placed: it is looked up first (law 4). */
export function mayBePlaced(code: RefusalCode): boolean {
  return code === 'unrecognised' || code === 'blocked-before-venue';
}
