import { randomUUID } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';
import type { FunctionResult } from '#infra/shared/function-runtime.ts';
import { ACCOUNT_ID, REGION } from '../topology.ts';
import type { EventSource } from './queue-event-source.ts';

/** A rule that runs a function at every whole multiple of `periodMs`; on AWS `rate(1 minute)`. */
export function startPeriodicRule(deps: {
  readonly ruleName: string;
  readonly periodMs: number;
  readonly invoke: (event: ScheduledEvent) => Promise<FunctionResult>;
}): EventSource {
  const { periodMs } = deps;
  const running = new Set<Promise<unknown>>();
  let timer: NodeJS.Timeout;
  let nextAtMs = nextMultiple(Date.now(), periodMs);
  const sleep = (): void => {
    timer = setTimeout(fire, nextAtMs - Date.now());
  };
  const fire = (): void => {
    // A timeout may end a little early, which must not make two runs of one.
    if (Date.now() < nextAtMs) {
      sleep();
      return;
    }
    nextAtMs = nextMultiple(Date.now(), periodMs);
    // A run that takes longer than the period does not hold up the next one, as on AWS.
    const run = deps.invoke(createEvent(deps.ruleName)).finally(() => running.delete(run));
    running.add(run);
    sleep();
  };
  sleep();
  return {
    stop: async (deadlineMs) => {
      clearTimeout(timer);
      const deadline = new Promise((resolve) => setTimeout(resolve, deadlineMs).unref());
      await Promise.race([Promise.allSettled(running), deadline]);
    },
  };
}

const nextMultiple = (nowMs: number, periodMs: number): number => (Math.floor(nowMs / periodMs) + 1) * periodMs;

function createEvent(ruleName: string): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT_ID,
    time: new Date().toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: REGION,
    resources: [`arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${ruleName}`],
    detail: {},
  };
}
