/**
 * How long, how often and how much at a time: the numbers of the functions and queues on AWS, in one place. A test holds the local stack
 * (infra/local/topology.ts) to the same numbers.
 */
export const FUNCTION_NAMES = ['open', 'sell', 'sweep', 'announce', 'discord', 'canary', 'summary'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** Its construct id, and what the names of its alarms begin with: `Sell`. */
export function titleOf(name: FunctionName): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

export type FunctionLimits = { readonly timeoutSeconds: number; readonly memoryMb: number };

/**
 * Memory buys processor time, and is paid for while a function waits as well. What somebody waits for (`open`, and the canary that opens as
 * he does) gets more than half a core. `sell` spends nearly all of its time waiting for the second its exit is due, with all but the post
 * done before it: a third of a core is enough for that, also from a cold start (DECISIONS, memory of `sell`).
 */
export const FUNCTION_LIMITS: Readonly<Record<FunctionName, FunctionLimits>> = {
  open: { timeoutSeconds: 30, memoryMb: 1_024 },
  // From T − 123 s until the answer of a post at T − 120 s, with a request deadline of 6 s (lib/domain/README.md, wake-ups).
  sell: { timeoutSeconds: 15, memoryMb: 512 },
  sweep: { timeoutSeconds: 30, memoryMb: 512 },
  announce: { timeoutSeconds: 15, memoryMb: 512 },
  discord: { timeoutSeconds: 15, memoryMb: 512 },
  canary: { timeoutSeconds: 30, memoryMb: 1_024 },
  summary: { timeoutSeconds: 60, memoryMb: 512 },
};

export type QueueLimits = {
  /** How long a message stays hidden while it is handled: what a crash costs. Above the function's timeout. */
  readonly visibilitySeconds: number;
  readonly receiveCountMax: number;
  readonly retentionSeconds: number;
  readonly batchSizeMax: number;
};

const DAY_SECONDS = 86_400;

export const QUEUE_LIMITS = {
  // A wake-up is at most fifteen minutes early; one that is a day old is about a market nobody remembers.
  exit: { visibilitySeconds: 20, receiveCountMax: 5, retentionSeconds: DAY_SECONDS, batchSizeMax: 10 },
  discord: { visibilitySeconds: 30, receiveCountMax: 5, retentionSeconds: 4 * DAY_SECONDS, batchSizeMax: 10 },
} as const satisfies Record<string, QueueLimits>;

/** The longest there is, so that nobody's holiday is too long. A message keeps the age it had in its first queue. */
export const DEAD_LETTER_RETENTION_SECONDS = 14 * DAY_SECONDS;

/** Two is the least SQS allows; Discord takes a few messages a second, whatever is sent to it. */
export const DISCORD_CONCURRENCY_MAX = 2;

/** A minute-by-minute event that comes late is worth less than the next one. 60 is the least Lambda and EventBridge allow. */
export const ASYNC_EVENT_AGE_SECONDS_MAX = 60;

/** Table stream → announce. News of an hour ago is in the table; the shard must not wait longer for one bad record. */
export const STREAM_LIMITS = { batchSizeMax: 25, retryCountMax: 10, recordAgeSecondsMax: 3_600 } as const;
