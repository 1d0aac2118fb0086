import type { Log } from './log.ts';
import { withLogFields } from './log-context.ts';
import type { Env } from './parse-env.ts';
import { createCallWatch } from './venue-calls.ts';

/** The part of Lambda's context that is used. Absent when a test calls the handler alone. */
export type InvocationContext = { readonly awsRequestId?: string };

/** A handler whose log lines carry Lambda's request id, and which logs how long the venue took. */
export function inInvocation<Event, Answer>(
  { log, env }: { readonly log: Log; readonly env: Env },
  handle: (event: Event) => Promise<Answer>,
): (event: Event, context?: InvocationContext) => Promise<Answer> {
  const watchCalls = createCallWatch(log, env);
  return (event, context) => {
    const awsRequestId = context?.awsRequestId;
    return withLogFields(awsRequestId === undefined ? {} : { awsRequestId }, () => watchCalls(() => handle(event)));
  };
}
