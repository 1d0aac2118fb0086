import * as z from 'zod';
import { STAGE_NAMES, type StageName, stackNameOf } from '#infra/aws/stage-config.ts';
import { listLocalParts } from '#infra/local/local-parts.ts';
import { createAwsDeployment, type StackParts } from '#lib/adapters/deployment/aws-deployment.ts';
import { listStackParts } from '#lib/adapters/deployment/list-stack-parts.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import type { Deployment, ExpectedPart } from '#lib/ports/deployment.ts';
import type { AwsClients } from '#lib/runtime/aws-clients.ts';
import {
  createCloudformationClient,
  createCloudwatchClient,
  createSnsClient,
} from '#lib/runtime/deployment-clients.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import type { SuitePlace } from './find-suite.ts';

const PartsEnvSchema = z.object({
  TABLE_NAME: z.string().min(3),
  EXIT_QUEUE_URL: z.url(),
  EXIT_DEAD_LETTER_URL: z.url(),
  SCHEDULER_GROUP_NAME: z.string().min(1),
  OPEN_FUNCTION_NAME: z.string().min(1),
});

const STACK_PARTS = ['state', 'trading', 'watch'] as const;

/** @throws ConfigError when a variable is missing */
export function openDeployment(
  place: Pick<SuitePlace, 'env' | 'limits' | 'process'>,
  aws: AwsClients,
  chosen: StageName | undefined,
): { readonly deployment: Deployment; destroy(): void } {
  const { env, limits } = place;
  const config = parseEnv(PartsEnvSchema, env);
  const stage = chosen ?? STAGE_NAMES.find((name) => name === env.STAGE);
  const cloudformation = createCloudformationClient(env, limits);
  const cloudwatch = createCloudwatchClient(env, limits);
  const sns = createSnsClient(env, limits);
  const listStacks = async (signal: AbortSignal): Promise<StackParts> => {
    if (place.process !== null) return { seen: [], parts: listLocalParts(config.EXIT_QUEUE_URL) };
    if (stage === undefined) return UNKNOWN_STACKS;
    return listStackParts(
      cloudformation,
      STACK_PARTS.map((part) => stackNameOf(stage, part)),
      signal,
    );
  };
  const { dynamodb, sqs, scheduler, lambda, eventbridge } = aws;
  const clients = { dynamodb, sqs, scheduler, lambda, eventbridge, cloudwatch, sns };
  return {
    deployment: createAwsDeployment({ clock, ...clients, named: listNamedParts(config), listStacks }),
    destroy: () => {
      cloudformation.destroy();
      cloudwatch.destroy();
      sns.destroy();
    },
  };
}

const UNKNOWN_STACKS: StackParts = {
  seen: [
    {
      kind: 'stack',
      name: 'stage',
      id: 'stage',
      state: { kind: 'unread', reason: 'the environment names no stage (--stage does)', missingRight: null },
    },
  ],
  parts: [],
};

/** What the environment names, so that it is checked even when the stacks cannot be listed. */
function listNamedParts(config: z.infer<typeof PartsEnvSchema>): readonly ExpectedPart[] {
  const { TABLE_NAME: table, SCHEDULER_GROUP_NAME: group, OPEN_FUNCTION_NAME: open } = config;
  return [
    { kind: 'table', name: table, id: table },
    { kind: 'queue', name: 'Exits', id: config.EXIT_QUEUE_URL },
    { kind: 'queue', name: 'ExitsDeadLetters', id: config.EXIT_DEAD_LETTER_URL },
    { kind: 'timer-group', name: group, id: group },
    { kind: 'function', name: 'open', id: open },
  ];
}
