/**
 * Everything that can go wrong, with how often it does when a plan does not say. `life`: decided once per life; the
 * condition then holds for a while. `call`: decided at every opportunity, which is what the words name.
 */
type FaultKindFacts = { readonly per: 'life' | 'call'; readonly probability: number; readonly words: string };

export const FAULT_KINDS = {
  // Functions
  death: { per: 'call', probability: 0.003, words: 'a function dies right before or after an effect' },
  'focused-death': { per: 'call', probability: 0.6, words: "a function dies at the life's own crash point" },
  'clock-skew': { per: 'life', probability: 0.5, words: 'the clock of each run is up to 2 s wrong' },
  'opener-repeats': { per: 'life', probability: 0.1, words: 'the caller sends the open request twice at once' },
  'exit-by-hand': { per: 'life', probability: 0.1, words: 'somebody asks for the exit at any time' },
  // Timer, queues, stream
  'timer-unavailable': { per: 'call', probability: 0.01, words: 'the timer service does not answer, nothing is made' },
  'timer-answer-lost': { per: 'call', probability: 0.01, words: 'the timer is made, the answer lost' },
  'timer-lost': { per: 'call', probability: 0.03, words: 'the timer never fires' },
  'timer-late': { per: 'call', probability: 0.03, words: 'the timer fires one to five minutes late' },
  'timer-duplicate': { per: 'call', probability: 0.03, words: 'the timer fires twice' },
  'queue-unavailable': { per: 'call', probability: 0.01, words: 'a message is not taken' },
  'queue-answer-lost': { per: 'call', probability: 0.01, words: 'a message is taken, the answer lost' },
  'queue-late': { per: 'call', probability: 0.02, words: 'a message comes 1 to 10 s late (and so out of order)' },
  'queue-duplicate': { per: 'call', probability: 0.03, words: 'a message is delivered twice' },
  'queue-storm': { per: 'call', probability: 0.005, words: 'five copies of a message are delivered at once' },
  'recursion-stop': { per: 'life', probability: 0, words: 'Lambda stops chains of messages after 16 hops' },
  'stream-late': { per: 'call', probability: 0.02, words: 'a change reaches the stream up to 20 s late' },
  'stream-duplicate': { per: 'call', probability: 0.03, words: 'a change is delivered twice' },
  'stream-poison': { per: 'call', probability: 0.002, words: 'a record of the stream cannot be read' },
  'bus-unavailable': { per: 'call', probability: 0.02, words: 'the event bus does not take an event' },
  'bus-answer-lost': { per: 'call', probability: 0.02, words: 'the event bus takes an event, the answer is lost' },
  // Table
  'store-throttled': { per: 'call', probability: 0.005, words: 'the table refuses a call, nothing is written' },
  'store-answer-lost': { per: 'call', probability: 0.01, words: 'a write is done, its answer lost' },
  'store-slow': { per: 'call', probability: 0.005, words: 'the table takes 1 to 8 s' },
  'store-conflict': { per: 'call', probability: 0.01, words: 'a copy of the wake-up races a save' },
  'store-outage': { per: 'life', probability: 0.03, words: 'the table is away for 5 to 60 s' },
  'index-behind': { per: 'call', probability: 0.05, words: 'the index shows what was due at the sweep before' },
  'sweep-missed': { per: 'call', probability: 0.03, words: 'a sweep does not start' },
  'paper-ledger-conflict': { per: 'call', probability: 0.05, words: 'another order of the paper account comes first' },
  // Telling
  'discord-429': { per: 'call', probability: 0.05, words: 'Discord asks to wait for 0.5 to 20 s' },
  'discord-5xx': { per: 'call', probability: 0.05, words: 'Discord fails, nothing is told' },
  'discord-answer-lost': { per: 'call', probability: 0.02, words: 'Discord tells, its answer is lost' },
  // Public data
  'market-data-down': { per: 'call', probability: 0.02, words: 'market data does not answer' },
  'market-data-slow': { per: 'call', probability: 0.02, words: 'market data answers at its deadline, without data' },
  'book-missing': { per: 'call', probability: 0.01, words: 'the venue knows no book' },
  'reference-price-down': { per: 'call', probability: 0.1, words: 'no price of the underlying' },
  'no-bids': { per: 'life', probability: 0.04, words: 'nobody bids for 10 to 120 s' },
  'tick-change': { per: 'life', probability: 0.04, words: 'the tick size changes from 0.001 to 0.01' },
  // Venue: its state
  'engine-restart': { per: 'life', probability: 0.03, words: '425 for 90 s, then post-only for 120 s' },
  'trading-disabled': { per: 'life', probability: 0.02, words: '503, trading is disabled, for 5 to 60 s' },
  'cancel-only': { per: 'life', probability: 0.02, words: '503, cancel-only, for 5 to 60 s' },
  'market-over': { per: 'life', probability: 0.02, words: 'the market stops trading up to 100 s early' },
  'market-not-ready': { per: 'life', probability: 0.02, words: 'the market takes no orders for 5 to 30 s' },
  'stale-cache': { per: 'life', probability: 0.05, words: 'balances stay old until they are refreshed' },
  'own-resting-order': { per: 'life', probability: 0.12, words: 'an order of ours rests on the shares' },
  'stuck-matched-counter': { per: 'life', probability: 0.03, words: 'the matched counter keeps shares reserved' },
  'missing-approval': { per: 'life', probability: 0.15, words: 'the exchange may not move the shares' },
  'wrong-wallet': { per: 'life', probability: 0.03, words: "the venue looks into another wallet's bucket" },
  'already-sold': { per: 'life', probability: 0.03, words: 'the owner sold shares elsewhere' },
  'wrong-token': { per: 'life', probability: 0.02, words: 'the buy delivered the other outcome' },
  'buy-fee-in-shares': { per: 'life', probability: 0.1, words: 'the fee of a buy is kept in shares: fewer arrive' },
  'look-up-behind': { per: 'life', probability: 0.1, words: 'orders and trades show 0.5 to 15 s late' },
  // Venue: one order
  unsettled: { per: 'call', probability: 0.05, words: 'a match settles after 20 to 200 s' },
  retrying: { per: 'call', probability: 0.05, words: 'a match is retried on chain before it settles' },
  'ghost-fill': { per: 'call', probability: 0.04, words: 'a match fails on chain: nothing moved' },
  'filled-late': { per: 'call', probability: 0.05, words: 'answered as live, filled 1 to 6 s later' },
  'partial-fill': { per: 'call', probability: 0.05, words: 'only a part of the book is really there' },
  'wrong-price': { per: 'call', probability: 0.02, words: 'the trades show another price than the answer' },
  // Venue: one request
  'reply-lost-before': { per: 'call', probability: 0.03, words: 'the order never arrives, no answer' },
  'reply-lost-after': { per: 'call', probability: 0.05, words: 'the order is taken, the answer lost' },
  'late-arrival': { per: 'call', probability: 0.02, words: 'the order arrives seconds after we gave up' },
  'rate-limited': { per: 'call', probability: 0.02, words: '429 with Retry-After' },
  'internal-error': { per: 'call', probability: 0.03, words: '500, placed or not' },
  'context-canceled': { per: 'call', probability: 0.02, words: '400 "context canceled", placed or not' },
  'html-answer': { per: 'call', probability: 0.02, words: 'a page of HTML, placed or not' },
  'slow-answer': { per: 'call', probability: 0.03, words: 'the answer takes 1 to 10 s' },
  'unknown-refusal': { per: 'call', probability: 0.01, words: 'refused in words nobody knows' },
  'account-blocked': { per: 'call', probability: 0.003, words: 'refused: the account is in closed-only mode' },
  'look-up-down': { per: 'call', probability: 0.04, words: 'orders, trades or balances cannot be read' },
  // Chain, as our own wallet reads it
  'chain-down': { per: 'call', probability: 0.05, words: 'the chain cannot be read, or takes no transaction' },
  'chain-slow': { per: 'call', probability: 0.05, words: 'the chain answers after 0.3 to 4 s' },
  'chain-behind': { per: 'life', probability: 0.1, words: 'the chain shows what was 2 to 20 s ago' },
  'fee-unverified': { per: 'call', probability: 0.1, words: 'the cash of a final fill cannot be read' },
  // Younger kinds stand at the end: the sequence of each kind follows from its place.
  'fee-rounded-down': { per: 'life', probability: 0.5, words: 'the venue rounds fees down, not to the nearest' },
  'fee-per-order': { per: 'life', probability: 0.5, words: 'the venue rounds fees per order (down), not per level' },
  'short-shares': { per: 'life', probability: 0.03, words: 'a buy delivers 0.1 to 30 % fewer shares than it says' },
  'invalid-order': { per: 'call', probability: 0.003, words: 'refused: "invalid signature"' },
} as const satisfies Readonly<Record<string, FaultKindFacts>>;

export type FaultKind = keyof typeof FAULT_KINDS;

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULT_KINDS, text);
}

export const ALL_FAULT_KINDS: readonly FaultKind[] = Object.keys(FAULT_KINDS).filter(isFaultKind);
