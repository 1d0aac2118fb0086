import * as z from 'zod';
import { AwsWireError } from './aws-wire-error.ts';

const RetryPolicySchema = z.object({
  MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).default(86_400),
  MaximumRetryAttempts: z.number().int().min(0).max(185).default(185),
});

/**
 * Body of CreateSchedule for one-time timers to a queue. Unsupported values are refused, because ignoring them could
 * lose a timer.
 */
export const CreateScheduleSchema = z.object({
  GroupName: z.string().default('default'),
  ClientToken: z.string().exactOptional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.literal('UTC', 'the local scheduler supports UTC only').default('UTC'),
  FlexibleTimeWindow: z.object({ Mode: z.literal('OFF', 'the local scheduler supports OFF only') }),
  ActionAfterCompletion: z.enum(['DELETE', 'NONE']).default('NONE'),
  State: z.literal('ENABLED', 'the local scheduler supports enabled schedules only').default('ENABLED'),
  Description: z.string().exactOptional(),
  Target: z.object({
    Arn: z.string().startsWith('arn:aws:sqs:', 'the local scheduler delivers to queues only'),
    RoleArn: z.string().startsWith('arn:aws:iam::'),
    Input: z.string().min(1),
    DeadLetterConfig: z.object({ Arn: z.string() }).exactOptional(),
    RetryPolicy: RetryPolicySchema.prefault({}),
  }),
});
export type CreateScheduleRequest = z.infer<typeof CreateScheduleSchema>;

const AT_EXPRESSION = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/;

/** Unix milliseconds of an `at(yyyy-mm-ddThh:mm:ss)` expression in UTC. @throws AwsWireError ValidationException */
export function readAtExpression(expression: string): number {
  const text = AT_EXPRESSION.exec(expression)?.[1];
  const atMs = text === undefined ? Number.NaN : Date.parse(`${text}Z`);
  if (Number.isNaN(atMs)) {
    throw new AwsWireError(
      'ValidationException',
      400,
      `Invalid Schedule Expression ${expression}: expected at(yyyy-mm-ddThh:mm:ss).`,
    );
  }
  return atMs;
}

const NAME = /^[0-9a-zA-Z-_.]{1,64}$/;

/** @throws AwsWireError ValidationException */
export function readName(name: string): string {
  if (NAME.test(name)) return name;
  throw new AwsWireError('ValidationException', 400, 'A name has 1 to 64 letters, digits or - _ .');
}
