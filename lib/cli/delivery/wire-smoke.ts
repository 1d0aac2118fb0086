import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { OUTPUTS } from '#infra/aws/outputs.ts';
import { STAGE_NAMES, type StageName, stackNameOf } from '#infra/aws/stage-config.ts';
import { createCloudwatchErrorLog } from '#lib/adapters/aws-signed/cloudwatch-error-log.ts';
import { createAlarmControl } from '#lib/adapters/deployment/alarm-control.ts';
import { findStack } from '#lib/adapters/deployment/find-stack.ts';
import { listLogGroups } from '#lib/adapters/deployment/list-log-groups.ts';
import { createDynamodbNoticeLedger } from '#lib/adapters/dynamodb/dynamodb-notice-ledger.ts';
import { hasExitTimer } from '#lib/adapters/scheduler/has-exit-timer.ts';
import { createSqsPoisonMessage } from '#lib/adapters/sqs/sqs-poison-message.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { createSuite, type SuitePlace } from '#lib/cli/suite/find-suite.ts';
import { openDeployment } from '#lib/cli/suite/open-deployment.ts';
import type { SmokeDeps } from '#lib/lifecycle/delivery/smoke-step.ts';
import { requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import type { DeployedStack } from '#lib/ports/smoke-probes.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import {
  createCloudformationClient,
  createCloudwatchClient,
  signedServiceUrl,
} from '#lib/runtime/deployment-clients.ts';
import { knownCommit } from '#lib/runtime/short-commit.ts';
import { openByUrl } from '#lib/suite-client/open-by-url.ts';

/** Permissions of a smoke test besides those of `doctor`; OPERATE.md lists the same. */
export const SMOKE_RIGHTS = [
  'lambda:InvokeFunction',
  'lambda:InvokeFunctionUrl',
  'dynamodb:GetItem',
  'dynamodb:Query',
  'sqs:SendMessage',
  'sqs:ReceiveMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'scheduler:GetSchedule',
  'cloudwatch:SetAlarmState',
  'logs:FilterLogEvents',
] as const;

/** What the terminal decides. */
export type SmokeTalk = Pick<SmokeDeps, 'askWhetherSeen' | 'say' | 'isInterrupted'>;

const STACK_PARTS = ['state', 'trading', 'watch'] as const;

/** @throws ConfigError when the place lacks a variable */
export function wireSmoke(place: SuitePlace, chosen: StageName | undefined, talk: SmokeTalk) {
  const { env, limits } = place;
  const suite = createSuite(place);
  const aws = createAwsClients(env, limits);
  const watched = openDeployment(place, aws, chosen);
  const stage = place.process === null ? (chosen ?? STAGE_NAMES.find((name) => name === env.STAGE)) : undefined;
  const cloud = stage === undefined ? undefined : openCloud(place, stage, aws.lambda);
  const { OPEN_FUNCTION_URL: url, TABLE_NAME: tableName = '', SCHEDULER_GROUP_NAME: groupName = '' } = env;
  const hasDiscord = Boolean(env.DISCORD_WEBHOOK_URL || env.DISCORD_WEBHOOK_SECRET);
  const deps: SmokeDeps = {
    ...talk,
    clock,
    store: suite.store,
    openByUrl: url ? (body) => openByUrl({ clock, client: aws.lambda }, url, body) : null,
    openByInvoke: suite.open,
    requestExit: async (positionId) => void (await requestExit({ ...suite, clock }, { positionId })),
    hasTimer: (positionId) => hasExitTimer({ client: aws.scheduler, groupName }, positionId),
    ledger: hasDiscord ? createDynamodbNoticeLedger({ client: aws.dynamodb, clock, tableName }) : null,
    poison: createSqsPoisonMessage({
      client: aws.sqs,
      queueUrl: env.EXIT_QUEUE_URL ?? '',
      deadLetterUrl: env.EXIT_DEAD_LETTER_URL ?? '',
    }),
    deployment: watched.deployment,
    listStacks: cloud?.listStacks ?? null,
    alarms: cloud?.alarms ?? null,
    errorLog: cloud?.errorLog ?? null,
  };
  const close = (): void => {
    suite.close();
    aws.destroy();
    watched.destroy();
    cloud?.destroy();
  };
  return { deps, suite, close };
}

/** A commit is null where it was deployed from a copy without git, or by a release that did not say. */
export function listStackCommits(client: CloudFormationClient, stage: StageName): Promise<readonly DeployedStack[]> {
  return Promise.all(
    STACK_PARTS.map(async (part) => {
      const name = stackNameOf(stage, part);
      const stack = await findStack({ client }, name);
      return { name, commit: knownCommit(stack?.outputs[OUTPUTS.commit]) };
    }),
  );
}

/** What a stage on AWS has besides, and one machine has not. */
function openCloud(
  { env, limits }: SuitePlace,
  stage: StageName,
  client: ReturnType<typeof createAwsClients>['lambda'],
) {
  const cloudformation = createCloudformationClient(env, limits);
  const cloudwatch = createCloudwatchClient(env, limits);
  return {
    alarms: createAlarmControl(cloudwatch),
    errorLog: createCloudwatchErrorLog({
      ...{ clock, client, url: signedServiceUrl(env, 'logs') },
      listLogGroups: () => listLogGroups(cloudformation, stackNameOf(stage, 'trading')),
    }),
    listStacks: () => listStackCommits(cloudformation, stage),
    destroy: () => {
      cloudformation.destroy();
      cloudwatch.destroy();
    },
  };
}
