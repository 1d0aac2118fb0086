import { EVENT_RULES } from '#infra/shared/event-rules.ts';
import { createFunctionRuntime } from '#infra/shared/function-runtime.ts';
import { loadFunctions } from '#infra/shared/load-functions.ts';
import type { LocalStackOptions, TimerFaults } from '#infra/shared/local-stack.ts';
import { readCommit } from '#infra/shared/read-commit.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { createRandom } from '#lib/venue/random.ts';
import { checkPlatform, EMULATOR_PATH_VARIABLE } from './check-platform.ts';
import { startDynoxide } from './emulators/dynoxide-process.ts';
import { startFauxqs } from './emulators/fauxqs-server.ts';
import { prepareTable } from './emulators/prepare-table.ts';
import { createLocalEnv } from './local-env.ts';
import { startEventPump } from './pump/event-pump.ts';
import { createPumpClients } from './pump/pump-clients.ts';
import { openPumpState } from './pump/pump-state.ts';
import { startFunctionThread } from './pump/start-function-thread.ts';
import type { DiscordListener, LocalDiscord } from './services/discord-api.ts';
import type { DiscordApplication } from './services/discord-interactions.ts';
import { createAsyncInvoke } from './services/failed-events.ts';
import { startSchedulerClock } from './services/scheduler-clock.ts';
import { createSchedulerStore } from './services/scheduler-store.ts';
import { createLocalSecrets, type LocalSecrets } from './services/secrets-api.ts';
import { startWireServer, type WireServerDeps } from './services/wire-server.ts';
import { openStateDir } from './state-dir.ts';
import { ALERT_TOPIC_ARN, EVENT_BUS_NAME, PERIODIC_RULES, SCHEDULER_GROUP_NAME, TABLE_NAME } from './topology.ts';

type Closer = () => unknown;
type StackLog = NonNullable<LocalStackOptions['log']>;

/** The venue that the stack trades at: the hosts of its public data, and what live trading needs besides. */
export type StackVenue = {
  readonly hosts: Readonly<Record<'clobHost' | 'gammaHost' | 'binanceHost' | 'dataHost', string>>;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

export type LocalAwsOptions = Omit<LocalStackOptions, 'live' | 'recordingsDir'> & {
  /**
   * Called once the state directory is open. The venue saves markets added by hand in `marketsFile`; functions read the
   * secrets passed to `putSecret` through Secrets Manager.
   */
  readonly startVenue: (parts: {
    readonly marketsFile: string;
    readonly putSecret: LocalSecrets['put'];
  }) => Promise<StackVenue>;
};

export type LocalAws = {
  /** The environment of the functions and the command line. */
  readonly env: Readonly<Record<string, string>>;
  readonly discord: LocalDiscord;
  readonly application: DiscordApplication;
  readonly timerFaults: TimerFaults;
  /** Calls back on each Discord message from now on. The result ends that. */
  onDiscordMessage(listener: DiscordListener): () => void;
  /** Names of the secrets that were read so far, in order. */
  listSecretsRead(): readonly string[];
  /** Ends everything in order. Work under way is finished or resumes at the next start. Safe to repeat. */
  stop(): Promise<void>;
};

const DEFAULT_SEED = 1;
const SWEEP_PERIOD_MS = 60_000;
const WATCH_PERIOD_MS = 60_000;
const TIMER_GRAIN_MS = 60_000;
/** On AWS up to a minute. This is enough to show that nothing relies on exact timers. */
const TIMER_JITTER_MS = 5_000;
const ANNOUNCE_RETRY_COUNT = 5;
const STOP_DEADLINE_MS = 10_000;

/**
 * Starts the suite's AWS on this machine: loopback only, free ports, all state in `stateDir`.
 * @throws ConfigError when this platform lacks something or another stack runs on the directory
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const emulatorPath = requirePlatform(options.env?.[EMULATOR_PATH_VARIABLE]);
  const log: StackLog = options.log ?? (() => undefined);
  const closers: Closer[] = [];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= closeAll(closers, log);
    return stopped;
  };
  try {
    return { ...(await startParts(options, emulatorPath, log, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Closes in reverse order and continues after a failure. */
async function closeAll(closers: Closer[], log: StackLog): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close();
    } catch (error) {
      log('A part of the stack did not stop', { error: error instanceof Error ? error.message : 'unknown' });
    }
  }
}

function requirePlatform(ownEmulatorPath: string | undefined): string {
  const check = checkPlatform({
    nodeVersion: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    emulatorPath: ownEmulatorPath,
  });
  if (check.outcome === 'lacking') throw new ConfigError(check.message);
  return check.emulatorPath;
}

/** Directory, emulators, durable state and venue. */
async function startServices(options: LocalAwsOptions, emulatorPath: string, log: StackLog, closers: Closer[]) {
  const dir = openStateDir(options.stateDir, options.fresh ?? false);
  closers.push(dir.release);
  const dynoxide = await startDynoxide({
    emulatorPath,
    tableFile: dir.tableFile,
    pidFile: dir.emulatorPidFile,
    onCrash: () => log('The DynamoDB emulator ended unexpectedly; start the stack again', {}),
  });
  closers.push(dynoxide.stop);
  const queues = await startFauxqs(dir.queueDir);
  closers.push(queues.stop);
  const state = openPumpState(dir.pumpFile);
  closers.push(() => state.close());
  const clients = createPumpClients(queues);
  closers.push(clients.destroy);
  const secrets = createLocalSecrets();
  const venue = await options.startVenue({ marketsFile: dir.marketsFile, putSecret: secrets.put });
  closers.push(venue.stop);
  return { dir, dynoxide, queues, state, clients, venue, secrets };
}

type Services = Awaited<ReturnType<typeof startServices>>;

/** A wallet is watched where there is one. */
function watchPeriodMsOf({ watchPeriodMs }: LocalAwsOptions, { env }: StackVenue): number | undefined {
  return watchPeriodMs ?? (env.LIVE_WALLET_ADDRESS === undefined ? undefined : WATCH_PERIOD_MS);
}

/** Runs `sell` in its own thread, so that other work of this process does not delay exits. */
function startSellThread(options: LocalAwsOptions, env: Env, closers: Closer[]) {
  if (options.functions?.sell !== undefined) return {};
  const { handler, stop } = startFunctionThread('sell', env);
  closers.push(stop);
  return { sell: handler };
}

/** The timers, and the server for services without an emulator. */
async function startWire(
  options: LocalAwsOptions,
  services: Services,
  functions: Pick<WireServerDeps, 'runtime' | 'invokeAsync'>,
  closers: Closer[],
) {
  const { clients, state } = services;
  const nowMs = Date.now;
  const random = createRandom(`timers ${options.seed ?? DEFAULT_SEED}`).nextFloat;
  const faults: TimerFaults = { loseTimers: false, duplicateProbability: 0, ...options.timerFaults };
  const store = createSchedulerStore(state);
  store.createGroup(SCHEDULER_GROUP_NAME);
  const timers = startSchedulerClock({ store, nowMs, random, faults, sendToQueue: clients.sendToQueue });
  closers.push(timers.stop);
  const wire = await startWireServer({
    scheduler: {
      store,
      nowMs,
      random,
      grainMs: options.timerGrainMs ?? TIMER_GRAIN_MS,
      jitterMs: options.timerJitterMs ?? TIMER_JITTER_MS,
      onChange: timers.wake,
    },
    eventBus: {
      busName: EVENT_BUS_NAME,
      rules: EVENT_RULES,
      periodicRules: [
        PERIODIC_RULES.sweep,
        ...(options.canaryPeriodMs === undefined ? [] : [PERIODIC_RULES.canary]),
        ...(options.summaryPeriodMs === undefined ? [] : [PERIODIC_RULES.summary]),
        ...(watchPeriodMsOf(options, services.venue) === undefined ? [] : [PERIODIC_RULES.watch]),
      ],
      topicArn: ALERT_TOPIC_ARN,
      nowMs,
      publish: clients.publish,
    },
    ...functions,
    secrets: services.secrets,
  });
  closers.push(wire.stop);
  return { wire, faults };
}

async function startParts(
  options: LocalAwsOptions,
  emulatorPath: string,
  log: StackLog,
  closers: Closer[],
): Promise<Omit<LocalAws, 'stop'>> {
  const services = await startServices(options, emulatorPath, log, closers);
  const { dir, dynoxide, queues, state, clients, venue, secrets } = services;
  const runtime = createFunctionRuntime({ nowMs: Date.now, log });
  const invokeAsync = createAsyncInvoke({ runtime, sendToQueue: clients.sendToQueue, log });
  const functions = { runtime, invokeAsync };
  const { tableName = TABLE_NAME } = options;
  const { wire, faults } = await startWire(options, services, functions, closers);
  const env = {
    ...createLocalEnv({
      commit: readCommit(),
      dynamodbUrl: dynoxide.url,
      queueServiceUrl: queues.url,
      queueUrl: queues.queueUrl,
      wireUrl: wire.url,
      openFunctionUrl: wire.openFunctionUrl,
      discordWebhookUrl: wire.discordWebhookUrl,
      discordPublicKey: wire.application.publicKey,
      interactionsUrl: wire.interactionsUrl,
      venue: venue.hosts,
      secretsUrl: wire.secretsUrl,
    }),
    TABLE_NAME: tableName,
    TIMER_GRAIN_MS: String(options.timerGrainMs ?? TIMER_GRAIN_MS),
    ...venue.env,
    ...(options.canaryPeriodMs !== undefined && { CANARY_PERIOD_MS: String(options.canaryPeriodMs) }),
    ...options.env,
  };
  const aws = createAwsClients(env);
  closers.push(aws.destroy);
  const { streamArn } = await prepareTable({ client: aws.dynamodb, tableName, tableFile: dir.tableFile });
  runtime.register(await loadFunctions(env, { ...startSellThread(options, env, closers), ...options.functions }));
  const pump = await startEventPump({
    clients,
    queues,
    ...functions,
    dynamodbUrl: dynoxide.url,
    streamArn,
    checkpointPrefix: tableName === TABLE_NAME ? '' : `${tableName}/`,
    state,
    sweepPeriodMs: options.sweepPeriodMs ?? SWEEP_PERIOD_MS,
    canaryPeriodMs: options.canaryPeriodMs,
    summaryPeriodMs: options.summaryPeriodMs,
    watchPeriodMs: watchPeriodMsOf(options, venue),
    announceRetryCount: options.announceRetryCount ?? ANNOUNCE_RETRY_COUNT,
    log,
  });
  closers.push(() => runtime.drain(STOP_DEADLINE_MS));
  closers.push(() => pump.stop(STOP_DEADLINE_MS));
  dir.describe({ pid: process.pid, startedAtMs: Date.now(), env });
  closers.push(dir.removeDescription);
  const { discord, application } = wire;
  return {
    env,
    discord,
    application,
    timerFaults: faults,
    onDiscordMessage: discord.onMessage,
    listSecretsRead: secrets.listRead,
  };
}
