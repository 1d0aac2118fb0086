import { request } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPumpState } from '#infra/local/pump/pump-state.ts';
import { createSchedulerStore, type SchedulerStore } from '#infra/local/services/scheduler-store.ts';
import { createLocalSecrets } from '#infra/local/services/secrets-api.ts';
import { startWireServer, type WireServer } from '#infra/local/services/wire-server.ts';
import { createFunctionRuntime } from '#infra/shared/function-runtime.ts';
import { anyGarbageText, assertDoor, damaged, expectNoSecret, mutated } from '#test/fixtures/bad-input.ts';

const SCHEDULE = {
  GroupName: 'default',
  ClientToken: 'token',
  ScheduleExpression: 'at(2999-01-01T00:00:00)',
  ScheduleExpressionTimezone: 'UTC',
  FlexibleTimeWindow: { Mode: 'OFF' },
  ActionAfterCompletion: 'DELETE',
  Target: {
    Arn: 'arn:aws:sqs:us-east-1:000000000000:exit',
    RoleArn: 'arn:aws:iam::000000000000:role/timer',
    Input: '{"v":1}',
    RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 3 },
  },
};
const EVENTS = {
  Entries: [{ EventBusName: 'bus', Source: 'tminus', DetailType: 'x', Detail: '{"a":1}', Time: 1_773_307_200 }],
};

let wire: WireServer;
let store: SchedulerStore;
let state: DatabaseSync;

beforeAll(async () => {
  state = openPumpState(':memory:');
  store = createSchedulerStore(state);
  const runtime = createFunctionRuntime({ nowMs: Date.now, log: () => {} });
  const echo = async (event: unknown) => event;
  runtime.register({
    open: echo,
    sell: echo,
    settle: echo,
    sweep: echo,
    announce: echo,
    discord: echo,
    canary: echo,
    summary: echo,
    watch: echo,
    interactions: echo,
  });
  wire = await startWireServer({
    scheduler: { store, nowMs: Date.now, random: () => 0, grainMs: 1_000, jitterMs: 0, onChange: () => {} },
    eventBus: {
      busName: 'bus',
      rules: [],
      periodicRules: [],
      topicArn: 'arn:aws:sns:us-east-1:000000000000:alerts',
      nowMs: Date.now,
      publish: async () => {},
    },
    runtime,
    invokeAsync: runtime.invoke,
    secrets: createLocalSecrets(),
  });
});

afterAll(async () => {
  await wire.stop();
  state.close();
});

type Call = {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly target?: string | undefined;
  readonly contentType?: string;
};

/** As the bytes come, without a client that would mend or refuse them first. */
function send({ method, path, body, target, contentType }: Call): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': contentType ?? 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(target !== undefined && { 'x-amz-target': target }),
    };
    const outgoing = request(new URL(wire.url), { method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject).end(body);
  });
}

const anySegment = fc.oneof(
  fc.constantFrom('name', 'a%2Fb', '%', '%00', '..', '__proto__', 'constructor', 'x'.repeat(200), '*', '%F0%9F%99%88'),
  fc.stringMatching(/^[\w.~%-]{1,20}$/),
);
const anyBody = (whole: object): fc.Arbitrary<string> =>
  fc.oneof(
    mutated(whole).map(({ value }) => JSON.stringify(value)),
    damaged(JSON.stringify(whole)),
    anyGarbageText,
  );
const anyQuery = fc.constantFrom('', '?MaxResults=abc', '?MaxResults=0', '?NextToken=%00', '?groupName=x&groupName=y');

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(anySegment, anyBody(SCHEDULE)).map(([name, body]) => ({ method: 'POST', path: `/schedules/${name}`, body })),
  fc
    .tuple(fc.constantFrom('GET', 'DELETE', 'PUT', 'PATCH'), anySegment, anyQuery)
    .map(([method, name, query]) => ({ method, path: `/schedules/${name}${query}`, body: '' })),
  anyQuery.map((query) => ({ method: 'GET', path: `/schedules${query}`, body: '' })),
  anySegment.map((name) => ({ method: 'POST', path: `/schedule-groups/${name}`, body: '' })),
  fc
    .tuple(fc.constantFrom('AWSEvents.PutEvents', 'AWSEvents.Nothing', '__proto__', undefined), anyBody(EVENTS))
    .map(([target, body]) => ({ method: 'POST', path: '/', body, target })),
  fc
    .tuple(fc.constantFrom('open', 'nobody', '__proto__', 'constructor', 'toString', '%'), anyGarbageText)
    .map(([name, body]) => ({ method: 'POST', path: `/2015-03-31/functions/${name}/invocations`, body })),
  fc
    .tuple(anyGarbageText, fc.constantFrom('text/plain', 'application/octet-stream', 'x', 'multipart/form-data'))
    .map(([body, contentType]) => ({ method: 'POST', path: '/api/webhooks/1/local', body, contentType })),
  fc.tuple(anySegment, anyGarbageText).map(([path, body]) => ({ method: 'POST', path: `/${path}`, body })),
);

describe('the doors of the local wire server', () => {
  it('answer garbage as AWS does, with an error of the 400s, and stay open', async () => {
    await assertDoor(
      'local wire server',
      50,
      fc.asyncProperty(anyCall, async (call) => {
        const { status, text } = await send(call);
        expect(status, `${call.method} ${call.path.slice(0, 100)}: ${text.slice(0, 300)}`).toBeLessThan(500);
        const isAws = !call.path.startsWith('/api/');
        if (status >= 400 && isAws) {
          expect(JSON.parse(text)).toMatchObject({ __type: expect.any(String), message: expect.any(String) });
        }
        expectNoSecret(status >= 400 ? text : '');
      }),
    );
    // Whatever was stored on the way can be read back, or no timer would ever fire again.
    expect(() => store.listDue(Number.MAX_SAFE_INTEGER)).not.toThrow();
    const { status } = await send({ method: 'GET', path: '/schedules', body: '' });
    expect(status).toBe(200);
  });

  it('takes an event of the largest size that AWS takes, and refuses a larger one', async () => {
    const invoke = { method: 'POST', path: '/2015-03-31/functions/open/invocations' };
    expect((await send({ ...invoke, body: JSON.stringify('x'.repeat(5_000_000)) })).status).toBe(200);
    expect((await send({ ...invoke, body: JSON.stringify('x'.repeat(7_000_000)) })).status).toBe(413);
  });
});
