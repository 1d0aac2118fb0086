import { randomUUID } from 'node:crypto';
import { type FunctionResult, type FunctionRuntime, localFunctionArn } from '#infra/shared/function-runtime.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import { FAILED_EVENTS } from '../topology.ts';

export type FailedEventsDeps = {
  readonly runtime: Pick<FunctionRuntime, 'invoke'>;
  readonly sendToQueue: (queueName: string, body: string) => Promise<void>;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

/** Calls a function without retries, as Lambda does for an asynchronous event, and keeps a failed one as it does. */
export function createAsyncInvoke({ runtime, sendToQueue, log }: FailedEventsDeps): FunctionRuntime['invoke'] {
  return async (name, event) => {
    const result = await runtime.invoke(name, event);
    if (result.outcome === 'returned') return result;
    try {
      await sendToQueue(FAILED_EVENTS, JSON.stringify(toReport(name, event, result)));
    } catch {
      log('A failed event could not be kept', { function: name });
    }
    return result;
  };
}

function toReport(
  name: FunctionName,
  requestPayload: unknown,
  failure: Extract<FunctionResult, { outcome: 'failed' }>,
) {
  const { errorType, errorMessage, trace } = failure;
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${localFunctionArn(name)}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 1,
    },
    requestPayload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType, errorMessage, trace },
  };
}
