/**
 * What stands between the functions: names, queues, topic and rules. The local counterpart of the stacks in `infra/aws`.
 * Names and ARNs are stable over restarts and are what is stored; URLs hold a port and are built when needed.
 */
export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';

export const TABLE_NAME = 'tminus-local';
export const SCHEDULER_GROUP_NAME = 'tminus-local';
export const SCHEDULER_ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/tminus-local-scheduler`;
export const EVENT_BUS_NAME = 'tminus-local';
export const ALERT_TOPIC_NAME = 'alerts';
export const ALERT_TOPIC_ARN = `arn:aws:sns:${REGION}:${ACCOUNT_ID}:${ALERT_TOPIC_NAME}`;

export const EXIT_QUEUE = 'exit';
export const EXIT_DEAD_LETTERS = 'exit-dead-letters';
export const DISCORD_QUEUE = 'discord';
export const DISCORD_DEAD_LETTERS = 'discord-dead-letters';
export const ANNOUNCE_DEAD_LETTERS = 'announce-dead-letters';
export const SCHEDULER_DEAD_LETTERS = 'scheduler-dead-letters';

export type QueueDescription = {
  readonly name: string;
  readonly visibilitySeconds: number;
  readonly redrive?: { readonly deadLetterQueue: string; readonly receiveCountMax: number };
};

/** Dead-letter queues come first: a redrive policy names one that exists. */
export const QUEUES: readonly QueueDescription[] = [
  { name: EXIT_DEAD_LETTERS, visibilitySeconds: 30 },
  { name: DISCORD_DEAD_LETTERS, visibilitySeconds: 30 },
  { name: ANNOUNCE_DEAD_LETTERS, visibilitySeconds: 30 },
  { name: SCHEDULER_DEAD_LETTERS, visibilitySeconds: 30 },
  // 20 s: redelivery after a crash between two effects, above the function's timeout of 15 s (lib/domain/README.md, wake-ups).
  { name: EXIT_QUEUE, visibilitySeconds: 20, redrive: { deadLetterQueue: EXIT_DEAD_LETTERS, receiveCountMax: 5 } },
  {
    name: DISCORD_QUEUE,
    visibilitySeconds: 30,
    redrive: { deadLetterQueue: DISCORD_DEAD_LETTERS, receiveCountMax: 5 },
  },
];

export const FUNCTION_NAMES = ['open', 'sell', 'sweep', 'announce', 'discord', 'canary', 'summary'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** AWS stops a function at its timeout. `sell`: lib/domain/README.md, wake-ups; the others have nothing to wait for that long. */
export const FUNCTION_TIMEOUT_MS = {
  open: 30_000,
  sell: 15_000,
  sweep: 30_000,
  announce: 15_000,
  discord: 15_000,
  canary: 30_000,
  summary: 60_000,
} as const satisfies Record<FunctionName, number>;

export const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
export const functionArn = (name: FunctionName): string => `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;

/** Name of the queue that an ARN of ours means, or undefined. */
export function queueNameOf(arn: string): string | undefined {
  const prefix = queueArn('');
  return arn.startsWith(prefix) && arn.length > prefix.length ? arn.slice(prefix.length) : undefined;
}
