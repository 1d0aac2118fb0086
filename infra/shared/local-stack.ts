import type { LiveAccountRequest, LocalLive, LocalVenue } from '#infra/shared/local-venue.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { MarketVersionChoice } from '#lib/venue/books/market-version.ts';
import type { FunctionHandler } from './function-runtime.ts';

/** What can go wrong with a timer on purpose, for tests. May be changed while the stack runs. */
export type TimerFaults = {
  /** Timers are accepted and never fire. */
  loseTimers: boolean;
  /** Share of timers that fire twice, 0 to 1: EventBridge Scheduler promises "at least once". */
  duplicateProbability: number;
};

export type LocalStackOptions = {
  /** Holds all state. One stack at a time runs on a directory. */
  readonly stateDir: string;
  /** Removes what an earlier run left in the directory. */
  readonly fresh?: boolean;
  /** Another table in the directory, such as a restored copy. It is created if it does not exist. */
  readonly tableName?: string;
  /** Seed of the venue's prices and the timers' lateness. Default: 1. */
  readonly seed?: number;
  readonly recordingsDir?: string;
  /** Versions of the venue's markets, fixed for each slug. Default: v1. */
  readonly marketVersions?: MarketVersionChoice;
  /** Default: a minute, as on AWS. */
  readonly sweepPeriodMs?: number;
  /** Without it no canary runs. On AWS: five minutes. */
  readonly canaryPeriodMs?: number;
  /** Without it the summary runs by invoke only. On AWS: a day. */
  readonly summaryPeriodMs?: number;
  /** How often the live wallet is watched. Default: a minute, as on AWS; without live trading, never. */
  readonly watchPeriodMs?: number;
  /** How late a timer may fire. On AWS: up to a minute. */
  readonly timerJitterMs?: number;
  /** Timers fire at multiples of this. On AWS: a minute. */
  readonly timerGrainMs?: number;
  readonly timerFaults?: Partial<TimerFaults>;
  /** Retries of a table change before it goes to the dead-letter queue. */
  readonly announceRetryCount?: number;
  /**
   * Adds live trading, on a chain of this machine and with an account made for it. Chain and keys are in memory and end
   * with the stack: another stack cannot continue live positions.
   */
  readonly live?: Omit<LiveAccountRequest, 'name'>;
  /** Added to the functions' environment. Wins over the stack's own values. */
  readonly env?: Readonly<Record<string, string>>;
  /** Replace some or all of the suite's functions. */
  readonly functions?: Partial<Record<FunctionName, FunctionHandler>>;
  readonly log?: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

/** A running suite on this machine, with the venue it trades at. */
export type LocalStack = {
  /** Everything the functions and the command line need. */
  readonly env: Readonly<Record<string, string>>;
  readonly venue: LocalVenue;
  /** Null where the stack trades on paper only. */
  readonly live: LocalLive | null;
  /** Ends everything in order. Work under way is finished or resumes at the next start. Safe to repeat. */
  stop(): Promise<void>;
};

export type StartLocalStack = (options: LocalStackOptions) => Promise<LocalStack>;
