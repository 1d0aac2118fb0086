import { type FunctionName, QUEUE_DELIVERY, type QueueDelivery } from '#lib/runtime/delivery-rules.ts';

/**
 * Names of table, queues, topic and timer group: the local counterpart of the stacks in `infra/aws`. Stored data
 * contains names and ARNs, never URLs, because ports change with each start.
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
export const SETTLE_QUEUE = 'settle';
export const SETTLE_DEAD_LETTERS = 'settle-dead-letters';
export const DISCORD_QUEUE = 'discord';
export const DISCORD_DEAD_LETTERS = 'discord-dead-letters';
export const ANNOUNCE_DEAD_LETTERS = 'announce-dead-letters';
export const SCHEDULER_DEAD_LETTERS = 'scheduler-dead-letters';
export const FAILED_EVENTS = 'failed-events';

export type QueueDescription = {
  readonly name: string;
  readonly visibilitySeconds: number;
  readonly redrive?: { readonly deadLetterQueue: string; readonly receiveCountMax: number };
};

/** Dead-letter queues first, because a redrive policy must name an existing queue. */
export const QUEUES: readonly QueueDescription[] = [
  { name: EXIT_DEAD_LETTERS, visibilitySeconds: 30 },
  { name: SETTLE_DEAD_LETTERS, visibilitySeconds: 30 },
  { name: DISCORD_DEAD_LETTERS, visibilitySeconds: 30 },
  { name: ANNOUNCE_DEAD_LETTERS, visibilitySeconds: 30 },
  { name: SCHEDULER_DEAD_LETTERS, visibilitySeconds: 30 },
  { name: FAILED_EVENTS, visibilitySeconds: 30 },
  consumed(EXIT_QUEUE, QUEUE_DELIVERY.exit, EXIT_DEAD_LETTERS),
  consumed(SETTLE_QUEUE, QUEUE_DELIVERY.settle, SETTLE_DEAD_LETTERS),
  consumed(DISCORD_QUEUE, QUEUE_DELIVERY.discord, DISCORD_DEAD_LETTERS),
];

function consumed(name: string, delivery: QueueDelivery, deadLetterQueue: string): QueueDescription {
  const { visibilityMs, receiveCountMax } = delivery;
  return { name, visibilitySeconds: visibilityMs / 1_000, redrive: { deadLetterQueue, receiveCountMax } };
}

/** Functions that the event pump calls for messages and table changes. A mapping has the name of its function. */
export const MAPPED_FUNCTIONS: readonly FunctionName[] = ['sell', 'settle', 'discord', 'announce'];

export type PeriodicRule = { readonly name: string; readonly function: FunctionName };
/** Rules of the default bus. A stack may run without canary, summary and watch. */
export const PERIODIC_RULES = {
  sweep: { name: 'sweep-every-minute', function: 'sweep' },
  canary: { name: 'canary-every-five-minutes', function: 'canary' },
  summary: { name: 'summary-every-day', function: 'summary' },
  watch: { name: 'watch-every-minute', function: 'watch' },
} as const satisfies Record<string, PeriodicRule>;

export const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;

/** The queue's name, or undefined for an ARN of another account or region. */
export function queueNameOf(arn: string): string | undefined {
  const prefix = queueArn('');
  return arn.startsWith(prefix) && arn.length > prefix.length ? arn.slice(prefix.length) : undefined;
}
