import type { RefusalCause } from './refusal.ts';

export type Reaction = {
  /** `slow`: the policy's slow delay, unless the remedy worked or the next sell is smaller. */
  readonly pace: 'usual' | 'slow';
  /** Applied once before the next attempt. Safe to repeat. */
  readonly remedy: 'none' | 'refresh-balance' | 'cancel-resting-orders' | 'look-up-trades' | 'approve-shares';
  /** Pages the operator once per cause and position, unless the remedy worked. The exit continues meanwhile. */
  readonly needsHuman: boolean;
  readonly description: string;
};

/** One row per cause. Causes of `not enough balance / allowance`: venue §3.2. */
export const REACTIONS = {
  'unsettled-buy': {
    pace: 'usual',
    remedy: 'none',
    needsHuman: false,
    description: 'the bought shares had not settled yet',
  },
  'stale-balance': {
    pace: 'usual',
    remedy: 'refresh-balance',
    needsHuman: false,
    description: "the venue's balance was out of date",
  },
  'own-resting-orders': {
    pace: 'usual',
    remedy: 'cancel-resting-orders',
    needsHuman: false,
    description: 'our own resting orders reserved the shares',
  },
  'stuck-matched-counter': {
    pace: 'slow',
    remedy: 'none',
    needsHuman: true,
    description: "the venue's matched-orders counter was stuck",
  },
  'fewer-shares': {
    pace: 'usual',
    remedy: 'none',
    needsHuman: false,
    description: 'the wallet held fewer shares than recorded',
  },
  'missing-approval': {
    pace: 'slow',
    remedy: 'approve-shares',
    needsHuman: true,
    description: 'the exchange is not approved to move the shares',
  },
  'wrong-wallet': {
    pace: 'slow',
    remedy: 'refresh-balance',
    needsHuman: true,
    description: 'the venue checks another wallet or signature type',
  },
  'already-sold': {
    pace: 'usual',
    remedy: 'look-up-trades',
    needsHuman: false,
    description: 'an earlier sell had gone through',
  },
  'wrong-token': { pace: 'slow', remedy: 'none', needsHuman: true, description: 'the wallet holds the other outcome' },
  'balance-unexplained': {
    pace: 'usual',
    remedy: 'refresh-balance',
    needsHuman: false,
    description: 'the venue saw too small a balance; no cause was found',
  },
  'market-over': { pace: 'slow', remedy: 'none', needsHuman: false, description: 'the market had stopped trading' },
  'market-not-ready': {
    pace: 'usual',
    remedy: 'none',
    needsHuman: false,
    description: 'the market was not open for orders yet',
  },
  'no-liquidity': { pace: 'usual', remedy: 'none', needsHuman: false, description: 'no match at our price' },
  'tick-changed': { pace: 'usual', remedy: 'none', needsHuman: false, description: 'the tick size had changed' },
  'book-moved': {
    pace: 'usual',
    remedy: 'none',
    needsHuman: false,
    description: 'a bid had reached the price of our resting order',
  },
  'order-size': { pace: 'usual', remedy: 'none', needsHuman: false, description: 'the venue rejected the order size' },
  'account-blocked': {
    pace: 'slow',
    remedy: 'none',
    needsHuman: true,
    description: 'the venue refused the account or API key',
  },
  'invalid-order': {
    pace: 'slow',
    remedy: 'none',
    needsHuman: true,
    description: 'the venue rejected the order as invalid',
  },
  unrecognised: {
    pace: 'usual',
    remedy: 'none',
    needsHuman: true,
    description: 'the venue gave an unknown reason',
  },
} as const satisfies Record<RefusalCause, Reaction>;
