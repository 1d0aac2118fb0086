import type { RefusalCause } from './refusal.ts';

/** What the exit does about a cause before it tries again. Effects are the use case's; this only says which. */
export type Reaction = {
  /** `usual`: the pauses of the policy. `slow`: while nothing is mended or clamped, only a human or the venue helps: do not hammer. */
  readonly pace: 'usual' | 'slow';
  /** Done once, before the next try; all of them are safe to repeat. */
  readonly remedy: 'none' | 'refresh-balance' | 'cancel-resting-orders' | 'look-up-trades' | 'approve-shares';
  /** Calls a human unless the remedy has mended it, once per cause and position; the exit goes on meanwhile. */
  readonly needsHuman: boolean;
  /** The cause in a trader's words. */
  readonly plainWords: string;
};

/** One row per cause (venue §3.2). */
export const REACTIONS = {
  'unsettled-buy': {
    pace: 'usual',
    remedy: 'none',
    needsHuman: false,
    plainWords: 'the bought shares had not settled yet',
  },
  'stale-balance': {
    pace: 'usual',
    remedy: 'refresh-balance',
    needsHuman: false,
    plainWords: "the venue's balance was out of date",
  },
  'own-resting-orders': {
    pace: 'usual',
    remedy: 'cancel-resting-orders',
    needsHuman: false,
    plainWords: 'our own resting orders held the shares',
  },
  'stuck-matched-counter': {
    pace: 'slow',
    remedy: 'none',
    needsHuman: true,
    plainWords: "the venue's matched-orders counter was stuck",
  },
  'fewer-shares': {
    pace: 'usual',
    remedy: 'none',
    needsHuman: false,
    plainWords: 'fewer shares were there than recorded',
  },
  'missing-approval': {
    pace: 'slow',
    remedy: 'approve-shares',
    needsHuman: true,
    plainWords: 'the exchange is not approved to move the shares',
  },
  'wrong-wallet': {
    pace: 'slow',
    remedy: 'refresh-balance',
    needsHuman: true,
    plainWords: 'the venue looks at another wallet or signature type',
  },
  'already-sold': {
    pace: 'usual',
    remedy: 'look-up-trades',
    needsHuman: false,
    plainWords: 'an earlier sell had gone through',
  },
  'wrong-token': { pace: 'slow', remedy: 'none', needsHuman: true, plainWords: 'the wallet holds the other outcome' },
  'balance-unexplained': {
    pace: 'usual',
    remedy: 'refresh-balance',
    needsHuman: false,
    plainWords: 'the venue saw too small a balance, for no cause we could find',
  },
  'market-over': { pace: 'slow', remedy: 'none', needsHuman: false, plainWords: 'the market no longer traded' },
  'market-not-ready': {
    pace: 'usual',
    remedy: 'none',
    needsHuman: false,
    plainWords: 'the market did not take orders yet',
  },
  'no-liquidity': { pace: 'usual', remedy: 'none', needsHuman: false, plainWords: 'nobody traded at our price' },
  'tick-changed': { pace: 'usual', remedy: 'none', needsHuman: false, plainWords: 'the tick size had changed' },
  'book-moved': {
    pace: 'usual',
    remedy: 'none',
    needsHuman: false,
    plainWords: 'a buyer had come to the price of our resting order',
  },
  'order-size': { pace: 'usual', remedy: 'none', needsHuman: false, plainWords: 'the venue did not take the size' },
  'account-blocked': {
    pace: 'slow',
    remedy: 'none',
    needsHuman: true,
    plainWords: 'the venue refuses the account or key',
  },
  'invalid-order': { pace: 'slow', remedy: 'none', needsHuman: true, plainWords: 'the venue calls the order invalid' },
  unrecognised: {
    pace: 'usual',
    remedy: 'none',
    needsHuman: true,
    plainWords: 'the venue gave a reason we do not know',
  },
} as const satisfies Record<RefusalCause, Reaction>;
