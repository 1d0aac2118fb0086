import { CfnParameter } from 'aws-cdk-lib';
import { DiscordPath } from '../constructs/discord-path.ts';
import { SuiteFunction, titleOf } from '../constructs/suite-function.ts';
import { grantTable } from '../constructs/table-grants.ts';
import { listAlarmTopicArns } from './alarm-topic-name.ts';
import type { TradingStack, TradingStackProps } from './trading-stack.ts';

/** The function that writes to Discord, and the way to it. Null in a stage without Discord. */
export function addDiscord(
  stack: TradingStack,
  { config, release, state, codeOf }: TradingStackProps,
): TradingStack['discord'] {
  const { webhook, table } = state;
  if (webhook === null) return null;
  const newsArn = stack.news.topic.topicArn;
  const topicArns = [newsArn, ...listAlarmTopicArns(stack, config.name)];
  const path = new DiscordPath(stack, 'DiscordPath', { topicArns });
  const role = new CfnParameter(stack, 'DiscordPageRoleId', {
    description: 'Discord role to mention in messages that page; empty for none',
    allowedPattern: '^([0-9]{17,20})?$',
    constraintDescription: 'must be the id of a role, 17 to 20 digits (OPERATE.md, Who is woken)',
    default: '',
  });
  const environment = {
    STAGE: config.name,
    TABLE_NAME: table.tableName,
    DISCORD_QUEUE_URL: path.notices.queue.queueUrl,
    DISCORD_DEAD_LETTER_URL: path.notices.deadLetters.queue.queueUrl,
    DISCORD_WEBHOOK_SECRET: webhook.secretName,
    DISCORD_PAGE_ROLE_ID: role.valueAsString,
    ...(config.discordInteractions !== null && { DISCORD_BUTTONS: 'true' }),
  };
  const discord = new SuiteFunction(stack, titleOf('discord'), {
    ...{ name: 'discord', stage: config.name, environment, release, codeOf },
    logRetentionDays: config.logRetentionDays,
  });
  grantTable(table, discord.lambda, 'keep-notices');
  webhook.grantRead(discord.lambda);
  path.deliverTo(discord);
  path.subscribeTo(stack, 'NewsToDiscord', newsArn);
  return { path, function: discord };
}
