import { callFault, condition, type FaultDice, type FaultFacts } from './fault-facts.ts';

/** The venue's faults: scope, random sequence, probability, duration of a condition, and words for people. */
export const VENUE_FAULTS = {
  'market-data-down': callFault('market-data', 32, 0.02, 'market data does not answer'),
  'market-data-slow': callFault('market-data', 33, 0.02, 'market data answers at its deadline, without data'),
  'book-missing': callFault('market-data', 34, 0.01, 'the venue has no book for the token'),
  'reference-price-down': callFault('market-data', 35, 0.1, 'no price of the underlying'),
  'no-bids': condition('market-data', 36, 0.04, [10, 120], 'no bids for 10 to 120 s'),
  'ghost-book': condition(
    'market-data',
    77,
    0.04,
    [10, 120],
    'the book that is shown has a bid at 0.01 and an ask at 0.99',
  ),
  'stale-book': condition('market-data', 78, 0.04, [10, 120], 'the book that is shown is three days old'),
  'tick-change': condition('market-data', 37, 0.04, 'to-end', 'the tick size changes from 0.001 to 0.01'),

  'engine-restart': condition('venue', 38, 0.03, [90, 90], '425 for 90 s, then post-only for 120 s'),
  'trading-disabled': condition('venue', 39, 0.02, [5, 60], '503, trading is disabled, for 5 to 60 s'),
  'cancel-only': condition('venue', 40, 0.02, [5, 60], '503, cancel-only, for 5 to 60 s'),
  'market-over': condition('venue', 41, 0.02, 'to-end', 'the market stops trading up to 100 s early'),
  'market-not-ready': condition('venue', 42, 0.02, [5, 30], 'the market takes no orders for 5 to 30 s'),

  'post-blocked': condition('venue', 81, 0.02, [5, 60], 'a firewall answers orders with a page (403) for 5 to 60 s'),

  'stale-cache': condition('balance', 43, 0.05, [10, 200], 'balances stay old until they are refreshed'),
  'own-resting-order': condition('balance', 44, 0.12, 'to-end', 'an order of ours rests on the shares'),
  'stuck-matched-counter': condition('balance', 45, 0.03, [10, 300], 'the matched counter keeps shares reserved'),
  'missing-approval': condition('balance', 46, 0.15, [5, 300], 'the exchange may not move the shares'),
  'wrong-wallet': condition('balance', 47, 0.03, [5, 300], 'the venue reads the balance of another wallet type'),
  'sale-blocked': condition('balance', 83, 0.05, 'to-end', 'sells find no balance, whatever is refreshed; buys go on'),
  'already-sold': condition('balance', 48, 0.03, 'to-end', 'the owner sold shares elsewhere'),
  'wrong-token': condition('balance', 49, 0.02, 'life', 'the buy delivered the other outcome'),
  'buy-fee-in-shares': condition('balance', 50, 0.1, 'life', 'the fee of a buy is kept in shares: fewer arrive'),
  'short-shares': condition('balance', 75, 0.03, 'life', 'a buy delivers 0.1 to 30 % fewer shares than it says'),
  'look-up-behind': condition('venue', 51, 0.1, 'life', 'orders and trades show 0.5 to 15 s late'),
  'fee-rounded-down': condition('venue', 73, 0.5, 'life', 'the venue rounds fees down, not to the nearest'),
  'fee-per-order': condition('venue', 74, 0.5, 'life', 'the venue rounds fees per order (down), not per level'),

  unsettled: callFault('order', 52, 0.05, 'a match settles after 20 to 200 s'),
  retrying: callFault('order', 53, 0.05, 'a match is retried on chain before it settles'),
  'ghost-fill': callFault('order', 54, 0.04, 'a match fails on chain: nothing moved'),
  'filled-late': callFault('order', 55, 0.05, 'answered as live, filled 1 to 6 s later'),
  'partial-fill': callFault('order', 56, 0.05, 'only a part of the book is really there'),
  'wrong-price': callFault('order', 57, 0.02, 'the trades show another price than the answer'),

  'reply-lost-before': callFault('request', 58, 0.03, 'the order never arrives, no answer'),
  'reply-lost-after': callFault('request', 59, 0.05, 'the order is accepted, the answer is lost'),
  'late-arrival': callFault('request', 60, 0.02, 'the order arrives seconds after the caller gave up'),
  'rate-limited': callFault('request', 61, 0.02, '429, with a time to wait in some form or without one'),
  'internal-error': callFault('request', 62, 0.03, '500, placed or not'),
  'context-canceled': callFault('request', 63, 0.02, '400 "context canceled", placed or not'),
  'html-answer': callFault('request', 64, 0.02, 'a page of HTML, placed or not'),
  'slow-answer': callFault('request', 65, 0.03, 'the answer takes 1 to 10 s'),
  'unknown-refusal': callFault('request', 66, 0.01, 'refused with a text that no client knows'),
  'account-blocked': callFault('request', 67, 0.003, 'refused: the account is in closed-only mode'),
  'session-lapsed': callFault(
    'request',
    80,
    0.005,
    '401 although the credentials are valid, until they are derived again',
  ),
  'invalid-order': callFault('request', 76, 0.003, 'refused: "invalid signature"'),
  'look-up-down': callFault('request', 68, 0.04, 'orders, trades or balances cannot be read'),
} as const satisfies Readonly<Record<string, FaultFacts>>;

export type VenueFaultKind = keyof typeof VENUE_FAULTS;
export type VenueDice = FaultDice<VenueFaultKind>;

export const VENUE_FAULT_KINDS: readonly VenueFaultKind[] = Object.keys(VENUE_FAULTS).filter(isVenueFault);

function isVenueFault(text: string): text is VenueFaultKind {
  return Object.hasOwn(VENUE_FAULTS, text);
}
