import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FunctionHandler } from '#infra/shared/function-runtime.ts';
import { type InvocationResult, type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

const RUNTIME_CLIENT = fileURLToPath(new URL('./runtime-client.mjs', import.meta.url));

export type BundleOptions = {
  /** Name of the function. */
  readonly name: string;
  /** Contains `index.mjs`, which exports `handler`. */
  readonly folder: string;
  /** The function's whole environment: nothing is inherited from this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly functionArn: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
};

/** A process that has loaded a bundle and takes one event at a time, as an execution environment of Lambda does. */
export type ExecutionEnvironment = {
  /** From the start of the process to its request for the first event. */
  readonly initMs: number;
  /** Everything it has written to its log so far. */
  readonly output: () => string;
  invoke(event: unknown): Promise<InvocationResult>;
  stop(): Promise<void>;
};

/** @throws Error with the process's message when the bundle cannot be loaded */
export async function startExecutionEnvironment(options: BundleOptions): Promise<ExecutionEnvironment> {
  const api = await startRuntimeApi();
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, ['--enable-source-maps', RUNTIME_CLIENT], {
    env: { ...lambdaEnv(options, api), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child);
  const ended = once(child, 'exit').then(() => ({ errorType: 'Runtime.ExitError', errorMessage: output() }));
  const ready = await Promise.race([api.ready, ended]);
  const initMs = performance.now() - startedAtMs;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await api.stop();
  };
  if (ready !== 'ready') {
    await stop();
    throw new Error(`The bundle of ${options.name} cannot be loaded: ${ready.errorType}: ${ready.errorMessage}`);
  }
  const { functionArn, timeoutMs } = options;
  return {
    initMs,
    output,
    invoke: (event) =>
      Promise.race([
        api.invoke(event, { functionArn, deadlineMs: Date.now() + timeoutMs }),
        ended.then((fault): InvocationResult => ({ outcome: 'failed', ...fault })),
      ]),
    stop,
  };
}

/** The variables that Lambda adds to a function's environment. */
function lambdaEnv(options: BundleOptions, api: RuntimeApi): Record<string, string> {
  return {
    AWS_LAMBDA_RUNTIME_API: api.address,
    LAMBDA_TASK_ROOT: options.folder,
    _HANDLER: 'index.handler',
    AWS_LAMBDA_FUNCTION_NAME: options.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${options.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
  };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

/**
 * A function that runs its bundle. Each concurrent event has an execution environment of its own, which later events
 * reuse.
 */
export type BundledFunction = {
  readonly handler: FunctionHandler;
  /** Events answered so far. */
  readonly answeredCount: () => number;
  readonly environments: () => readonly ExecutionEnvironment[];
  stop(): Promise<void>;
};

/** `options` is called at the first event, because the environment variables are known only when the stack runs. */
export function createBundledFunction(options: () => BundleOptions): BundledFunction {
  const starting: Promise<ExecutionEnvironment>[] = [];
  const started: ExecutionEnvironment[] = [];
  const idle: ExecutionEnvironment[] = [];
  let answeredCount = 0;
  const acquire = async (): Promise<ExecutionEnvironment> => {
    const warm = idle.pop();
    if (warm !== undefined) return warm;
    const cold = startExecutionEnvironment(options());
    starting.push(cold);
    const environment = await cold;
    started.push(environment);
    return environment;
  };
  return {
    handler: async (event) => {
      const environment = await acquire();
      const result = await environment.invoke(event);
      idle.push(environment);
      if (result.outcome === 'failed') throw new Error(`${result.errorType}: ${result.errorMessage}`);
      answeredCount += 1;
      return result.value;
    },
    answeredCount: () => answeredCount,
    environments: () => started,
    stop: async () => {
      const results = await Promise.allSettled(starting);
      await Promise.all(results.map((each) => (each.status === 'fulfilled' ? each.value.stop() : undefined)));
    },
  };
}
