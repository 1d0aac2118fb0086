import Fastify from 'fastify';
import type { FunctionRuntime } from '#infra/shared/function-runtime.ts';
import { AwsWireError, sendWireError } from './aws-wire-error.ts';
import { type LocalDiscord, registerDiscordApi } from './discord-api.ts';
import { type DiscordApplication, registerDiscordApplication } from './discord-interactions.ts';
import { type EventBusApiDeps, registerEventBusApi } from './event-bus-api.ts';
import { registerFunctionUrl, registerLambdaApi, registerLambdaReads } from './lambda-api.ts';
import { registerSchedulerApi, type SchedulerApiDeps } from './scheduler-api.ts';
import { type LocalSecrets, registerSecretsApi, SECRETS_PATH } from './secrets-api.ts';

export type WireServerDeps = {
  readonly scheduler: SchedulerApiDeps;
  readonly eventBus: EventBusApiDeps;
  readonly runtime: FunctionRuntime;
  /** Keeps an event that its function failed at. */
  readonly invokeAsync: FunctionRuntime['invoke'];
  readonly secrets: LocalSecrets;
};

export type WireServer = {
  /** Endpoint of Scheduler, EventBridge and Lambda. */
  readonly url: string;
  /** Endpoint of Secrets Manager. */
  readonly secretsUrl: string;
  readonly openFunctionUrl: string;
  readonly discordWebhookUrl: string;
  readonly discord: LocalDiscord;
  /** Where Discord sends interactions. */
  readonly interactionsUrl: string;
  readonly application: DiscordApplication;
  stop(): Promise<void>;
};

/** Lambda's limit for a synchronous invocation. */
const BODY_BYTES_MAX = 6 * 1024 * 1024;

const OPEN_FUNCTION_PATH = '/function-url/open';
const INTERACTIONS_PATH = '/function-url/interactions';

/**
 * Serves, on one loopback port, Discord and the AWS services that have no emulator on npm. Unmodified clients talk to
 * it.
 */
export async function startWireServer(deps: WireServerDeps): Promise<WireServer> {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: BODY_BYTES_MAX,
    // For URLs that cannot be decoded, which fail before routing.
    frameworkErrors: (error, _request, reply) => void sendWireError(reply, error),
  });
  // Each service has its own content type; bodies are read as bytes and parsed by the service.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => sendWireError(reply, error));
  app.setNotFoundHandler((request, reply) =>
    sendWireError(reply, new AwsWireError('UnknownOperationException', 404, `No such operation: ${request.method}`)),
  );
  registerSchedulerApi(app, deps.scheduler);
  registerEventBusApi(app, deps.eventBus);
  registerLambdaApi(app, deps.runtime, deps.invokeAsync);
  registerLambdaReads(app, deps.runtime);
  registerFunctionUrl(app, deps.runtime, OPEN_FUNCTION_PATH, 'open');
  registerFunctionUrl(app, deps.runtime, INTERACTIONS_PATH, 'interactions');
  registerSecretsApi(app, deps.secrets);
  const discord = registerDiscordApi(app, deps.scheduler.nowMs);
  let interactionsUrl = '';
  const application = registerDiscordApplication(app, {
    nowMs: deps.scheduler.nowMs,
    endpoint: () => interactionsUrl,
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  interactionsUrl = `${url}${INTERACTIONS_PATH}/`;
  return {
    url,
    interactionsUrl,
    application,
    secretsUrl: `${url}${SECRETS_PATH}`,
    // With the slash at the end, as on AWS.
    openFunctionUrl: `${url}${OPEN_FUNCTION_PATH}/`,
    discordWebhookUrl: `${url}${discord.path}`,
    discord,
    stop: () => app.close(),
  };
}
