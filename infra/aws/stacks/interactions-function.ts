import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { SuiteFunction, titleOf } from '../constructs/suite-function.ts';
import { grantTable } from '../constructs/table-grants.ts';
import { storeEnvironment } from './function-environments.ts';
import type { TradingStack, TradingStackProps } from './trading-stack.ts';

export type Interactions = { readonly function: SuiteFunction; readonly url: string };

/** Two more runs, one and two minutes later: a person waits, and the token for the answer ends after 15 minutes. */
const RETRIES = { attempts: 2, ageSecondsMax: 300 } as const;

/**
 * The function that Discord calls. Null where the stage takes no interactions.
 *
 * Its URL asks for no signature of AWS, because Discord cannot make one: Discord's own signature is the door, and the
 * first thing that the function verifies. What floods it may use up its own reserved runs and no other function's. It
 * knows no key, no credentials and no secret. Events that fail are not kept: they hold the token of their answer.
 */
export function addInteractions(
  stack: TradingStack,
  { config, release, state, codeOf }: TradingStackProps,
): Interactions | null {
  const settings = config.discordInteractions;
  if (settings === null) return null;
  const functionName = `tminus-${config.name}-interactions`;
  const environment = {
    ...storeEnvironment({
      ...{ stage: config.name, tableName: state.table.tableName },
      ...{ exitQueueUrl: stack.exits.queue.queueUrl, settleQueueUrl: stack.settlements.queue.queueUrl },
    }),
    CLOB_HOST: config.hosts.CLOB_HOST,
    DISCORD_APPLICATION_ID: settings.applicationId,
    DISCORD_PUBLIC_KEY: settings.publicKey,
    DISCORD_GUILD_ID: settings.guildId,
    ...(settings.channelId !== undefined && { DISCORD_CHANNEL_ID: settings.channelId }),
    DISCORD_ALLOWED_USER_IDS: settings.allowedUserIds.join(','),
    DISCORD_ALLOWED_ROLE_IDS: settings.allowedRoleIds.join(','),
    INTERACTIONS_FUNCTION_NAME: functionName,
  };
  const interactions = new SuiteFunction(stack, titleOf('interactions'), {
    ...{ name: 'interactions', functionName, stage: config.name, environment, release, codeOf },
    ...{ logRetentionDays: config.logRetentionDays, retries: RETRIES },
    reservedConcurrency: settings.concurrencyReserved ?? undefined,
  });
  const { lambda } = interactions;
  grantTable(state.table, lambda, 'answer-asks');
  stack.exits.queue.grant(lambda, 'sqs:SendMessage');
  // By its name: its own ARN would make the function wait for a policy that waits for the function.
  const ownArn = Stack.of(stack).formatArn({ service: 'lambda', resource: `function:${functionName}` });
  lambda.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [ownArn] }));
  const { url } = lambda.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
  return { function: interactions, url };
}
