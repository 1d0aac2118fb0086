import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

/**
 * Memory sets the share of a processor and is billed while a function waits as well. Callers wait for `open`, and the
 * canary opens the same way. `sell` mostly waits for its due second, with everything but the post already done: a third
 * of a core is enough, also for a cold start (DECISIONS, memory of `sell`).
 */
export const FUNCTION_MEMORY_MB: Readonly<Record<FunctionName, number>> = {
  open: 1_024,
  sell: 512,
  settle: 512,
  sweep: 512,
  announce: 512,
  discord: 512,
  canary: 1_024,
  summary: 512,
  watch: 512,
  // Discord gives up after three seconds, a cold start included.
  interactions: 1_024,
};

const DAY_SECONDS = 86_400;

/** A wake-up is sent at most fifteen minutes early, so one that is a day old concerns a market that ended long ago. */
export const QUEUE_RETENTION_SECONDS = { exit: DAY_SECONDS, settle: DAY_SECONDS, discord: 4 * DAY_SECONDS } as const;

/** The maximum of SQS. A message keeps the age it had in its source queue. */
export const DEAD_LETTER_RETENTION_SECONDS = 14 * DAY_SECONDS;

/** The minimum of SQS event sources. Discord itself accepts only a few messages a second. */
export const DISCORD_CONCURRENCY_MAX = 2;

/** Nothing is urgent here, and a node's free plan allows few requests at once. */
export const SETTLE_CONCURRENCY_MAX = 5;

/** The minimum of Lambda and EventBridge: a late event of a minute rule is worth less than the next one. */
export const ASYNC_EVENT_AGE_SECONDS_MAX = 60;

/** A change an hour old can be read in the table; the shard must not be blocked for longer by one bad record. */
export const STREAM_RECORD_AGE_SECONDS_MAX = 3_600;
