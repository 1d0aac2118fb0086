import Fastify from 'fastify';
import type { FunctionRuntime } from '#infra/shared/function-runtime.ts';
import { AwsWireError, sendWireError } from './aws-wire-error.ts';
import { type LocalDiscord, registerDiscordApi } from './discord-api.ts';
import { type EventBusApiDeps, registerEventBusApi } from './event-bus-api.ts';
import { registerFunctionUrl, registerLambdaApi, registerLambdaReads } from './lambda-api.ts';
import { type LocalVault, registerVaultApi, VAULT_PATH } from './local-vault.ts';
import { registerSchedulerApi, type SchedulerApiDeps } from './scheduler-api.ts';

export type WireServerDeps = {
  readonly scheduler: SchedulerApiDeps;
  readonly eventBus: EventBusApiDeps;
  readonly runtime: FunctionRuntime;
  readonly vault: LocalVault;
};

export type WireServer = {
  /** Endpoint of Scheduler, EventBridge and Lambda. */
  readonly url: string;
  /** Endpoint of Secrets Manager. */
  readonly vaultUrl: string;
  readonly openFunctionUrl: string;
  readonly discordWebhookUrl: string;
  readonly discord: LocalDiscord;
  stop(): Promise<void>;
};

/** What AWS lets through a synchronous invoke. */
const BODY_BYTES_MAX = 6 * 1024 * 1024;

const OPEN_FUNCTION_PATH = '/function-url/open';

/** The services no emulator on npm speaks for, and Discord, behind one loopback port that unmodified clients talk to. */
export async function startWireServer(deps: WireServerDeps): Promise<WireServer> {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: BODY_BYTES_MAX,
    // Raised before any route is looked for, by an address that cannot be decoded.
    frameworkErrors: (error, _request, reply) => void sendWireError(reply, error),
  });
  // Each service has its own content type; all are read as bytes and parsed by whom they are for.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => sendWireError(reply, error));
  app.setNotFoundHandler((request, reply) =>
    sendWireError(reply, new AwsWireError('UnknownOperationException', 404, `No such operation: ${request.method}`)),
  );
  registerSchedulerApi(app, deps.scheduler);
  registerEventBusApi(app, deps.eventBus);
  registerLambdaApi(app, deps.runtime);
  registerLambdaReads(app, deps.runtime);
  registerFunctionUrl(app, deps.runtime, OPEN_FUNCTION_PATH, 'open');
  registerVaultApi(app, deps.vault);
  const discord = registerDiscordApi(app, deps.scheduler.nowMs);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url,
    vaultUrl: `${url}${VAULT_PATH}`,
    openFunctionUrl: `${url}${OPEN_FUNCTION_PATH}`,
    discordWebhookUrl: `${url}${discord.path}`,
    discord,
    stop: () => app.close(),
  };
}
