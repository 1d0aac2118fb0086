import type { RefusalCause } from './refusal.ts';

export type Reaction = {
  /** `slow`: the policy's slow delay, unless the remedy worked or the next sell is smaller. */
  readonly pace: 'usual' | 'slow';
  /** Applied once before the next attempt. Safe to repeat. */
  readonly remedy: 'none' | 'refresh-balance' | 'cancel-resting-orders' | 'look-up-trades' | 'approve-shares';
  /**
   * Pages the operator at this refusal of the cause, once per cause and position, unless the remedy worked; null:
   * never. The exit continues meanwhile. 3: it may pass, or shares may have been moved out of the wallet.
   */
  readonly pageAtCount: 1 | 3 | null;
};

/** One row per cause. Causes of `not enough balance / allowance`: venue §3.2. */
export const REACTIONS = {
  'unsettled-buy': { pace: 'usual', remedy: 'none', pageAtCount: null },
  'stale-balance': { pace: 'usual', remedy: 'refresh-balance', pageAtCount: null },
  'own-resting-orders': { pace: 'usual', remedy: 'cancel-resting-orders', pageAtCount: null },
  'stuck-matched-counter': { pace: 'slow', remedy: 'none', pageAtCount: 1 },
  'fewer-shares': { pace: 'usual', remedy: 'none', pageAtCount: null },
  'missing-approval': { pace: 'slow', remedy: 'approve-shares', pageAtCount: 1 },
  'wrong-wallet': { pace: 'slow', remedy: 'refresh-balance', pageAtCount: 1 },
  'already-sold': { pace: 'usual', remedy: 'look-up-trades', pageAtCount: null },
  'wrong-token': { pace: 'slow', remedy: 'none', pageAtCount: 1 },
  'balance-unexplained': { pace: 'usual', remedy: 'refresh-balance', pageAtCount: 3 },
  'market-over': { pace: 'slow', remedy: 'none', pageAtCount: null },
  'market-not-ready': { pace: 'usual', remedy: 'none', pageAtCount: null },
  'no-liquidity': { pace: 'usual', remedy: 'none', pageAtCount: null },
  'tick-changed': { pace: 'usual', remedy: 'none', pageAtCount: null },
  'book-moved': { pace: 'usual', remedy: 'none', pageAtCount: null },
  'order-size': { pace: 'usual', remedy: 'none', pageAtCount: null },
  'account-blocked': { pace: 'slow', remedy: 'none', pageAtCount: 1 },
  'invalid-order': { pace: 'slow', remedy: 'none', pageAtCount: 1 },
  'blocked-before-venue': { pace: 'usual', remedy: 'none', pageAtCount: 3 },
  unrecognised: { pace: 'usual', remedy: 'none', pageAtCount: 1 },
} as const satisfies Record<RefusalCause, Reaction>;
