import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { FUNCTION_TIMEOUT_MS, type FunctionName } from '#lib/runtime/delivery-rules.ts';

/** ARN of a function that runs on this machine. */
export const localFunctionArn = (name: FunctionName): string =>
  `arn:aws:lambda:us-east-1:000000000000:function:${name}`;

export type FunctionHandler = (event: unknown, context: Context) => Promise<unknown>;

export type FunctionResult =
  | { readonly outcome: 'returned'; readonly value: unknown }
  | {
      readonly outcome: 'failed';
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace: readonly string[];
    };

export type FunctionRuntime = {
  register(handlers: Readonly<Record<FunctionName, FunctionHandler>>): void;
  has(name: string): name is FunctionName;
  /** Runs the function once. Never throws: an error is part of the result. */
  invoke(name: FunctionName, event: unknown): Promise<FunctionResult>;
  countRunning(name: FunctionName): number;
  /** Waits for running invocations, at most `deadlineMs`. True when all have ended. */
  drain(deadlineMs: number): Promise<boolean>;
};

export type FunctionRuntimeDeps = {
  readonly nowMs: () => number;
  readonly timeoutMs?: Partial<Record<FunctionName, number>>;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

/**
 * Runs the functions in this process. Unlike AWS it cannot stop a function at its timeout: the caller gets the failure
 * and the function goes on.
 */
export function createFunctionRuntime(deps: FunctionRuntimeDeps): FunctionRuntime {
  let handlers: Partial<Record<string, FunctionHandler>> = {};
  const running = new Map<Promise<unknown>, FunctionName>();
  const timeoutMsOf = (name: FunctionName): number => deps.timeoutMs?.[name] ?? FUNCTION_TIMEOUT_MS[name];
  return {
    register: (registered) => {
      handlers = registered;
    },
    has: (name): name is FunctionName => handlers[name] !== undefined,
    invoke: async (name, event) => {
      const handler = handlers[name];
      if (handler === undefined)
        return {
          outcome: 'failed',
          errorType: 'Runtime.HandlerNotFound',
          errorMessage: `${name} is not loaded`,
          trace: [],
        };
      const timeoutMs = timeoutMsOf(name);
      const context = createContext(name, deps.nowMs, timeoutMs);
      // A copy, because functions on AWS share no objects.
      const work = runHandler(handler, structuredClone(event), context);
      running.set(work, name);
      void work.finally(() => running.delete(work));
      const result = await settleWithin(work, timeoutMs, timedOut(timeoutMs));
      if (result.outcome === 'failed')
        deps.log('A function failed', {
          function: name,
          errorType: result.errorType,
          errorMessage: result.errorMessage,
        });
      return result;
    },
    countRunning: (name) => [...running.values()].filter((each) => each === name).length,
    drain: (deadlineMs) =>
      settleWithin(
        Promise.allSettled(running.keys()).then(() => true),
        deadlineMs,
        false,
      ),
  };
}

export async function runHandler(handler: FunctionHandler, event: unknown, context: Context): Promise<FunctionResult> {
  try {
    return { outcome: 'returned', value: await handler(event, context) };
  } catch (error) {
    const isError = error instanceof Error;
    return {
      outcome: 'failed',
      errorType: isError ? error.name : 'Error',
      errorMessage: isError ? error.message : String(error),
      trace: isError ? (error.stack ?? '').split('\n') : [],
    };
  }
}

const timedOut = (timeoutMs: number): FunctionResult => ({
  outcome: 'failed',
  errorType: 'Sandbox.Timedout',
  errorMessage: `Error: Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`,
  trace: [],
});

async function settleWithin<Value>(work: Promise<Value>, deadlineMs: number, late: Value): Promise<Value> {
  const settled = new AbortController();
  const deadline = delay(deadlineMs, late, { signal: settled.signal }).catch(() => late);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    settled.abort();
  }
}

export function createContext(name: FunctionName, nowMs: () => number, timeoutMs: number): Context {
  const endsAtMs = nowMs() + timeoutMs;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: localFunctionArn(name),
    memoryLimitInMB: '512',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(endsAtMs - nowMs(), 0),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
