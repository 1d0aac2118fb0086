import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { ACCOUNT_ID, REGION } from '../topology.ts';
import { AwsWireError, readWireJson } from './aws-wire-error.ts';
import type { SchedulerStore, StoredSchedule } from './scheduler-store.ts';
import { CreateScheduleSchema, readAtExpression, readName } from './scheduler-wire.ts';

export type SchedulerApiDeps = {
  readonly store: SchedulerStore;
  readonly nowMs: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Times are rounded down to a multiple of this. On AWS: a minute. */
  readonly grainMs: number;
  /** Maximum lateness of a timer. On AWS: a minute. */
  readonly jitterMs: number;
  readonly onChange: () => void;
};

const NameParams = z.object({ name: z.string() });
const GroupQuery = z.object({ groupName: z.string().default('default') });
const ListQuery = z.object({
  ScheduleGroup: z.string().optional(),
  NamePrefix: z.string().default(''),
  MaxResults: z.coerce.number().int().min(1).max(100).default(100),
  NextToken: z.string().optional(),
});

/** EventBridge Scheduler for one-time timers: create, get, list and delete, with AWS's errors. */
export function registerSchedulerApi(app: FastifyInstance, deps: SchedulerApiDeps): void {
  const { store } = deps;
  app.post('/schedule-groups/:name', (request) => {
    const name = readName(NameParams.parse(request.params).name);
    if (store.createGroup(name) === 'exists') {
      throw new AwsWireError('ConflictException', 409, `Schedule group ${name} already exists.`);
    }
    return { ScheduleGroupArn: groupArn(name) };
  });
  app.get('/schedule-groups/:name', (request) => {
    const name = readName(NameParams.parse(request.params).name);
    if (!store.hasGroup(name)) {
      throw new AwsWireError('ResourceNotFoundException', 404, `Schedule group ${name} does not exist.`);
    }
    return { Arn: groupArn(name), Name: name, State: 'ACTIVE' };
  });
  app.post('/schedules/:name', (request) => createSchedule(deps, NameParams.parse(request.params).name, request.body));
  app.get('/schedules/:name', (request) => {
    const { name } = NameParams.parse(request.params);
    const schedule = store.find(GroupQuery.parse(request.query).groupName, name);
    if (schedule === undefined) throw unknownSchedule(name);
    const { ClientToken: _, ...described } = schedule.request;
    return { ...summary(schedule), ...described };
  });
  app.delete('/schedules/:name', (request) => {
    const { name } = NameParams.parse(request.params);
    if (store.remove(GroupQuery.parse(request.query).groupName, name) === 'unknown') throw unknownSchedule(name);
    return {};
  });
  app.get('/schedules', (request) => {
    const query = ListQuery.parse(request.query);
    const after = query.NextToken ?? '';
    const found = store
      .list({ groupName: query.ScheduleGroup, namePrefix: query.NamePrefix })
      .filter((schedule) => pageKey(schedule) > after);
    const page = found.slice(0, query.MaxResults);
    const last = page.at(-1);
    return { Schedules: page.map(summary), ...(last && found.length > page.length && { NextToken: pageKey(last) }) };
  });
}

function createSchedule(deps: SchedulerApiDeps, rawName: string, body: unknown): { ScheduleArn: string } {
  const name = readName(rawName);
  const request = readWireJson(CreateScheduleSchema, body);
  const atMs = readAtExpression(request.ScheduleExpression);
  const existing = deps.store.find(request.GroupName, name);
  if (existing !== undefined) {
    // A retry with the same client token succeeds.
    if (request.ClientToken !== undefined && existing.request.ClientToken === request.ClientToken)
      return { ScheduleArn: arnOf(existing) };
    throw new AwsWireError('ConflictException', 409, `Schedule ${name} already exists.`);
  }
  if (!deps.store.hasGroup(request.GroupName)) {
    throw new AwsWireError('ResourceNotFoundException', 404, `Schedule group ${request.GroupName} does not exist.`);
  }
  const nowMs = deps.nowMs();
  if (atMs < nowMs) throw new AwsWireError('ValidationException', 400, 'The schedule expression is in the past.');
  const firesAtMs = Math.round(atMs - (atMs % deps.grainMs) + deps.random() * deps.jitterMs);
  const schedule = { groupName: request.GroupName, name, request, createdAtMs: nowMs, firesAtMs, failureCount: 0 };
  deps.store.create(schedule);
  deps.onChange();
  return { ScheduleArn: arnOf(schedule) };
}

const unknownSchedule = (name: string): AwsWireError =>
  new AwsWireError('ResourceNotFoundException', 404, `Schedule ${name} does not exist.`);

const pageKey = (schedule: StoredSchedule): string => `${schedule.groupName}/${schedule.name}`;

const arnOf = (schedule: StoredSchedule): string =>
  `arn:aws:scheduler:${REGION}:${ACCOUNT_ID}:schedule/${schedule.groupName}/${schedule.name}`;

function summary(schedule: StoredSchedule) {
  return {
    Arn: arnOf(schedule),
    Name: schedule.name,
    GroupName: schedule.groupName,
    State: schedule.request.State,
    CreationDate: schedule.createdAtMs / 1_000,
    LastModificationDate: schedule.createdAtMs / 1_000,
    Target: { Arn: schedule.request.Target.Arn },
  };
}

const groupArn = (name: string): string => `arn:aws:scheduler:${REGION}:${ACCOUNT_ID}:schedule-group/${name}`;
