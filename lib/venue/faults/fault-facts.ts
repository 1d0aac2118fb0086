/** The part of the world that fails. */
export type FaultScope =
  | 'process'
  | 'caller'
  | 'timer'
  | 'queue'
  | 'stream'
  | 'bus'
  | 'table'
  | 'discord'
  | 'market-data'
  | 'venue'
  | 'balance'
  | 'order'
  | 'request'
  | 'chain';

/**
 * How long a condition lasts: seconds from and to, `to-end` (from its start on), or `life` (all the time unless a plan
 * says when). `moment`: it happens once.
 */
export type FaultDuration = readonly [fromS: number, toS: number] | 'to-end' | 'life' | 'moment';

export type FaultFacts = {
  readonly scope: FaultScope;
  /**
   * Number of the kind's random sequence. It never changes, or seeds would play other lives; a new kind takes the next
   * free one.
   */
  readonly stream: number;
  /**
   * Share of the opportunities that go wrong, or of the lives that have the condition, unless a plan says otherwise.
   */
  readonly probability: number;
  /** Null for a fault of one call, decided at every opportunity. A condition is decided once per life. */
  readonly duration: FaultDuration | null;
  readonly words: string;
};

type Facts<Duration> = FaultFacts & { readonly duration: Duration };

export function callFault(scope: FaultScope, stream: number, probability: number, words: string): Facts<null> {
  return { scope, stream, probability, duration: null, words };
}

export function condition<const Duration extends FaultDuration>(
  scope: FaultScope,
  stream: number,
  probability: number,
  duration: Duration,
  words: string,
): Facts<Duration> {
  return { scope, stream, probability, duration, words };
}

/** When a condition holds, in milliseconds from the market's end; undefined where the plan leaves it to chance. */
export type ConditionPeriod = {
  readonly fromMs: number | undefined;
  /** At most `calmMs`. */
  readonly untilMs: number | undefined;
  /** From then on nothing fails. */
  readonly calmMs: number;
};

/** Decides whether one call fails, and how. */
export type FaultDice<Kind extends string> = {
  /** True when this opportunity goes wrong. */
  roll(kind: Kind): boolean;
  /** A whole number between the two, both included. */
  between(kind: Kind, fromInclusive: number, toInclusive: number): number;
};

/** Decides which conditions one life has. */
export type ConditionDice<Kind extends string> = Pick<FaultDice<Kind>, 'between'> & {
  /** Asked once per life and kind: every condition of the kind that this life has. */
  rollLife(kind: Kind): readonly ConditionPeriod[];
};
