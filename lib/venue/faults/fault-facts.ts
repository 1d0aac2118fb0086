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
  | 'chain'
  /** May fail for some minutes longer than everything else: markets resolve a minute after their end. */
  | 'settlement';

/** Seconds from and to; `to-end`: from its start on; `life`: all the time unless a plan says when; `moment`: once. */
export type FaultDuration = readonly [fromS: number, toS: number] | 'to-end' | 'life' | 'moment';

export type FaultFacts = {
  readonly scope: FaultScope;
  /** Number of the kind's random sequence. Never change it: recorded seeds depend on it. */
  readonly stream: number;
  /** Share of the opportunities, or of the lives, unless a plan says otherwise. */
  readonly probability: number;
  /** Null: decided at every call. A condition is decided once per life. */
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
  readonly untilMs: number | undefined;
  /** From then on nothing fails. */
  readonly calmMs: number;
};

export type FaultDice<Kind extends string> = {
  roll(kind: Kind): boolean;
  between(kind: Kind, fromInclusive: number, toInclusive: number): number;
};

export type ConditionDice<Kind extends string> = Pick<FaultDice<Kind>, 'between'> & {
  /** Asked once per life and kind: every condition of the kind that this life has. */
  rollLife(kind: Kind): readonly ConditionPeriod[];
};
