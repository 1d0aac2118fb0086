import { describe, expect, it } from 'vitest';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { runChecks } from '#lib/lifecycle/check/check.ts';
import { planPartChecks } from '#lib/lifecycle/check/part-checks.ts';
import type { Deployment, DeploymentPart, ExpectedPart, PartState } from '#lib/ports/deployment.ts';

const IN_ORDER: PartState = { kind: 'in-order', remark: null };
const UNTIL_MS = 1_000;

const aPart = (kind: ExpectedPart['kind'], name: string, state: PartState = IN_ORDER): DeploymentPart => ({
  kind,
  name,
  id: `${name}-at-aws`,
  state,
});

async function check(parts: readonly DeploymentPart[] | Deployment['listParts']) {
  const listParts = typeof parts === 'function' ? parts : async () => parts;
  const checks = await runChecks(planPartChecks({ listParts }), UNTIL_MS);
  return Object.fromEntries(checks.map((each) => [each.name, each]));
}

describe('the checks of a deployment', () => {
  it('name every part, those in order together', async () => {
    const { functions, alarms } = await check([
      aPart('function', 'open'),
      aPart('function', 'sell'),
      aPart('alarm', 'SweepSilent'),
      aPart('alarm', 'FailedEvents', { kind: 'in-order', remark: 'without data yet' }),
    ]);
    expect(functions).toMatchObject({ status: 'ok', found: '2 in order: open, sell', advice: null });
    expect(functions?.parts).toMatchObject([
      { kind: 'function', name: 'open', id: 'open-at-aws', status: 'ok' },
      { name: 'sell', status: 'ok' },
    ]);
    expect(alarms?.found).toBe('1 in order: SweepSilent; 1 in order, without data yet: FailedEvents');
  });

  it.each<readonly [string, ExpectedPart['kind'], PartState, string, RegExp, RegExp]>([
    ['functions', 'function', { kind: 'missing' }, 'red', /does not exist/, /--revert-drift/],
    ['functions', 'function', { kind: 'off' }, 'red', /concurrency is 0/, /delete-function-concurrency .*x-at-aws/],
    ['functions', 'function', { kind: 'broken', reason: 'is Failed' }, 'red', /is Failed/, /Deploy/],
    ['functions', 'function', { kind: 'changing', state: 'Pending' }, 'warning', /is Pending/, /some minutes/],
    ['event sources', 'event-source-mapping', { kind: 'off' }, 'red', /disabled/, /--enabled --uuid x-at-aws/],
    ['event sources', 'event-source-mapping', { kind: 'failing', reason: 'PROBLEM' }, 'warning', /PROBLEM/, /log/],
    ['rules', 'rule', { kind: 'off' }, 'red', /disabled/, /enable-rule --name x-at-aws$/],
    ['parts', 'queue', { kind: 'off' }, 'red', /^x: is disabled;/, /^Enable it again\.$/],
    [
      'dead letters',
      'dead-letter-queue',
      { kind: 'holds-messages', messageCount: 1 },
      'warning',
      /holds 1 message;/,
      /Dead letters/,
    ],
    [
      'dead letters',
      'dead-letter-queue',
      { kind: 'holds-messages', messageCount: 3 },
      'warning',
      /holds 3 messages;/,
      /Dead letters/,
    ],
    [
      'alarms',
      'alarm',
      { kind: 'raised', sinceMs: 0, text: 'Lost. Do.' },
      'red',
      /ALARM since 1970-01-01 00:00 UTC/,
      /^Lost\. Do\.$/,
    ],
    ['alarms', 'alarm', { kind: 'raised', sinceMs: null, text: '' }, 'red', /ALARM;/, /The alarms/],
    ['alarms', 'alarm', { kind: 'off' }, 'red', /tells nobody/, /enable-alarm-actions --alarm-names x-at-aws/],
    ['alarms', 'alarm', { kind: 'broken', reason: 'has no action' }, 'red', /no action/, /--revert-drift/],
    ['notifications', 'subscription', { kind: 'missing' }, 'red', /does not exist/, /--revert-drift/],
    ['notifications', 'subscription', { kind: 'failing', reason: 'waits' }, 'warning', /waits/, /link in the e-mail/],
    ['notifications', 'topic', { kind: 'failing', reason: 'has none' }, 'warning', /has none/, /No notifications/],
    ['stacks', 'stack', { kind: 'missing' }, 'red', /does not exist/, /deploy the stage/],
    ['stacks', 'stack', { kind: 'failing', reason: 'rolled back' }, 'warning', /rolled back/, /events/],
    ['parts', 'table', { kind: 'unread', reason: 'ETIMEDOUT', missingRight: null }, 'red', /ETIMEDOUT/, /again/],
    ['alarms', 'alarm', { kind: 'unread', reason: 'ETIMEDOUT', missingRight: null }, 'warning', /ETIMEDOUT/, /again/],
    [
      'functions',
      'function',
      { kind: 'unread', reason: 'not allowed', missingRight: 'lambda:GetFunction' },
      'warning',
      /without the permission lambda:GetFunction/,
      /Allow it/,
    ],
  ])('say what is wrong and what to do: %s, case %#', async (name, kind, state, status, found, advice) => {
    const checked = (await check([aPart(kind, 'x', state), aPart(kind, 'other')]))[name];
    expect(checked).toMatchObject({
      status,
      isHard: false,
      found: expect.stringMatching(found),
      advice: expect.stringMatching(advice),
      parts: [
        { name: 'x', status, advice: expect.stringMatching(advice) },
        { name: 'other', status: 'ok' },
      ],
    });
    expect(checked?.found).toMatch(/^x: [^;]*; 1 in order: other$/);
  });

  it('name the bus of a rule that is not on the default one', async () => {
    const rule: DeploymentPart = { kind: 'rule', name: 'alerts', id: 'tminus-paper|alerts-1', state: { kind: 'off' } };
    expect((await check([rule])).rules?.advice).toContain('--name alerts-1 --event-bus-name tminus-paper');
  });

  it('do not need what this deployment can do without', async () => {
    const rule: DeploymentPart = { ...aPart('rule', 'summary', { kind: 'missing' }), isOptional: true };
    expect((await check([rule, aPart('rule', 'sweep')])).rules).toMatchObject({
      status: 'ok',
      found: '1 not needed here and absent: summary; 1 in order: sweep',
    });
  });

  it('tell none from none that could be listed', async () => {
    expect((await check([])).alarms).toMatchObject({ status: 'ok', found: 'there are none here' });
    const others = [aPart('stack', 'tminus-paper-state'), aPart('queue', 'exits', { kind: 'missing' })];
    expect((await check(others)).alarms).toMatchObject({ status: 'ok', found: 'there are none here' });
    const stack = aPart('stack', 'tminus-paper-watch', { kind: 'missing' });
    expect((await check([stack])).alarms).toMatchObject({ status: 'warning', found: 'none could be listed' });
  });

  it('give an advice once that several parts share', async () => {
    const missing: PartState = { kind: 'missing' };
    const { functions } = await check([
      aPart('function', 'open', missing),
      aPart('function', 'sell', { kind: 'changing', state: 'Pending' }),
      aPart('function', 'sweep', missing),
    ]);
    expect(functions).toMatchObject({
      status: 'red',
      found: 'open: does not exist; sell: is Pending; sweep: does not exist',
      advice:
        'Deploy the stage again with --revert-drift (OPERATE.md, "What doctor reads"). Open positions keep their rows. ' +
        'A deployment may be under way: look again in some minutes.',
    });
  });

  it('read the deployment once in each run', async () => {
    let count = 0;
    const listParts = async () => {
      count += 1;
      return [];
    };
    const planned = planPartChecks({ listParts });
    await runChecks(planned, UNTIL_MS);
    expect(count).toBe(1);
    await runChecks(planned, UNTIL_MS + 1);
    expect(count).toBe(2);
  });

  it('are red when nothing could be read', async () => {
    const down = () => Promise.reject(new UpstreamUnavailableError('AWS is not available'));
    expect(Object.values(await check(down)).map(({ status }) => status)).toEqual(Array(8).fill('red'));
  });
});
