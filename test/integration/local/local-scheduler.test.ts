import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEDULER_DEAD_LETTERS } from '#infra/local/topology.ts';
import {
  atExpression,
  eventually,
  makeStateDir,
  removeStateDir,
  startTestStack,
  type TestStack,
} from './local-test-stack.ts';

const HOUR_MS = 3_600_000;
/** Cut to the whole second, still surely ahead. */
const SOON_MS = 2_000;
let test: TestStack;

beforeAll(async () => {
  test = await startTestStack(makeStateDir());
});

afterAll(async () => {
  await test.stop();
  removeStateDir(test.stateDir);
});

function aSchedule(
  name: string,
  atMs: number,
  changes: Partial<CreateScheduleCommandInput> = {},
): CreateScheduleCommand {
  return new CreateScheduleCommand({
    Name: name,
    GroupName: test.stack.env.SCHEDULER_GROUP_NAME,
    ScheduleExpression: atExpression(atMs),
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: test.stack.env.EXIT_QUEUE_ARN,
      RoleArn: test.stack.env.SCHEDULER_ROLE_ARN,
      Input: JSON.stringify({ timer: name }),
    },
    ...changes,
  });
}

const find = (Name: string) =>
  test.aws.scheduler.send(new GetScheduleCommand({ Name, GroupName: test.stack.env.SCHEDULER_GROUP_NAME! }));

const deliveriesOf = (name: string): number =>
  test.bodies('sell').filter((body) => body === JSON.stringify({ timer: name })).length;

describe('the local EventBridge Scheduler', () => {
  it('fires a one-time schedule once into its queue and then forgets it', async () => {
    await test.aws.scheduler.send(aSchedule('once', Date.now() + SOON_MS));

    await eventually(() => expect(deliveriesOf('once')).toBe(1));
    await eventually(() => expect(find('once')).rejects.toBeInstanceOf(ResourceNotFoundException));
    // A schedule made later fires later: had "once" fired twice, the second would be there by now.
    await test.aws.scheduler.send(aSchedule('after-once', Date.now() + SOON_MS));
    await eventually(() => expect(deliveriesOf('after-once')).toBe(1));
    expect(deliveriesOf('once')).toBe(1);
  });

  it('describes a schedule as it was asked for', async () => {
    const atMs = Date.now() + HOUR_MS;
    await test.aws.scheduler.send(aSchedule('described', atMs));

    const found = await find('described');

    expect(found).toMatchObject({
      Name: 'described',
      ScheduleExpression: atExpression(atMs),
      ActionAfterCompletion: 'DELETE',
      State: 'ENABLED',
      Target: { Arn: test.stack.env.EXIT_QUEUE_ARN, Input: '{"timer":"described"}' },
    });
    expect(found.CreationDate).toBeInstanceOf(Date);
  });

  it('refuses a time in the past', async () => {
    const refused = test.aws.scheduler.send(aSchedule('past', Date.now() - 60_000));

    await expect(refused).rejects.toBeInstanceOf(ValidationException);
    await expect(find('past')).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('refuses a second schedule of the same name', async () => {
    await test.aws.scheduler.send(aSchedule('twin', Date.now() + HOUR_MS));

    await expect(test.aws.scheduler.send(aSchedule('twin', Date.now() + HOUR_MS))).rejects.toBeInstanceOf(
      ConflictException,
    );
  });

  it('takes a repeated call with the same client token for the first one', async () => {
    const atMs = Date.now() + HOUR_MS;
    const first = await test.aws.scheduler.send(aSchedule('repeated', atMs, { ClientToken: 'same' }));
    const second = await test.aws.scheduler.send(aSchedule('repeated', atMs, { ClientToken: 'same' }));

    expect(second.ScheduleArn).toBe(first.ScheduleArn);
  });

  it('refuses what it could not fire: rates, other zones, other targets, unknown groups', async () => {
    const at = Date.now() + HOUR_MS;
    const create = (changes: Partial<CreateScheduleCommandInput>) =>
      test.aws.scheduler.send(aSchedule('odd', at, changes));

    await expect(create({ ScheduleExpression: 'rate(1 minute)' })).rejects.toBeInstanceOf(ValidationException);
    await expect(create({ ScheduleExpressionTimezone: 'Europe/Dublin' })).rejects.toBeInstanceOf(ValidationException);
    await expect(
      create({
        Target: {
          Arn: 'arn:aws:lambda:us-east-1:000000000000:function:sell',
          RoleArn: 'arn:aws:iam::0:role/r',
          Input: 'x',
        },
      }),
    ).rejects.toBeInstanceOf(ValidationException);
    await expect(create({ GroupName: 'nobody' })).rejects.toBeInstanceOf(ResourceNotFoundException);
  });

  it('lists by prefix, page by page, and deletes', async () => {
    const GroupName = 'paging';
    await test.aws.scheduler.send(new CreateScheduleGroupCommand({ Name: GroupName }));
    for (const name of ['a-1', 'a-2', 'a-3', 'b-1']) {
      await test.aws.scheduler.send(aSchedule(name, Date.now() + HOUR_MS, { GroupName }));
    }
    const list = (NextToken?: string) =>
      test.aws.scheduler.send(
        new ListSchedulesCommand({ GroupName, NamePrefix: 'a-', MaxResults: 2, ...(NextToken && { NextToken }) }),
      );

    const first = await list();
    const second = await list(first.NextToken);
    await test.aws.scheduler.send(new DeleteScheduleCommand({ Name: 'a-1', GroupName }));

    expect(first.Schedules?.map((schedule) => schedule.Name)).toEqual(['a-1', 'a-2']);
    expect(second.Schedules?.map((schedule) => schedule.Name)).toEqual(['a-3']);
    expect(second.NextToken).toBeUndefined();
    expect((await list()).Schedules?.map((schedule) => schedule.Name)).toEqual(['a-2', 'a-3']);
  });

  it('sets aside what its target does not take', async () => {
    const nowhere = `${test.stack.env.EXIT_QUEUE_ARN}-gone`;
    await test.aws.scheduler.send(
      aSchedule('undeliverable', Date.now() + SOON_MS, {
        Target: {
          Arn: nowhere,
          RoleArn: test.stack.env.SCHEDULER_ROLE_ARN,
          Input: 'undeliverable',
          RetryPolicy: { MaximumRetryAttempts: 0 },
          DeadLetterConfig: { Arn: test.stack.env.SCHEDULER_DEAD_LETTER_ARN },
        },
      }),
    );

    const QueueUrl = test.stack.env.EXIT_QUEUE_URL?.replace(/exit$/, SCHEDULER_DEAD_LETTERS);
    await eventually(async () => {
      const { Messages = [] } = await test.aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }),
      );
      expect(Messages).toMatchObject([
        { Body: 'undeliverable', MessageAttributes: { ERROR_CODE: {}, TARGET_ARN: { StringValue: nowhere } } },
      ]);
    });
  });

  it('loses timers when told to, without a word', async () => {
    test.stack.timerFaults.loseTimers = true;
    await test.aws.scheduler.send(aSchedule('lost', Date.now() + SOON_MS));
    await eventually(() => expect(find('lost')).rejects.toBeInstanceOf(ResourceNotFoundException));
    test.stack.timerFaults.loseTimers = false;

    expect(deliveriesOf('lost')).toBe(0);
  });

  it('fires twice when told to, as "at least once" allows', async () => {
    test.stack.timerFaults.duplicateProbability = 1;
    await test.aws.scheduler.send(aSchedule('double', Date.now() + SOON_MS));
    await eventually(() => expect(deliveriesOf('double')).toBe(2));
    test.stack.timerFaults.duplicateProbability = 0;
  });
});
