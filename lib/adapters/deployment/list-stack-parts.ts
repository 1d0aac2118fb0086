import {
  type CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import type { DeploymentPart, ExpectedPart, PartState } from '#lib/ports/deployment.ts';
import type { StackParts } from './aws-deployment.ts';
import { isAbsentStack } from './find-stack.ts';
import { seePart, stateAfterFailure } from './part-failure.ts';

/** Resources that `doctor` looks at, by CloudFormation's type. */
const KINDS: Readonly<Record<string, ExpectedPart['kind']>> = {
  'AWS::DynamoDB::GlobalTable': 'table',
  'AWS::SQS::Queue': 'queue',
  'AWS::Scheduler::ScheduleGroup': 'timer-group',
  'AWS::Lambda::Function': 'function',
  'AWS::Lambda::EventSourceMapping': 'event-source-mapping',
  'AWS::Events::Rule': 'rule',
  'AWS::CloudWatch::Alarm': 'alarm',
  'AWS::SNS::Topic': 'topic',
  'AWS::SNS::Subscription': 'subscription',
};

/** The stacks of a stage, and the resources that each should have. Never throws. */
export async function listStackParts(
  client: CloudFormationClient,
  stackNames: readonly string[],
  abortSignal: AbortSignal,
): Promise<StackParts> {
  const read = await Promise.all(stackNames.map((name) => readStack(client, name, abortSignal)));
  return { seen: read.flatMap(({ seen }) => seen), parts: read.flatMap(({ parts }) => parts) };
}

async function readStack(client: CloudFormationClient, name: string, abortSignal: AbortSignal): Promise<StackParts> {
  const toStack = (state: PartState): DeploymentPart => ({ kind: 'stack', name, id: name, state });
  const state = await seePart(
    'cloudformation:DescribeStacks',
    () => client.send(new DescribeStacksCommand({ StackName: name }), { abortSignal }).catch(absentToEmpty),
    ({ Stacks = [] }) => judgeStack(Stacks[0]?.StackStatus),
  );
  if (state.kind === 'missing') return { seen: [toStack(state)], parts: [] };
  try {
    const resources: StackResourceSummary[] = [];
    const pages = paginateListStackResources({ client }, { StackName: name }, { abortSignal });
    for await (const { StackResourceSummaries = [] } of pages) resources.push(...StackResourceSummaries);
    const { seen, parts } = toParts(resources);
    return { seen: [toStack(state), ...seen], parts };
  } catch (error) {
    return { seen: [toStack(stateAfterFailure(error, 'cloudformation:ListStackResources'))], parts: [] };
  }
}

function absentToEmpty(error: unknown): { Stacks?: never[] } {
  if (isAbsentStack(error)) return {};
  throw error;
}

function judgeStack(status: string | undefined): PartState {
  if (status === undefined || status === 'DELETE_COMPLETE') return { kind: 'missing' };
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    return { kind: 'failing', reason: 'runs the release before, because its last update was rolled back' };
  }
  if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE' || status === 'IMPORT_COMPLETE') {
    return { kind: 'in-order', remark: null };
  }
  if (status.endsWith('_IN_PROGRESS')) return { kind: 'changing', state: status };
  return { kind: 'broken', reason: `is ${status}` };
}

function toParts(resources: readonly StackResourceSummary[]): StackParts {
  const live = resources.filter(({ ResourceStatus = '' }) => !/^DELETE_(COMPLETE|SKIPPED)$/.test(ResourceStatus));
  const functionNames = live
    .filter(({ ResourceType }) => ResourceType === 'AWS::Lambda::Function')
    .map(({ LogicalResourceId = '' }) => withoutHash(LogicalResourceId));
  const parts = live.flatMap(({ ResourceType = '', LogicalResourceId = '', PhysicalResourceId: id = '' }) => {
    const kind = KINDS[ResourceType];
    return kind === undefined ? [] : [{ kind, name: nameOf(kind, LogicalResourceId, functionNames), id }];
  });
  // Without a name at AWS it was never created.
  const absent = parts.filter(({ id }) => id === '');
  return {
    seen: absent.map((part) => ({ ...part, state: { kind: 'missing' } })),
    parts: parts.filter(({ id }) => id !== ''),
  };
}

/** CDK ends each logical name with a hash of eight digits. */
const withoutHash = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');
const toFunctionName = (title: string): string => title.replace(/Function$/, '').toLowerCase();

/** The short name of OPERATE.md: `SellFunction1AC0A375` is `sell`, `ExitsQueue534DEB58` is `Exits`. */
function nameOf(kind: ExpectedPart['kind'], logicalId: string, functionNames: readonly string[]): string {
  const title = withoutHash(logicalId);
  switch (kind) {
    case 'function':
      return toFunctionName(title);
    case 'event-source-mapping': {
      const owner = functionNames.find((each) => title.startsWith(each));
      return owner === undefined ? title : toFunctionName(owner);
    }
    case 'queue':
      return title.replace(/Queue$/, '');
    case 'rule':
      return title.replace(/Rule$/, '');
    case 'alarm':
      return title.replace(/Alarm$/, '');
    case 'topic':
      return title.replace(/Topic$/, '');
    default:
      return title;
  }
}
