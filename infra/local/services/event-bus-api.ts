import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import type { TopicRule } from '#infra/shared/event-rules.ts';
import { localFunctionArn } from '#infra/shared/function-runtime.ts';
import { ACCOUNT_ID, type PeriodicRule, REGION } from '../topology.ts';
import { AwsWireError, readWireJson } from './aws-wire-error.ts';
import { assertSupportedPattern, matchesPattern } from './event-pattern.ts';

export type EventBusApiDeps = {
  readonly busName: string;
  readonly rules: readonly TopicRule[];
  /** Of the default bus. */
  readonly periodicRules: readonly PeriodicRule[];
  readonly topicArn: string;
  readonly nowMs: () => number;
  readonly publish: (topicArn: string, message: string) => Promise<void>;
};

/** The latest time of a JavaScript date. */
const CALENDAR_SECONDS_MAX = 8_640_000_000_000;

const EntrySchema = z.object({
  EventBusName: z.string().default('default'),
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  /** Unix seconds. */
  Time: z.number().min(0).max(CALENDAR_SECONDS_MAX).optional(),
});
const PutEventsSchema = z.object({ Entries: z.array(EntrySchema).min(1).max(10) });

type Entry = z.infer<typeof EntrySchema>;
type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

const DescribeRuleSchema = z.object({ Name: z.string(), EventBusName: z.string().default('default') });
const ListTargetsSchema = z.object({ Rule: z.string(), EventBusName: z.string().default('default') });

/**
 * EventBridge's PutEvents, with rules that publish to a topic, and for `tminus doctor` the reads of a rule.
 * @throws ConfigError for an unsupported pattern
 */
export function registerEventBusApi(app: FastifyInstance, deps: EventBusApiDeps): void {
  for (const rule of deps.rules) assertSupportedPattern(rule.pattern);
  app.post('/', async (request, reply) => {
    const answer = await answerCall(deps, request.headers['x-amz-target'], request.body);
    reply.type('application/x-amz-json-1.1');
    return JSON.stringify(answer);
  });
}

async function answerCall(deps: EventBusApiDeps, target: unknown, body: unknown): Promise<object> {
  switch (target) {
    case 'AWSEvents.PutEvents': {
      const { Entries } = readWireJson(PutEventsSchema, body);
      const results = await Promise.all(Entries.map((entry) => putEvent(deps, entry)));
      return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
    }
    case 'AWSEvents.DescribeRule': {
      const { Name, EventBusName } = readWireJson(DescribeRuleSchema, body);
      getTargetArn(deps, Name, EventBusName);
      return { Name, EventBusName, State: 'ENABLED' };
    }
    case 'AWSEvents.ListTargetsByRule': {
      const { Rule, EventBusName } = readWireJson(ListTargetsSchema, body);
      return { Targets: [{ Id: 'Target0', Arn: getTargetArn(deps, Rule, EventBusName) }] };
    }
    default:
      throw new AwsWireError('UnknownOperationException', 400, 'The local event bus has no such operation.');
  }
}

/** @throws AwsWireError ResourceNotFoundException */
function getTargetArn({ busName, rules, periodicRules, topicArn }: EventBusApiDeps, rule: string, bus: string): string {
  if (bus === busName && rules.some(({ name }) => name === rule)) return topicArn;
  const periodic = bus === 'default' ? periodicRules.find(({ name }) => name === rule) : undefined;
  if (periodic !== undefined) return localFunctionArn(periodic.function);
  throw new AwsWireError('ResourceNotFoundException', 400, `Rule ${rule} does not exist on EventBus ${bus}.`);
}

async function putEvent(deps: EventBusApiDeps, entry: Entry): Promise<EntryResult> {
  const { Source, DetailType, Detail } = entry;
  if (!Source || !DetailType || !Detail) {
    return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source, DetailType and Detail are required.' };
  }
  const detail = parseDetail(Detail);
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const event = {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: ACCOUNT_ID,
    time: new Date(entry.Time === undefined ? deps.nowMs() : entry.Time * 1_000)
      .toISOString()
      .replace(/\.\d{3}Z$/, 'Z'),
    region: REGION,
    resources: entry.Resources,
    detail,
  };
  // As on AWS, an event for an unknown bus is accepted and dropped.
  const rules =
    entry.EventBusName === deps.busName ? deps.rules.filter((rule) => matchesPattern(event, rule.pattern)) : [];
  try {
    // Published before the answer, because the bus stores no events.
    await Promise.all(rules.map(() => deps.publish(deps.topicArn, JSON.stringify(event))));
  } catch {
    return { ErrorCode: 'InternalFailure', ErrorMessage: 'A target did not accept the event.' };
  }
  return { EventId: event.id };
}

function parseDetail(text: string): object | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}
