import { callFault, condition, type FaultFacts } from '#lib/venue/faults/fault-facts.ts';
import { VENUE_FAULTS } from '#lib/venue/faults/venue-faults.ts';

/** Faults around the venue: scope, random sequence, probability, duration of a condition, and words for people. */
const SUITE_FAULTS = {
  death: callFault('process', 0, 0.003, 'a function dies right before or after an effect'),
  'focused-death': callFault('process', 1, 0.6, "a function dies at the life's own crash point"),
  'clock-skew': condition('process', 2, 0.5, 'life', 'the clock of each run is up to 2 s wrong'),
  'sweep-missed': callFault('process', 27, 0.03, 'a sweep does not start'),
  'opener-repeats': condition('caller', 3, 0.1, 'moment', 'the caller sends the open request twice at once'),
  'exit-by-hand': condition('caller', 4, 0.1, 'moment', 'the user asks for the exit at any time'),

  'timer-unavailable': callFault('timer', 5, 0.01, 'the timer service does not answer, no timer is made'),
  'timer-answer-lost': callFault('timer', 6, 0.01, 'the timer is made, the answer is lost'),
  'timer-lost': callFault('timer', 7, 0.03, 'the timer never fires'),
  'timer-late': callFault('timer', 8, 0.03, 'the timer fires one to five minutes late'),
  'timer-duplicate': callFault('timer', 9, 0.03, 'the timer fires twice'),

  'queue-unavailable': callFault('queue', 10, 0.01, 'the queue does not accept a message'),
  'queue-answer-lost': callFault('queue', 11, 0.01, 'the queue accepts a message, the answer is lost'),
  'queue-late': callFault('queue', 12, 0.02, 'a message comes 1 to 10 s late (and so out of order)'),
  'queue-duplicate': callFault('queue', 13, 0.03, 'a message is delivered twice'),
  'queue-storm': callFault('queue', 14, 0.005, 'five copies of a message are delivered at once'),
  'recursion-stop': condition('queue', 15, 0, 'life', 'Lambda stops chains of messages after 16 hops'),

  'stream-late': callFault('stream', 16, 0.02, 'a change reaches the stream up to 20 s late'),
  'stream-duplicate': callFault('stream', 17, 0.03, 'a change is delivered twice'),
  'stream-poison': callFault('stream', 18, 0.002, 'a record of the stream cannot be read'),
  'bus-unavailable': callFault('bus', 19, 0.02, 'the event bus does not accept an event'),
  'bus-answer-lost': callFault('bus', 20, 0.02, 'the event bus accepts an event, the answer is lost'),

  'store-throttled': callFault('table', 21, 0.005, 'the table refuses a call, nothing is written'),
  'store-answer-lost': callFault('table', 22, 0.01, 'a write is done, its answer is lost'),
  'store-slow': callFault('table', 23, 0.005, 'the table takes 1 to 8 s'),
  'store-conflict': callFault('table', 24, 0.01, 'a copy of the wake-up races a save'),
  'store-outage': condition('table', 25, 0.03, [5, 60], 'the table is unavailable for 5 to 60 s'),
  'index-behind': callFault('table', 26, 0.05, 'the index shows what was due at the sweep before'),
  'paper-ledger-conflict': callFault('table', 28, 0.05, 'another order of the paper account comes first'),

  'discord-429': callFault('discord', 29, 0.05, 'Discord asks to wait for 0.5 to 20 s'),
  'discord-5xx': callFault('discord', 30, 0.05, 'Discord fails, nothing is posted'),
  'discord-answer-lost': callFault('discord', 31, 0.02, 'Discord posts, its answer is lost'),
  'discord-banned': condition('discord', 82, 0.03, [60, 1200], 'Discord blocks the address for 1 to 20 minutes'),

  'chain-down': callFault('chain', 69, 0.05, 'the chain cannot be read, or accepts no transaction'),
  'chain-slow': callFault('chain', 70, 0.05, 'the chain answers after 0.3 to 4 s'),
  'chain-behind': condition('chain', 71, 0.1, 'life', 'the chain shows the state of 2 to 20 s ago'),
  'fee-unverified': callFault('chain', 72, 0.1, 'the cash of a final fill cannot be read'),

  'index-omits': callFault('chain', 84, 0.1, 'the index does not know what guarded shares cost'),

  'resolution-late': condition('settlement', 120, 0.05, 'moment', 'the market resolves 10 to 13 minutes after its end'),
  'resolution-never': condition('settlement', 121, 0.01, 'life', 'the market never resolves'),
  'resolution-split': condition('settlement', 122, 0.1, 'life', 'the market is void or pays both outcomes a part'),
  'auto-redeem': condition('settlement', 123, 0.2, 'moment', 'the venue redeems up to 5 minutes after the result'),
  'redeemed-by-hand': condition(
    'settlement',
    124,
    0.05,
    'moment',
    'the owner redeems up to 3 minutes after the result',
  ),
  'settlement-unreadable': callFault('settlement', 125, 0.1, 'the chain cannot be read'),
  'settlement-slow': callFault('settlement', 126, 0.05, 'the chain answers after 0.3 to 6 s'),
  'node-behind': callFault('settlement', 127, 0.05, 'the node shows a block of 5 s to 10 minutes ago'),
  'redemption-answer-lost': callFault(
    'settlement',
    88,
    0.15,
    'the relayer takes a redemption, late or never; no answer',
  ),
  'redemption-reverts': callFault('settlement', 129, 0.1, 'a redemption reverts on chain'),
  'redemption-refused': callFault('settlement', 130, 0.01, 'the relayer refuses the redemption for good'),
  'relayer-busy': callFault('settlement', 131, 0.1, 'the relayer takes nothing now'),
} as const satisfies Readonly<Record<string, FaultFacts>>;

/** Every kind of fault that a plan may name. */
export const FAULT_KINDS = { ...SUITE_FAULTS, ...VENUE_FAULTS };
export type FaultKind = keyof typeof FAULT_KINDS;

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULT_KINDS, text);
}

export const ALL_FAULT_KINDS: readonly FaultKind[] = Object.keys(FAULT_KINDS).filter(isFaultKind);
