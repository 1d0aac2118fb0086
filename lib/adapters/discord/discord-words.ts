import type { AlertKind, AlertSeverity } from '#lib/domain/news/alert.ts';
import type { ExitReason, PositionState } from '#lib/domain/position/position.ts';
import type { RefusalCause, WaitCode } from '#lib/domain/refusal/refusal.ts';
import { REACTIONS } from '#lib/domain/refusal/refusal-reactions.ts';

/** Icon and colour by severity: green, amber, red, readable at a glance and without colours. */
export const SEVERITY_LOOKS = {
  info: { icon: '🟢', color: 0x2ecc71 },
  warning: { icon: '🟠', color: 0xf39c12 },
  page: { icon: '🔴', color: 0xe74c3c },
} as const satisfies Record<AlertSeverity, { icon: string; color: number }>;

/** News that is no alert, such as a new holding. */
export const NEWS_LOOK = { icon: '🔵', color: 0x3498db } as const;

/** What happened, and what it means for the one who reads it. */
export const ALERT_WORDS = {
  'forced-exit': {
    headline: 'sold by the clock',
    meaning: 'The exit before the market’s end went through and every trade is final.',
  },
  'sell-failed': {
    headline: 'NOT sold in time',
    meaning:
      'The deadline passed with shares left. Nothing more can be sold: the market’s result decides, settlement follows.',
  },
  'unsettled-at-deadline': {
    headline: 'sold, not settled yet',
    meaning: 'Everything was sold before the deadline, but not every trade is final on chain. The suite keeps looking.',
  },
  'buy-unknown': {
    headline: 'buy of unknown outcome',
    meaning: 'The venue’s answer to the buy was lost. It is being looked up and will not be repeated.',
  },
  'buy-voided': { headline: 'nothing was bought', meaning: 'The opening ended without a buy. No money is at risk.' },
  'late-fill': {
    headline: 'late fill',
    meaning: 'A fill showed up after the deadline had been written down; the figures below include it.',
  },
  'needs-human': {
    headline: 'a human is needed',
    meaning: 'No repetition mends this refusal. The exit goes on trying meanwhile.',
  },
  redeemed: {
    headline: 'redeemed',
    meaning: 'The market ended in favour of what was left, and the payout has arrived.',
  },
  worthless: { headline: 'expired worthless', meaning: 'The market ended against what was left.' },
  stranded: {
    headline: 'STRANDED',
    meaning:
      'Chain and record disagree, or redemption is impossible. Check the wallet against the position’s timeline.',
  },
} as const satisfies Record<AlertKind, { headline: string; meaning: string }>;

export const STATE_WORDS = {
  buying: { headline: 'buying', meaning: 'The wake-ups exist and the buy is on its way.' },
  holding: { headline: 'bought', meaning: 'The position is held and its exit is set.' },
  exiting: { headline: 'exiting', meaning: 'The exit has begun.' },
  'awaiting-resolution': { headline: 'awaiting the result', meaning: 'The market’s result decides what is left.' },
  exited: { headline: 'sold', meaning: 'Everything was sold and every trade is final.' },
  redeemed: ALERT_WORDS.redeemed,
  worthless: ALERT_WORDS.worthless,
  voided: ALERT_WORDS['buy-voided'],
  stranded: ALERT_WORDS.stranded,
} as const satisfies Record<PositionState, { headline: string; meaning: string }>;

/** Why an order was not even considered; why one was refused stands with its reaction, in the domain. */
const WAIT_WORDS = {
  'engine-restarting': 'the venue’s engine was restarting',
  'post-only-mode': 'the venue took resting orders only',
  'cancel-only-mode': 'the venue took cancellations only',
  'trading-disabled': 'trading was disabled',
  'rate-limited': 'the venue asked us to slow down',
  'not-reached': 'the venue was not reached',
} as const satisfies Record<WaitCode, string>;

/** What a human can do about a cause that calls for one. */
export const ADVICE: Readonly<Partial<Record<RefusalCause, string>>> = {
  'stuck-matched-counter': 'Ask the venue’s support to clear the counter; nothing on our side does.',
  'missing-approval': 'Give the exchange its approval for the outcome tokens from this wallet.',
  'wrong-wallet': 'Check that wallet address and signature type belong to the signing key.',
  'wrong-token': 'Compare the position’s token id with the market and with what the wallet holds.',
  'account-blocked': 'Check the account at the venue: restriction, region or key.',
  'invalid-order': 'Read the venue’s words below; the order as the suite builds it is not accepted.',
  unrecognised: 'Read the venue’s words below and sell by hand if they ask for it.',
};

export const EXIT_REASON_WORDS = {
  'emergency:timeout': 'the clock: the market was about to end',
  'emergency:timeout_sell_failed':
    'the clock: the market was about to end, and the sells did not get rid of everything',
  'emergency:timeout_buy_unknown': 'at the deadline nobody knew whether anything had been bought',
  manual: 'asked for by hand',
  'void:wake-up-not-set': 'no durable wake-up could be set, so nothing was bought',
  'void:abandoned': 'the opening was cut off before its buy was written down',
  'void:buy-refused': 'the venue refused the buy',
  'void:buy-not-sent': 'the buy did not reach the venue',
  'void:buy-failed': 'the buy was matched but failed on chain',
  'void:nothing-bought': 'the venue knows no order and no trade of the buy',
} as const satisfies Record<ExitReason, string>;

/** Looks a word up by a name from the wire; a name that a newer version sent stands for itself. */
export function wordsOr(table: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(table, name) ? (table[name] ?? name) : name;
}

function isCause(name: string): name is RefusalCause {
  return Object.hasOwn(REACTIONS, name);
}

/** Whatever kept an order from being filled, for somebody who trades and does not read code. */
export function setbackWords(name: string): string {
  return isCause(name) ? REACTIONS[name].plainWords : wordsOr(WAIT_WORDS, name);
}
