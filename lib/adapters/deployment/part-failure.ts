import type { PartState } from '#lib/ports/deployment.ts';
import { describeFailure, isDenied } from './access-failure.ts';

/** Permissions of everything that `createAwsDeployment` and `listStackParts` ask; OPERATE.md lists the same. */
export const DEPLOYMENT_RIGHTS = [
  'cloudformation:DescribeStacks',
  'cloudformation:ListStackResources',
  'dynamodb:DescribeTable',
  'sqs:GetQueueAttributes',
  'scheduler:GetScheduleGroup',
  'lambda:GetFunction',
  'lambda:GetEventSourceMapping',
  'lambda:GetAccountSettings',
  'events:DescribeRule',
  'events:ListTargetsByRule',
  'cloudwatch:DescribeAlarms',
  'sns:ListSubscriptionsByTopic',
  'sns:GetSubscriptionAttributes',
] as const;
type Right = (typeof DEPLOYMENT_RIGHTS)[number];

/** Errors that prove that the part does not exist; other errors prove nothing about it. */
const ABSENT: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'NotFoundException',
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
]);

/** The state of a part by one request, which needs the permission. */
export async function seePart<Answer>(
  right: Right,
  request: () => Promise<Answer>,
  judge: (answer: Answer) => PartState | Promise<PartState>,
): Promise<PartState> {
  let answer: Answer;
  try {
    answer = await request();
  } catch (error) {
    return stateAfterFailure(error, right);
  }
  return judge(answer);
}

export function stateAfterFailure(error: unknown, right: Right): PartState {
  if (error instanceof Error && ABSENT.has(error.name)) return { kind: 'missing' };
  if (isDenied(error)) return { kind: 'unread', reason: 'not allowed', missingRight: right };
  return { kind: 'unread', reason: describeFailure(error), missingRight: null };
}
