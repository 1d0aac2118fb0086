/**
 * How events reach the functions: timeouts, redelivery and batch sizes. The wake-ups rely on these values
 * (lib/domain/README.md), so AWS, the local stack and the simulator take them from here.
 */
export const FUNCTION_NAMES = [
  'open',
  'sell',
  'settle',
  'sweep',
  'announce',
  'discord',
  'canary',
  'summary',
  'watch',
  'interactions',
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** Lambda stops an invocation after this time. */
export const FUNCTION_TIMEOUT_MS = {
  open: 30_000,
  // From T − 123 s until the answer of a post at T − 120 s, with a request deadline of 6 s.
  sell: 15_000,
  // Look-up, reads of the chain and one redemption, each with its own deadline: 25 s at most.
  settle: 30_000,
  sweep: 30_000,
  announce: 15_000,
  discord: 15_000,
  canary: 30_000,
  summary: 60_000,
  // Watching takes 25 s at most; the hourly comparison has the rest.
  watch: 60_000,
  // A preview waits for the book, and its answer for Discord.
  interactions: 30_000,
} as const satisfies Record<FunctionName, number>;

export type QueueDelivery = {
  /** After a crash the message is delivered again this much later. Must exceed the timeout of the queue's function. */
  readonly visibilityMs: number;
  /** After this many deliveries without success the message goes to the dead-letter queue. */
  readonly receiveCountMax: number;
  readonly batchSizeMax: number;
};

export const QUEUE_DELIVERY = {
  exit: { visibilityMs: 20_000, receiveCountMax: 5, batchSizeMax: 10 },
  settle: { visibilityMs: 40_000, receiveCountMax: 5, batchSizeMax: 10 },
  // Eight deliveries outlast an hour without Discord (`noticeRetryDelayMs`).
  discord: { visibilityMs: 30_000, receiveCountMax: 8, batchSizeMax: 10 },
} as const satisfies Record<string, QueueDelivery>;

/** Table stream → announce. */
export const STREAM_DELIVERY = { batchSizeMax: 25, retryCountMax: 10 } as const;
