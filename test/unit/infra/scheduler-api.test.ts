import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { openPumpState } from '#infra/local/pump/pump-state.ts';
import { registerSchedulerApi } from '#infra/local/services/scheduler-api.ts';
import { createSchedulerStore } from '#infra/local/services/scheduler-store.ts';

const NOW_MS = Date.parse('2026-12-01T12:00:10Z');

/** When a timer for `atText` really fires. */
async function firesAt(
  atText: string,
  settings: { grainMs: number; jitterMs: number; random: number },
): Promise<string> {
  const store = createSchedulerStore(openPumpState(':memory:'));
  const app = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  registerSchedulerApi(app, {
    store,
    nowMs: () => NOW_MS,
    random: () => settings.random,
    grainMs: settings.grainMs,
    jitterMs: settings.jitterMs,
    onChange: () => undefined,
  });
  const answer = await app.inject({
    method: 'POST',
    url: '/schedules/one',
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify({
      ScheduleExpression: `at(${atText})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:exit', RoleArn: 'arn:aws:iam::0:role/r', Input: 'x' },
    }),
  });
  expect(answer.statusCode).toBe(200);
  return new Date(store.nextFiresAtMs()!).toISOString();
}

describe('a timer of the local scheduler', () => {
  it('fires at its minute, late by a share of the jitter', async () => {
    const settings = { grainMs: 60_000, jitterMs: 60_000 };

    expect(await firesAt('2026-12-01T12:05:00', { ...settings, random: 0 })).toBe('2026-12-01T12:05:00.000Z');
    expect(await firesAt('2026-12-01T12:05:00', { ...settings, random: 0.5 })).toBe('2026-12-01T12:05:30.000Z');
  });

  it('may fire before its seconds, because only the minute counts', async () => {
    const settings = { grainMs: 60_000, jitterMs: 5_000, random: 0 };

    expect(await firesAt('2026-12-01T12:05:45', settings)).toBe('2026-12-01T12:05:00.000Z');
  });

  it('keeps its second where the grain is a second', async () => {
    expect(await firesAt('2026-12-01T12:05:45', { grainMs: 1_000, jitterMs: 0, random: 0.9 })).toBe(
      '2026-12-01T12:05:45.000Z',
    );
  });
});
