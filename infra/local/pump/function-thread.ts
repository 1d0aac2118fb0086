/** Thread of one function: runs it once per message of `start-function-thread.ts` and answers with the result. */
import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { createContext, type FunctionResult, runHandler } from '#infra/shared/function-runtime.ts';
import { loadFunction } from '#infra/shared/load-functions.ts';
import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';
import { boundRequests } from './bound-requests.ts';

const DataSchema = z.object({ name: z.enum(FUNCTION_NAMES), env: z.record(z.string(), z.string().optional()) });
const CallSchema = z.object({ callId: z.int(), event: z.unknown(), timeoutMs: z.number() });

export type ThreadData = z.input<typeof DataSchema>;
export type ThreadCall = z.input<typeof CallSchema>;
export type ThreadAnswer = { readonly callId: number; readonly result: FunctionResult };

const { name, env } = DataSchema.parse(workerData);
boundRequests();
const handler = loadFunction(name, env);
// A terminated thread does not save its compile cache. A failure to load is reported to the first caller.
handler.then(
  () => flushCompileCache(),
  () => undefined,
);

parentPort?.on('message', async (message: unknown) => {
  const { callId, event, timeoutMs } = CallSchema.parse(message);
  const result = await runHandler(
    async (...given) => (await handler)(...given),
    event,
    createContext(name, Date.now, timeoutMs),
  );
  const answer: ThreadAnswer = { callId, result };
  parentPort?.postMessage(answer);
});
