import type { AlertKind } from '#lib/domain/news/alert.ts';
import { isGuarded } from '#lib/domain/position/guarded-shares.ts';
import type { ExitReason, PositionState } from '#lib/domain/position/position.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import type { SettlementWait } from '#lib/domain/position/settlement-progress.ts';
import type { RefusalCause, SetbackCause } from '#lib/domain/refusal/refusal.ts';

/** `headline`: what happened. `meaning`: what that means for the reader. */
type Words = { readonly headline: string; readonly meaning: string };

export const ALERT_WORDS = {
  'forced-exit': {
    headline: 'sold (forced exit)',
    meaning: 'All shares were sold before the market ended, and every trade is final.',
  },
  'rule-exit': {
    headline: 'sold by its rule',
    meaning:
      'The price reached a level that was set for this position. All shares were sold, and every trade is final.',
  },
  'low-sale': {
    headline: 'sold FAR BELOW the last price',
    meaning:
      'All shares were sold and every trade is final, but for much less than the last bid that T-minus had seen.',
  },
  'sell-failed': {
    headline: 'NOT sold in time',
    meaning:
      "The deadline passed with shares left. They can no longer be sold: the market's result decides what they pay.",
  },
  'unsettled-at-deadline': {
    headline: 'sold, not final yet',
    meaning:
      'All shares were sold before the deadline, but some trades are not final on chain. T-minus keeps checking them.',
  },
  'buy-unknown': {
    headline: 'buy of unknown outcome',
    meaning:
      "The venue's answer to the buy was lost, and the look-ups until the deadline did not settle it. T-minus keeps looking the order up and does not repeat it.",
  },
  'buy-voided': { headline: 'nothing was bought', meaning: 'The opening ended without a buy. No money is at risk.' },
  'late-fill': {
    headline: 'late fill',
    meaning: 'A fill arrived after the deadline was recorded. The figures below include it.',
  },
  'needs-human': {
    headline: 'action required',
    meaning: 'Trying again cannot fix this refusal. T-minus keeps trying to sell meanwhile.',
  },
  'exit-failing': {
    headline: 'EXIT FAILING',
    meaning:
      'The sells of this exit do not succeed, or none can be sent because it is not known what the buy brought. T-minus goes on. Look at the wallet, and sell by hand if it does not succeed soon.',
  },
  'exit-stalled': {
    headline: 'EXIT STANDS STILL',
    meaning:
      'The exit is due, and no step of it has been taken since. The sweep wakes it again. Sell by hand if nothing moves.',
  },
  'exit-overdue': {
    headline: 'NOT sold at its exit time',
    meaning:
      'Shares are left five minutes after the exit was due. The market still trades, and T-minus keeps trying to sell until it ends.',
  },
  'settlement-late': {
    headline: 'result or payout is late',
    meaning:
      'Ten minutes after the end of the market the position is not settled. T-minus keeps looking and reports the result.',
  },
  'redemption-failing': {
    headline: 'REDEMPTION FAILS',
    meaning:
      'The market is resolved and the shares pay, but they could not be redeemed. They do not expire. T-minus goes on looking for the payout, also for one by hand.',
  },
  'venue-disagrees': {
    headline: 'results differ',
    meaning:
      "Polymarket's public data name another result than the chain. The chain pays, so T-minus goes by the chain.",
  },
  held: {
    headline: 'held for the result',
    meaning:
      'At its exit nothing was sold: the price was at or above the one to hold at, or it was asked to be held. The result of the market decides.',
  },
  hedged: {
    headline: 'NOT sold, other outcome bought',
    meaning:
      'The venue kept refusing the sells, so T-minus bought the other outcome as well. A share of each pays one dollar whatever the result: the pairs are merged now, or redeemed after the result.',
  },
  merged: {
    headline: 'merged (forced exit)',
    meaning: 'The shares could not be sold. Pairs of both outcomes were merged, and their cash is in the wallet.',
  },
  redeemed: {
    headline: 'redeemed',
    meaning: 'The market has resolved, and the payout of the remaining shares is in the wallet.',
  },
  worthless: {
    headline: 'expired worthless',
    meaning: 'The market resolved against the remaining shares: they pay nothing.',
  },
  stranded: {
    headline: 'STRANDED',
    meaning:
      "Chain and record disagree, or the shares cannot be redeemed. Compare the wallet with the position's timeline.",
  },
} as const satisfies Record<AlertKind, Words>;

export const STATE_WORDS = {
  buying: { headline: 'buying', meaning: 'The wake-ups are set and the buy is being placed.' },
  holding: { headline: 'bought', meaning: 'The shares are held and the exit is scheduled.' },
  exiting: { headline: 'exiting', meaning: 'The exit has started.' },
  'awaiting-resolution': {
    headline: 'awaiting the result',
    meaning: "The market's result decides what the remaining shares pay.",
  },
  exited: { headline: 'sold', meaning: 'All shares were sold, and every trade is final.' },
  redeemed: ALERT_WORDS.redeemed,
  worthless: ALERT_WORDS.worthless,
  voided: ALERT_WORDS['buy-voided'],
  stranded: ALERT_WORDS.stranded,
} as const satisfies Record<PositionState, Words>;

/** The words for a position of shares that another program bought, where no buy of the suite's was involved. */
const GUARDED_WORDS = {
  holding: {
    headline: 'guarded',
    meaning: 'T-minus did not buy these shares. From now on it exits and settles them as its own.',
  },
  'buy-unknown': {
    headline: 'no shares seen',
    meaning:
      'No shares had arrived by the deadline, as far as the wallet could be read. T-minus keeps looking for them.',
  },
  'buy-voided': {
    headline: 'no shares arrived',
    meaning: 'By the chain the wallet holds none of the shares that were to be guarded. There is nothing to manage.',
  },
} as const satisfies Record<string, Words>;

const ELSEWHERE_WORDS: Words = {
  headline: 'ended elsewhere',
  meaning: 'Other transactions of the wallet sold or moved all shares. T-minus sold none.',
};

type Told = Pick<PositionView, 'origin' | 'exitReason'>;

export function stateWords(state: PositionState, view: Told): Words {
  if (state === 'holding' && isGuarded(view)) return GUARDED_WORDS.holding;
  return state === 'exited' && view.exitReason === 'elsewhere' ? ELSEWHERE_WORDS : STATE_WORDS[state];
}

export function alertWords(kind: AlertKind, view: Told): Words {
  if (kind === 'late-fill' && view.exitReason === 'elsewhere') return ELSEWHERE_WORDS;
  const isOfBuy = kind === 'buy-unknown' || kind === 'buy-voided';
  return isOfBuy && isGuarded(view) ? GUARDED_WORDS[kind] : ALERT_WORDS[kind];
}

/** Of a position that is held again after a partial exit. */
export const PART_SOLD_WORDS: Words = {
  headline: 'sold in part',
  meaning: 'The shares that were asked for are sold, and every trade is final. The rest is held.',
};

/** Why a position is not settled yet. */
export const SETTLEMENT_WAIT_WORDS = {
  unresolved: 'the market is not resolved on chain yet',
  unreadable: 'the chain could not be read',
  'node-behind': 'the node lags behind what it showed before',
  'result-changed': 'the node shows another result than before',
  'open-orders': 'an order is not settled yet, and the chain does not agree with the record',
  'payout-not-seen': 'the shares have left the wallet, and their payout is not seen yet',
  'paid-in-part': 'a payout arrived before some of the shares, which are waited for and redeemed as well',
  'redemption-under-way': 'a redemption of this wallet is under way',
  'redemption-paused': 'the redemption is repeated later',
  'not-configured': 'this deployment does not settle positions of this mode',
} as const satisfies Record<SettlementWait, string>;

/** Why an order was refused, or not placed. */
const SETBACK_WORDS = {
  'unsettled-buy': 'the bought shares had not settled yet',
  'stale-balance': "the venue's balance was out of date",
  'own-resting-orders': 'our own resting orders reserved the shares',
  'stuck-matched-counter': "the venue's matched-orders counter was stuck",
  'fewer-shares': 'the wallet held fewer shares than recorded',
  'missing-approval': 'the exchange is not approved to move the shares',
  'wrong-wallet': 'the venue checks another wallet or signature type',
  'already-sold': 'an earlier sell had gone through',
  'wrong-token': 'the wallet holds the other outcome',
  'balance-unexplained': 'the venue saw too small a balance; no cause was found',
  'market-over': 'the market had stopped trading',
  'market-not-ready': 'the market was not open for orders yet',
  'no-liquidity': 'no match at our price',
  'tick-changed': 'the tick size had changed',
  'book-moved': 'a bid had reached the price of our resting order',
  'order-size': 'the venue rejected the order size',
  'account-blocked': 'the venue refused the account or API key',
  'invalid-order': 'the venue rejected the order as invalid',
  'blocked-before-venue': 'blocked before the venue: a firewall answered instead of it',
  unrecognised: 'the venue gave an unknown reason',
  'engine-restarting': "the venue's matching engine was restarting",
  'post-only-mode': 'the venue took resting orders only',
  'cancel-only-mode': 'the venue took cancellations only',
  'trading-disabled': 'trading was disabled',
  'rate-limited': "the venue's rate limit was reached",
  'not-reached': 'the venue was not reached',
} as const satisfies Record<SetbackCause, string>;

/** What the operator can do about a cause that calls for one. */
export const ADVICE: Readonly<Partial<Record<RefusalCause, string>>> = {
  'stuck-matched-counter': "Ask the venue's support to clear the counter; T-minus cannot.",
  'missing-approval': 'Give the exchange its approval for the outcome tokens from this wallet.',
  'wrong-wallet': 'Check that wallet address and signature type belong to the signing key.',
  'wrong-token': "Compare the position's token id with the market and with what the wallet holds.",
  'balance-unexplained': 'Compare the shares in the wallet with the position: they may have been moved or sold.',
  'account-blocked': 'Check the account at the venue: restriction, region or key.',
  'invalid-order': "Read the venue's words below: it does not accept the order as T-minus builds it.",
  'blocked-before-venue':
    'The firewall in front of the venue blocks orders from this address; reads may still work. Sell on the website, and check the region of the deployment.',
  unrecognised: "Read the venue's words below, and sell by hand if they ask for it.",
};

export const EXIT_REASON_WORDS = {
  'emergency:timeout': 'forced exit, its exit time had come',
  'emergency:timeout_sell_failed': 'forced exit, the market was about to end and not all shares could be sold',
  'emergency:timeout_merge': 'forced exit, sells were blocked, so both outcomes were held and merged or redeemed',
  'emergency:timeout_buy_unknown': 'the outcome of the buy was still unknown at the deadline',
  manual: 'exit requested by hand',
  'hold:above': 'held into the result, by its rule or on request',
  'rule:stop-loss': 'its stop-loss fired',
  'rule:take-profit': 'its take-profit fired',
  'rule:trailing-stop': 'its trailing stop fired',
  elsewhere: 'other transactions of the wallet sold or moved all shares',
  'found:resolved': 'winnings found in the wallet after the result of their market',
  'void:wake-up-not-set': 'no durable wake-up could be set, so nothing was bought',
  'void:abandoned': 'the opening stopped before its buy was recorded',
  'void:buy-refused': 'the venue refused the buy',
  'void:buy-not-sent': 'the buy did not reach the venue',
  'void:buy-failed': 'the buy was matched but failed on chain',
  'void:nothing-bought': 'the venue has no order and no trade for the buy',
  'void:nothing-found': 'no shares arrived in the wallet until it was too late to exit',
} as const satisfies Record<ExitReason, string>;

/** The words for a name from the wire. A name that a newer version sent is returned as it is. */
export function wordsOr(table: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(table, name) ? (table[name] ?? name) : name;
}

/** What kept an order from being filled, by the name of its refusal cause or wait code. */
export function setbackWords(name: string): string {
  return wordsOr(SETBACK_WORDS, name);
}

/** A slug is cut to this length where it stands for an asset. */
const SLUG_LENGTH_MAX = 28;

/** What a position holds: `BTC UP`, or where the market has no asset `will-it-rain-in-london… Yes`. */
export function whatOf({ asset, outcome, marketSlug }: Pick<PositionView, 'asset' | 'outcome' | 'marketSlug'>): string {
  if (asset !== null) return `${asset} ${outcome}`;
  const slug = marketSlug.length <= SLUG_LENGTH_MAX ? marketSlug : `${marketSlug.slice(0, SLUG_LENGTH_MAX - 1)}…`;
  return `${slug} ${outcome}`;
}
