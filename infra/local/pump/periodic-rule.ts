import { randomUUID } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';
import type { FunctionResult } from '#infra/shared/function-runtime.ts';
import { ACCOUNT_ID, REGION } from '../topology.ts';
import type { EventSource } from './queue-event-source.ts';

/** Runs a function at every multiple of `periodMs`, as an EventBridge cron rule does. */
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
    // A timeout may end slightly early, which would cause a second run.
    if (Date.now() < nextAtMs) {
      sleep();
      return;
    }
    nextAtMs = nextMultiple(Date.now(), periodMs);
    // As on AWS, a run that takes longer than the period does not delay the next one.
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
