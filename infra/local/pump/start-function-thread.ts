import { Worker } from 'node:worker_threads';
import type { FunctionHandler, FunctionResult } from '#infra/shared/function-runtime.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import type { ThreadAnswer, ThreadCall, ThreadData } from './function-thread.ts';

export type FunctionThread = { readonly handler: FunctionHandler; stop(): Promise<void> };

type Waiting = { answer(result: FunctionResult): void; fail(error: Error): void };

/**
 * Runs a function in its own thread, so that emulators and other functions do not delay it. When the thread dies, its
 * calls fail and the next call starts another thread.
 */
export function startFunctionThread(name: FunctionName, env: Env): FunctionThread {
  const data: ThreadData = { name, env: { ...env } };
  let thread: Thread | undefined;
  const open = (): Thread => {
    thread ??= openThread(data, () => {
      thread = undefined;
    });
    return thread;
  };
  open();
  return {
    handler: async (event, context) => {
      const result = await open().call(event, context.getRemainingTimeInMillis());
      if (result.outcome === 'returned') return result.value;
      const { errorType, errorMessage, trace } = result;
      throw Object.assign(new Error(errorMessage), { name: errorType, stack: trace.join('\n') });
    },
    stop: async () => {
      await thread?.stop();
    },
  };
}

type Thread = { call(event: unknown, timeoutMs: number): Promise<FunctionResult>; stop(): Promise<unknown> };

function openThread(workerData: ThreadData, onEnd: () => void): Thread {
  const worker = new Worker(new URL('./function-thread.ts', import.meta.url), { workerData });
  const waiting = new Map<number, Waiting>();
  let callCount = 0;
  const end = (error: Error): void => {
    onEnd();
    for (const { fail } of waiting.values()) fail(error);
    waiting.clear();
  };
  worker.on('message', ({ callId, result }: ThreadAnswer) => {
    waiting.get(callId)?.answer(result);
    waiting.delete(callId);
  });
  worker.on('error', (error) => end(error instanceof Error ? error : new Error('The thread of a function failed')));
  worker.on('exit', () => end(new Error('The thread of a function ended')));
  return {
    call: (event, timeoutMs) =>
      new Promise((answer, fail) => {
        callCount += 1;
        waiting.set(callCount, { answer, fail });
        const call: ThreadCall = { callId: callCount, event, timeoutMs };
        worker.postMessage(call);
      }),
    stop: () => worker.terminate(),
  };
}
