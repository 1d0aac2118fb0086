/**
 * The strategies that T-minus is compared with, each in the reading of its rule that is best for it (DECISIONS 93).
 * Where they come from: the replaced worker is that of the incident; the others are what trading bots and their users
 * do about refused sells (freqtrade `_safe_exit_amount`, py-clob-client#287, hummingbot `evaluate_max_retries`).
 */
import { REPLACED_WORKER } from '#infra/proof/replaced-worker-rule.ts';
import { floorTo } from '#lib/domain/market/money.ts';
import { SHARES_STEP_MICROS } from '#lib/domain/market/venue-rules.ts';
import { type BalanceRefusalText, parseBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';
import type { Restart } from './rival-world.ts';

export const RIVAL_NAMES = [
  'replaced-worker',
  'clamp-2-percent',
  'sell-99-percent',
  'give-up-after-10',
  'timer',
] as const;
export type RivalName = (typeof RIVAL_NAMES)[number];

/** What a rival knows of its position. It is kept as soon as an answer is there, without a table that could fail. */
export type RivalRecord = {
  boughtMicros: bigint;
  leftMicros: bigint;
  tryCount: number;
  refusalCount: number;
  /** What the last answer said of balances; null unless it was such a refusal. */
  heard: BalanceRefusalText | null;
};

export type RivalRule = {
  readonly name: RivalName;
  readonly words: string;
  /** `loop`: a look every so often, at a phase of its own. `on-time`: at T − 2:00. `timer`: EventBridge Scheduler. */
  readonly wakes: { readonly kind: 'loop'; readonly periodMs: number } | { readonly kind: 'on-time' | 'timer' };
  /** After each try that did not sell all, in turn; the list repeats. */
  readonly pausesMs: readonly number[];
  readonly refusalCountMax: number;
  askMicros(record: RivalRecord): bigint;
  /** A fill of a clamped size counts as all. */
  readonly isClampedAll: boolean;
  readonly restart: Restart | null;
};

const NO_LIMIT = Number.POSITIVE_INFINITY;
/** As soon as the queue hands out a message of a dead function again. */
const SUPERVISED: Restart = { afterMs: 20_000, countMax: NO_LIMIT };
/** Lambda runs a failed asynchronous event again after one minute, and once more after two. */
const ASYNC_RETRY: Restart = { afterMs: 60_000, countMax: 2 };
/** Of freqtrade's loop. */
const LOOP_PAUSE_MS = 5_000;

const all = ({ leftMicros }: RivalRecord): bigint => leftMicros;

const USUAL = {
  wakes: { kind: 'on-time' },
  pausesMs: [LOOP_PAUSE_MS],
  refusalCountMax: NO_LIMIT,
  askMicros: all,
  isClampedAll: false,
  restart: SUPERVISED,
} as const;

const { pollPeriodMs, tryCount, tryPauseMs } = REPLACED_WORKER;

export const RIVAL_RULES: readonly RivalRule[] = [
  {
    ...USUAL,
    name: 'replaced-worker',
    words: 'looks every 10 s; each look tries three times to sell dollars ÷ price; its dead loop stays dead',
    wakes: { kind: 'loop', periodMs: pollPeriodMs },
    // The row is still open after three tries, so that the next look finds it again.
    pausesMs: [...Array.from({ length: tryCount - 1 }, () => tryPauseMs), pollPeriodMs],
    restart: null,
  },
  {
    ...USUAL,
    name: 'clamp-2-percent',
    words: 'after a balance refusal sells what the message says, if that is within 2 %; tries every 5 s',
    askMicros: clampedMicros,
    isClampedAll: true,
  },
  {
    ...USUAL,
    name: 'sell-99-percent',
    words: 'sells 99 % of what it bought, then the rest; tries every 5 s',
    askMicros: ({ boughtMicros, leftMicros }) =>
      leftMicros * 50n > boughtMicros ? (leftMicros * 99n) / 100n : leftMicros,
  },
  {
    ...USUAL,
    name: 'give-up-after-10',
    words: 'tries every 12 s until the end, and stops after ten refusals',
    pausesMs: [12_000],
    refusalCountMax: 10,
  },
  {
    ...USUAL,
    name: 'timer',
    words: 'a Scheduler timer at T − 2:00, up to a minute late, and one sell',
    wakes: { kind: 'timer' },
    restart: ASYNC_RETRY,
  },
];

function clampedMicros({ leftMicros, heard }: RivalRecord): bigint {
  if (heard?.kind !== 'balance') return leftMicros;
  const { balanceMicros, activeOrdersMicros, matchedOrdersMicros } = heard.figures;
  const freeMicros = balanceMicros - activeOrdersMicros - matchedOrdersMicros;
  return freeMicros < leftMicros && freeMicros * 100n >= leftMicros * 98n ? freeMicros : leftMicros;
}

/** What the rule asks the venue to sell now, in whole steps. */
export function askOf(rule: RivalRule, record: RivalRecord): bigint {
  return floorTo(rule.askMicros(record), SHARES_STEP_MICROS);
}

export function noteRefusal(record: RivalRecord, text: string): void {
  record.refusalCount += 1;
  record.heard = parseBalanceRefusal(text) ?? null;
}

export function noteSold(rule: RivalRule, record: RivalRecord, askedMicros: bigint, soldMicros: bigint): void {
  const isAll = rule.isClampedAll && soldMicros >= askedMicros;
  record.leftMicros = isAll ? 0n : record.leftMicros - soldMicros;
  record.heard = null;
}
