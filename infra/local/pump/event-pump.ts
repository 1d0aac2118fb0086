import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { FunctionRuntime } from '#infra/shared/function-runtime.ts';
import { localFunctionArn } from '#infra/shared/function-runtime.ts';
import { isAnnounced } from '#lib/adapters/dynamodb/announced-rows.ts';
import { FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { Fauxqs } from '../emulators/fauxqs-server.ts';
import {
  ANNOUNCE_DEAD_LETTERS,
  DISCORD_QUEUE,
  EXIT_QUEUE,
  PERIODIC_RULES,
  type PeriodicRule,
  SETTLE_QUEUE,
} from '../topology.ts';
import { startPeriodicRule } from './periodic-rule.ts';
import type { PumpClients } from './pump-clients.ts';
import { createCheckpointStore } from './pump-state.ts';
import { type EventSource, startQueueEventSource } from './queue-event-source.ts';
import { startStreamEventSource } from './stream-event-source.ts';
import { openStreamReader } from './stream-reader.ts';

export type EventPumpDeps = {
  readonly clients: PumpClients;
  readonly queues: Fauxqs;
  readonly runtime: FunctionRuntime;
  /** For periodic rules: keeps an event that its function failed at. */
  readonly invokeAsync: FunctionRuntime['invoke'];
  readonly dynamodbUrl: string;
  readonly streamArn: string;
  /** Shards of two tables may have the same id. */
  readonly checkpointPrefix: string;
  readonly state: DatabaseSync;
  readonly sweepPeriodMs: number;
  /** Undefined: the rule does not run. */
  readonly canaryPeriodMs: number | undefined;
  readonly summaryPeriodMs: number | undefined;
  readonly watchPeriodMs: number | undefined;
  readonly announceRetryCount: number;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

const STREAM_RETRY_DELAY_MS = 250;

/**
 * An exit's batch lasts from before the due time until after the venue's answer and may contain a single message, so
 * there are as many batches as exits due in the same second. Every message wakes all pollers, so one is enough.
 */
const CONCURRENCY = {
  [EXIT_QUEUE]: { pollerCount: 1, batchCountMax: 2_000 },
  [SETTLE_QUEUE]: { pollerCount: 1, batchCountMax: 50 },
  [DISCORD_QUEUE]: { pollerCount: 1, batchCountMax: 10 },
} as const;

/** Calls the functions for queue messages, periodic rules and table changes, as AWS does. */
export async function startEventPump(deps: EventPumpDeps): Promise<EventSource> {
  const { clients, queues, runtime, log, streamArn } = deps;
  const client = clients.openStreams(deps.dynamodbUrl);
  const reader = await openStreamReader({ client, streamArn, isWanted: isAnnounced });
  const fromQueue = (queueName: keyof typeof CONCURRENCY, name: FunctionName): EventSource =>
    startQueueEventSource({
      client: clients.createPoller(),
      queueName,
      queueUrl: queues.queueUrl(queueName),
      ...CONCURRENCY[queueName],
      invoke: (event) => runtime.invoke(name, event),
      releasePollers: queues.releasePollers,
      log,
    });
  const sources = [
    fromQueue(EXIT_QUEUE, 'sell'),
    fromQueue(SETTLE_QUEUE, 'settle'),
    fromQueue(DISCORD_QUEUE, 'discord'),
    ...startRules(deps),
    startStreamEventSource({
      reader,
      checkpoints: createCheckpointStore(deps.state, deps.checkpointPrefix),
      functionArn: localFunctionArn('announce'),
      streamArn,
      invoke: (event) => runtime.invoke('announce', event),
      untilQuiet: () => untilExitsFinish(runtime),
      sendToDeadLetters: (body) => clients.sendToQueue(ANNOUNCE_DEAD_LETTERS, body),
      retryCount: deps.announceRetryCount,
      retryDelayMs: STREAM_RETRY_DELAY_MS,
      log,
    }),
  ];
  return {
    stop: async (deadlineMs) => {
      await Promise.all(sources.map((source) => source.stop(deadlineMs)));
    },
  };
}

/** Below this number of concurrent exits, announcements do not delay them. */
const EXIT_COUNT_MAX = 20;
const EXIT_POLL_MS = 100;

/** The functions share this machine's processors, so announcements wait while many exits run. */
async function untilExitsFinish(runtime: FunctionRuntime): Promise<void> {
  const untilMs = Date.now() + FUNCTION_TIMEOUT_MS.sell;
  while (runtime.countRunning('sell') > EXIT_COUNT_MAX && Date.now() < untilMs) await delay(EXIT_POLL_MS);
}

function startRules({
  invokeAsync,
  sweepPeriodMs,
  canaryPeriodMs,
  summaryPeriodMs,
  watchPeriodMs,
}: EventPumpDeps): readonly EventSource[] {
  const rules: readonly (readonly [PeriodicRule, number | undefined])[] = [
    [PERIODIC_RULES.sweep, sweepPeriodMs],
    [PERIODIC_RULES.canary, canaryPeriodMs],
    [PERIODIC_RULES.summary, summaryPeriodMs],
    [PERIODIC_RULES.watch, watchPeriodMs],
  ];
  return rules.flatMap(([rule, periodMs]) =>
    periodMs === undefined
      ? []
      : [
          startPeriodicRule({
            ruleName: rule.name,
            periodMs,
            invoke: (event) => invokeAsync(rule.function, event),
          }),
        ],
  );
}
