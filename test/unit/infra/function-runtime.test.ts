import { describe, expect, it } from 'vitest';
import { createFunctionRuntime, type FunctionHandler } from '#infra/shared/function-runtime.ts';

const nothing: FunctionHandler = async () => undefined;
const handlersWith = (sell: FunctionHandler) => ({
  open: nothing,
  sell,
  sweep: nothing,
  announce: nothing,
  discord: nothing,
  settle: nothing,
  canary: nothing,
  summary: nothing,
  watch: nothing,
  interactions: nothing,
});

function createRuntime(sell: FunctionHandler, timeoutMs = 1_000) {
  const runtime = createFunctionRuntime({ nowMs: Date.now, timeoutMs: { sell: timeoutMs }, log: () => undefined });
  runtime.register(handlersWith(sell));
  return runtime;
}

describe('the function runtime', () => {
  it('gives up on a function at its timeout, in the words of Lambda', async () => {
    const runtime = createRuntime(() => new Promise(() => undefined), 10);

    expect(await runtime.invoke('sell', {})).toMatchObject({
      outcome: 'failed',
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 0.01 seconds'),
    });
  });

  it('turns whatever a function throws into a result', async () => {
    const thrower = createRuntime(async () => {
      throw 'not even an error';
    });

    expect(await thrower.invoke('sell', {})).toMatchObject({ outcome: 'failed', errorMessage: 'not even an error' });
  });

  it('never lets two calls share an object', async () => {
    const event = { shared: { count: 0 } };
    const runtime = createRuntime(async (given) => {
      (given as typeof event).shared.count += 1;
      return given;
    });

    await runtime.invoke('sell', event);

    expect(event.shared.count).toBe(0);
  });

  it('tells a function how long it has left', async () => {
    const runtime = createRuntime(async (_event, context) => context.getRemainingTimeInMillis(), 5_000);

    const result = await runtime.invoke('sell', {});

    const leftMs = result.outcome === 'returned' ? Number(result.value) : -1;
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(5_000);
  });

  it('says whether anything still runs when it is drained', async () => {
    const mayEnd = Promise.withResolvers<void>();
    const runtime = createRuntime(() => mayEnd.promise);
    const call = runtime.invoke('sell', {});

    const before = await runtime.drain(5);
    mayEnd.resolve();
    await call;

    expect([before, await runtime.drain(1_000)]).toEqual([false, true]);
  });
});
