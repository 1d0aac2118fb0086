/** One step of the minimum sell price, which falls as the market's end (T) comes near. */
export type PriceRung = {
  /** Applies from T − this until the next rung. */
  readonly fromLeadMs: number;
  /** How far below the best bid to sell; `any` means down to one tick. */
  readonly slackTicks: number | 'any';
  /** Minimum price without a bid, in percent of the entry price. */
  readonly blindPercent: number;
};

/**
 * When the price alone decides to exit. Every value is a price of the token held, in micros per share, and was resolved
 * when the position was created: a share of the entry price is saved as the price that it came to.
 */
export type ExitRules = {
  /** Exit at or below this price. */
  readonly stopLossMicros?: bigint | undefined;
  /** Exit at or above this price. */
  readonly takeProfitMicros?: bigint | undefined;
  /** Exit this far below the highest price seen: a distance, not a price. */
  readonly trailingStopMicros?: bigint | undefined;
  /**
   * At or above this price the exit by the clock is left out, and the market's result decides. Zero: at any price, also
   * an unknown one, as a request by hand asks for.
   */
  readonly holdAboveMicros?: bigint | undefined;
  /**
   * The shares of the entry price, in millionths, that levels were asked for as: a repeated request names them again.
   */
  readonly shares?:
    | {
        readonly stopLoss?: bigint | undefined;
        readonly takeProfit?: bigint | undefined;
        readonly trailingStop?: bigint | undefined;
      }
    | undefined;
  /** The preset of the stage that some of them came from. */
  readonly preset?: string | undefined;
};

/** A preset that no request asked for by name, and why its rules were left out. */
export type RefusedPreset = {
  readonly preset: string;
  readonly code: 'rule-invalid' | 'rule-already-met';
  readonly message: string;
};

/** The result was asked for, whatever the price is (`hold-requested`). */
export const HOLD_AT_ANY_PRICE_MICROS = 0n;

export function holdsAtAnyPrice({ rules }: { readonly rules?: ExitRules | undefined }): boolean {
  return rules?.holdAboveMicros === HOLD_AT_ANY_PRICE_MICROS;
}

/** The price that the trailing stop stands at. Undefined without one, and before a price was seen. */
export function trailingLevelMicros(rules: ExitRules | undefined, highMicros: bigint | undefined): bigint | undefined {
  const distanceMicros = rules?.trailingStopMicros;
  return distanceMicros === undefined || highMicros === undefined ? undefined : highMicros - distanceMicros;
}

type LeasePolicy = Pick<ExitPolicy, 'requestDeadlineMs' | 'leaseGraceMs'>;

/** Until when an attempt that is posted at `postAtMs` is touched by the invocation that saved it alone. */
export function leaseUntilMs({ requestDeadlineMs, leaseGraceMs }: LeasePolicy, postAtMs: number): number {
  return postAtMs + requestDeadlineMs + leaseGraceMs;
}

/** Delayed past its lease, an invocation no longer owns its attempt: another one may be looking it up. */
export function mayStillPost({ leaseGraceMs }: LeasePolicy, postAtMs: number, nowMs: number): boolean {
  return nowMs <= postAtMs + leaseGraceMs;
}

/** The rules that exit before the clock does. */
export const FIRING_RULES = ['stop-loss', 'take-profit', 'trailing-stop'] as const;
export type FiringRule = (typeof FIRING_RULES)[number];

/** When and how a position is exited. Saved with the position, so that no deployment changes its rules. */
export type ExitPolicy = {
  /** The exit is due at T − this. */
  readonly exitLeadMs: number;
  /** At T − this the exit record is written, sold or not. */
  readonly deadlineLeadMs: number;
  /** No order is posted after T − this: its answer could not be recorded in time. */
  readonly lastOrderLeadMs: number;
  readonly requestDeadlineMs: number;
  /** An attempt's lease is the request deadline plus this. */
  readonly leaseGraceMs: number;
  /** The exit wake-up comes this early, to prepare the order before it is due. */
  readonly prepareLeadMs: number;
  readonly bookLeadMs: number;
  /** Pauses between attempts; the last one repeats. */
  readonly retryDelaysMs: readonly number[];
  /** Pause after causes that only the operator can fix. */
  readonly slowRetryDelayMs: number;
  readonly attemptCountMax: number;
  /** The user's minimum price. Nothing is sold below it. */
  readonly minPriceMicros: bigint;
  readonly priceLadder: readonly PriceRung[];
  /** Where sells are blocked, buy the other outcome and merge both. */
  readonly mayMerge: boolean;
  /** Absent: the clock alone, or a request, exits the position. */
  readonly rules?: ExitRules | undefined;
};

/**
 * Production values. The ladder is judgement based on the recorded books: the mid moves 11 cents (median) in the minute
 * after T − 120 s, and the spread is one cent in 86 % of the snapshots.
 */
export const DEFAULT_EXIT_POLICY: ExitPolicy = {
  exitLeadMs: 120_000,
  deadlineLeadMs: 5_000,
  lastOrderLeadMs: 8_000,
  requestDeadlineMs: 6_000,
  leaseGraceMs: 2_000,
  prepareLeadMs: 3_000,
  bookLeadMs: 1_000,
  retryDelaysMs: [1_000, 1_000, 2_000, 3_000, 5_000, 5_000, 10_000],
  slowRetryDelayMs: 10_000,
  attemptCountMax: 60,
  minPriceMicros: 1n,
  priceLadder: [
    { fromLeadMs: Number.MAX_SAFE_INTEGER, slackTicks: 2, blindPercent: 80 },
    { fromLeadMs: 90_000, slackTicks: 5, blindPercent: 50 },
    { fromLeadMs: 45_000, slackTicks: 10, blindPercent: 20 },
    { fromLeadMs: 15_000, slackTicks: 'any', blindPercent: 0 },
  ],
  mayMerge: false,
};

/** What a stage, or the request of one position, may choose. */
export type ExitTerms = {
  readonly exitLeadMs: number;
  /** The floor: nothing is sold below it. */
  readonly minPriceMicros: bigint;
  /** How far beyond the best price the buy and the first sells may go. */
  readonly slackTicks: number;
  readonly mayMerge: boolean;
};

/** Bounds of what may be chosen. */
export const EXIT_TERM_BOUNDS = {
  /** Later exits have one try or two before the last order, eight seconds before the end. */
  exitLeadMsMin: 15_000,
  /** Half of the longest window. */
  exitLeadMsMax: 43_200_000,
  /** The highest price of a market with ticks of 0.1. */
  minPriceMicrosMax: 900_000n,
  slackTicksMax: 20,
} as const;

/** The policy with these terms instead of its own. A later rung is never stricter than the first. */
export function withExitTerms(policy: ExitPolicy, terms: Partial<ExitTerms>): ExitPolicy {
  const { slackTicks, exitLeadMs = policy.exitLeadMs, minPriceMicros = policy.minPriceMicros } = terms;
  const { mayMerge = policy.mayMerge } = terms;
  const priceLadder =
    slackTicks === undefined
      ? policy.priceLadder
      : policy.priceLadder.map((rung, index) => ({ ...rung, slackTicks: slackOf(rung, index, slackTicks) }));
  return { ...policy, exitLeadMs, minPriceMicros, priceLadder, mayMerge };
}

function slackOf({ slackTicks: own }: PriceRung, index: number, slackTicks: number): PriceRung['slackTicks'] {
  if (own === 'any') return own;
  return index === 0 ? slackTicks : Math.max(own, slackTicks);
}

/**
 * Judgement: the seven first attempts of an exit take 20 s, and bought shares settle within 4 s (venue §3.5). What has
 * sold nothing by then is no passing fault, and of two minutes there is still time to act by hand.
 */
const FRUITLESS_MS = 30_000;

/** How long an exit may achieve nothing before a human is told. */
export function fruitlessMsMax({ exitLeadMs }: Pick<ExitPolicy, 'exitLeadMs'>): number {
  return Math.min(FRUITLESS_MS, exitLeadMs / 4);
}
