import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import type { FunctionRuntime } from '#infra/shared/function-runtime.ts';
import { localFunctionArn } from '#infra/shared/function-runtime.ts';
import { isAnnounced } from '#lib/adapters/dynamodb/announced-rows.ts';
import { FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { Fauxqs } from '../emulators/fauxqs-server.ts';
import { ANNOUNCE_DEAD_LETTERS, DISCORD_QUEUE, EXIT_QUEUE } from '../topology.ts';
import { createCheckpointStore } from './checkpoint-store.ts';
import { startPeriodicRule } from './periodic-rule.ts';
import type { PumpClients } from './pump-clients.ts';
import { type EventSource, startQueueEventSource } from './queue-event-source.ts';
import { startStreamEventSource } from './stream-event-source.ts';
import { openStreamReader } from './stream-reader.ts';

export type EventPumpDeps = {
  readonly clients: PumpClients;
  readonly queues: Fauxqs;
  readonly runtime: FunctionRuntime;
  readonly dynamodbUrl: string;
  readonly streamArn: string;
  readonly state: DatabaseSync;
  readonly sweepPeriodMs: number;
  /** Undefined: the rule does not run. */
  readonly canaryPeriodMs: number | undefined;
  readonly summaryPeriodMs: number | undefined;
  readonly announceRetryCount: number;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

const STREAM_RETRY_DELAY_MS = 250;

/**
 * How much of a queue is handled at a time. An exit's batch lasts from before the due time until after the answer, and may hold
 * a single message: with fewer batches than there are exits due on one second, the last ones would be late. AWS begins with
 * five pollers; here each of them would be woken by every message, and all but one for nothing. Discord takes a few messages per second, whatever is sent to it.
 */
const CONCURRENCY = {
  [EXIT_QUEUE]: { pollerCount: 1, batchCountMax: 2_000 },
  [DISCORD_QUEUE]: { pollerCount: 1, batchCountMax: 10 },
} as const;

/** Does what AWS does between the services: queues, minute rule and table stream call their functions. */
export async function startEventPump(deps: EventPumpDeps): Promise<EventSource> {
  const { clients, queues, runtime, log, streamArn } = deps;
  const client = clients.openStreams(deps.dynamodbUrl);
  const reader = await openStreamReader({ client, streamArn, isWanted: isAnnounced });
  const untilQuiet = (): Promise<void> => makeWayForExits(runtime);
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
    fromQueue(DISCORD_QUEUE, 'discord'),
    ...startRules(deps),
    startStreamEventSource({
      reader,
      checkpoints: createCheckpointStore(deps.state),
      functionArn: localFunctionArn('announce'),
      streamArn,
      invoke: (event) => runtime.invoke('announce', event),
      untilQuiet,
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

/** A batch of exits or two leave room for everything else. */
const CROWD_COUNT = 20;
const CROWD_POLL_MS = 100;
/** As long as an exit may take, so that news is late and never lost, however long the crowd lasts. */
const CROWD_WAIT_MS_MAX = FUNCTION_TIMEOUT_MS.sell;

/**
 * On AWS every function has processors of its own; here all share one. So while a crowd of exits is under way, telling the world
 * about it waits.
 */
async function makeWayForExits(runtime: FunctionRuntime): Promise<void> {
  const untilMs = Date.now() + CROWD_WAIT_MS_MAX;
  while (runtime.countRunning('sell') > CROWD_COUNT && Date.now() < untilMs) await delay(CROWD_POLL_MS);
}

/** What runs by the clock. Canary and daily summary run only where they are asked for: nobody watches a machine from outside. */
function startRules({
  runtime,
  sweepPeriodMs,
  canaryPeriodMs,
  summaryPeriodMs,
}: EventPumpDeps): readonly EventSource[] {
  const rules: readonly (readonly [string, FunctionName, number | undefined])[] = [
    ['sweep-every-minute', 'sweep', sweepPeriodMs],
    ['canary-every-five-minutes', 'canary', canaryPeriodMs],
    ['summary-every-day', 'summary', summaryPeriodMs],
  ];
  return rules.flatMap(([ruleName, name, periodMs]) =>
    periodMs === undefined
      ? []
      : [startPeriodicRule({ ruleName, periodMs, invoke: (event) => runtime.invoke(name, event) })],
  );
}
