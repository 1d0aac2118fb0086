import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CreateScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRunningStack } from '#infra/local/find-running-stack.ts';
import { stackFile } from '#infra/local/state-dir.ts';
import { isRunning } from '#infra/shared/child-reaper.ts';
import { MOVED_FROM } from '#lib/adapters/dynamodb/row-codec.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import {
  atExpression,
  eventually,
  makeStateDir,
  removeStateDir,
  startTestStack,
  type TestStack,
} from './local-test-stack.ts';

let stateDir: string;
const closers: (() => unknown)[] = [];

beforeEach(() => {
  stateDir = makeStateDir();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  removeStateDir(stateDir);
});

async function start(options: Parameters<typeof startTestStack>[1] = {}): Promise<TestStack> {
  const test = await startTestStack(stateDir, options);
  closers.push(test.stop);
  return test;
}

async function startChild(): Promise<{ child: ChildProcess; env: Record<string, string> }> {
  const script = fileURLToPath(new URL('./local-stack-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, stateDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  closers.push(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout! }), 'line');
  return { child, env: JSON.parse(String(line)) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const createTimer = (aws: AwsClients, env: Readonly<Record<string, string>>, atMs: number) =>
  aws.scheduler.send(
    new CreateScheduleCommand({
      Name: 'timer',
      GroupName: env.SCHEDULER_GROUP_NAME,
      ScheduleExpression: atExpression(atMs),
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: env.EXIT_QUEUE_ARN, RoleArn: env.SCHEDULER_ROLE_ARN, Input: 'timer' },
    }),
  );

describe('a local stack that is killed', () => {
  it('has kept its rows, messages and timers at the next start, and left no child behind', async () => {
    // Prepare
    const { child, env } = await startChild();
    const aws = createAwsClients(env);
    closers.push(aws.destroy);
    const Item = { pk: 'POSITION#one', sk: 'STATE', version: 1, [MOVED_FROM]: 'buying' };
    await aws.dynamodb.send(new PutCommand({ TableName: env.TABLE_NAME, Item }));
    await aws.sqs.send(
      new SendMessageCommand({ QueueUrl: env.EXIT_QUEUE_URL, MessageBody: 'delayed', DelaySeconds: 2 }),
    );
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: env.DISCORD_DEAD_LETTER_URL, MessageBody: 'waiting' }));
    await createTimer(aws, env, Date.now() + 2_000);
    const emulatorPid = Number(readFileSync(join(stateDir, 'dynoxide.pid'), 'utf8'));

    // Act
    await kill(child);
    await eventually(() => expect(isRunning(emulatorPid)).toBe(false));
    expect(findRunningStack(stateDir)).toBeUndefined();
    const test = await start();

    // Assess
    await eventually(() => expect(test.bodies('sell').toSorted()).toEqual(['delayed', 'timer']));
    await eventually(() =>
      expect(test.changes().map((change) => change.dynamodb?.NewImage?.version?.N)).toEqual(['1']),
    );
    const found = await test.aws.dynamodb.send(
      new GetCommand({ TableName: env.TABLE_NAME, Key: { pk: Item.pk, sk: Item.sk }, ConsistentRead: true }),
    );
    expect(found.Item).toEqual(Item);
    const { Messages = [] } = await test.aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: test.stack.env.DISCORD_DEAD_LETTER_URL }),
    );
    expect(Messages.map((message) => message.Body)).toEqual(['waiting']);
  });

  it('leaves a lock and an emulator that the next start takes over', async () => {
    const { child } = await startChild();
    await kill(child);
    // As after a kill of the whole session: nothing of the old run is left but its files.
    writeFileSync(join(stateDir, 'pid'), `${child.pid}\n`);

    const test = await start();

    expect(JSON.parse(readFileSync(stackFile(stateDir), 'utf8'))).toEqual({
      pid: process.pid,
      startedAtMs: expect.any(Number),
      env: test.stack.env,
    });
  });
});

describe('a local stack', () => {
  it('refuses a second start on its state directory, names the holder and stays as it is', async () => {
    const { child } = await startChild();

    const second = start();

    await expect(second).rejects.toThrow(ConfigError);
    await expect(second).rejects.toThrow(`process ${child.pid}`);
    expect(findRunningStack(stateDir)?.pid).toBe(child.pid);
  });

  it('refuses a second start within one process, too', async () => {
    await start();

    await expect(start()).rejects.toThrow(ConfigError);
  });

  it('keeps timers and messages over an orderly restart, and takes its description away when it stops', async () => {
    const first = await start();
    await createTimer(first.aws, first.stack.env, Date.now() + 3_600_000);
    await first.send(first.stack.env.EXIT_QUEUE_URL!, 'later', 600);
    await first.stop();
    expect(existsSync(stackFile(stateDir))).toBe(false);

    const second = await start();

    const { Schedules = [] } = await second.aws.scheduler.send(new ListSchedulesCommand({}));
    expect(Schedules.map((schedule) => schedule.Name)).toEqual(['timer']);
    const { Attributes } = await second.aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: second.stack.env.EXIT_QUEUE_URL, AttributeNames: ['All'] }),
    );
    expect(Attributes?.ApproximateNumberOfMessagesDelayed).toBe('1');
  });

  it('forgets everything when started fresh', async () => {
    const first = await start();
    await createTimer(first.aws, first.stack.env, Date.now() + 3_600_000);
    await first.aws.dynamodb.send(
      new PutCommand({ TableName: first.stack.env.TABLE_NAME, Item: { pk: 'a', sk: 'b' } }),
    );
    await first.stop();

    const second = await start({ fresh: true });

    const { Schedules } = await second.aws.scheduler.send(new ListSchedulesCommand({}));
    const found = await second.aws.dynamodb.send(
      new GetCommand({ TableName: second.stack.env.TABLE_NAME, Key: { pk: 'a', sk: 'b' } }),
    );
    expect([Schedules, found.Item]).toEqual([[], undefined]);
  });

  it('lets go of everything when it stops, so that its process ends', async () => {
    const { child } = await startChild();

    const exited = once(child, 'exit');
    child.kill('SIGTERM');

    expect(await exited).toEqual([0, null]);
    // Given back last of all: the stop came to its end.
    expect(existsSync(join(stateDir, 'pid'))).toBe(false);
    expect(existsSync(join(stateDir, 'dynoxide.pid'))).toBe(false);
  });

  it('finishes what a function has begun before it stops', async () => {
    const test = await start();
    const isBegun = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    let isFinished = false;
    test.answer('sell', async () => {
      isBegun.resolve();
      await mayEnd.promise;
      isFinished = true;
    });
    await test.send(test.stack.env.EXIT_QUEUE_URL!, 'begun');
    await isBegun.promise;

    const stopped = test.stop();
    mayEnd.resolve();
    await stopped;

    expect(isFinished).toBe(true);
    const again = await start();
    const { Attributes } = await again.aws.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: again.stack.env.EXIT_QUEUE_URL, AttributeNames: ['All'] }),
    );
    expect(Attributes?.ApproximateNumberOfMessagesNotVisible).toBe('0');
  });
});
