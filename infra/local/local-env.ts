import { LOCAL_DISCORD } from './services/discord-interactions.ts';
import {
  ALERT_TOPIC_ARN,
  ANNOUNCE_DEAD_LETTERS,
  DISCORD_DEAD_LETTERS,
  DISCORD_QUEUE,
  EVENT_BUS_NAME,
  EXIT_DEAD_LETTERS,
  EXIT_QUEUE,
  FAILED_EVENTS,
  queueArn,
  REGION,
  SCHEDULER_DEAD_LETTERS,
  SCHEDULER_GROUP_NAME,
  SCHEDULER_ROLE_ARN,
  SETTLE_DEAD_LETTERS,
  SETTLE_QUEUE,
  TABLE_NAME,
} from './topology.ts';

export type LocalAddresses = {
  readonly commit: string;
  readonly dynamodbUrl: string;
  readonly queueServiceUrl: string;
  readonly queueUrl: (name: string) => string;
  readonly wireUrl: string;
  readonly openFunctionUrl: string;
  readonly discordWebhookUrl: string;
  readonly discordPublicKey: string;
  readonly interactionsUrl: string;
  readonly secretsUrl: string;
  readonly venue: Readonly<Record<'clobHost' | 'gammaHost' | 'binanceHost' | 'dataHost', string>>;
};

export function createLocalEnv(addresses: LocalAddresses): Record<string, string> {
  return {
    STAGE: 'local',
    COMMIT: addresses.commit,
    TABLE_NAME,
    EXIT_QUEUE_URL: addresses.queueUrl(EXIT_QUEUE),
    EXIT_QUEUE_ARN: queueArn(EXIT_QUEUE),
    EXIT_DEAD_LETTER_URL: addresses.queueUrl(EXIT_DEAD_LETTERS),
    SETTLE_QUEUE_URL: addresses.queueUrl(SETTLE_QUEUE),
    SETTLE_DEAD_LETTER_URL: addresses.queueUrl(SETTLE_DEAD_LETTERS),
    DISCORD_QUEUE_URL: addresses.queueUrl(DISCORD_QUEUE),
    DISCORD_DEAD_LETTER_URL: addresses.queueUrl(DISCORD_DEAD_LETTERS),
    NEWS_DEAD_LETTER_URL: addresses.queueUrl(ANNOUNCE_DEAD_LETTERS),
    TIMER_DEAD_LETTER_URL: addresses.queueUrl(SCHEDULER_DEAD_LETTERS),
    FAILED_EVENTS_URL: addresses.queueUrl(FAILED_EVENTS),
    NEWS_TOPIC_ARN: ALERT_TOPIC_ARN,
    SUMMARY_FUNCTION_NAME: 'summary',
    SCHEDULER_DEAD_LETTER_ARN: queueArn(SCHEDULER_DEAD_LETTERS),
    SCHEDULER_GROUP_NAME,
    SCHEDULER_ROLE_ARN,
    EVENT_BUS_NAME,
    CLOB_HOST: addresses.venue.clobHost,
    GAMMA_HOST: addresses.venue.gammaHost,
    BINANCE_HOST: addresses.venue.binanceHost,
    DATA_HOST: addresses.venue.dataHost,
    DISCORD_WEBHOOK_URL: addresses.discordWebhookUrl,
    DISCORD_BUTTONS: 'true',
    DISCORD_API_HOST: addresses.wireUrl,
    DISCORD_APPLICATION_ID: LOCAL_DISCORD.applicationId,
    DISCORD_PUBLIC_KEY: addresses.discordPublicKey,
    DISCORD_GUILD_ID: LOCAL_DISCORD.guildId,
    DISCORD_ALLOWED_USER_IDS: LOCAL_DISCORD.userId,
    INTERACTIONS_FUNCTION_NAME: 'interactions',
    INTERACTIONS_URL: addresses.interactionsUrl,
    OPEN_FUNCTION_NAME: 'open',
    OPEN_FUNCTION_URL: addresses.openFunctionUrl,
    AWS_REGION: REGION,
    // The emulators check no signature, but the SDK requires keys.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamodbUrl,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: addresses.dynamodbUrl,
    AWS_ENDPOINT_URL_SQS: addresses.queueServiceUrl,
    AWS_ENDPOINT_URL_SNS: addresses.queueServiceUrl,
    AWS_ENDPOINT_URL_SCHEDULER: addresses.wireUrl,
    AWS_ENDPOINT_URL_EVENTBRIDGE: addresses.wireUrl,
    AWS_ENDPOINT_URL_LAMBDA: addresses.wireUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: addresses.secretsUrl,
  };
}
