import { InvokeCommand, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, makeStateDir, removeStateDir, startTestStack, type TestStack } from './local-test-stack.ts';

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack(makeStateDir(), { sweepPeriodMs: 100, canaryPeriodMs: 150 });
});

afterAll(async () => {
  await test.stop();
  removeStateDir(test.stateDir);
});

const invoke = async (FunctionName: string, payload: unknown) => {
  const answer = await test.aws.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
  return { ...answer, value: JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8')) };
};

describe('the functions on this machine', () => {
  it('answer an invoke with what they return', async () => {
    test.answer('open', async (event) => ({ given: event }));

    const answer = await invoke('open', { usd: 25 });

    expect(answer.FunctionError).toBeUndefined();
    expect(answer.value).toEqual({ given: { usd: 25 } });
  });

  it('fail the way Lambda fails: 200, a header and the type of the error', async () => {
    test.answer('open', async () => {
      throw new RangeError('too much');
    });

    const answer = await invoke('open', {});

    expect(answer.FunctionError).toBe('Unhandled');
    expect(answer.value).toMatchObject({ errorType: 'RangeError', errorMessage: 'too much' });
  });

  it('are unknown under any other name', async () => {
    await expect(invoke('nobody', {})).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('are behind a URL that speaks payload format 2.0', async () => {
    let seen: APIGatewayProxyEventV2 | undefined;
    test.answer('open', async (event) => {
      seen = event as APIGatewayProxyEventV2;
      return { statusCode: 422, headers: { 'x-why': 'limit' }, body: '{"refused":true}' };
    });

    const answer = await fetch(`${test.stack.env.OPEN_FUNCTION_URL}?a=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"usd":25}',
    });

    expect([answer.status, answer.headers.get('x-why'), await answer.json()]).toEqual([
      422,
      'limit',
      { refused: true },
    ]);
    expect(seen).toMatchObject({ version: '2.0', rawQueryString: 'a=1', body: '{"usd":25}', isBase64Encoded: false });
    expect(seen?.requestContext.http.method).toBe('POST');
  });

  it('get a body that is not text in base64, and answer 502 when they throw', async () => {
    let seen: APIGatewayProxyEventV2 | undefined;
    test.answer('open', async (event) => {
      seen = event as APIGatewayProxyEventV2;
      throw new Error('broken');
    });

    const answer = await fetch(test.stack.env.OPEN_FUNCTION_URL!, { method: 'POST', body: new Uint8Array([1, 2, 3]) });

    expect(answer.status).toBe(502);
    expect(seen).toMatchObject({ isBase64Encoded: true, body: 'AQID' });
  });

  it('include the canary where it is asked for, and no summary where it is not', async () => {
    await eventually(() => expect(test.calls.filter((call) => call.name === 'canary').length).toBeGreaterThan(1));
    expect(test.stack.env.CANARY_PERIOD_MS).toBe('150');
    expect(test.calls.some((call) => call.name === 'summary')).toBe(false);
  });

  it('include the sweep, which the periodic rule calls again and again', async () => {
    await eventually(() => expect(test.calls.filter((call) => call.name === 'sweep').length).toBeGreaterThan(1));
    expect(test.calls.find((call) => call.name === 'sweep')?.event).toMatchObject({ 'detail-type': 'Scheduled Event' });
  });
});
