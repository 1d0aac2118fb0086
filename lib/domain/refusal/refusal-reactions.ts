import type { RefusalCause } from './refusal.ts';

export type Reaction = {
  /** `slow`: the policy's slow delay, unless the remedy worked or the next sell is smaller. */
  readonly pace: 'usual' | 'slow';
  /** Applied once before the next attempt. Safe to repeat. */
  readonly remedy: 'none' | 'refresh-balance' | 'cancel-resting-orders' | 'look-up-trades' | 'approve-shares';
  /** Pages the operator once per cause and position, unless the remedy worked. The exit continues meanwhile. */
  readonly needsHuman: boolean;
};

/** One row per cause. Causes of `not enough balance / allowance`: venue §3.2. */
export const REACTIONS = {
  'unsettled-buy': { pace: 'usual', remedy: 'none', needsHuman: false },
  'stale-balance': { pace: 'usual', remedy: 'refresh-balance', needsHuman: false },
  'own-resting-orders': { pace: 'usual', remedy: 'cancel-resting-orders', needsHuman: false },
  'stuck-matched-counter': { pace: 'slow', remedy: 'none', needsHuman: true },
  'fewer-shares': { pace: 'usual', remedy: 'none', needsHuman: false },
  'missing-approval': { pace: 'slow', remedy: 'approve-shares', needsHuman: true },
  'wrong-wallet': { pace: 'slow', remedy: 'refresh-balance', needsHuman: true },
  'already-sold': { pace: 'usual', remedy: 'look-up-trades', needsHuman: false },
  'wrong-token': { pace: 'slow', remedy: 'none', needsHuman: true },
  'balance-unexplained': { pace: 'usual', remedy: 'refresh-balance', needsHuman: false },
  'market-over': { pace: 'slow', remedy: 'none', needsHuman: false },
  'market-not-ready': { pace: 'usual', remedy: 'none', needsHuman: false },
  'no-liquidity': { pace: 'usual', remedy: 'none', needsHuman: false },
  'tick-changed': { pace: 'usual', remedy: 'none', needsHuman: false },
  'book-moved': { pace: 'usual', remedy: 'none', needsHuman: false },
  'order-size': { pace: 'usual', remedy: 'none', needsHuman: false },
  'account-blocked': { pace: 'slow', remedy: 'none', needsHuman: true },
  'invalid-order': { pace: 'slow', remedy: 'none', needsHuman: true },
  unrecognised: { pace: 'usual', remedy: 'none', needsHuman: true },
} as const satisfies Record<RefusalCause, Reaction>;
